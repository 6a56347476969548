"""Control limits of an XmR chart (Shewhart; Wheeler)."""

from __future__ import annotations

import math

import numpy as np

from itss.measures.base import Unit
from itss.measures.rows import Numbers

CHART_FROM = 13
_XMR = 2.66  # 3 / d2 for moving ranges of two (Shewhart)


def control_limits(points: Numbers, unit: Unit) -> tuple[float | None, float | None, float | None]:
    """Mean and natural limits ``mean ± 2.66 · mean moving range``, clipped to what the unit allows."""
    if len(points) < CHART_FROM:
        return None, None, None
    # a constant is its own mean: summing it up would put it a rounding error beside itself, and outside its limits
    mean = float(points[0]) if np.ptp(points) == 0 else float(np.mean(points))
    spread = _XMR * float(np.mean(np.abs(np.diff(points))))
    least, most = possible(unit)
    return mean, max(least, mean - spread), min(most, mean + spread)


def possible(unit: Unit) -> tuple[float, float]:
    """The least and the greatest value that a figure of a unit can have."""
    if unit == "share":
        return 0.0, 1.0
    return (1.0, 5.0) if unit == "score" else (0.0, math.inf)
