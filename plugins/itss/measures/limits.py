"""Control limits of an XmR chart, and what is a signal against them (Shewhart; Wheeler)."""

from __future__ import annotations

import math

import numpy as np

from itss.measures.base import Unit
from itss.measures.rows import Numbers

CHART_FROM = 13
_RUN = 8
_XMR = 2.66  # 3 / d2 for moving ranges of two (Shewhart)


def control_limits(points: Numbers, unit: Unit) -> tuple[float | None, float | None, float | None]:
    """Mean and natural limits ``mean ± 2.66 · mean moving range``, clipped to what the unit allows."""
    if len(points) < CHART_FROM:
        return None, None, None
    # a constant is its own mean: summing it up would put it a rounding error beside itself, and outside its limits
    mean = float(points[0]) if np.ptp(points) == 0 else float(np.mean(points))
    spread = _XMR * float(np.mean(np.abs(np.diff(points))))
    least, most = _possible(unit)
    return mean, max(least, mean - spread), min(most, mean + spread)


def is_signal(points: Numbers, mean: float | None, lower: float | None, upper: float | None) -> bool:
    """Whether the last point lies outside the limits or ends a run of eight on one side of the mean."""
    if mean is None or lower is None or upper is None or not len(points):
        return False
    last = points[-_RUN:]
    is_run = len(last) == _RUN and bool((last > mean).all() or (last < mean).all())
    return is_run or not lower <= points[-1] <= upper


def _possible(unit: Unit) -> tuple[float, float]:
    if unit == "share":
        return 0.0, 1.0
    return (1.0, 5.0) if unit == "score" else (0.0, math.inf)
