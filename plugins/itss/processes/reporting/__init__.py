"""The reporting process itself (服务报告): one row per report that was due, from the register."""

from __future__ import annotations

from itss.processes import columns as c
from itss.processes.base import Process
from itss.processes.reporting.measures import MEASURES
from itss.text import text

PROCESS = Process(
    id="reporting",
    name=text("服务报告管理", "Service reporting"),
    event=text("应交付报告", "due dates of reports"),
    columns=(
        c.ID,
        c.string("report", "报告", "key of the report's entry", says="title"),
        c.string("period", "报告期", "period it covers"),
        c.deadline("due_at", "应交付时间", "owed by then", required=True),
        c.instant("delivered_at", "交付时间", "delivered to every recipient; empty = not delivered"),
        c.integer("revision", "版本", "delivered revision"),
        c.deadline("submissions_due_at", "数据应提交时间", "its data was to be handed in by then"),
        c.integer("submissions_due", "应提交数据数", "how many processes hand in data for it"),
        c.integer("submissions_on_time", "按期提交数据数", "how many of them did by then"),
        c.string("status", "状态", "state of the revision"),
    ),
    expectations=(),
    measures=MEASURES,
    dimensions=("report",),
    always_by=("report",),
    headline=("on_time_delivery", "on_time_submission"),
)
