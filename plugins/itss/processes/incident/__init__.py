"""Incidents (事件): one row per incident in its latest state."""

from __future__ import annotations

from itss.measures.major_events import major_incidents
from itss.measures.tickets_clocks import derive_tickets
from itss.processes import columns as c
from itss.processes.base import Process
from itss.processes.incident.measures import MEASURES
from itss.processes.rows import between, ordered
from itss.processes.tickets import DERIVED
from itss.text import text

PROCESS = Process(
    id="incident",
    name=text("事件管理", "Incident management"),
    columns=(
        c.ID,
        c.TITLE,
        c.SERVICE,
        c.CUSTOMER,
        c.CATEGORY,
        c.PRIORITY,
        c.STATE,
        c.string("assignment_group", "处理组", "group that handles it"),
        c.instant("opened_at", "提出时间", "reported", required=True),
        c.instant("responded_at", "响应时间", "first human response"),
        c.instant("resolved_at", "解决时间", "last resolution; empty while it is not resolved"),
        c.instant("closed_at", "关闭时间", "closed"),
        c.PAUSE_H,
        c.PAUSES,
        c.instant("reopened_at", "重开时间", "first reopening"),
        c.integer("reopen_count", "重开次数", "how often it was reopened"),
        c.boolean("is_cancelled", "已取消", "cancelled, merged or a duplicate: no incident of its own"),
        c.IS_MAJOR,
        c.instant("response_due_at", "响应期限", "the source's own deadline of the response"),
        c.instant("resolution_due_at", "解决期限", "the source's own deadline of the resolution"),
        c.boolean("sla_met_recorded", "来源记录的SLA达成", "the source's own flag: SLA met"),
        c.string("caused_by_change", "引发的变更", "id of the change that caused it"),
        c.string("problem", "所属问题", "id of the problem behind it"),
        c.FIRST_CONTACT,
        c.EFFORT,
        c.CAUSE,
        c.ACTION,
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
    measures=MEASURES,
    dimensions=("service", "priority", "category", "customer", "assignment_group"),
    major_events=major_incidents,
    derive=derive_tickets,
    derived=DERIVED,
)
