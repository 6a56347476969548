"""Service level indicators (服务级别): one row per indicator and measurement, with what was agreed then."""

from __future__ import annotations

from itss.processes import columns as c
from itss.processes.base import Process
from itss.processes.rows import one_of
from itss.processes.service_level.measures import MEASURES
from itss.text import text

COMPARISON = c.string("comparison", "比较方式", "which side of the target is good", values=("at_least", "at_most"))

REASONS = {
    "no_achieved": text("无达成值", "no measured value"),
    "no_comparison": text("未约定比较方式", "no side of the target agreed"),
}

PROCESS = Process(
    id="service_level",
    name=text("服务级别管理", "Service level management"),
    event=text("测量", "measurements"),
    columns=(
        c.ID,
        c.SERVICE,
        c.string("indicator", "指标", "what is measured", says="title"),
        c.instant("measured_at", "测量时间", "end of the measured time", required=True),
        c.number("target", "目标值", "agreed value"),
        c.number("achieved", "达成值", "measured value"),
        COMPARISON,
        c.string("unit", "单位", "unit of target and achieved"),
    ),
    expectations=(one_of(COMPARISON, "critical"),),
    measures=MEASURES,
    dimensions=("service",),
    headline=("service_level_attainment",),
    reasons=REASONS,
)
