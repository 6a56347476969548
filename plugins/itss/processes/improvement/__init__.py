"""Improvement items (待改善点): one row per item, raised by a process, an audit or the review of a report."""

from __future__ import annotations

from itss.processes import columns as c
from itss.processes.base import Process
from itss.processes.improvement.measures import MEASURES, derive_improvement
from itss.processes.rows import ordered
from itss.text import text

PROCESS = Process(
    id="improvement",
    name=text("服务改进", "Service improvement"),
    event=text("提出改进", "openings"),
    columns=(
        c.ID,
        c.TITLE,
        c.SERVICE,
        c.PRIORITY,
        c.string("report", "报告", "report whose review raised it", says="title"),
        c.string("process", "提出流程", "process that raised it"),
        c.string("owner", "责任人", "role that carries it out", says="owner"),
        c.STATE,
        c.instant("opened_at", "提出时间", "raised", required=True),
        c.deadline("due_at", "计划完成时间", "to be closed by, as first agreed; a moved date never replaces it"),
        c.deadline(
            "due_moved_at",
            "改期后的计划完成时间",
            "the date it was moved to, shown beside the first; empty = not moved",
        ),
        c.instant("closed_at", "完成时间", "closed; empty = open"),
        c.boolean("is_cancelled", "已取消", "withdrawn, or merged into another one"),
        c.CAUSE,
        c.ACTION,
    ),
    expectations=(
        ordered("opened_at", "closed_at", "critical"),
        ordered("opened_at", "due_at", "warning"),
    ),
    measures=MEASURES,
    derive=derive_improvement,
    dimensions=("service", "priority", "process", "report"),
    ended_by=("closed_at",),
    inflow="opened",
    outflow="closed",
    stock="improvements_open",
    headline=("on_time_improvement", "opened"),
)
