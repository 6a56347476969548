"""The report as an Excel workbook: a summary of one page, a sheet per content, native charts, every row.

Deterministic to the byte: the only clock in the file is the report's data cut-off. Surprise: strings are never read
as formulas, numbers or links, so a ticket titled ``=HYPERLINK(…)`` stays a title.
"""

from __future__ import annotations

from datetime import UTC
from io import BytesIO
from itertools import groupby
from typing import Any

import xlsxwriter

from itss.reports import catalogue
from itss.reports.catalogue import Catalogue
from itss.reports.document import Chart, Listing, Paper, Paragraph, Report, Section, Table
from itss.reports.drawing.formats import BANDS, BRAND, FONTS, SOFT, TONES, Formats
from itss.reports.drawing.native import ChartData
from itss.reports.drawing.sheet import MARGIN, Sheet

MAX_ROWS = 1_048_576
"""Excel's limit on the rows of a sheet."""
MIDDLE, ONE_PAGE = 3, 18
"""Last column of the summary's left half; so many targets fit on one readable page."""
TALLY_SYMBOLS = {"met": "✓", "at_risk": "!", "missed": "✗", "muted": "–"}


def render(report: Report, *, max_rows: int = MAX_ROWS) -> bytes:
    """The workbook; listings longer than ``max_rows`` go on on further sheets, no row is left out."""
    buffer = BytesIO()
    with opened(buffer, report) as book:
        _Book(book, report, catalogue.load(report.language), max_rows).write()
    return buffer.getvalue()


def opened(buffer: BytesIO, paper: Paper) -> xlsxwriter.Workbook:
    """An empty workbook that says what ``paper`` is; it is complete in ``buffer`` once it is closed."""
    options: dict[str, Any] = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "default_format_properties": {"font_name": FONTS[paper.language], "font_size": 10},
    }
    book = xlsxwriter.Workbook(buffer, options)
    created = paper.created_at.astimezone(UTC).replace(tzinfo=None)
    title = f"{paper.title} – {paper.period}"
    book.set_properties({"title": title, "author": paper.author, "comments": paper.revision, "created": created})
    return book


