"""The legend above a chart: which look means what, in as many lines as it takes."""

from __future__ import annotations

from dataclasses import dataclass

from itss.reports.cells import Cells
from itss.reports.document import Chart
from itss.reports.drawing import shapes
from itss.reports.drawing.palette import Palette
from itss.reports.drawing.scale import LEFT, WIDTH

LINE_HEIGHT = 16
_KEY, _GAP = 19, 15
_STROKE, _BLOCK, _DISC, _SQUARE = "M0 0h14", "M0 -5h14v9h-14z", "M11 0a4 4 0 1 0 -8 0a4 4 0 1 0 8 0z", "M3 -4h8v8h-8z"


@dataclass(frozen=True)
class _Item:
    outline: str
    look: dict[str, str | float]
    label: str


def legend(chart: Chart, cells: Cells, colours: Palette) -> tuple[str, int]:
    """The legend, and the pixels by which its further lines lower the plot."""
    parts, x, y = [], float(LEFT), 12
    for item in _items(chart, cells, colours):
        room = _KEY + shapes.width(item.label) * shapes.LETTER
        if x > LEFT and x + room > WIDTH:
            x, y = float(LEFT), y + LINE_HEIGHT
        move = f"translate({shapes.n(x)} {y})"
        parts.append(shapes.path(item.outline, "", css="key", transform=move, **item.look))
        parts.append(shapes.text(x + _KEY, y + 4, item.label))
        x += room + _GAP
    return "".join(parts), y - 12


def _items(chart: Chart, cells: Cells, colours: Palette) -> list[_Item]:
    words, items = cells.words, list[_Item]()
    is_line = chart.kind in ("control", "lines")
    if len(chart.series) > 1:
        for at, series in enumerate(chart.series):
            outline = (_SQUARE if at else _DISC) if is_line else _BLOCK
            items.append(_Item(outline, {"fill": colours.of(at)}, series.name))
    if chart.kind == "control" and chart.mean is not None and chart.upper is not None:
        items.append(_Item(_STROKE, {"stroke": colours.mean, "stroke_dasharray": "2 3"}, words("chart.mean")))
        items.append(_Item(_BLOCK, {"fill": colours.band}, words("chart.limits")))
    if chart.target is not None:
        dashes: dict[str, str | float] = {"stroke": colours.target, "stroke_width": 1.5, "stroke_dasharray": "6 3"}
        items.append(_Item(_STROKE, dashes, words("chart.target", target=chart.target_text)))
    if is_line and any(series.flagged for series in chart.series):
        items.append(_Item(shapes.diamond((7, 0), 5), {"fill": colours.tones["missed"]}, words("chart.flagged")))
    if is_line and any(series.hollow for series in chart.series):
        ring: dict[str, str | float] = {"fill": "#ffffff", "stroke": colours.of(0), "stroke_width": 1.4}
        items.append(_Item(_DISC, ring, words("chart.hollow")))
    return items
