"""Trends of whole-scope figures: change, control limits (XmR), direction (Mann–Kendall with Sen's slope).

Refuses to draw limits from fewer than 13 points and a direction from fewer than 10. Surprise: Mann–Kendall is written
out here, because the library for it loads SciPy, which alone takes longer than measuring a report; the tests hold it
against that library.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from itss.measures.base import Measure, Unit
from itss.measures.rows import Numbers
from itss.periods import Period

CHART_FROM = 13
DIRECTION_FROM = 10
_RUN = 8
_ALPHA = 0.05
_XMR = 2.66  # 3 / d2 for moving ranges of two (Shewhart)

TREND_COLUMNS = [
    "measure",
    "process",
    "n_points",
    "value",
    "previous",
    "change",
    "last_year",
    "change_last_year",
    "mean",
    "lower",
    "upper",
    "signal",
    "direction",
    "slope",
    "p",
]


@dataclass(frozen=True)
class MannKendall:
    """Sen's slope a period, and the two-sided p of no trend."""

    slope: float
    p: float


def trend_row(measure: Measure, history: pd.DataFrame, period: Period) -> dict[str, Any]:
    """The trend of one measure; ``history`` has its ``period`` labels, oldest first, and ``value``."""
    by_label = dict(zip(history["period"], history["value"], strict=True))
    points = history["value"].to_numpy(dtype="float64")
    points = points[~np.isnan(points)]
    value, previous, last_year = (
        _number(by_label.get(moment.label)) for moment in (period, period.shift(-1), period.a_year_before())
    )
    mean, lower, upper = control_limits(points, measure.unit)
    found = mann_kendall(points) if len(points) >= DIRECTION_FROM else None
    return {
        "measure": measure.id,
        "process": measure.process,
        "n_points": len(points),
        "value": value,
        "previous": previous,
        "change": change(value, previous, measure.unit),
        "last_year": last_year,
        "change_last_year": change(value, last_year, measure.unit),
        "mean": mean,
        "lower": lower,
        "upper": upper,
        "signal": value is not None and _is_signal(points, mean, lower, upper),
        "direction": _direction(found, measure),
        "slope": found.slope if found else None,
        "p": found.p if found else None,
    }


def change(value: float | None, earlier: float | None, unit: Unit) -> float | None:
    """Points for shares (0.05 = 5 points), relative for everything else; None from nothing or from zero."""
    if value is None or earlier is None:
        return None
    if unit == "share":
        return value - earlier
    return (value - earlier) / earlier if earlier else None


def control_limits(points: Numbers, unit: Unit) -> tuple[float | None, float | None, float | None]:
    """Mean and natural limits ``mean ± 2.66 · mean moving range``, clipped to what the unit allows."""
    if len(points) < CHART_FROM:
        return None, None, None
    # a constant is its own mean: summing it up would put it a rounding error beside itself, and outside its limits
    mean = float(points[0]) if np.ptp(points) == 0 else float(np.mean(points))
    spread = _XMR * float(np.mean(np.abs(np.diff(points))))
    least, most = _possible(unit)
    return mean, max(least, mean - spread), min(most, mean + spread)


def mann_kendall(points: Numbers) -> MannKendall:
    """The original Mann–Kendall test with tie correction, and Sen's slope. Mann 1945, Kendall 1975, Sen 1968."""
    n = len(points)
    earlier, later = np.triu_indices(n, 1)
    rises = points[later] - points[earlier]
    s = float(np.sign(rises).sum())
    _, ties = np.unique(points, return_counts=True)
    variance = (n * (n - 1) * (2 * n + 5) - float((ties * (ties - 1) * (2 * ties + 5)).sum())) / 18
    z = (s - math.copysign(1, s)) / math.sqrt(variance) if s and variance else 0.0
    return MannKendall(slope=float(np.median(rises / (later - earlier))), p=math.erfc(abs(z) / math.sqrt(2)))


def _possible(unit: Unit) -> tuple[float, float]:
    if unit == "share":
        return 0.0, 1.0
    return (1.0, 5.0) if unit == "score" else (0.0, math.inf)


def _is_signal(points: Numbers, mean: float | None, lower: float | None, upper: float | None) -> bool:
    """Whether the last point lies outside the limits or ends a run of eight on one side of the mean."""
    if mean is None or lower is None or upper is None:
        return False
    last = points[-_RUN:]
    return bool(not lower <= points[-1] <= upper or (last > mean).all() or (last < mean).all())


def _direction(found: MannKendall | None, measure: Measure) -> str:
    if found is None:
        return "too_few"
    if found.p >= _ALPHA or found.slope == 0:
        return "no_trend"
    if measure.better == "neither":
        return "rising" if found.slope > 0 else "falling"
    return "improving" if (found.slope > 0) == (measure.better == "higher") else "worsening"


def _number(value: float | None) -> float | None:
    return None if value is None or math.isnan(value) else float(value)
