"""The report as an Excel workbook: a summary, a sheet per part, native charts, every row.

Deterministic to the byte: the only clock in the file is the report's data cut-off. Surprise: strings are never read
as formulas, numbers or links, so a ticket titled ``=HYPERLINK(…)`` stays a title.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC
from io import BytesIO
from tempfile import TemporaryDirectory
from typing import Any

import xlsxwriter

from itss.reports import catalogue
from itss.reports.catalogue import Catalogue
from itss.reports.document import Listing, Paper, Paragraph, Part, Report
from itss.reports.drawing import sheet_figures, sheet_listing
from itss.reports.drawing.formats import Formats, font_of, set_theme
from itss.reports.drawing.native import ChartData
from itss.reports.drawing.sheet import Sheet
from itss.reports.drawing.sheet_blocks import Blocks, listings_of
from itss.reports.drawing.sheet_columns import widths_of
from itss.reports.drawing.sheet_lines import Line, Lines, Piece
from itss.reports.drawing.sheet_listing import Listings, Stretch
from itss.reports.drawing.sheet_table import Tables
from itss.reports.sheet_names import SheetNames
from itss.reports.template.look import Look

MAX_ROWS = 1_048_576
"""Excel's limit on the rows of a sheet."""
MAX_FROZEN = 8
"""A header in the first rows stays when the rest is scrolled; further down it would take the screen."""
LEAST_WIDTHS = (34, 14, 14, 14, 14, 14, 14, 12)


def render(report: Report, *, max_rows: int = MAX_ROWS) -> bytes:
    """The workbook; listings longer than ``max_rows`` go on on further sheets, no row is left out."""
    buffer = BytesIO()
    rows = sum(len(listing.frame) for part in report.body for listing in listings_of(part.blocks))
    with opened(buffer, report, report.look, is_big=rows > sheet_listing.LONG) as book:
        _Book(book, report, catalogue.load(report.language), max_rows).write()
    return buffer.getvalue()


@contextmanager
def opened(
    buffer: BytesIO, paper: Paper, look: Look | None = None, *, is_big: bool = False
) -> Iterator[xlsxwriter.Workbook]:
    """An empty workbook that says what ``paper`` is; it is complete in ``buffer`` once it is closed.

    What a big one is made of waits in files until then, which are deleted whatever happens.
    """
    look = look or Look()
    with TemporaryDirectory() as folder:
        options: dict[str, Any] = {
            "in_memory": not is_big,
            "tmpdir": folder,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
            "default_format_properties": {"font_name": font_of(look, paper.language), "font_size": 10},
        }
        book = xlsxwriter.Workbook(buffer, options)
        set_theme(book, look, paper.language)
        created = paper.created_at.astimezone(UTC).replace(tzinfo=None)
        title = f"{paper.title} – {paper.period}"
        book.set_properties({"title": title, "author": paper.author, "comments": paper.revision, "created": created})
        yield book
        book.close()


