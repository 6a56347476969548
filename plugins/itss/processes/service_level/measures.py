"""Measures of service level indicators: how many were met. An indicator without target or value is not judged."""

from __future__ import annotations

from functools import partial

import numpy as np

from itss.measures.base import Clock, Measure, Outcome
from itss.measures.outcomes import count, share
from itss.measures.rows import Mask, equals, in_period, numbers
from itss.measures.scope import Scope
from itss.text import text

_TOLERANCE = 1e-9  # 99.9 written as 0.999 · 100 is still 99.9


def _judged(scope: Scope) -> tuple[Mask, Mask, dict[str, Mask]]:
    """Indicators of the period that can be judged, those that meet their target, and the rest by reason."""
    rows = scope.rows
    measured, target, achieved = in_period(rows, "measured_at", scope.period), *_values(scope)
    at_least, at_most = equals(rows, "comparison", "at_least"), equals(rows, "comparison", "at_most")
    no_target, no_value = np.isnan(target), np.isnan(achieved)
    no_side = ~(at_least | at_most)
    met = (at_least & (achieved >= target - _TOLERANCE)) | (at_most & (achieved <= target + _TOLERANCE))
    excluded = {
        "no_target": measured & no_target,
        "no_achieved": measured & ~no_target & no_value,
        "no_comparison": measured & ~no_target & ~no_value & no_side,
    }
    return measured & ~no_target & ~no_value & ~no_side, met, excluded


def _values(scope: Scope) -> tuple[np.ndarray, np.ndarray]:
    return numbers(scope.rows, "target"), numbers(scope.rows, "achieved")


def _indicators(scope: Scope) -> Outcome:
    judged, _, excluded = _judged(scope)
    return count(scope.rows, judged, excluded)


def _met(scope: Scope) -> Outcome:
    judged, met, excluded = _judged(scope)
    return count(scope.rows, judged & met, excluded)


def _attainment(scope: Scope) -> Outcome:
    judged, met, excluded = _judged(scope)
    return share(scope.rows, met, judged, excluded)


_measure = partial(
    Measure, process="service_level", section="a", date_column="measured_at", needs=("target", "achieved", "comparison")
)

MEASURES: tuple[Measure, ...] = (
    _measure(
        id="indicators",
        unit="count",
        better="neither",
        name=text("服务级别指标数", "Service level indicators"),
        definition=text("报告期内测量且可判定的指标数。", "Indicators measured in the period that can be judged."),
        compute=_indicators,
    ),
    _measure(
        id="indicators_met",
        unit="count",
        better="higher",
        name=text("达标指标数", "Indicators met"),
        definition=text("其中达到目标值的指标数。", "Those of them that meet their target."),
        compute=_met,
    ),
    _measure(
        id="service_level_attainment",
        unit="share",
        better="higher",
        name=text("服务级别达成率", "Service level attainment"),
        definition=text("达标指标数 / 可判定的指标数。", "Indicators met / indicators that can be judged."),
        compute=_attainment,
        is_breach=True,
        clock=Clock(target="target"),
    ),
)
