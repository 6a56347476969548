"""Service requests (服务请求): one row per request in its latest state; *resolved* = fulfilled."""

from __future__ import annotations

from itss.measures.tickets import ticket_measures
from itss.measures.tickets_clocks import derive_tickets
from itss.measures.tickets_sla import TicketKind
from itss.measures.tickets_solved import solved_measures
from itss.measures.workload import workload_measures
from itss.processes import columns as c
from itss.processes.base import Process
from itss.processes.rows import between, ordered
from itss.processes.tickets import DERIVED
from itss.text import text

KIND = TicketKind("request", "服务请求", "request", "requests")

PROCESS = Process(
    id="request",
    name=text("服务请求管理", "Request fulfilment"),
    columns=(
        c.ID,
        c.TITLE,
        c.SERVICE,
        c.CUSTOMER,
        c.CATEGORY,
        c.PRIORITY,
        c.STATE,
        c.string("assignment_group", "处理组", "group that handles it"),
        c.instant("opened_at", "提出时间", "asked for", required=True),
        c.instant("responded_at", "响应时间", "first human response"),
        c.instant("resolved_at", "完成时间", "fulfilled; empty while it is not"),
        c.instant("closed_at", "关闭时间", "closed"),
        c.PAUSE_H,
        c.PAUSES,
        c.instant("reopened_at", "重开时间", "first reopening"),
        c.integer("reopen_count", "重开次数", "how often it was reopened"),
        c.boolean("is_cancelled", "已取消", "cancelled, merged or a duplicate: no request of its own"),
        c.instant("response_due_at", "响应期限", "the source's own deadline of the response"),
        c.instant("resolution_due_at", "完成期限", "the source's own deadline of the fulfilment"),
        c.boolean("sla_met_recorded", "来源记录的SLA达成", "the source's own flag: SLA met"),
        c.FIRST_CONTACT,
        c.EFFORT,
    ),
    expectations=(
        ordered("opened_at", "resolved_at", "critical"),
        ordered("opened_at", "closed_at", "critical"),
        ordered("opened_at", "responded_at", "warning"),
        ordered("resolved_at", "closed_at", "warning"),
        ordered("opened_at", "reopened_at", "warning"),
        between("pause_h", 0, None, "critical", "hours, not negative"),
        between("effort_h", 0, None, "critical", "hours, not negative"),
        between("reopen_count", 0, None, "warning", "a count, not negative"),
    ),
    measures=(*ticket_measures(KIND), *solved_measures(KIND), *workload_measures(KIND)),
    dimensions=("service", "priority", "category", "customer", "assignment_group"),
    derive=derive_tickets,
    derived=DERIVED,
)
