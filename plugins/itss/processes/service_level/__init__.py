"""Service level indicators (服务级别): one row per indicator and measurement, with what was agreed then."""

from __future__ import annotations

from itss.processes import columns as c
from itss.processes.base import Expectation, Process, Where
from itss.processes.rows import one_of
from itss.processes.service_level.measures import MEASURES
from itss.text import text

COMPARISON = c.string("comparison", "比较方式", "which side of the target is good", values=("at_least", "at_most"))

REASONS = {
    "no_achieved": text("无达成值", "no measured value"),
    "no_comparison": text("未约定比较方式", "no side of the target agreed"),
}


def _one_scale(name: str, bounds: dict[str, float | bool], *only: Where) -> Expectation:
    """A cell that shows 99.9 % holds 0.999: beside a target of 99.9 it misses, and the other way round always meets."""
    return Expectation(
        id=name,
        type="ExpectColumnValuesToBeBetween",
        kwargs={"column": "achieved", **bounds},
        severity="warning",
        why=text(
            "达成值与目标值量纲不同（如 0.999 与 99.9）：判定不可信。",
            "achieved and target are on different scales (as 0.999 and 99.9 are), so that being met says nothing.",
        ),
        remedy=text("请将两者统一为比例或百分数。", "Give both as shares, or both as per cent."),
        only=(Where("comparison", ("at_least",)), *only),
    )


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
    expectations=(
        one_of(COMPARISON, "critical"),
        # 0 is a measured value on any scale
        _one_scale(
            "achieved_no_share_of_per_cent",
            {"min_value": 1, "strict_min": True},
            Where("target", low=50, high=100),
            Where("achieved", low=1e-9),
        ),
        _one_scale(
            "achieved_no_per_cent_of_share",
            {"max_value": 50, "strict_max": True},
            Where("target", low=1e-9, high=1 - 1e-9),
        ),
    ),
    measures=MEASURES,
    dimensions=("service",),
    headline=("service_level_attainment",),
    reasons=REASONS,
)
