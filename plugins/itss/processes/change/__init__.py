"""Changes (变更): one row per change in its latest state."""

from __future__ import annotations

from itss.processes import columns as c
from itss.processes._tickets.columns import REASONS as TICKET_REASONS
from itss.processes.base import Process
from itss.processes.change.events import major_changes
from itss.processes.change.measures import MEASURES, derive_change
from itss.processes.rows import between, one_of, ordered
from itss.text import text

TYPE = c.string("type", "变更类型", "kind of change", values=("standard", "normal", "emergency"), says="priority")
OUTCOME = c.string(
    "outcome",
    "变更结果",
    "how it ended; cancelled = never implemented; empty = not known",
    values=("successful", "failed", "backed_out", "cancelled"),
)

DERIVED = (
    c.boolean("has_incident", "引发事件", "an incident names it as its cause"),
    c.boolean("has_warranty_incident", "保证期内引发事件", "such an incident was opened within 14 days of its end"),
)
"""Where the report has incidents with ``caused_by_change``."""

REASONS = {
    "no_outcome": text("未记录结果", "no outcome known"),
    "no_type": text("未记录变更类型", "no type of change known"),
    "no_window": text("无计划或实际时间窗口", "no planned or actual window"),
    "open_ended": text("计划窗口无结束时间", "planned window without an end"),
}

PROCESS = Process(
    id="change",
    name=text("变更管理", "Change management"),
    columns=(
        c.ID,
        c.TITLE,
        c.SERVICE,
        c.CUSTOMER,
        c.CATEGORY,
        c.PRIORITY,
        TYPE,
        c.STATE,
        c.instant("opened_at", "提出时间", "raised", required=True),
        c.plan("planned_start_at", "计划开始", "planned start"),
        c.plan("planned_end_at", "计划结束", "planned end; empty = open-ended"),
        c.instant("started_at", "实际开始", "actual start"),
        c.instant("ended_at", "实际结束", "actual end"),
        c.instant("closed_at", "关闭时间", "closed, after the review of its outcome"),
        OUTCOME,
        c.boolean("is_outcome_recorded", "结果为记录值", "the source records the outcome; no = derived by the query"),
        c.boolean("is_cancelled", "未实施", "never implemented; filled in where the outcome says so"),
        c.boolean("is_unauthorised", "未授权", "implemented without authorisation"),
        c.IS_MAJOR,
        c.string("assignment_group", "处理组", "group that carries it out", says="owner"),
        c.EFFORT,
        c.CAUSE,
        c.ACTION,
    ),
    expectations=(
        ordered("started_at", "ended_at", "critical"),
        ordered("planned_start_at", "planned_end_at", "warning"),
        ordered("ended_at", "closed_at", "warning"),
        between("effort_h", 0, None, "critical", "hours, not negative"),
        one_of(TYPE, "critical"),
        one_of(OUTCOME, "critical"),
    ),
    measures=MEASURES,
    dimensions=("service", "priority", "category", "customer", "type", "assignment_group"),
    major_events=major_changes,
    derive=derive_change,
    derived=DERIVED,
    ended_by=("ended_at",),
    cancelled_by=(("outcome", "cancelled"),),
    inflow="opened",
    outflow="resolved",
    stock="backlog",
    aged_stock="backlog_over_30d",
    daily_inflow="volume_per_workday",
    headline=(
        "opened",
        "resolved",
        "backlog",
        "change_success_rate",
        "change_success_rate_strict",
        "change_success_rate_procedure",
        "emergency_ratio",
        "on_schedule_rate",
        "caused_incident_rate",
    ),
    reasons=TICKET_REASONS | REASONS,
)
