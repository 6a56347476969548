"""A table on a sheet: numbers as numbers, colours as rules, a native Excel table where its headers allow one."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence
from itertools import count
from typing import Any

from xlsxwriter.format import Format

from itss.reports.document import Cell, Column, Paragraph, Table
from itss.reports.drawing import sheet_rules, text_width
from itss.reports.drawing.cell_text import clip
from itss.reports.drawing.native import ChartData
from itss.reports.drawing.sheet import MAX_HEIGHT, Sheet, Span
from itss.reports.drawing.sheet_lines import Line, Lines, Piece

SCORE_HEIGHT = 20
FILTERED = 12
"""From so many rows on a table has a filter."""
MAX_TITLE = 255
LONG, FIRST = 20, 6
"""A table of more rows than this may be broken, but not within its first ones."""


class Tables:
    """The tables of one workbook."""

    def __init__(self, lines: Lines, data: ChartData | None) -> None:
        self._lines = lines
        self._data = data
        self._numbers = count(1)

    def draw(self, sheet: Sheet, table: Table) -> int:
        """Caption, header, rows and note; returns the row of the header."""
        is_score = table.look == "score"
        sheet.keep(_height(sheet, table))
        self._caption(sheet, table.caption, is_score=is_score)
        top = sheet.row
        rules = sheet_rules.rules_of(table)
        header(sheet, table.columns)
        for cells in table.rows:
            for at, (cell, column) in enumerate(zip(cells, table.columns, strict=True)):
                self._cell(sheet, at, rules.painted(cell, at), column, "vcenter" if is_score else "top")
                if self._data is not None and any(value is not None for value in cell.spark):
                    self._spark(sheet, at, cells[0].text, cell, self._data)
            sheet.next_row(_row_height(sheet, cells, SCORE_HEIGHT if is_score else 15))
        if table.rows:
            sheet_rules.apply(rules, sheet.raw, top + 1, sheet.row - 1, sheet.formats)
            has_filter = len(table.rows) >= FILTERED and not is_score
            self.native(sheet, table.caption, table.columns, top, sheet.row - 1, has_filter=has_filter)
        if table.note:
            sheet.write([self._lines.paragraph(Paragraph(table.note, "note"))])
        return top

    def native(
        self, sheet: Sheet, caption: str, columns: Sequence[Column], top: int, bottom: int, *, has_filter: bool
    ) -> bool:
        """Make the rows an Excel table; not where two headers are the same, or one is empty."""
        titles = [header_text(column) for column in columns]
        if len({title.lower() for title in titles}) < len(titles) or not all(titles):
            return False
        heads = [
            {"header": title, "header_format": header_format(sheet, at, column)}
            for at, (title, column) in enumerate(zip(titles, columns, strict=True))
        ]
        options = {
            "name": f"table_{next(self._numbers)}",
            "style": None,
            "autofilter": has_filter,
            "banded_rows": False,
            "title": clip(caption, MAX_TITLE),
            "columns": heads,
        }
        sheet.raw.add_table(top, 0, bottom, len(columns) - 1, options)
        return True

    def _caption(self, sheet: Sheet, caption: str, *, is_score: bool) -> None:
        if is_score:
            sheet.write([self._lines.title(caption)])
            return
        sheet.next_row()
        sheet.write([Line((Piece(caption, {"bold": True, "font_size": 11}),), {}, 15, 4)])

    def _cell(self, sheet: Sheet, at: int, cell: Cell, spec: Column, valign: str) -> None:
        """A number or an instant as such, everything else as a string."""
        wrap = spec.wrap or (cell.value is None and _lines(sheet, at, cell) > 1)
        style = sheet.formats.cell(cell, spec.align, valign, wrap=wrap, indent=int(at > 0))
        if isinstance(cell.value, dt.datetime):
            sheet.raw.write_datetime(sheet.row, at, cell.value, style)
        elif cell.value is not None:
            scale = 100 if cell.kind == "points" else 1
            sheet.raw.write_number(sheet.row, at, cell.value * scale, style)
        else:
            sheet.raw.write_string(sheet.row, at, sheet.held(cell.text), style)

    def _spark(self, sheet: Sheet, at: int, title: str, cell: Cell, data: ChartData) -> None:
        """A native sparkline; its numbers stand among the chart data."""
        colours = sheet.formats
        look: dict[str, Any] = {"series_color": colours.colours.soft, "last_point": True, "weight": 1.5}
        look |= {"last_color": colours.tone(cell.tone), "range": data.spark(title, cell.spark)}
        sheet.raw.add_sparkline(sheet.row, at, look)


def header(sheet: Sheet, columns: Sequence[Column]) -> None:
    """The header row of a table."""
    wraps = 1
    for at, column in enumerate(columns):
        title = header_text(column)
        sheet.raw.write_string(sheet.row, at, title, header_format(sheet, at, column))
        wraps = max(wraps, math.ceil(text_width.width(title) * 1.15 / sheet.room(Span(at, at))))
    sheet.next_row(5 + 13 * wraps)


def header_text(column: Column) -> str:
    """A column's title as it stands in its header."""
    return clip(" ".join(column.title.split()), MAX_TITLE)


def header_format(sheet: Sheet, at: int, column: Column) -> Format:
    """The look of a header."""
    soft = sheet.formats.colours.soft
    return sheet.formats.make(
        bold=True, font_size=9, font_color=soft, align=column.align, bottom=1, bottom_color=soft,
        text_wrap=True, valign="bottom", indent=int(at > 0 and column.align == "left"),
    )  # fmt: skip


def _row_height(sheet: Sheet, cells: Sequence[Cell], least: float) -> float:
    """Room for running text: not every program that opens a workbook finds the height of a row itself."""
    count = max((_lines(sheet, at, cell) for at, cell in enumerate(cells) if cell.value is None), default=1)
    return min(least + 13 * (count - 1), MAX_HEIGHT)


def _height(sheet: Sheet, table: Table) -> float:
    """About how high the table is; of a long one only its first rows, which are to be on one page with its header."""
    rows = table.rows if len(table.rows) <= LONG else table.rows[:FIRST]
    least = SCORE_HEIGHT if table.look == "score" else 15
    return 60 + sum(_row_height(sheet, cells, least) for cells in rows)


def _lines(sheet: Sheet, at: int, cell: Cell) -> int:
    room = sheet.room(Span(at, at)) - (1.5 if at else 0.5)
    return text_width.lines(cell.text, room) if 2 * len(cell.text) > room else 1