class _Book:
    """One workbook in the making. Its sheets are made in the order in which they stand."""

    def __init__(self, book: xlsxwriter.Workbook, report: Report, words: Catalogue, max_rows: int) -> None:
        self.book, self.report, self.words, self.max_rows = book, report, words, max_rows
        self.formats = Formats(book, words, report.look)
        self.names = SheetNames()
        self.lines = Lines(self.formats, words)
        self.where: dict[int, str] = {}
        """The sheet on which each listing begins."""

    def write(self) -> None:
        parts = [part for part in self.report.body if not _is_listing(part)]
        sheets = [self._sheet(self.names.take(part.sheet or part.title)) for part in parts]
        stretches = [stretch for listing in self._listings() for stretch in self._stretches(listing)]
        data = self._chart_data()
        tables = Tables(self.lines, data)
        blocks = Blocks(self.lines, tables, self.words, data, self.where)
        for part, sheet in zip(parts, sheets, strict=True):
            is_front = sheet is sheets[0]
            self._head(part, sheet, "" if is_front else sheets[0].name)
            blocks.draw(sheet, part.blocks)
            self._finish(sheet, is_front=is_front)
        self._rows(stretches, Listings(self.lines, self.words, tables))
        sheets[0].raw.activate()

    def _sheet(self, name: str, *, by_row: bool = False) -> Sheet:
        """The next sheet; ``by_row`` is written row by row, and keeps none of them in memory."""
        self.book.constant_memory = by_row  # a sheet takes it from the workbook when it is added
        sheet = Sheet(self.book, name, self.formats, self.report)
        self.book.constant_memory = False
        return sheet

    def _listings(self) -> list[Listing]:
        """Each listing once, wherever it is named; under the name of a part that is nothing else."""
        found: dict[int, Listing] = {}
        for part in self.report.body:
            for listing in listings_of(part.blocks):
                same = next((one for one in found.values() if _same(one, listing)), listing)
                found.setdefault(id(same), same)
                wish = part.sheet if _is_listing(part) else listing.sheet
                self.where[id(listing)] = self.where.get(id(same)) or self.names.take(wish)
        return list(found.values())

    def _stretches(self, listing: Listing) -> list[Stretch]:
        found = []
        for number, (first, last) in enumerate(sheet_listing.stretches(len(listing.frame), self.max_rows), 1):
            name = self.where[id(listing)]
            if number > 1:
                name = self.names.take(name, self.words("sheet.part", name="", n=number))
            found.append(Stretch(self._sheet(name, by_row=_is_long(listing)), listing, first, last))
        return found

    def _rows(self, stretches: Sequence[Stretch], listings: Listings) -> None:
        for before, here, after in zip([None, *stretches], stretches, [*stretches[1:], None], strict=False):
            start = before.sheet.name if before and before.listing is here.listing else ""
            end = after.sheet.name if after and after.listing is here.listing else ""
            listings.draw(here, start, end, is_long=_is_long(here.listing))

    def _chart_data(self) -> ChartData:
        """The last sheet: the numbers of every chart."""
        name = self.names.take(self.words("sheet.chart_data"))
        sheet = self._sheet(name)
        sheet.fit((24, *[14] * 16))
        sheet.write([self.lines.title(name, 14)])
        return ChartData(self.book, sheet.raw, name, self.formats, self.words, sheet.row + 1, look=self.report.look)

    def _head(self, part: Part, sheet: Sheet, summary: str) -> None:
        widths = widths_of(part.blocks, LEAST_WIDTHS if summary else ())
        sheet.fit(widths if len(widths) > 1 else LEAST_WIDTHS)
        if not summary:
            self._front(sheet)
            return
        title = f"{part.key}  {part.title}" if len(part.key) == 1 else part.title
        sheet.heading(title or part.sheet, self.words("sheet.back"), summary)

    def _front(self, sheet: Sheet) -> None:
        """Title in A1 beside the logo, then what it is, and the marks that must be seen first."""
        report, colours = self.report, self.formats.colours
        taken = sheet_figures.logo_pixels(report.logo)
        title = Line((Piece(report.title, {"bold": True, "font_size": 20}),), {}, 27, 6, 50 if taken else 0)
        sheet.write([title], sheet.within(sheet.pixels - taken) if taken else None)
        line = "  ·  ".join((report.kind, report.period, report.revision))
        look = {"font_size": 12, "font_color": colours.soft}
        edge = {"bottom": 2, "bottom_color": colours.brand, "valign": "top"}
        sheet.write([Line((Piece(line, look),), edge, 16, 6)])
        if (said := sheet_figures.logo_text(report.logo)) is not None:
            sheet.write([said])
        if report.marks:
            look = {"bold": True, "font_color": colours.at_risk}
            cell = {"bg_color": colours.at_risk_wash, "indent": 1}
            sheet.write([Line((Piece("  ·  ".join(report.marks), look),), cell, 15, 5)])
        sheet.next_row()

    def _finish(self, sheet: Sheet, *, is_front: bool) -> None:
        if sheet.cut:
            note = Paragraph(self.words("sheet.cut", n=sheet.cut), "note")
            sheet.write([self.lines.paragraph(note)])
        sheet.finish(is_one_page=is_front)
        if is_front:
            sheet_figures.logo(sheet, self.report.logo)
        if not is_front and len(sheet.headers) == 1 and sheet.headers[0] <= MAX_FROZEN:
            sheet.raw.freeze_panes(sheet.headers[0] + 1, 0)
            sheet.raw.repeat_rows(sheet.headers[0])


def _is_long(listing: Listing) -> bool:
    return len(listing.frame) > sheet_listing.LONG


def _is_listing(part: Part) -> bool:
    """Whether the part is rows and nothing else: then its sheet is theirs."""
    return part.is_only_in_workbook and len(part.blocks) == 1 and isinstance(part.blocks[0], Listing)


def _same(one: Listing, other: Listing) -> bool:
    return one is other or (one.sheet == other.sheet and one.columns == other.columns and one.frame.equals(other.frame))
