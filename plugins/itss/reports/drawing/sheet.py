"""One sheet of the workbook, written from the top down: headings, running text, tables, charts.

Column A is a margin. Tables on one sheet share its columns, so a column is as wide as the widest wish for it.
Surprise: whatever comes from a ticket is written as a string, whatever it begins with.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence
from typing import Any
from unicodedata import east_asian_width

import pandas as pd
import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from itss.reports.document import Cell, Chart, Column, Paper, Paragraph, Point, Table
from itss.reports.drawing.cell_text import MAX_TEXT, clip, size_in_cell, without_escapes
from itss.reports.drawing.formats import BANDS, BRAND, LINE, SOFT, TONES, WASH, Formats
from itss.reports.drawing.native import ChartData

MARGIN = 1
MAX_PRINTED = 110
CHART_HEIGHT, ROW_PX = 226, 20


class Sheet:
    """A worksheet and the row that is written next."""

    def __init__(self, book: xlsxwriter.Workbook, name: str, formats: Formats, paper: Paper) -> None:
        self.raw: Worksheet = book.add_worksheet(name)
        self.row = 0
        self.formats = formats
        self._book = book
        self._widths: list[int] = []
        self._prepare(paper)

    def _prepare(self, paper: Paper) -> None:
        page = self.raw
        page.hide_gridlines(2)
        page.set_landscape()
        page.set_paper(9)  # A4
        page.fit_to_pages(1, 0)
        page.set_margins(left=0.4, right=0.4, top=0.6, bottom=0.6)
        page.ignore_errors({"number_stored_as_text": "A1:XFD1048576"})  # a ticket's number is a name
        marks = _printed(" · ".join(paper.marks))
        if marks:
            page.set_header(f'&C&"-,Bold"&KB3261E{marks}')
        foot = _printed(f"{paper.title} · {paper.period} · {paper.revision}")
        page.set_footer(f"&L&8&K5B6875{foot}&R&8&K5B6875&P / &N")
        page.set_column(0, 0, 2)

    def fit(self, tables: Sequence[Sequence[Column]], *, least: Sequence[int] = ()) -> None:
        """Set the widths of the columns that ``tables`` will use."""
        wishes = [*([column.width for column in columns] for columns in tables), list(least)]
        length = max(map(len, wishes))
        self._widths = [max((wish[at] for wish in wishes if at < len(wish)), default=12) for at in range(length)]
        for at, width in enumerate(self._widths):
            self.raw.set_column(MARGIN + at, MARGIN + at, width)

    @property
    def last_column(self) -> int:
        """The right-most column in use."""
        return MARGIN + len(self._widths) - 1

    def band(self, text: str, height: float, **style: Any) -> None:
        """One line of text over all columns, then the next row."""
        self.span(self.row, text, 0, None, self.formats.make(**style))
        self.raw.set_row(self.row, height)
        self.row += 1

    def span(self, row: int, text: str, first: int, last: int | None, style: Format) -> None:
        """Text over several columns of ``row``."""
        left, right = MARGIN + first, self.last_column if last is None else MARGIN + last
        if right > left:
            self.raw.merge_range(row, left, row, right, "", style)
        self.raw.write_string(row, left, clip(text), style)

    def point(self, row: int, first: int, last: int, point: Point, *, joint: str) -> int:
        """A bold head and its text behind a ``joint`` (blanks, or a new line); returns the lines it takes."""
        style = self.formats.make(text_wrap=True, bottom=1, bottom_color=LINE)
        left, head = MARGIN + first, f"{point.mark} {point.head}"
        self.raw.merge_range(row, left, row, MARGIN + last, "", style)
        bold = self.formats.make(bold=True, font_color=TONES[point.tone if point.tone != "muted" else ""])
        soft = self.formats.make(font_color=SOFT)
        self._rich(row, left, (bold, head), (soft, joint + point.text), style)
        return self.lines(head + joint + point.text, first, last)

    def pair(self, row: int, first: int, last: int, name: str, value: str) -> int:
        """A soft name and its value over columns ``first`` to ``last``; returns the lines they take."""
        style, left = self.formats.make(text_wrap=True), MARGIN + first
        self.raw.merge_range(row, left, row, MARGIN + last, "", style)
        soft, plain = self.formats.make(font_color=SOFT), self.formats.make()
        self._rich(row, left, (soft, f"{name}   "), (plain, value), style)
        return self.lines(f"{name}   {value}", first, last)

    def _rich(self, row: int, at: int, head: tuple[Format, str], tail: tuple[Format, str], style: Format) -> None:
        """Two pieces of text in one cell, which together do not exceed its limit."""
        first = clip(without_escapes(head[1]), MAX_TEXT // 2)
        rest = clip(without_escapes(tail[1]), MAX_TEXT - size_in_cell(first))
        self.raw.write_rich_string(row, at, head[0], first, tail[0], rest or " ", style)

    def lines(self, text: str, first: int = 0, last: int | None = None) -> int:
        """How many lines ``text`` takes over these columns, estimated generously."""
        room = sum(self._widths[first : None if last is None else last + 1])
        return sum(max(1, math.ceil(_width(line) / room)) for line in text.split("\n"))

    def paragraph(self, paragraph: Paragraph) -> None:
        """Running text over the whole width."""
        style: dict[str, Any] = {"text_wrap": True, "valign": "top"}
        if paragraph.role == "empty":
            style |= {"bg_color": BANDS["muted"], "font_color": SOFT, "indent": 1, "valign": "vcenter"}
        if paragraph.role == "note":
            style |= {"font_color": SOFT, "font_size": 9}
        height = 15.5 * self.lines(paragraph.text) + (8 if paragraph.role == "empty" else 2)
        self.band(paragraph.text, min(height, 400), **style)

    def lead(self, text: str) -> None:
        """A generated statement of a section."""
        self.band(text, 17.5 * self.lines(text) + 2, text_wrap=True, font_size=11)

    def analysis(self, title: str, text: str) -> None:
        """What the figures say in sentences: running text, so that the charts below stay on the printed page."""
        title += "   "
        style = self.formats.make(text_wrap=True, valign="top", indent=1, bg_color=WASH)
        self.raw.merge_range(self.row, MARGIN, self.row, self.last_column, "", style)
        head = self.formats.make(bold=True, font_color=BRAND)
        self._rich(self.row, MARGIN, (head, title), (self.formats.make(), text), style)
        self.raw.set_row(self.row, min(14.5 * self.lines(title + text) + 8, 400))
        self.row += 1

    def table(self, table: Table, *, row_height: float = 0) -> None:
        """A table with caption, header and note; with a ``row_height`` it stands under a heading already."""
        if not row_height:
            self.row += 1
            self.raw.write_string(self.row, MARGIN, clip(table.caption), self.formats.make(bold=True, font_size=11))
            self.raw.set_row(self.row, 19)
            self.row += 1
        self.header(table.columns)
        for cells in table.rows:
            for at, (cell, column) in enumerate(zip(cells, table.columns, strict=True)):
                self.cell(self.row, MARGIN + at, cell, column, valign="vcenter" if row_height else "top")
            self._heighten(
                self.row, [(at, cell.text) for at, cell in enumerate(cells) if table.columns[at].wrap], row_height
            )
            self.row += 1
        if table.note:
            self.paragraph(Paragraph(table.note, "note"))

    def _heighten(self, row: int, wrapped: Sequence[tuple[int, str]], least: float = 0) -> None:
        """Room for running text: not every program that opens a workbook finds the height of a row itself."""
        lines = max((self.lines(text, at, at) for at, text in wrapped if 2 * len(text) > self._widths[at]), default=1)
        if lines > 1 or least:
            self.raw.set_row(row, min(max(least, 15) + 13 * (lines - 1), 400))

    def listing(self, columns: Sequence[Column], frame: pd.DataFrame) -> None:
        """Raw rows below the header: strings as strings, instants as instants, nothing as a blank."""
        top, wrapped = self.row, [at for at, column in enumerate(columns) if column.wrap]
        for at, (column, key) in enumerate(zip(columns, frame.columns, strict=True)):
            self._column(top, MARGIN + at, column, frame[key])
        texts = [[clip(str(text)) for text in frame.iloc[:, at]] for at in wrapped]
        for down, row in enumerate(zip(*texts, strict=True)):
            self._heighten(top + down, list(zip(wrapped, row, strict=True)))
        self.row += len(frame)

    def _column(self, top: int, at: int, column: Column, values: pd.Series) -> None:
        style = {"align": column.align, "bottom": 1, "bottom_color": LINE, "text_wrap": column.wrap, "valign": "top"}
        if column.kind in ("instant", "h"):
            style["num_format"] = "yyyy-mm-dd hh:mm" if column.kind == "instant" else "#,##0.0"
        form, page = self.formats.make(**style), self.raw
        for row, value in enumerate(values, top):
            if value is None or value != value:  # NaN and NaT differ from themselves
                page.write_blank(row, at, None, form)
            elif column.kind == "instant":
                page.write_datetime(row, at, value.to_pydatetime(warn=False), form)
            elif column.kind == "h":
                page.write_number(row, at, value, form)
            else:
                page.write_string(row, at, clip(str(value)), form)

    def header(self, columns: Sequence[Column]) -> None:
        """The header row of a table."""
        for at, column in enumerate(columns):
            style = self.formats.make(
                bold=True, font_size=9, font_color=SOFT, align=column.align, bottom=1, bottom_color="#8C99A5",
                text_wrap=True, valign="bottom", indent=int(at > 0 and column.align == "left"),
            )  # fmt: skip
            self.raw.write_string(self.row, MARGIN + at, clip(column.title), style)
        wraps = max(math.ceil(_width(c.title) * 1.15 / self._widths[at]) for at, c in enumerate(columns))
        self.raw.set_row(self.row, 5 + 13 * max(1, wraps))
        self.row += 1

    def cell(self, row: int, column: int, cell: Cell, spec: Column, valign: str) -> None:
        """One cell: a number or an instant as such, everything else as a string."""
        style = self.formats.cell(cell, spec.align, valign, wrap=spec.wrap, indent=int(column > MARGIN))
        if isinstance(cell.value, dt.datetime):
            self.raw.write_datetime(row, column, cell.value, style)
        elif cell.value is not None:
            scale = 100 if cell.kind == "points" else 1
            self.raw.write_number(row, column, cell.value * scale, style)
        else:
            self.raw.write_string(row, column, clip(cell.text), style)

    def charts(self, charts: Sequence[Chart], data: ChartData) -> None:
        """Charts beside each other, two in a row, over the sheet's width."""
        total = sum(width * 7 + 5 for width in self._widths)
        width = max(360, min(600, (total - 16) // 2))
        self.row += 1
        for at, chart in enumerate(charts):
            drawn = data.draw(chart, width, CHART_HEIGHT)
            place = {"x_offset": (at % 2) * (width + 16), "y_offset": 2, "object_position": 2, "description": chart.alt}
            self.raw.insert_chart(self.row, MARGIN, drawn, place)
            if at % 2 or at == len(charts) - 1:
                self.row += math.ceil(CHART_HEIGHT / ROW_PX) + 1
        if len(charts) > 2:
            self.raw.set_h_pagebreaks([self.row])  # tables begin on a page of their own rather than break

    def heading(self, text: str, back: str, summary: str) -> None:
        """The sheet's title and the way back to the summary."""
        self.band(text, 32, bold=True, font_size=16, font_color=BRAND, bottom=2, bottom_color=BRAND)
        link = self.formats.make(font_color=BRAND, underline=1, font_size=9)
        self.raw.write_url(self.row, MARGIN, f"internal:'{summary}'!A1", link, back)
        self.row += 1
        self.raw.freeze_panes(self.row, 0)


def _printed(text: str) -> str:
    """Text for a header or footer, where an ampersand is a command and 255 characters are all there is."""
    return text[:MAX_PRINTED].replace("&", "&&")


def _width(words: str) -> float:
    """Width in characters of the workbook: Latin letters are narrower than a digit, Chinese ones twice as wide."""
    return sum(2.0 if east_asian_width(letter) in "WF" else 0.86 for letter in words)
