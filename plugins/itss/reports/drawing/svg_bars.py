"""Members under each other as bars. Shares that are all high are dots on a rail that does not begin at 0."""

from __future__ import annotations

import math

from itss.reports.cells import Cells
from itss.reports.document import Chart
from itss.reports.drawing import shapes
from itss.reports.drawing.palette import Palette, palette
from itss.reports.drawing.scale import WIDTH
from itss.reports.template.look import Look

BAR_HEIGHT, BAR_LABEL = 26, 168
_ROOM = WIDTH - BAR_LABEL - 76
HIGH_SHARE = 0.6
"""Shares from here on are told apart by position, not by length."""


def bars(chart: Chart, cells: Cells, look: Look) -> str:
    """The whole element."""
    colours = palette(look)
    low, high = _span(chart)
    parts = [_bar(chart, cells, at, (low, high), colours) for at in range(len(chart.categories))]
    foot = 8 + len(chart.categories) * BAR_HEIGHT
    if low:
        for spot in (0.0, 0.5, 1.0):
            words = cells.plain(low + spot * (high - low), "share", 0)
            parts.append(shapes.text(BAR_LABEL + spot * _ROOM, foot + 12, words, text_anchor="middle"))
        foot += 14
    return shapes.svg((WIDTH, foot + 8), chart.title, chart.alt, look, "".join(parts))


def _span(chart: Chart) -> tuple[float, float]:
    known = [value for value in (*chart.series[0].values, *chart.thresholds) if value is not None]
    if chart.unit == "share":
        least = min(known, default=0.0)
        return (math.floor(least * 10 - 1e-9) / 10 if least >= HIGH_SHARE else 0.0), 1.0
    return 0.0, (chart.span[1] if chart.span else max(known, default=0.0)) or 1.0


def _bar(chart: Chart, cells: Cells, at: int, span: tuple[float, float], colours: Palette) -> str:
    """One member: its name, its bar (or dot) with its value, and its threshold."""
    series, label, y = chart.series[0], chart.categories[at], 8 + at * BAR_HEIGHT
    low, high = span
    value, tone = series.values[at], series.tones[at] if at < len(series.tones) else ""
    name = shapes.text(
        BAR_LABEL - 10, y + 15, shapes.fit(label), text_anchor="end", font_size=shapes.NORMAL, fill=colours.ink
    )
    top, height = (10, 2) if low else (4, 14)
    parts = [name, shapes.rect(BAR_LABEL, y + top, _ROOM, height, fill=colours.rail)]
    if value is not None:
        words, colour = cells.number(value, chart.unit).text, colours.tone(tone, colours.of(0))
        length, tip = (value - low) / (high - low) * _ROOM, f"{label}: {words}"
        if low:
            parts.append(shapes.circle((BAR_LABEL + length, y + 11), 6, tip, css="bar", fill=colour))
        else:
            parts.append(shapes.rect(BAR_LABEL, y + 4, length, 14, tip, css="bar", fill=colour))
        strong: dict[str, str | float] = {"font_size": shapes.NORMAL, "font_weight": 600}
        parts.append(shapes.text(BAR_LABEL + _ROOM + 10, y + 15, words, **strong, fill=colours.tone(tone, colours.ink)))
    limit = chart.thresholds[at] if at < len(chart.thresholds) else None
    if limit is not None:
        x = BAR_LABEL + (limit - low) / (high - low) * _ROOM
        parts.append(shapes.line((x, y + 1), (x, y + 21), css="limit", stroke=colours.target, stroke_width=2))
    return "".join(parts)
