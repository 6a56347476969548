"""The reporting process itself (服务报告): one row per report that was due, from the register."""

from __future__ import annotations

from itss.processes import columns as c
from itss.processes.base import Process
from itss.processes.reporting.measures import MEASURES
from itss.text import text

PROCESS = Process(
    id="reporting",
    name=text("服务报告管理", "Service reporting"),
    columns=(
        c.ID,
        c.string("report", "报告", "key of the report's entry"),
        c.string("period", "报告期", "period it covers"),
        c.instant("due_at", "应交付时间", "owed by then", required=True),
        c.instant("delivered_at", "交付时间", "delivered to every recipient; empty = not delivered"),
        c.integer("revision", "版本", "delivered revision"),
        c.string("status", "状态", "state of the revision"),
    ),
    expectations=(),
    measures=MEASURES,
    dimensions=("report",),
    always_by=("report",),
)
