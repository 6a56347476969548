"""One sheet of the workbook, written from the top down: its title in A1, then lines over some or all columns.

Tables on one sheet share its columns, so a column is as wide as the widest wish for it. What is too long for the
highest row goes on in the next one. Surprise: whatever comes from a ticket is written as a string, whatever it begins
with.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest
from typing import Any

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from itss.reports.document import Paper
from itss.reports.drawing import text_width
from itss.reports.drawing.cell_text import clip, size_in_cell, without_escapes
from itss.reports.drawing.formats import Formats
from itss.reports.drawing.page_edges import foot, head
from itss.reports.drawing.sheet_lines import Line, Piece

MAX_HEIGHT = 390
"""The highest row in points, a little under Excel's 409."""
MAX_PIECE = 30_000
"""Characters of one line as Excel counts them: below the limit of a cell."""
PORTRAIT_PX, LANDSCAPE_PX = 715, 1043
"""Pixels between the margins of A4."""
PORTRAIT_PT, LANDSCAPE_PT = 765, 518
"""Points between them, a little less: no two programs take the same height for the same row."""
ROW = 15.0
LEAST_SCALE = 0.65
"""Smaller than this, one page is too small to be read: its letters of ten points have 6.5."""
_SHRUNK = 1.3
"""So much wider than portrait a sheet may be and still be read on it."""


@dataclass(frozen=True)
class Span:
    """The columns ``first`` to ``last``, both included."""

    first: int
    last: int


