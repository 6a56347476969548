"""How the series, axes and titles of a native chart look: the palette of the report, in the words of XlsxWriter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from itss.reports.document import Chart, Series
from itss.reports.drawing.cell_text import MAX_NAME, clip
from itss.reports.drawing.formats import FONTS
from itss.reports.drawing.palette import Palette, palette
from itss.reports.drawing.scale import axis_of
from itss.reports.template.look import Look
from itss.text import Language

Properties = dict[str, Any]


@dataclass(frozen=True)
class Values:
    """One column of the chart's numbers: what it is for, its title; of marks the label of each place, if it has one."""

    role: str
    title: str
    values: Sequence[float | None]
    labels: tuple[str, ...] = ()


@dataclass(frozen=True)
class Looks:
    """The properties of one chart."""

    look: Look
    language: Language
    chart: Chart

    @property
    def colours(self) -> Palette:
        """The palette of the report."""
        return palette(self.look)

    def series(self, values: Values, at: int) -> Properties:
        """Of a column of numbers, the ``at``-th (from 0)."""
        colours = self.colours
        if values.role == "mark":
            marker = {"type": "triangle", "size": 6, "fill": {"color": colours.mark}, "border": {"color": colours.mark}}
            custom = [{"value": label} if label else {"delete": True} for label in values.labels]
            font = self._font(8, colours.mark)
            labels = {"value": True, "custom": custom, "position": "right", "font": font}
            return {"line": {"none": True}, "marker": marker, "data_labels": labels}
        if values.role == "target":
            line = {"color": colours.target, "width": 1.25, "dash_type": "dash"}
            return {"line": line, "marker": {"type": "none"}}
        if values.role == "threshold":
            return {"fill": {"color": colours.edge}, "border": {"color": colours.target}, "gap": 60}
        if values.role != "series":
            dash = "round_dot" if values.role == "mean" else "solid"
            return {"line": {"color": colours.mean, "width": 1, "dash_type": dash}, "marker": {"type": "none"}}
        return self._of_data(self.chart.series[at], at)

    def _of_data(self, series: Series, at: int) -> Properties:
        colour = self.colours.of(at)
        if self.chart.kind == "bars":
            tones = self.colours.tones
            points = [
                {"fill": {"color": tones[tone]}} if tone in ("missed", "at_risk") else None for tone in series.tones
            ]
            labels = {"value": True, "num_format": self._format(1), "font": self._font(9, self.colours.ink)}
            return {"fill": {"color": colour}, "points": points, "gap": 60, "data_labels": labels}
        if self.chart.kind in ("columns", "stacked"):
            return {"fill": {"color": colour}, "gap": 60, "overlap": 100 if self.chart.kind == "stacked" else 0}
        shape = "square" if at else "circle"
        marker = {"type": shape, "size": 4, "fill": {"color": colour}, "border": {"color": colour}}
        points = [self._spot(series, spot, colour) for spot in range(len(series.values))]
        look: Properties = {"line": {"color": colour, "width": 2}, "marker": marker}
        return look | ({"points": points} if any(points) else {})

    def _spot(self, series: Series, spot: int, colour: str) -> Properties | None:
        """The look of a point that is not like the others: marked by the rules, or never published."""
        if spot not in series.flagged and spot not in series.hollow:
            return None
        edge = self.colours.tones["missed"] if spot in series.flagged else colour
        return {"fill": {"color": "#FFFFFF" if spot in series.hollow else edge}, "border": {"color": edge}}

    def title(self) -> Properties:
        """The chart's title above it."""
        font = self._font(11, self.colours.ink, bold=True)
        return {"name": clip(self.chart.title, MAX_NAME), "name_font": font, "overlay": False}

    def frame(self) -> Properties:
        """The line around the chart."""
        return {"border": {"color": self.colours.edge}}

    def axes(self, below: str = "") -> tuple[Properties, Properties]:
        """The horizontal axis, with the text ``below`` it, and the vertical; bars have members on the vertical one."""
        font = self._font(9, self.colours.soft)
        values: Properties = {
            "num_format": self._format(0),
            "num_font": font,
            "major_gridlines": {"visible": True, "line": {"color": self.colours.grid}},
            "line": {"none": True},
        }
        categories: Properties = {"num_font": font, "line": {"color": self.colours.edge}}
        if self.chart.kind == "bars":
            values |= {"min": 0, "label_position": "none", "major_gridlines": {"visible": False}}
            most = self.chart.span[1] if self.chart.span else None
            values |= {"max": 1.1} if self.chart.unit == "share" else {"max": most * 1.1} if most else {}
            return values, categories | {"reverse": True}  # a tenth is room for the label of a full bar
        low, high, step = axis_of(self.chart)  # Excel would begin a share at 0 and go beyond 100 %
        every = -(-len(self.chart.categories) // 6)
        across = categories | {"label_position": "low", "interval_unit": every}
        if below:
            across |= {"name": clip(below, MAX_NAME), "name_font": self._font(8, self.colours.soft)}
        return across, values | {"min": low, "max": high, "major_unit": step}

    def legend(self, again: Sequence[int]) -> Properties:
        """The legend below, without the entries ``again``."""
        return {"position": "bottom", "font": self._font(9, self.colours.soft), "delete_series": list(again)}

    def _format(self, digits: int) -> str:
        unit = self.chart.unit
        if unit == "share":
            return "0.0%" if digits or any(round(tick * 1000) % 10 for tick in axis_of(self.chart)) else "0%"
        return "#,##0.0" if digits and unit != "count" else "#,##0.##" if unit == "score" else "#,##0"

    def _font(self, size: int, colour: str, *, bold: bool = False) -> Properties:
        name = self.look.workbook_font or FONTS[self.language]
        return {"name": name, "size": size, "color": colour, "bold": bold}
