"""Where periods and values lie in a chart: round ticks around the data.

Shares never reach beyond 0 and 1; counts, times and columns begin at 0. A chart may bring the span of its value axis,
so that charts beside each other have one scale.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

from itss.reports.document import Chart

WIDTH, HEIGHT = 560, 232
LEFT, RIGHT, TOP, BOTTOM = 52, 62, 30, 30
FLAT = 1e-4
"""Below this (relative to the values, or to 1) a course is flat: noise is not blown up to a mountain range."""
_FROM_ZERO = ("count", "h", "min", "days")


class Scale:
    """Positions of periods and values; ``lowered`` pixels are taken at the top by further lines of the legend."""

    def __init__(self, chart: Chart, lowered: int = 0) -> None:
        low, high = chart.span or extent(chart)
        self.ticks = ticks(low, high, 1.0 if chart.unit == "share" else math.inf)
        self.low, self.high = self.ticks[0], self.ticks[-1]
        self.spread = self.ticks[1] - self.ticks[0]
        self.step = (WIDTH - LEFT - RIGHT) / max(len(chart.categories), 1)
        self.top, self.foot = TOP + lowered, HEIGHT - BOTTOM + lowered

    def x(self, at: float) -> float:
        """The middle of category ``at``."""
        return LEFT + (at + 0.5) * self.step

    def y(self, value: float) -> float:
        """The height of a value."""
        return self.top + (self.high - value) / (self.high - self.low) * (self.foot - self.top)


def extent(chart: Chart) -> tuple[float, float]:
    """The least and the greatest value that a chart must have room for."""
    known = list(_heights(chart))
    known += [value for value in (chart.lower, chart.upper, chart.target) if value is not None]
    low, high = min(known, default=0.0), max(known, default=1.0)
    if chart.kind in ("columns", "stacked") or chart.unit in _FROM_ZERO:
        low = min(low, 0.0)
    return low, high


def axis_of(chart: Chart) -> tuple[float, float, float]:
    """Where the value axis of a chart over periods begins and ends, and its step."""
    scale = Scale(chart)
    return scale.low, scale.high, scale.spread


def ticks(low: float, high: float, most: float) -> list[float]:
    """Four to six round values around ``low`` to ``high``."""
    if high - low <= max(abs(high), 1.0) * FLAT:
        pad = abs(high) * 0.1 if abs(high) > FLAT else 1.0
        low, high = max(low - pad, 0.0) if low >= 0 else low - pad, min(high + pad, max(most, high))
    raw = (high - low) / 4
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(factor * power for factor in (1, 2, 2.5, 5, 10) if factor * power >= raw * 0.999)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [round(at * step, 10) for at in range(first, last + 1)]


def _heights(chart: Chart) -> Iterable[float]:
    """The values, of stacked columns also the height of each stack."""
    rows = [series.values for series in chart.series]
    if chart.kind == "stacked":
        for column in zip(*rows, strict=True):
            yield sum(value for value in column if value is not None)
    for row in rows:
        yield from (value for value in row if value is not None)
