"""Charts of the document tree as native charts of the workbook, with their numbers on a sheet of their own.

The reader may change, copy and check them: every series is a range of the sheet *chart data*.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import xlsxwriter
from xlsxwriter.chart import Chart as NativeChart
from xlsxwriter.utility import xl_range
from xlsxwriter.worksheet import Worksheet

from itss.reports.catalogue import Catalogue
from itss.reports.document import Chart, Series
from itss.reports.drawing.cell_text import MAX_NAME, clip
from itss.reports.drawing.formats import BRAND, BRAND_2, FONTS, INK, LINE, SOFT, TARGET, TONES, Formats
from itss.reports.drawing.svg import axis_of

COLOURS = (BRAND, BRAND_2, "#5E8C61", "#C8A13A")
LIMIT = "#8FA9BC"


@dataclass
class ChartData:
    """The sheet of chart numbers, and the row that is written next."""

    book: xlsxwriter.Workbook
    sheet: Worksheet
    name: str
    formats: Formats
    words: Catalogue
    row: int = 0

    def draw(self, chart: Chart, width: int, height: int) -> NativeChart:
        """Write the chart's numbers, and return a native chart of ``width`` × ``height`` pixels that shows them."""
        kind = {"bars": "bar", "columns": "column"}.get(chart.kind, "line")
        drawn = self.book.add_chart({"type": kind})
        self.row += 1
        top, count = self.row + 2, len(chart.categories)
        columns = self._columns(chart)
        self._write(chart, columns)
        for at, (role, title, _) in enumerate(columns, 1):
            span = [self.name, top, at, top + count - 1, at]
            series = {
                "name": clip(title, MAX_NAME),
                "categories": [self.name, top, 0, top + count - 1, 0],
                "values": span,
            }
            drawn.add_series(series | self._look(chart, role, at - 1))
        self._style(drawn, chart, width, height, with_legend=len(columns) > 1)
        self.row = top + count + 1
        return drawn

    def spark(self, title: str, values: Sequence[float | None]) -> str:
        """Write the numbers of a sparkline; returns their range."""
        self.sheet.write_string(self.row, 0, clip(title), self.formats.make())
        for at, value in enumerate(values, 1):
            if value is not None:
                self.sheet.write_number(self.row, at, value, self.formats.make(num_format="General"))
        self.row += 1
        return f"'{self.name}'!{xl_range(self.row - 1, 1, self.row - 1, len(values))}"

    def _columns(self, chart: Chart) -> list[tuple[str, str, Sequence[float | None]]]:
        count, words = len(chart.categories), self.words
        columns: list[tuple[str, str, Sequence[float | None]]] = [
            ("series", series.name, series.values) for series in chart.series
        ]
        if chart.kind == "control" and chart.mean is not None:
            columns.append(("mean", words("chart.mean"), [chart.mean] * count))
            for role, bound in (("lower", chart.lower), ("upper", chart.upper)):
                columns.append((role, words("chart.limits"), [bound] * count))
        if chart.target is not None:
            columns.append(("target", words("chart.target", target=chart.target_text), [chart.target] * count))
        if chart.thresholds and all(value is not None for value in chart.thresholds):
            columns.append(("threshold", words("column.target"), chart.thresholds))
        return columns

    def _write(self, chart: Chart, columns: Sequence[tuple[str, str, Sequence[float | None]]]) -> None:
        bold, plain = self.formats.make(bold=True), self.formats.make()
        number = self.formats.make(num_format="General")
        self.sheet.write_string(self.row, 0, clip(chart.title), bold)
        for at, (_, title, values) in enumerate(columns, 1):
            self.sheet.write_string(self.row + 1, at, clip(title), self.formats.make(font_color=SOFT, text_wrap=True))
            for down, value in enumerate(values, self.row + 2):
                if value is not None:
                    self.sheet.write_number(down, at, value, number)
        for down, category in enumerate(chart.categories, self.row + 2):
            self.sheet.write_string(down, 0, clip(category), plain)

    def _look(self, chart: Chart, role: str, at: int) -> dict[str, Any]:
        if role == "target":
            return {"line": {"color": TARGET, "width": 1.25, "dash_type": "dash"}, "marker": {"type": "none"}}
        if role == "threshold":
            return {"fill": {"color": "#E3C48F"}, "gap": 60}
        if role != "series":
            dash = "round_dot" if role == "mean" else "solid"
            return {"line": {"color": LIMIT, "width": 1, "dash_type": dash}, "marker": {"type": "none"}}
        colour, series = COLOURS[at % len(COLOURS)], chart.series[at]
        if chart.kind == "bars":
            points = [
                {"fill": {"color": TONES[tone]}} if tone in ("missed", "at_risk") else None for tone in series.tones
            ]
            labels = {"value": True, "num_format": self._axis(chart, 1), "font": self._font(9, INK)}
            return {"fill": {"color": colour}, "points": points, "gap": 60, "data_labels": labels}
        if chart.kind == "columns":
            return {"fill": {"color": colour}, "gap": 60, "overlap": 0}
        marker = {"type": "circle", "size": 4, "fill": {"color": colour}, "border": {"color": colour}}
        points = [_spot(series, spot, colour) for spot in range(len(series.values))]
        look: dict[str, Any] = {"line": {"color": colour, "width": 2}, "marker": marker}
        return look | ({"points": points} if any(points) else {})

    def _style(self, drawn: NativeChart, chart: Chart, width: int, height: int, *, with_legend: bool) -> None:
        drawn.set_size({"width": width, "height": height})
        drawn.set_title(
            {"name": clip(chart.title, MAX_NAME), "name_font": self._font(11, INK, bold=True), "overlay": False}
        )
        drawn.set_chartarea({"border": {"color": LINE}})
        drawn.show_blanks_as("gap")
        values: dict[str, Any] = {
            "num_format": self._axis(chart, 0),
            "num_font": self._font(9, SOFT),
            "major_gridlines": {"visible": True, "line": {"color": "#E9EDF0"}},
            "line": {"none": True},
        }
        categories: dict[str, Any] = {"num_font": self._font(9, SOFT), "line": {"color": LINE}}
        if chart.kind == "bars":
            categories |= {"reverse": True}
            values |= {"min": 0, "label_position": "none", "major_gridlines": {"visible": False}}
            values |= {"max": 1.1} if chart.unit == "share" else {}  # room for the label of a full bar
            drawn.set_x_axis(values)
            drawn.set_y_axis(categories)
        else:
            drawn.set_x_axis(categories | {"label_position": "low", "interval_unit": -(-len(chart.categories) // 6)})
            drawn.set_y_axis(values | self._span(chart))
        if with_legend:
            # limits are two lines of one name: one entry says it
            again = [at for at, column in enumerate(self._columns(chart)) if column[0] == "upper"]
            drawn.set_legend({"position": "bottom", "font": self._font(9, SOFT), "delete_series": again})
        else:
            drawn.set_legend({"none": True})

    def _span(self, chart: Chart) -> dict[str, float]:
        """Where the value axis begins and ends: Excel would begin a share at 0 and go beyond 100 %."""
        low, high, step = axis_of(chart)
        return {"min": low, "max": high, "major_unit": step}

    def _axis(self, chart: Chart, digits: int) -> str:
        if chart.unit == "share":
            return "0.0%" if digits or any(round(tick * 1000) % 10 for tick in axis_of(chart)) else "0%"
        return "#,##0.0" if digits and chart.unit != "count" else "#,##0.##" if chart.unit == "score" else "#,##0"

    def _font(self, size: int, colour: str, *, bold: bool = False) -> dict[str, Any]:
        return {"name": FONTS[self.words.language], "size": size, "color": colour, "bold": bold}


def _spot(series: Series, spot: int, colour: str) -> dict[str, Any] | None:
    """The look of a point that is not like the others: outside the limits, or never published."""
    if spot not in series.flagged and spot not in series.hollow:
        return None
    edge = TONES["missed"] if spot in series.flagged else colour
    return {"fill": {"color": "#FFFFFF" if spot in series.hollow else edge}, "border": {"color": edge}}
