"""Charts of the document tree as native charts of the workbook, with their numbers on a sheet of their own.

The reader may change, copy and check them: every series is a range of the sheet *chart data*. Surprise: what is a line
over columns (a target, a mark) is a chart of its own that is combined with them, since Excel would draw it as columns.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import xlsxwriter
from xlsxwriter.chart import Chart as NativeChart
from xlsxwriter.utility import xl_range
from xlsxwriter.worksheet import Worksheet

from itss.reports.catalogue import Catalogue
from itss.reports.cells import Cells
from itss.reports.document import Chart
from itss.reports.drawing.cell_text import MAX_NAME, clip
from itss.reports.drawing.formats import Formats
from itss.reports.drawing.native_looks import Looks, Values
from itss.reports.drawing.scale import axis_of
from itss.reports.drawing.svg_marks import notes
from itss.reports.template.look import Look

_KINDS = {
    "bars": {"type": "bar"},
    "columns": {"type": "column"},
    "stacked": {"type": "column", "subtype": "stacked"},
}


@dataclass
class ChartData:
    """The sheet of chart numbers, and the row that is written next."""

    book: xlsxwriter.Workbook
    sheet: Worksheet
    name: str
    formats: Formats
    words: Catalogue
    row: int = 0
    look: Look = field(default_factory=Look)

    def draw(self, chart: Chart, width: int, height: int) -> NativeChart:
        """Write the chart's numbers, and return a native chart of ``width`` × ``height`` pixels that shows them."""
        looks = Looks(self.look, self.words.language, chart)
        drawn = self.book.add_chart(dict(_KINDS.get(chart.kind, {"type": "line"})))
        over = self.book.add_chart({"type": "line"}) if chart.kind in ("columns", "stacked") else drawn
        self.row += 1
        top, count = self.row + 2, len(chart.categories)
        columns = list(self._columns(chart))
        self._write(chart, columns)
        for at, values in enumerate(columns, 1):
            series = {
                "name": clip(values.title, MAX_NAME),
                "categories": [self.name, top, 0, top + count - 1, 0],
                "values": [self.name, top, at, top + count - 1, at],
            }
            owner = drawn if values.role in ("series", "threshold") else over
            owner.add_series(series | looks.series(values, at - 1))
        if over is not drawn and any(values.role != "series" for values in columns):
            drawn.combine(over)
        self._style(drawn, looks, (width, height), columns)
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

    def _columns(self, chart: Chart) -> Iterator[Values]:
        count, words = len(chart.categories), self.words
        for series in chart.series:
            yield Values("series", series.name, series.values)
        if chart.kind == "control" and chart.mean is not None:
            yield Values("mean", words("chart.mean"), [chart.mean] * count)
            for role, bound in (("lower", chart.lower), ("upper", chart.upper)):
                yield Values(role, words("chart.limits"), [bound] * count)
        if chart.target is not None and chart.kind != "bars":
            yield Values("target", words("chart.target", target=chart.target_text), [chart.target] * count)
        if chart.thresholds and all(value is not None for value in chart.thresholds):
            yield Values("threshold", words("column.target"), chart.thresholds)
        if chart.kind != "bars":
            yield from self._marks(chart)

    def _marks(self, chart: Chart) -> Iterator[Values]:
        """All marks as one series at the top of the chart, each with the number of its line below it."""
        numbers: dict[int, list[str]] = {}
        for number, note in enumerate(notes(chart, Cells(self.words, "UTC")), 1):
            for at in note.places:
                numbers.setdefault(at, []).append(str(number))
        if numbers:
            top, places = axis_of(chart)[1], range(len(chart.categories))
            labels = tuple(",".join(numbers.get(at, ())) for at in places)
            yield Values("mark", self.words("chart.marks"), [top if label else None for label in labels], labels)

    def _write(self, chart: Chart, columns: Sequence[Values]) -> None:
        bold, plain = self.formats.make(bold=True), self.formats.make()
        number = self.formats.make(num_format="General")
        soft = self.formats.make(font_color=self.look.colours.soft, text_wrap=True)
        self.sheet.write_string(self.row, 0, clip(chart.title), bold)
        for at, values in enumerate(columns, 1):
            self.sheet.write_string(self.row + 1, at, clip(values.title), soft)
            for down, value in enumerate(values.values, self.row + 2):
                if value is not None:
                    self.sheet.write_number(down, at, value, number)
        for down, category in enumerate(chart.categories, self.row + 2):
            self.sheet.write_string(down, 0, clip(category), plain)

    def _below(self, chart: Chart) -> str:
        """The lines of the marks, numbered, in one text."""
        lines = [note.text for note in notes(chart, Cells(self.words, "UTC"))] if chart.kind != "bars" else []
        return "   ".join(f"({number}) {line}" for number, line in enumerate(lines, 1))

    def _style(self, drawn: NativeChart, looks: Looks, size: tuple[int, int], columns: Sequence[Values]) -> None:
        drawn.set_size({"width": size[0], "height": size[1]})
        drawn.set_title(looks.title())
        drawn.set_chartarea(looks.frame())
        drawn.show_blanks_as("gap")
        across, up = looks.axes(self._below(looks.chart))
        drawn.set_x_axis(across)
        drawn.set_y_axis(up)
        # limits are two lines of one name: one entry says it; marks are named below the axis
        again = [at for at, values in enumerate(columns) if values.role in ("upper", "mark")]
        drawn.set_legend(looks.legend(again) if len(columns) - len(again) > 1 else {"none": True})
