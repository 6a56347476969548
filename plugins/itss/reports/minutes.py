"""The minutes of a review meeting (会议纪要) as a document: what was said, beside the gaps that the report shows.

Made of the record and of the report's own inputs, so the same review gives the same bytes. What people wrote is text:
escaped on the page, a string in the workbook, whatever it begins with.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from io import BytesIO

from itss.register.records import Improvement, Review
from itss.report_list.person import Person
from itss.reports import catalogue, improvements, nonconformities
from itss.reports.cells import Cells
from itss.reports.document import Block, Column, Minutes, Paragraph, Part, Table
from itss.reports.drawing import page, workbook
from itss.reports.drawing.formats import Formats
from itss.reports.drawing.sheet import Sheet
from itss.reports.drawing.sheet_blocks import Blocks
from itss.reports.drawing.sheet_columns import widths_of
from itss.reports.drawing.sheet_lines import Line, Lines, Piece
from itss.reports.drawing.sheet_table import Tables
from itss.reports.inputs import ReportInputs
from itss.reports.sign_off import behalf
from itss.reports.targets import nothing_missed
from itss.reports.template.look import Look
from itss.reports.writer import Writer

WIDTHS = (34, 44, 20, 14, 14, 18)


def build(given: ReportInputs, review: Review, raised: Sequence[Improvement], content_sha256: str) -> Minutes:
    """The minutes in the language of the report that was reviewed; ``raised`` are the items of this meeting."""
    words = catalogue.load(given.entry.language)
    writer = Writer(given, Cells(words, given.period.zone))
    recorded = recorder(review, given.list.people, words)
    at = words(
        "minutes.fact.recorded_by", who=recorded, at=writer.cells.instant(review.at).text, zone=given.period.zone
    )
    attendees = [improvements.owner(writer, key) for key in review.attendees]
    facts = {
        "report": words.of(given.entry.title),
        "period": writer.cells.days(given.period),
        "held_on": review.held_on.isoformat(),
        "recorded": at,
        "attendees": words.join(attendees),
        "content": f"{words('revision.label', n=given.revision)} · {content_sha256[:16]}",
    }
    return Minutes(
        language=given.entry.language,
        title=words("minutes.of", title=words.of(given.entry.title)),
        kind=words("minutes.title"),
        period=writer.cells.period(given.period),
        revision=words("revision.label", n=given.revision),
        marks=(),
        created_at=review.at,
        author=recorded,
        facts=tuple((words(f"minutes.fact.{key}"), value) for key, value in facts.items()),
        body=_body(writer, review, raised),
    )


def recorder(review: Review, people: Mapping[str, Person], words: catalogue.Catalogue) -> str:
    """Who wrote the minutes: the role of the Airflow user, or the user where the list has none; and for whom."""
    if not review.on_behalf:
        return next((words.of(one.title) for one in people.values() if one.user == review.who), review.who)
    whom = words.of(people[review.on_behalf].title) if review.on_behalf in people else review.on_behalf
    return str(review.delegation.get("title")) + behalf(words.language, whom, review.delegation)


def _body(writer: Writer, review: Review, raised: Sequence[Improvement]) -> tuple[Part, ...]:
    words = writer.words
    shown = nonconformities.gaps(writer) or Paragraph(nothing_missed(writer), "empty")
    earlier: list[Block] = [table] if (table := improvements.table(writer)) else []
    parts: list[tuple[str, str, list[Block]]] = [
        ("gaps", review.gaps, [shown]),
        ("items", "", [_items(writer, raised)]),
        ("trends", review.trends, []),
        ("measures", review.measures, []),
        *([("earlier", "", earlier)] if earlier else []),
    ]
    return tuple(
        Part(str(number), words(f"minutes.{name}"), "", (*_said(said), *blocks))
        for number, (name, said, blocks) in enumerate(parts, 1)
    )


def _said(words: str) -> tuple[Paragraph, ...]:
    """What was said, each line of it on its own."""
    return tuple(Paragraph(line, "quote") for line in words.split("\n")) if words else ()


def _items(writer: Writer, raised: Sequence[Improvement]) -> Table | Paragraph:
    words, cells = writer.words, writer.cells
    if not raised:
        return Paragraph(words("minutes.items_none"), "empty")
    columns = (
        Column(words("column.item"), 34),
        Column(words("column.what"), 44, wrap=True),
        Column(words("column.responsible"), 20, wrap=True),
        Column(words("column.due_on"), 16),
    )
    rows = tuple(
        (
            cells.code(item.key),
            cells.text(item.title),
            cells.text(improvements.owner(writer, item.owner)),
            cells.text(item.due_on.isoformat()),
        )
        for item in raised
    )
    return Table(words("minutes.items"), columns, rows, words("minutes.note"))


def render(minutes: Minutes) -> str:
    """The page; nothing is fetched, no script runs."""
    return page.draw("page/minutes.html.j2", minutes, report=minutes)


def render_workbook(minutes: Minutes) -> bytes:
    """The workbook: one sheet, in the order of the page."""
    buffer, words = BytesIO(), catalogue.load(minutes.language)
    with workbook.opened(buffer, minutes) as book:
        formats = Formats(book, words, Look())
        sheet, lines = Sheet(book, words("minutes.sheet"), formats, minutes), Lines(formats, words)
        sheet.fit(widths_of([block for part in minutes.body for block in part.blocks], WIDTHS))
        _head(sheet, lines, minutes)
        blocks = Blocks(lines, Tables(lines, None), words, None, {})
        for part in minutes.body:
            sheet.next_row()
            sheet.write([lines.title(f"{part.key}  {part.title}")])
            blocks.draw(sheet, part.blocks)
    return buffer.getvalue()


def _head(sheet: Sheet, lines: Lines, minutes: Minutes) -> None:
    """Title in A1, then what it is and the facts."""
    colours = sheet.formats.colours
    sheet.write([Line((Piece(minutes.title, {"bold": True, "font_size": 18}),), {}, 24, 6)])
    what = "  ·  ".join((minutes.kind, minutes.period, minutes.revision))
    edge = {"bottom": 2, "bottom_color": colours.brand, "valign": "top"}
    sheet.write([Line((Piece(what, {"font_size": 12, "font_color": colours.soft}),), edge, 16, 6)])
    sheet.next_row()
    sheet.write(lines.pairs(minutes.facts))
