"""Charts of the document tree as inline SVG for the page: no script, no ids, no fonts of their own.

Colours come from the page's style sheet by class, so that print and the content security policy stay in one place.
Surprise: every coordinate is rounded to a tenth; the same chart is the same bytes on every machine.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape
from itertools import pairwise
from unicodedata import east_asian_width

from itss.reports.cells import Cells
from itss.reports.document import Chart, Series

WIDTH, HEIGHT = 560, 232
LEFT, RIGHT, TOP, BOTTOM = 52, 62, 30, 30
BAR_HEIGHT, BAR_LABEL = 26, 168
SPARK_WIDTH, SPARK_HEIGHT = 120, 28
FLAT = 1e-4
"""Below this (relative to the values, or to 1) a course is flat: noise is not blown up to a mountain range."""
HIGH_SHARE = 0.6
"""Shares from here on are told apart by position, not by length."""


def draw(chart: Chart, cells: Cells) -> str:
    """The chart as an ``<svg>`` element with its description for those who cannot see it."""
    if chart.kind == "bars":
        return _bars(chart, cells)
    scale = _Scale(chart)
    parts = [_limits(chart, scale), _grid(chart, cells, scale), _redefined(chart, scale)]
    if chart.kind == "columns":
        parts.append(_columns(chart, cells, scale))
    else:
        parts += [_line(series, at, chart, cells, scale) for at, series in enumerate(chart.series)]
    parts.append(_legend(chart, cells))
    return _svg(WIDTH, HEIGHT, chart.alt, "".join(parts))


def spark(values: Sequence[float | None], tone: str) -> str:
    """A sparkline: the course of a figure in the height of a line of text."""
    known = [value for value in values if value is not None]
    low, high = min(known), max(known)
    span = (high - low) or 1.0
    step = (SPARK_WIDTH - 10) / max(len(values) - 1, 1)
    points = [
        None if value is None else (5 + at * step, SPARK_HEIGHT - 5 - (value - low) / span * (SPARK_HEIGHT - 10))
        for at, value in enumerate(values)
    ]
    last = points[-1]
    dot = f'<circle class="dot {tone}" cx="{_n(last[0])}" cy="{_n(last[1])}" r="3"/>' if last else ""
    lines = f'<path class="spark" d="{_path(points)}"/>'
    view = f'viewBox="0 0 {SPARK_WIDTH} {SPARK_HEIGHT}" width="{SPARK_WIDTH}" height="{SPARK_HEIGHT}"'
    return f'<svg class="sparkline" {view} aria-hidden="true">{lines}{dot}</svg>'


class _Scale:
    """Positions of periods and values. Shares never reach beyond 0 and 1; counts begin at 0."""

    def __init__(self, chart: Chart) -> None:
        known = [value for series in chart.series for value in series.values if value is not None]
        known += [value for value in (chart.lower, chart.upper, chart.target) if value is not None]
        low, high = min(known, default=0.0), max(known, default=1.0)
        if chart.kind == "columns" or chart.unit in ("count", "h", "min", "days"):
            low = min(low, 0.0)
        self.ticks = _ticks(low, high, 1.0 if chart.unit == "share" else math.inf)
        self.low, self.high = self.ticks[0], self.ticks[-1]
        self.spread = self.ticks[1] - self.ticks[0]
        self.step = (WIDTH - LEFT - RIGHT) / max(len(chart.categories), 1)

    def x(self, at: float) -> float:
        """The middle of category ``at``."""
        return LEFT + (at + 0.5) * self.step

    def y(self, value: float) -> float:
        """The height of a value."""
        return TOP + (self.high - value) / (self.high - self.low) * (HEIGHT - TOP - BOTTOM)


def axis_of(chart: Chart) -> tuple[float, float, float]:
    """Where the value axis of a chart over periods begins and ends, and its step."""
    scale = _Scale(chart)
    return scale.low, scale.high, scale.spread


def _ticks(low: float, high: float, most: float) -> list[float]:
    """Four to six round values around ``low`` to ``high``."""
    if high - low <= max(abs(high), 1.0) * FLAT:
        pad = abs(high) * 0.1 if abs(high) > FLAT else 1.0
        low, high = max(low - pad, 0.0) if low >= 0 else low - pad, min(high + pad, max(most, high))
    raw = (high - low) / 4
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(factor * power for factor in (1, 2, 2.5, 5, 10) if factor * power >= raw * 0.999)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [round(at * step, 10) for at in range(first, last + 1)]


def _grid(chart: Chart, cells: Cells, scale: _Scale) -> str:
    parts = []
    factor = 100 if chart.unit == "share" else 1
    digits = next(d for d in range(4) if d == 3 or all(_is_round(tick * factor, d) for tick in scale.ticks))
    for tick in scale.ticks:
        y = _n(scale.y(tick))
        label = escape(cells.plain(tick, "share", digits) if chart.unit == "share" else f"{tick:,.{digits}f}")
        parts.append(f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y}" y2="{y}"/>')
        parts.append(_text(LEFT - 8, scale.y(tick) + 4, label, "axis end"))
    every = max(1, math.ceil(len(chart.categories) / 7))
    for at, label in enumerate(chart.categories):
        if (len(chart.categories) - 1 - at) % every == 0:
            parts.append(_text(scale.x(at), HEIGHT - BOTTOM + 18, label, "axis middle"))
    if chart.target is not None:
        y = _n(scale.y(chart.target))
        parts.append(f'<line class="target" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y}" y2="{y}"/>')
    return "".join(parts)


def _limits(chart: Chart, scale: _Scale) -> str:
    if chart.mean is None or chart.lower is None or chart.upper is None:
        return ""
    top, bottom, mean = scale.y(chart.upper), scale.y(chart.lower), _n(scale.y(chart.mean))
    width = WIDTH - LEFT - RIGHT
    return (
        f'<rect class="band" x="{LEFT}" y="{_n(top)}" width="{width}" height="{_n(bottom - top)}"/>'
        f'<line class="mean" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{mean}" y2="{mean}"/>'
    )


def _redefined(chart: Chart, scale: _Scale) -> str:
    """A line before the first period under a new definition."""
    if chart.redefined is None:
        return ""
    x = _n(scale.x(chart.redefined - 0.5))
    return f'<line class="redefined" x1="{x}" x2="{x}" y1="{TOP}" y2="{HEIGHT - BOTTOM}"/>'


def _line(series: Series, at: int, chart: Chart, cells: Cells, scale: _Scale) -> str:
    points = [None if v is None else (scale.x(i), scale.y(v)) for i, v in enumerate(series.values)]
    parts = [f'<path class="line s{at}" d="{_path(points)}"/>']
    last = len(points) - 1
    for i, (point, value) in enumerate(zip(points, series.values, strict=True)):
        if point is None or value is None:
            continue
        tip = f"<title>{escape(f'{chart.categories[i]}: {cells.number(value, chart.unit).text}')}</title>"
        mark = "flagged" if i in series.flagged else f"s{at}"
        mark += " hollow" if i in series.hollow else ""
        if i in series.flagged:  # a shape of its own: not by colour alone
            parts.append(f'<path class="{mark}" d="{_diamond(*point)}">{tip}</path>')
        else:
            parts.append(f'<circle class="point {mark}" cx="{_n(point[0])}" cy="{_n(point[1])}" r="2.6">{tip}</circle>')
        if i == last:
            tone = f" {chart.tone}" if at == 0 else ""
            words = escape((chart.value_text if at == 0 else "") or cells.number(value, chart.unit).text)
            parts.append(_text(point[0] + 9, point[1] + 4, words, f"value{tone}"))
    return "".join(parts)


def _columns(chart: Chart, cells: Cells, scale: _Scale) -> str:
    count = len(chart.series)
    width = scale.step * 0.7 / count
    parts = []
    for at, series in enumerate(chart.series):
        for i, value in enumerate(series.values):
            if value is None:
                continue
            x, y = scale.x(i) + (at - count / 2) * width, scale.y(value)
            tip = escape(f"{chart.categories[i]} {series.name}: {cells.number(value, chart.unit).text}")
            parts.append(
                f'<rect class="column s{at}" x="{_n(x)}" y="{_n(y)}" width="{_n(max(width - 1, 1))}" '
                f'height="{_n(max(scale.y(0) - y, 0))}"><title>{tip}</title></rect>'
            )
    return "".join(parts)


def _legend(chart: Chart, cells: Cells) -> str:
    words = cells.words
    items: list[tuple[str, str]] = []
    if len(chart.series) > 1:
        items = [(f"s{at}", series.name) for at, series in enumerate(chart.series)]
    if chart.kind == "control" and chart.mean is not None and chart.upper is not None:
        items += [("mean", words("chart.mean")), ("band", words("chart.limits"))]
    if chart.target is not None:
        items.append(("target", words("chart.target", target=chart.target_text)))
    if chart.redefined is not None:
        items.append(("redefined", words("chart.redefined", period=chart.categories[chart.redefined])))
    if chart.kind != "columns" and any(series.hollow for series in chart.series):
        items.append(("s0 hollow", words("chart.hollow")))
    parts, x = [], float(LEFT)
    for mark, label in items:
        shape = "M0 0h14" if mark in ("mean", "target", "redefined") else "M0 -5h14v9h-14z"
        shape = "M11 0a4 4 0 1 0 -8 0a4 4 0 1 0 8 0z" if "hollow" in mark else shape
        parts.append(f'<path class="key {mark}" transform="translate({_n(x)} 12)" d="{shape}"/>')
        parts.append(_text(x + 19, 16, escape(label), "axis"))
        x += 34 + _width(label) * 6.1
    return "".join(parts)


def _bars(chart: Chart, cells: Cells) -> str:
    """Members under each other. Shares that are all high are dots on a rail that does not begin at 0; bars would."""
    series = chart.series[0]
    known = [value for value in (*series.values, *chart.thresholds) if value is not None]
    low, high = 0.0, max(known, default=0.0) or 1.0
    if chart.unit == "share":
        low, high = (math.floor(min(known) * 10 - 1e-9) / 10 if min(known) >= HIGH_SHARE else 0.0), 1.0
    room = WIDTH - BAR_LABEL - 76
    parts, foot = [], 8 + len(chart.categories) * BAR_HEIGHT
    for at, (label, value) in enumerate(zip(chart.categories, series.values, strict=True)):
        y = 8 + at * BAR_HEIGHT
        tone = series.tones[at] if at < len(series.tones) else ""
        parts.append(_text(BAR_LABEL - 10, y + 15, escape(_fit(label)), "label end"))
        thin = (10, 2) if low else (4, 14)
        parts.append(f'<rect class="rail" x="{BAR_LABEL}" y="{y + thin[0]}" width="{room}" height="{thin[1]}"/>')
        limit = chart.thresholds[at] if at < len(chart.thresholds) else None
        if value is not None:
            words = cells.number(value, chart.unit).text
            tip = f"<title>{escape(f'{label}: {words}')}</title>"
            parts.append(_bar_or_dot(y, (value - low) / (high - low) * room, tone, tip, is_dot=bool(low)))
            parts.append(_text(BAR_LABEL + room + 10, y + 15, escape(words), f"value {tone}"))
        if limit is not None:
            x = _n(BAR_LABEL + (limit - low) / (high - low) * room)
            parts.append(f'<line class="limit" x1="{x}" x2="{x}" y1="{y + 1}" y2="{y + 21}"/>')
    if low:
        for spot in (0.0, 0.5, 1.0):
            words = cells.plain(low + spot * (high - low), "share", 0)
            parts.append(_text(BAR_LABEL + spot * room, foot + 12, words, "axis middle"))
        foot += 14
    return _svg(WIDTH, foot + 8, chart.alt, "".join(parts))


def _bar_or_dot(y: float, length: float, tone: str, tip: str, *, is_dot: bool) -> str:
    if is_dot:
        return f'<circle class="bar {tone}" cx="{_n(BAR_LABEL + length)}" cy="{y + 11}" r="6">{tip}</circle>'
    width = _n(max(length, 0.0))
    return f'<rect class="bar {tone}" x="{BAR_LABEL}" y="{y + 4}" width="{width}" height="14">{tip}</rect>'


def _svg(width: int, height: int, alt: str, inner: str) -> str:
    return f'<svg viewBox="0 0 {width} {height}" role="img" aria-label="{escape(alt)}">{inner}</svg>'


def _text(x: float, y: float, words: str, css: str) -> str:
    return f'<text class="{css}" x="{_n(x)}" y="{_n(y)}">{words}</text>'


def _is_round(value: float, digits: int) -> bool:
    return abs(round(value, digits) - value) < 1e-6


def _path(points: Sequence[tuple[float, float] | None]) -> str:
    """A line through the known points; a gap where a period has no value."""
    parts = [f"M{_n(points[0][0])} {_n(points[0][1])}"] if points and points[0] else []
    for before, point in pairwise(points):
        if point:
            parts.append(f"{'L' if before else 'M'}{_n(point[0])} {_n(point[1])}")
    return "".join(parts)


def _diamond(x: float, y: float) -> str:
    return f"M{_n(x)} {_n(y - 6)}l6 6l-6 6l-6 -6z"


def _fit(label: str, most: int = 24) -> str:
    """A label that fits beside its bar, in columns of a terminal: wide characters count twice."""
    if _width(label) <= most:
        return label
    kept = ""
    for letter in label:
        if _width(kept + letter) > most - 1:
            break
        kept += letter
    return kept + "…"


def _width(words: str) -> int:
    return sum(2 if east_asian_width(letter) in "WF" else 1 for letter in words)


def _n(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
