"""Releases (发布): one row per release in its latest state."""

from __future__ import annotations

from itss.processes import columns as c
from itss.processes.base import Process
from itss.processes.release.measures import MEASURES, OUTCOMES, derive_release
from itss.processes.rows import dated, one_of, ordered
from itss.text import text

KIND = c.string("kind", "发布类型", "kind of release", values=("major", "minor", "emergency"), says="priority")
OUTCOME = c.string(
    "outcome",
    "发布结果",
    "how its deployment ended; empty = not known",
    values=OUTCOMES,
)

DERIVED = (c.boolean("is_cancelled", "已取消", "withdrawn before the end of the period"),)

REASONS = {
    "no_outcome": text("未记录结果", "no outcome recorded"),
    "outcome_undated": text("有结果而无确认时间", "an outcome without the time of its confirmation"),
    "outcome_not_yet": text("期末尚不知结果", "outcome not known yet when the period ended"),
    "planned_afterwards": text("登记时计划时间已过", "registered after its planned time"),
}

PROCESS = Process(
    id="release",
    name=text("发布管理", "Release management"),
    event=text("登记", "registrations"),
    columns=(
        c.ID,
        c.TITLE,
        c.SERVICE,
        KIND,
        c.STATE,
        c.GROUP,
        c.instant("opened_at", "登记时间", "registered", required=True),
        c.deadline("planned_at", "计划部署时间", "to be deployed by; the first agreed time where it was moved"),
        c.instant("deployed_at", "部署时间", "deployed; empty = not yet"),
        c.instant("outcome_at", "结果确认时间", "its outcome was confirmed"),
        OUTCOME,
        c.instant("cancelled_at", "取消时间", "withdrawn before it was deployed"),
        c.CAUSE,
        c.ACTION,
    ),
    expectations=(
        ordered("opened_at", "deployed_at", "critical"),
        ordered("deployed_at", "outcome_at", "warning"),
        ordered("opened_at", "cancelled_at", "critical"),
        dated("outcome", "deployed_at", text("结果", "an outcome")),
        one_of(KIND, "warning"),
        one_of(OUTCOME, "critical"),
    ),
    measures=MEASURES,
    dimensions=("service", "kind", "assignment_group"),
    derive=derive_release,
    derived=DERIVED,
    ended_by=("deployed_at", "cancelled_at"),
    outflow="releases_deployed",
    headline=("releases_deployed", "release_success_rate", "release_on_schedule_rate"),
    reasons=REASONS,
)
