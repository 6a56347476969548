"""Problems (问题): one row per problem in its latest state; incidents name theirs in the column ``problem``."""

from __future__ import annotations

from itss.processes import columns as c
from itss.processes._tickets.columns import DECIDED, REASONS
from itss.processes.base import Process
from itss.processes.problem.measures import MEASURES, derive_problem
from itss.processes.rows import HOURS, TIMES, between, ordered
from itss.text import text

DERIVED = (
    *DECIDED,
    c.number(
        "ttr_h", "解决服务时间", "service hours from raising to resolution less pauses, where resolved in the period"
    ),
    c.number("ttr_clock_h", "解决自然时间", "plain hours from raising to resolution"),
    c.instant("ended_at", "结束时间", "resolved, else closed"),
    *c.taking(
        "原因（cause）或查明时间（cause_known_at）",
        "the cause (cause), or when it was known (cause_known_at)",
        c.boolean("is_cause_known", "原因已知", "its cause was known before the end of the period"),
    ),
    *c.taking(
        "本报告的事件数据及其所属问题（problem）",
        "the incidents of this report, with the problem that they name (problem)",
        c.integer(
            "incidents_repeated",
            "重复事件数",
            "incidents of the period within 30 days after an earlier one that names it",
        ),
    ),
)

PROCESS = Process(
    id="problem",
    name=text("问题管理", "Problem management"),
    event=text("新增问题", "openings"),
    columns=(
        c.ID,
        c.TITLE,
        c.SERVICE,
        c.CUSTOMER,
        c.CATEGORY,
        c.PRIORITY,
        c.STATE,
        c.GROUP,
        c.instant("opened_at", "提出时间", "raised", required=True),
        c.instant("cause_known_at", "查明原因时间", "cause found; without this column a recorded cause counts"),
        c.instant("resolved_at", "解决时间", "cause removed"),
        c.instant("closed_at", "关闭时间", "closed"),
        c.STATES,
        c.PRIORITIES,
        c.instant("reopened_at", "重开时间", "first reopening"),
        c.integer("reopen_count", "重开次数", "how often it was reopened"),
        c.boolean("is_cancelled", "已取消", "cancelled, merged or a duplicate: no problem of its own"),
        c.EFFORT,
        c.CAUSE,
        c.ACTION,
    ),
    expectations=(
        ordered("opened_at", "resolved_at", "critical"),
        ordered("opened_at", "closed_at", "critical"),
        ordered("opened_at", "cause_known_at", "warning"),
        ordered("resolved_at", "closed_at", "warning"),
        between("effort_h", 0, None, "critical", HOURS),
        between("reopen_count", 0, None, "warning", TIMES),
    ),
    measures=MEASURES,
    dimensions=("service", "priority", "category", "customer", "assignment_group"),
    derive=derive_problem,
    derived=DERIVED,
    ended_by=("resolved_at", "closed_at"),
    inflow="opened",
    outflow="resolved",
    stock="backlog",
    aged_stock="backlog_over_30d",
    daily_inflow="volume_per_workday",
    headline=("opened", "resolved", "backlog", "known_cause_rate", "repeat_incident_rate"),
    reasons=REASONS,
)
