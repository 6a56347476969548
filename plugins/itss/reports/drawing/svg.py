"""Charts of the document tree as inline SVG for page and PDF: no script, no ids, no style sheet.

Colours are attributes, from the report's look, since WeasyPrint knows no classes inside an SVG. What is marked has a
shape of its own, never a colour alone. Surprise: a chart with marks or a long legend is higher than others, so
that its plot is as high as theirs.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from itss.reports.cells import Cells
from itss.reports.document import Chart, Series
from itss.reports.drawing import shapes
from itss.reports.drawing.palette import Palette, palette
from itss.reports.drawing.scale import BOTTOM, HEIGHT, LEFT, RIGHT, WIDTH, Scale, axis_of
from itss.reports.drawing.svg_bars import bars
from itss.reports.drawing.svg_legend import legend
from itss.reports.drawing.svg_marks import marks
from itss.reports.template.look import Look

__all__ = ["WIDTH", "axis_of", "draw", "spark"]
SPARK_WIDTH, SPARK_HEIGHT = 120, 28
LABELS = 7
"""At most so many periods are named below the axis."""


def draw(chart: Chart, cells: Cells, look: Look | None = None) -> str:
    """The chart as an ``<svg>`` element with its description for those who cannot see it."""
    look = look or Look()
    colours = palette(look)
    if chart.kind == "bars":
        return bars(chart, cells, look)
    words, lowered = legend(chart, cells, colours)
    scale = Scale(chart, lowered)
    above, below, deeper = marks(chart, cells, scale, colours)
    parts = [_limits(chart, scale, colours), _grid(chart, cells, scale, colours), above]
    if chart.kind in ("columns", "stacked"):
        parts.append(_columns(chart, cells, scale, colours))
    else:
        parts += [_line(series, at, chart, cells, scale, colours) for at, series in enumerate(chart.series)]
    return shapes.svg((WIDTH, HEIGHT + lowered + deeper), chart.title, chart.alt, look, "".join([*parts, words, below]))


def spark(values: Sequence[float | None], tone: str, look: Look | None = None) -> str:
    """A sparkline: the course of a figure in the height of a line of text."""
    colours = palette(look or Look())
    known = [value for value in values if value is not None]
    low, high = min(known), max(known)
    span = (high - low) or 1.0
    step = (SPARK_WIDTH - 10) / max(len(values) - 1, 1)
    points = [
        None if value is None else (5 + at * step, SPARK_HEIGHT - 5 - (value - low) / span * (SPARK_HEIGHT - 10))
        for at, value in enumerate(values)
    ]
    dot = shapes.circle(last, 3, css="dot", fill=colours.tone(tone, colours.of(0))) if (last := points[-1]) else ""
    course = shapes.path(shapes.course(points), fill="none", stroke=colours.mean, stroke_width=1.6)
    view = f'viewBox="0 0 {SPARK_WIDTH} {SPARK_HEIGHT}" width="{SPARK_WIDTH}" height="{SPARK_HEIGHT}"'
    return f'<svg class="sparkline" {view} aria-hidden="true">{course}{dot}</svg>'


def _grid(chart: Chart, cells: Cells, scale: Scale, colours: Palette) -> str:
    parts = []
    factor = 100 if chart.unit == "share" else 1
    digits = next(d for d in range(4) if d == 3 or all(_is_round(tick * factor, d) for tick in scale.ticks))
    right = WIDTH - RIGHT
    for tick in scale.ticks:
        y = scale.y(tick)
        label = cells.plain(tick, "share", digits) if chart.unit == "share" else f"{tick:,.{digits}f}"
        parts.append(shapes.line((LEFT, y), (right, y), stroke=colours.grid))
        parts.append(shapes.text(LEFT - 8, y + 4, label, text_anchor="end"))
    every = max(1, math.ceil(len(chart.categories) / LABELS))
    for at, label in enumerate(chart.categories):
        if (len(chart.categories) - 1 - at) % every == 0:
            parts.append(shapes.text(scale.x(at), scale.foot + BOTTOM - 12, label, text_anchor="middle"))
    if chart.target is not None:
        y = scale.y(chart.target)
        dashes: dict[str, str | float] = {"stroke": colours.target, "stroke_width": 1.5, "stroke_dasharray": "6 3"}
        parts.append(shapes.line((LEFT, y), (right, y), css="target", **dashes))
    return "".join(parts)


def _limits(chart: Chart, scale: Scale, colours: Palette) -> str:
    if chart.mean is None or chart.lower is None or chart.upper is None:
        return ""
    top, bottom, mean = scale.y(chart.upper), scale.y(chart.lower), scale.y(chart.mean)
    band = shapes.rect(LEFT, top, WIDTH - LEFT - RIGHT, bottom - top, css="band", fill=colours.band)
    middle = shapes.line((LEFT, mean), (WIDTH - RIGHT, mean), css="mean", stroke=colours.mean, stroke_dasharray="2 3")
    return band + middle


def _line(series: Series, at: int, chart: Chart, cells: Cells, scale: Scale, colours: Palette) -> str:
    """A line with a point for each value: discs in the first series, squares in the others, diamonds if flagged."""
    points = [None if v is None else (scale.x(i), scale.y(v)) for i, v in enumerate(series.values)]
    colour = colours.of(at)
    outline = shapes.course(points)
    parts = [shapes.path(outline, css="line", fill="none", stroke=colour, stroke_width=2, stroke_linejoin="round")]
    for i, (point, value) in enumerate(zip(points, series.values, strict=True)):
        if point is None or value is None:
            continue
        tip = f"{chart.categories[i]}: {cells.number(value, chart.unit).text}"
        edge = colours.tones["missed"] if i in series.flagged else colour
        look: dict[str, str | float] = {"fill": edge}
        if i in series.hollow:
            look = {"fill": "#ffffff", "stroke": edge, "stroke_width": 1.4}
        if i in series.flagged:  # a shape of its own: not by colour alone
            parts.append(shapes.path(shapes.diamond(point), tip, css="flagged", **look))
        elif at:
            parts.append(shapes.rect(point[0] - 2.4, point[1] - 2.4, 4.8, 4.8, tip, css="point", **look))
        else:
            parts.append(shapes.circle(point, 2.6, tip, css="point", **look))
    if points and (end := points[-1]) is not None:
        words = (chart.value_text if at == 0 else "") or cells.number(series.values[-1], chart.unit).text
        tone = colours.tone(chart.tone if at == 0 else "", colours.ink)
        parts.append(shapes.text(end[0] + 9, end[1] + 4, words, **_value(tone)))
    return "".join(parts)


def _columns(chart: Chart, cells: Cells, scale: Scale, colours: Palette) -> str:
    """Columns beside each other, or on top of each other."""
    count = 1 if chart.kind == "stacked" else len(chart.series)
    width = scale.step * 0.7 / count
    parts, stacks = [], [0.0] * len(chart.categories)
    for at, series in enumerate(chart.series):
        for i, value in enumerate(series.values):
            if value is None:
                continue
            base = stacks[i] if chart.kind == "stacked" else 0.0
            stacks[i] += value
            x = scale.x(i) + ((0 if chart.kind == "stacked" else at) - count / 2) * width
            tip = f"{chart.categories[i]} {series.name}: {cells.number(value, chart.unit).text}"
            y, height = scale.y(base + value), scale.y(base) - scale.y(base + value)
            parts.append(shapes.rect(x, y, max(width - 1, 1), height, tip, css="column", fill=colours.of(at)))
    return "".join(parts)


def _value(colour: str) -> dict[str, str | float]:
    return {"font_size": shapes.NORMAL, "font_weight": 600, "fill": colour}


def _is_round(value: float, digits: int) -> bool:
    return abs(round(value, digits) - value) < 1e-6