class _Book:
    """One workbook in the making. Its sheets are made in the order in which they stand."""

    def __init__(self, book: xlsxwriter.Workbook, report: Report, words: Catalogue, max_rows: int) -> None:
        self.book, self.report, self.words, self.max_rows = book, report, words, max_rows
        self.formats = Formats(book, words)
        self.summary = words("sheet.summary")

    def write(self) -> None:
        summary = Sheet(self.book, self.summary, self.formats, self.report)
        pages = [(section, Sheet(self.book, section.sheet, self.formats, self.report)) for section in self._sections()]
        listings = [block for section, _ in pages for block in section.blocks if isinstance(block, Listing)]
        for listing in listings:
            self._listing(listing)
        name = self.words("sheet.chart_data")
        raw = self.book.add_worksheet(name)
        raw.set_column(0, 0, 24)
        raw.set_column(1, 8, 18)
        raw.fit_to_pages(1, 0)
        data = ChartData(self.book, raw, name, self.formats, self.words, look=self.report.look)
        self._summary(summary, data)
        for section, sheet in pages:
            self._section(section, sheet, data)
        summary.raw.activate()

    def _sections(self) -> list[Section]:
        return [*self.report.sections, *self.report.appendices]

    def _summary(self, sheet: Sheet, data: ChartData) -> None:
        report, card = self.report, self.report.scorecard
        sheet.fit([card.columns])
        sheet.band(report.kind, 18, bold=True, font_color=BRAND)
        sheet.band(report.title, 32, bold=True, font_size=20)
        line = f"{report.period}  ·  {report.revision}"
        sheet.band(line, 22, font_size=12, font_color=SOFT, bottom=2, bottom_color=BRAND, valign="top")
        if report.marks:
            marks = "  ·  ".join(report.marks)
            sheet.band(marks, 20, bold=True, font_color=TONES["at_risk"], bg_color=BANDS["at_risk"], indent=1)
        sheet.row += 1
        look: dict[str, Any] = {"bg_color": BANDS[report.tone], "indent": 1}
        sheet.band(report.headline, 30, bold=True, font_size=15, font_color=TONES[report.tone], **look)
        if any(tally.count for tally in report.tallies):
            counts = "      ".join(f"{TALLY_SYMBOLS[t.tone]} {t.label} {t.count}" for t in report.tallies)
            sheet.band(counts, 20, font_color=SOFT, font_size=11, **look)
        sheet.row += 1
        self._panels(sheet)
        self._comment(sheet, self.report.comment)
        sheet.band(card.caption, 28, bold=True, font_size=13, font_color=BRAND, valign="bottom")
        self._card(sheet, card, data)
        self._facts(sheet)

    def _panels(self, sheet: Sheet) -> None:
        """What went wrong on the left, what moved on the right."""
        middle, last = MIDDLE, len(self.report.scorecard.columns) - 1
        heading = self.formats.make(bold=True, font_size=13, font_color=BRAND)
        sides = (
            (0, middle, self.words("front.wrong"), self.report.wrong, self.report.calm[0]),
            (middle + 1, last, self.words("front.moved"), self.report.moved, self.report.calm[1]),
        )
        sheet.raw.set_row(sheet.row, 22)
        for first, end, title, points, nothing in sides:
            sheet.span(sheet.row, title, first, end, heading)
            if not points:
                sheet.span(sheet.row + 1, nothing, first, end, self.formats.make(font_color=SOFT, text_wrap=True))
        sheet.row += 1
        for at in range(max(1, *(len(side[3]) for side in sides))):
            here = [(side[0], side[1], side[3][at]) for side in sides if at < len(side[3])]
            fits = all(sheet.lines(f"• {point.head}   {point.text}", first, end) == 1 for first, end, point in here)
            most = 1 if at else max((sheet.lines(side[4], *side[:2]) for side in sides if not side[3]), default=1)
            for first, end, point in here:
                most = max(most, sheet.point(sheet.row, first, end, point, joint="   " if fits else "\n"))
            sheet.raw.set_row(sheet.row, 14.5 * most + 6)
            sheet.row += 1

    def _comment(self, sheet: Sheet, text: str) -> None:
        """The author's own words, in a band of their own."""
        if not text:
            return
        sheet.band(self.words("comment.title"), 22, bold=True, font_size=13, font_color=BRAND)
        look: dict[str, Any] = {"text_wrap": True, "valign": "top", "indent": 1, "bg_color": BANDS["muted"]}
        sheet.band(text, min(14.5 * sheet.lines(text) + 6, 400), **look)
        sheet.band(self.words("comment.by", author=self.report.author), 16, font_size=9, font_color=SOFT)

    def _card(self, sheet: Sheet, card: Table, data: ChartData) -> None:
        """The scorecard with native sparklines; their numbers stand among the chart data."""
        top = sheet.row + 1
        sheet.table(card, row_height=20)
        for down, row in enumerate(card.rows, top):
            for at, cell in enumerate(row):
                if cell.spark:
                    look = {
                        "series_color": "#7D9BB1",
                        "last_point": True,
                        "last_color": TONES[cell.tone],
                        "weight": 1.5,
                    }
                    span = data.spark(row[0].text, cell.spark)
                    sheet.raw.add_sparkline(down, MARGIN + at, {"range": span} | look)

    def _facts(self, sheet: Sheet) -> None:
        """About the report, in two columns under the scorecard, so that all of it is one printed page."""
        sheet.raw.set_portrait()
        sheet.row += 1
        sheet.band(self.words("front.facts"), 24, bold=True, font_size=13, font_color=BRAND)
        facts = self.report.facts
        half, end = (len(facts) + 1) // 2, len(self.report.scorecard.columns) - 1
        for at in range(half):
            most = 1
            for (name, value), (first, last) in zip(facts[at::half], ((0, MIDDLE), (MIDDLE + 1, end)), strict=False):
                most = max(most, sheet.pair(sheet.row, first, last, name, value))
            sheet.raw.set_row(sheet.row, 14.5 * most + 2)
            sheet.row += 1
        sheet.raw.fit_to_pages(1, 1 if len(self.report.scorecard.rows) <= ONE_PAGE else 0)

    def _section(self, section: Section, sheet: Sheet, data: ChartData) -> None:
        tables = [block for block in section.blocks if isinstance(block, Table)]
        sheet.fit([table.columns for table in tables], least=(34, 14, 14, 14, 14, 14, 14, 12))
        title = f"{section.key}  {section.title}" if len(section.key) == 1 else section.title
        sheet.heading(title, self.words("sheet.back"), self.summary)
        for text in section.lead:
            sheet.lead(text)
        if section.analysis:
            sheet.analysis(self.words("analysis.title"), self.words("analysis.joint").join(section.analysis))
        self._comment(sheet, section.comment)
        for kind, group in groupby(section.blocks, key=type):
            if kind is Chart:
                sheet.charts([block for block in group if isinstance(block, Chart)], data)
                continue
            for block in group:
                if isinstance(block, Table):
                    sheet.table(block)
                elif isinstance(block, Paragraph):
                    sheet.paragraph(block)
                elif isinstance(block, Listing):
                    sheet.paragraph(Paragraph(f"{block.caption}: {block.sheet}", "note"))

    def _listing(self, listing: Listing) -> None:
        """Every row, on as many sheets as it takes, each with its header, filter and frozen panes."""
        room = self.max_rows - 1
        parts = max(1, -(-len(listing.frame) // room))
        for part in range(parts):
            name = listing.sheet if part == 0 else self.words("sheet.part", name=listing.sheet, n=part + 1)
            sheet = Sheet(self.book, name, self.formats, self.report)
            sheet.fit([listing.columns])
            sheet.header(listing.columns)
            rows = listing.frame.iloc[part * room : (part + 1) * room]
            sheet.listing(listing.columns, rows)
            sheet.raw.autofilter(0, MARGIN, len(rows), sheet.last_column)
            sheet.raw.freeze_panes(1, MARGIN + 2)
            sheet.raw.repeat_rows(0)
