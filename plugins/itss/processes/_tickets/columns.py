"""What incidents and requests have in common: columns, expectations, and what `clocks` derives per period."""

from __future__ import annotations

from itss.processes import columns as c
from itss.processes.rows import HOURS, TIMES, between, ordered
from itss.text import text

COLUMNS = (
    c.ID,
    c.TITLE,
    c.SERVICE,
    c.CUSTOMER,
    c.CATEGORY,
    c.PRIORITY,
    c.STATE,
    c.GROUP,
    c.instant("opened_at", "提出时间", "reported, or asked for", required=True),
    c.instant("responded_at", "响应时间", "first human response"),
    c.instant("resolved_at", "解决时间", "last resolution, or fulfilment; empty while there is none"),
    c.instant("closed_at", "关闭时间", "closed"),
    c.STATES,
    c.PRIORITIES,
    c.PAUSE_H,
    c.PAUSES,
    c.instant("reopened_at", "重开时间", "first reopening"),
    c.integer("reopen_count", "重开次数", "how often it was reopened"),
    c.boolean("is_cancelled", "已取消", "cancelled, merged or a duplicate: no case of its own"),
    c.deadline("response_due_at", "响应期限", "the source's own deadline of the response"),
    c.deadline("resolution_due_at", "解决期限", "the source's own deadline of the resolution"),
    c.boolean("sla_met_recorded", "来源记录的SLA达成", "the source's own flag: SLA met"),
    c.FIRST_CONTACT,
    c.EFFORT,
)

EXPECTATIONS = (
    ordered("opened_at", "resolved_at", "critical"),
    ordered("opened_at", "closed_at", "critical"),
    ordered("opened_at", "responded_at", "warning"),
    ordered("resolved_at", "closed_at", "warning"),
    ordered("opened_at", "reopened_at", "warning"),
    ordered("opened_at", "response_due_at", "warning"),
    ordered("opened_at", "resolution_due_at", "warning"),
    between("pause_h", 0, None, "critical", HOURS),
    between("effort_h", 0, None, "critical", HOURS),
    between("reopen_count", 0, None, "warning", TIMES),
)

FRESH_DAYS = 2.0
"""Every service desk writes daily; one that rests over a long weekend says so with ``fresh_days`` of its source."""

ENDED_BY = ("resolved_at", "closed_at")

DIMENSIONS = ("service", "priority", "category", "customer", "assignment_group")

DECIDED = c.taking(
    "状态历史（states）",
    "the history of states (states)",
    c.integer("resolutions_decided", "已满14天的解决次数", "resolutions whose 14 days ended in the period"),
    c.integer("resolutions_reopened", "其中重开次数", "those of them that were reopened within their 14 days"),
    c.boolean("is_without_history", "无状态历史", "resolved 14 days before an instant of the period, no states logged"),
)
"""What `as_of` derives from ``states``."""

_RESOLVING = (
    "解决或关闭时间（resolved_at 或 closed_at），"
    "以及协议的解决时限（time_targets）或来源的解决期限（resolution_due_at）",
    "the time of resolution or closing (resolved_at or closed_at), and a resolution time of the agreement "
    "(time_targets) or a deadline of the source (resolution_due_at)",
)
_RESPONDING = (
    "响应时间（responded_at），以及协议的响应时限（time_targets）或来源的响应期限（response_due_at）",
    "the time of the response (responded_at), and a response time of the agreement (time_targets) or a deadline of the "
    "source (response_due_at)",
)

DERIVED = (
    *DECIDED,
    c.instant("ended_at", "结束时间", "resolved, else closed"),
    c.number("tta_h", "响应服务时间", "service hours from report to response, where responded in the period"),
    c.number("tta_clock_h", "响应自然时间", "the same in plain hours"),
    c.number(
        "ttr_h", "解决服务时间", "service hours from report to resolution less pauses, where resolved in the period"
    ),
    c.number("ttr_clock_h", "解决自然时间", "plain hours from report to resolution"),
    c.boolean(
        "is_pause_impossible", "挂起时长不可信", "pause_h is longer than it took to the resolution or end of period"
    ),
    c.number(
        "sla_elapsed_h",
        "SLA用时",
        "service hours less pauses to resolution or end of period; plain hours where the source's deadline judges",
    ),
    c.number(
        "resolution_target_h", "解决目标", "the agreement's resolution time of the priority; else hours to the deadline"
    ),
    *c.taking(
        *_RESOLVING,
        c.boolean("sla_met", "SLA达成", "resolved in the period within the target"),
        c.boolean("sla_breached_resolved", "SLA违约（已解决）", "resolved in the period beyond the target"),
        c.boolean("sla_breached_open", "SLA违约（未解决）", "open at the end of the period, deadline passed"),
        c.boolean("sla_running", "SLA计时中", "open at the end of the period, deadline ahead"),
        c.boolean("sla_none", "无SLA目标", "resolved in the period or open at its end, no target"),
        c.boolean("sla_by_agreement", "按协议判定", "met or breached by the agreement's time for the priority"),
        c.boolean("sla_by_source", "按来源期限判定", "met or breached by the source's own deadline"),
    ),
    c.number(
        "response_elapsed_h",
        "响应用时",
        "service hours to response, end or end of period; plain hours where the source's deadline judges",
    ),
    c.number(
        "response_target_h", "响应目标", "the agreement's response time of the priority; else hours to the deadline"
    ),
    *c.taking(
        *_RESPONDING,
        c.boolean("response_met", "按时响应", "responded in the period in time"),
        c.boolean("response_breached", "响应违约", "responded late in the period, or deadline passed in it unanswered"),
        c.boolean("response_untargeted", "无响应目标", "responded or ended in the period, no target"),
        c.boolean("response_never_due", "未到响应期限", "ended in the period unanswered before the deadline"),
    ),
)
"""Filled per period, as far as the source and the agreement allow."""

REASONS = {
    "no_history": text("无状态历史", "no history of its states"),
    "impossible_pause": text("挂起时长超过受理至解决（或期末）的时间", "paused for longer than it took"),
    "no_flag": text("来源未记录SLA标志", "the source has no SLA flag"),
    "no_counter": text("来源未记录重开次数", "the source has no reopen counter"),
    "not_resolved": text("未经解决即关闭", "closed without a resolution"),
    "ended_unanswered": text("期限前已结束且无响应记录", "ended before the deadline, no response recorded"),
    "no_contact": text("来源未记录是否首次解决", "the source does not say whether at first contact"),
    "no_effort": text("未登记工时", "no hours booked"),
}
"""Why a ticket is left out of a figure, beside the reasons of all processes."""

HEADLINE = (
    "opened",
    "resolved",
    "backlog",
    "response_compliance",
    "resolution_compliance",
    "resolution_compliance_recorded",
    "ttr_mean_h",
    "ttr_clock_mean_h",
    "reopen_rate",
    "reopen_rate_recorded",
    "resolution_rate",
    "resolution_rate_of_opened",
    "first_contact_rate",
)
