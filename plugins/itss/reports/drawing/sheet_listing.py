"""The rows behind a figure: every one of them, on as many sheets as it takes, each with title, header and filter.

A long listing is written row by row to a file, so the memory that it takes does not grow with it; a short one becomes a
native Excel table, which such a sheet cannot have. The row above the header says which rows these are, where the others
are, and whether a text was cut.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from itss.reports.catalogue import Catalogue
from itss.reports.document import Column, Listing, Paragraph
from itss.reports.drawing import text_width
from itss.reports.drawing.cell_text import MAX_TEXT, clip
from itss.reports.drawing.sheet import Sheet, Span
from itss.reports.drawing.sheet_columns import listing_widths
from itss.reports.drawing.sheet_lines import Line, Lines, Piece
from itss.reports.drawing.sheet_table import Tables, header

HEAD_ROWS = 3
"""Title, what there is to know, header."""
LONG = 10_000
"""Rows from which on a listing is written row by row."""
WRAPPED = 100_000
"""Up to so many rows are as high as their text; the heights of more would be held in memory until the end."""
CHUNK = 4_096
NUMBERS = ("instant", "h")
"""Kinds of columns that hold numbers; Excel counts instants in days."""
_ALWAYS_FITS = MAX_TEXT // 7
_EPOCH = pd.Timestamp("1899-12-30")
_DAY = pd.Timedelta(days=1)


@dataclass(frozen=True)
class Stretch:
    """The rows ``first`` to ``last`` of a listing, counted from 0, ``last`` not included, and their sheet."""

    sheet: Sheet
    listing: Listing
    first: int
    last: int


def stretches(count: int, max_rows: int) -> list[tuple[int, int]]:
    """``count`` rows in stretches of as many as a sheet of ``max_rows`` has room for; one at least."""
    room = max_rows - HEAD_ROWS
    return [(first, min(first + room, count)) for first in range(0, max(count, 1), room)]


class Listings:
    """The listings of one workbook."""

    def __init__(self, lines: Lines, words: Catalogue, tables: Tables) -> None:
        self._lines = lines
        self._words = words
        self._tables = tables

    def draw(self, here: Stretch, before: str, after: str, *, is_long: bool) -> None:
        """Write one sheet; ``before`` and ``after`` are the sheets on which the listing begins and goes on."""
        sheet, listing = here.sheet, here.listing
        sheet.fit(listing_widths(listing))
        rows = listing.frame.iloc[here.first : here.last]
        brand = {"bold": True, "font_size": 14, "font_color": sheet.formats.colours.brand}
        sheet.write([Line((Piece(listing.caption, brand),), {}, 19, 6)])
        note = Paragraph(self._note(here, rows, before, after), "note")
        sheet.write([self._lines.paragraph(note)])
        header(sheet, listing.columns)
        top = sheet.row
        _Rows(sheet, listing.columns, is_wrapped=len(listing.frame) <= WRAPPED).write(rows)
        sheet.row += len(rows)
        sheet.raw.freeze_panes(top, min(2, len(listing.columns) - 1))
        sheet.raw.repeat_rows(top - 1)
        last = len(listing.columns) - 1
        columns = listing.columns
        if is_long or not len(rows) or not self._tables.native(
            sheet, listing.caption, columns, top - 1, sheet.row - 1, has_filter=True
        ):  # fmt: skip
            sheet.raw.autofilter(top - 1, 0, max(top, sheet.row) - 1, last)

    def _note(self, here: Stretch, rows: pd.DataFrame, before: str, after: str) -> str:
        words, total = self._words, len(here.listing.frame)
        said = [words("sheet.rows", first=f"{here.first + 1:,}", last=f"{here.last:,}", total=f"{total:,}")]
        if not total:
            said = [words("sheet.rows_none")]
        said += [words("sheet.before", name=before)] if before else []
        said += [words("sheet.after", name=after)] if after else []
        if cut := _cut(rows):
            said.append(words("sheet.cut_rows", n=f"{cut:,}"))
        return words("sheet.joint").join(said)


def _cut(rows: pd.DataFrame) -> int:
    """How many texts are longer than a cell holds."""
    texts = (value for at in range(rows.shape[1]) for value in rows.iloc[:, at] if isinstance(value, str))
    return sum(clip(text) is not text for text in texts if len(text) > _ALWAYS_FITS)


Write = Callable[[int, int, Any, Format], Any]


class _Rows:
    """Raw rows: strings as strings, instants as instants, nothing as a blank."""

    def __init__(self, sheet: Sheet, columns: Sequence[Column], *, is_wrapped: bool) -> None:
        self._sheet = sheet
        self._is_wrapped = is_wrapped
        self._columns = columns
        self._formats = [self._format(column) for column in columns]
        texts = (at for at, column in enumerate(columns) if is_wrapped and column.kind not in NUMBERS)
        self._texts = [(at, sheet.room(Span(at, at)) - 1) for at in texts]

    def write(self, frame: pd.DataFrame) -> None:
        """Write the rows from the sheet's next row on, in their order: what is written is not held."""
        raw, top = self._sheet.raw, self._sheet.row
        writers = [self._writer(raw, column) for column in self._columns]
        cells = list(zip(range(len(self._columns)), writers, self._formats, strict=True))
        blank = raw.write_blank
        for row, values in enumerate(self._values(frame), top):
            for (at, write, style), value in zip(cells, values, strict=True):
                if value is None:
                    blank(row, at, None, style)
                else:
                    write(row, at, value, style)
            self._heighten(raw, row, values)

    def _values(self, frame: pd.DataFrame) -> Iterator[tuple[Any, ...]]:
        for start in range(0, len(frame), CHUNK):
            part = frame.iloc[start : start + CHUNK]
            yield from zip(*(_plain(part.iloc[:, at], column) for at, column in enumerate(self._columns)), strict=True)

    def _heighten(self, raw: Worksheet, row: int, values: Sequence[Any]) -> None:
        count = 1
        for at, room in self._texts:
            text = values[at]
            if text is not None and 2 * len(text) > room:
                count = max(count, text_width.lines(text, room))
        if count > 1:
            raw.set_row(row, min(15 + 13 * (count - 1), 400))

    def _format(self, column: Column) -> Format:
        line = self._sheet.formats.colours.line
        style: dict[str, Any] = {"align": column.align, "bottom": 1, "bottom_color": line, "valign": "top"}
        style["text_wrap"] = self._is_wrapped and column.kind not in NUMBERS
        if column.kind in NUMBERS:
            style["num_format"] = "yyyy-mm-dd hh:mm" if column.kind == "instant" else "#,##0.0"
        return self._sheet.formats.make(**style)

    @staticmethod
    def _writer(raw: Worksheet, column: Column) -> Write:
        write: Write = raw.write_number if column.kind in NUMBERS else raw.write_string
        return write


def _plain(values: pd.Series, column: Column) -> Iterable[Any]:
    """The values as a cell takes them: numbers, texts that fit, or None."""
    if column.kind == "instant":
        values = (pd.to_datetime(values) - _EPOCH) / _DAY
    is_number = column.kind in NUMBERS
    given: list[Any] = values.tolist()
    if is_number:
        return [None if value is None or value != value else float(value) for value in given]  # NaN differs from itself
    return [None if value is None or value != value else _text(str(value)) for value in given]


def _text(text: str) -> str:
    return text if len(text) <= _ALWAYS_FITS else clip(text)