class Sheet:
    """A worksheet and the row that is written next."""

    def __init__(self, book: xlsxwriter.Workbook, name: str, formats: Formats, paper: Paper) -> None:
        self.raw: Worksheet = book.add_worksheet(name)
        self.name = name
        self.row = 0
        self.formats = formats
        self.cut = 0
        """How many texts were longer than a cell holds."""
        self.headers: list[int] = []
        """The rows of the tables' headers."""
        self._breaks: list[int] = []
        self._heights: list[float] = []
        """In points, of the rows since the last page began."""
        self._printed = 0.0
        """The height of the pages before."""
        self._is_portrait = False
        self._widths: list[float] = [12]
        self._prepare(paper)

    def _prepare(self, paper: Paper) -> None:
        page = self.raw
        page.hide_gridlines(2)
        page.set_landscape()
        page.set_paper(9)  # A4
        page.fit_to_pages(1, 0)
        page.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.5)
        page.ignore_errors({"number_stored_as_text": "A1:XFD1048576"})  # a ticket's number is a name
        if edge := head(paper, self.formats.colours):
            page.set_header(edge)
        page.set_footer(foot(paper, self.formats.colours))

    def fit(self, widths: Sequence[float]) -> None:
        """Set the widths of the columns, and the paper's direction; what is narrower than the paper fills it."""
        self._is_portrait = _pixels(widths) <= _SHRUNK * PORTRAIT_PX
        paper = PORTRAIT_PX if self._is_portrait else LANDSCAPE_PX
        self._set(widths)
        if (missing := paper - self.pixels) > 0:
            self._widen(missing)
        if self._is_portrait:
            self.raw.set_portrait()

    @property
    def all(self) -> Span:
        """All columns in use."""
        return Span(0, len(self._widths) - 1)

    @property
    def pixels(self) -> int:
        """The width of the columns in use."""
        return _pixels(self._widths)

    def halves(self) -> tuple[Span, Span]:
        """The columns in two parts of about the same width."""
        whole, last = sum(self._widths), len(self._widths) - 1
        at = min(range(1, last + 1), key=lambda at: abs(sum(self._widths[:at]) - whole / 2), default=0)
        return (Span(0, at - 1), Span(at, last)) if at else (self.all, self.all)

    def within(self, pixels: int) -> Span:
        """The first columns that are no wider than ``pixels`` together; one at least."""
        last = max((at for at in range(len(self._widths)) if _pixels(self._widths[: at + 1]) <= pixels), default=0)
        return Span(0, last)

    def room(self, span: Span) -> float:
        """The width of these columns in characters."""
        return sum(self._widths[span.first : span.last + 1])

    def held(self, text: str) -> str:
        """What a cell holds of ``text``; what is cut ends with a mark, and is counted."""
        fitting = clip(text)
        self.cut += fitting is not text
        return fitting

    def write(self, lines: Sequence[Line], span: Span | None = None) -> None:
        """Lines below each other."""
        self.beside(((span or self.all, lines),))

    def beside(self, sides: Sequence[tuple[Span, Sequence[Line]]]) -> None:
        """Lines of several columns beside each other, then the next row."""
        split = [[part for line in lines for part in self._parts(line, self.room(span))] for span, lines in sides]
        for here in zip_longest(*split):
            height = 0.0
            for line, (span, _) in zip(here, sides, strict=True):
                if line is not None:
                    height = max(height, self._line(line, span))
            self.next_row(height)

    def next_row(self, height: float = ROW) -> None:
        """Give the row its height in points, and go on to the next."""
        self.raw.set_row(self.row, height)
        self._heights.append(height)
        self.row += 1

    def page_break(self) -> None:
        """What follows begins a printed page."""
        if sum(self._heights):
            self._breaks.append(self.row)
            self._printed += sum(self._heights)
            self._heights.clear()

    def keep(self, height: float) -> None:
        """Begin a page unless the next ``height`` points fit on this one, or would not fit on any."""
        tall, wide = (PORTRAIT_PT, PORTRAIT_PX) if self._is_portrait else (LANDSCAPE_PT, LANDSCAPE_PX)
        room = tall * max(1.0, self.pixels / wide)
        if sum(self._heights) + height > room >= height:
            self.page_break()

    def finish(self, *, is_one_page: bool = False) -> None:
        """Say how it is printed: on the pages that were begun, or on one if that can be read; that one is filled."""
        height = self._printed + sum(self._heights)
        upright = (PORTRAIT_PX, PORTRAIT_PT, self.raw.set_portrait)
        papers = (upright, (LANDSCAPE_PX, LANDSCAPE_PT, self.raw.set_landscape))
        wide, tall, turn = max(papers, key=lambda paper: min(paper[0] / self.pixels, paper[1] / height))
        if not is_one_page or min(wide / self.pixels, tall / height) < LEAST_SCALE:
            if self._breaks:
                self.raw.set_h_pagebreaks(self._breaks)
            return
        turn()
        if (missing := wide * max(1.0, height / tall) - self.pixels) > 0:
            self._widen(missing)
        self.raw.fit_to_pages(1, 1)

    def _widen(self, missing: float) -> None:
        share = missing / 7 / sum(self._widths)
        self._set([round(width * (1 + share), 1) for width in self._widths])

    def _set(self, widths: Sequence[float]) -> None:
        self._widths = list(widths)
        for at, width in enumerate(widths):
            self.raw.set_column(at, at, min(width, 255))

    def _parts(self, line: Line, room: float) -> Iterator[Line]:
        """A line that a row can show as it is; else several, cut at blanks."""
        room /= line.size / 10
        most = int((MAX_HEIGHT - line.pad) // line.pitch)
        if text_width.lines(line.text, room) <= most and size_in_cell(line.text) < MAX_PIECE:
            yield line
            return
        for piece in line.pieces:
            for text in text_width.pieces(piece.text, room, most - 1):
                yield replace(line, pieces=(Piece(text, piece.font),))

    def _line(self, line: Line, span: Span) -> float:
        """Write a line; returns the points that it takes."""
        cell = {"text_wrap": True} | dict(line.cell)
        if span.first > 0 and not cell.get("indent"):
            cell["indent"] = 1  # a gap between what is beside each other
        pieces = [piece for piece in line.pieces if piece.text]
        first = pieces[0] if pieces else Piece("")
        style = self.formats.make(**(cell | dict(first.font) if len(pieces) < 2 else cell))
        if span.last > span.first:
            self.raw.merge_range(self.row, span.first, self.row, span.last, "", style)
        if line.link:
            self.raw.write_url(self.row, span.first, f"internal:{quoted(line.link)}!A1", style, line.text)
        elif len(pieces) < 2:
            self.raw.write_string(self.row, span.first, self.held(first.text), style)
        else:
            self._rich(span.first, pieces, style)
        count = text_width.lines(line.text, self.room(span) / (line.size / 10))
        return min(max(line.least, line.pitch * count + line.pad), 409)

    def _rich(self, at: int, pieces: Sequence[Piece], style: Format) -> None:
        parts: list[Any] = []
        for piece in pieces:
            parts += [self.formats.make(**piece.font), without_escapes(piece.text)]
        self.raw.write_rich_string(self.row, at, *parts, style)

    def heading(self, text: str, back: str, summary: str) -> None:
        """The sheet's title in A1 and the way back to the summary; both stay when the rest is scrolled."""
        brand = self.formats.colours.brand
        self.write([Line((Piece(text, {"bold": True, "font_size": 16, "font_color": brand}),),
                         {"bottom": 2, "bottom_color": brand}, 20, 12)])  # fmt: skip
        link = {"font_color": brand, "underline": 1, "font_size": 9}
        self.write([Line((Piece(back, link),), link=summary)], Span(0, 0))
        self.raw.freeze_panes(self.row, 0)


def quoted(name: str) -> str:
    """A sheet's name as it stands in a reference."""
    return "'{}'".format(name.replace("'", "''"))


def _pixels(widths: Sequence[float]) -> int:
    return sum(int(width * 7 + 5) for width in widths)
