"""Changes (变更): one row per change in its latest state."""

from __future__ import annotations

from itss.processes import columns as c
from itss.processes._tickets.columns import REASONS as TICKET_REASONS
from itss.processes.base import Process
from itss.processes.change.events import major_changes
from itss.processes.change.known import derive_change
from itss.processes.change.measures import MEASURES
from itss.processes.rows import HOURS, between, dated, one_of, ordered
from itss.text import text

TYPE = c.string("type", "变更类型", "kind of change", values=("standard", "normal", "emergency"), says="priority")
OUTCOME = c.string(
    "outcome",
    "变更结果",
    "how it ended; cancelled = never implemented; empty = not known",
    values=("successful", "failed", "backed_out", "cancelled"),
)

DERIVED = (
    c.instant("decided_at", "判定时间", "when it had ended and its outcome was known; empty = not by the period's end"),
    c.instant("warranty_ends_at", "保证期届满时间", "14 days after its end"),
    c.instant("warranty_decided_at", "保证期判定时间", "the later of both"),
    c.boolean(
        "has_warranty_incident",
        "保证期内引发事件",
        "an incident that names it in `caused_by_change` was opened within 14 days of its end",
    ),
    c.number(
        "window_h", "计划窗口时长", "hours from planned start to planned end, where it was to start in the period"
    ),
    c.number("notice_h", "提前通知时长", "hours from its announcement to the planned start, likewise"),
)
"""As known when the period ended; ``outcome`` and ``is_cancelled`` too say what was known then."""

REASONS = {
    "no_outcome": text("未记录结果", "no outcome known"),
    "outcome_not_yet": text("期末尚不知结果", "outcome not known yet when the period ended"),
    "no_type": text("未记录变更类型", "no type of change known"),
    "no_window": text("无计划或实际时间窗口", "no planned or actual window"),
    "open_ended": text("计划窗口无结束时间", "planned window without an end"),
    "no_length": text("计划窗口无结束时间或结束早于开始", "planned window without an end, or ending before it starts"),
}

PROCESS = Process(
    id="change",
    name=text("变更管理", "Change management"),
    event=text("新增变更", "openings"),
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
        c.instant("announced_at", "通知时间", "when its window was announced; without this column it is when raised"),
        c.plan("planned_start_at", "计划开始", "planned start"),
        c.deadline("planned_end_at", "计划结束", "planned end; empty = open-ended"),
        c.instant("started_at", "实际开始", "actual start"),
        c.instant("ended_at", "实际结束", "actual end"),
        c.instant("closed_at", "关闭时间", "closed, after the review of its outcome"),
        c.STATES,
        c.PRIORITIES,
        OUTCOME,
        c.instant("outcome_at", "结果确定时间", "when the outcome was known; before it, it is not known yet"),
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
        dated("outcome", "ended_at", text("结果", "an outcome"), ("successful", "failed", "backed_out")),
        between("effort_h", 0, None, "critical", HOURS),
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
