"""Capacity (容量): one row per sample of a resource's utilisation."""

from __future__ import annotations

from itss.processes import columns as c
from itss.processes.base import Process
from itss.processes.capacity.measures import MEASURES
from itss.processes.rows import SHARES, between, one_of
from itss.text import text

KIND = c.string("kind", "资源类型", "kind of resource", values=("cpu", "memory", "storage", "network"))

REASONS = {
    "gaps": text("缺失的采样", "missing samples"),
    "no_threshold": text("无阈值", "no threshold"),
    "too_few_samples": text("采样不足", "too few samples"),
    "not_rising": text("未见上升", "not rising"),
}
"""``gaps`` are samples that never came, the others resources: none of them is a row."""

PROCESS = Process(
    id="capacity",
    name=text("容量管理", "Capacity management"),
    event=text("采样", "samples"),
    columns=(
        c.ID,
        c.string("resource", "资源", "what is measured", says="title"),
        c.SERVICE,
        KIND,
        c.instant("sampled_at", "采样时间", "time of the sample", required=True),
        c.number("utilisation", "利用率", "share of the capacity in use, 0–1"),
        c.number("threshold", "阈值", "agreed highest share, 0–1"),
    ),
    expectations=(
        between("utilisation", 0, 1, "critical", SHARES),
        between("threshold", 0, 1, "critical", SHARES),
        one_of(KIND, "warning"),
    ),
    measures=MEASURES,
    dimensions=("service", "resource", "kind"),
    always_by=("resource",),
    headline=("utilisation_p95", "utilisation_max"),
    reasons=REASONS,
)
