"""The missed targets for whom it may concern: each with its value, why, what is being done, by whom and until when.

A miss never loses its line: the first ones are told in full, those behind them in words that fit one line, and the
sheet of the workbook that has those in full is named.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from itss.reports import remedies, targets
from itss.reports.document import Cell, Column, Kind, Table, Tone
from itss.reports.figure import Figure
from itss.reports.writer import Writer

IN_FULL, IN_FULL_OF_MANY, MANY = 8, 4, 15
"""So many are told in full; fewer where there are more than `MANY`, since each of them has to have its line."""
SHORT, LONG = 26, 110
"""Columns of text that a shortened cause or action takes, and one that is told in full; a Chinese letter takes two."""


def missed(writer: Writer) -> list[Figure]:
    """The missed targets, those of the whole before those of members."""
    return [figure for figure in targets.targeted(writer) if figure.status == "missed"]


def table(writer: Writer, figures: Sequence[Figure], sheet: str = "") -> Table:
    """A row for each; ``sheet`` of the workbook, else that of section b, has in full what is shortened here."""
    words, in_full = writer.words, IN_FULL_OF_MANY if len(figures) > MANY else IN_FULL
    columns = (
        Column(words("column.missed"), 32, wrap=True),
        Column(words("column.value"), 11, "right"),
        Column(words("column.target"), 11, "right"),
        Column(words("column.short"), 16, "right"),
        Column(words("column.why"), 26, wrap=True),
        Column(words("column.doing"), 29, wrap=True),
        Column(words("column.responsible"), 14, wrap=True),
        Column(words("column.until"), 13, wrap=True),
    )
    rows = tuple(_row(writer, figure, is_short=at >= in_full) for at, figure in enumerate(figures))
    is_cut = any(cell.text.endswith("…") for row in rows for cell in row)
    note = words("misses.cut", sheet=sheet or words("section.b.sheet")) if is_cut else ""
    return Table(words("misses.caption"), columns, rows, note, look="missed")


def answer(writer: Writer) -> str:
    """Of how many missed targets somebody has said what is being done; empty where none was missed."""
    found = [remedies.remedy(writer, figure) for figure in missed(writer)]
    if not found:
        return ""
    acted = sum(one.is_open for one in found)
    counts = {
        "acted": acted,
        "overdue": sum(one.is_overdue for one in found),
        "known": sum(one.is_said and not one.is_open for one in found),
        "unsaid": sum(not one.is_said for one in found),
    }
    parts = [writer.plural(f"misses.{name}", number) for name, number in counts.items() if number]
    return writer.plural("misses.of", len(found), parts=writer.cells.words.join(parts)) + writer.words("stop")


def _row(writer: Writer, figure: Figure, *, is_short: bool) -> tuple[Cell, ...]:
    cells, known = writer.cells, remedies.remedy(writer, figure)
    room = SHORT if is_short else LONG
    why, action = _cut(known.why, room), _cut(known.action, room) if known.is_said else known.action
    return (
        cells.text(writer.label(figure), strong=True),
        writer.value(figure, "missed"),
        writer.target(figure),
        short(writer, figure),
        cells.text(why),
        Cell(action, tone="" if known.is_said else "at_risk"),
        _named(writer, known.owner, "misses.nobody"),
        _named(writer, known.due, "misses.no_day", "missed" if known.is_overdue else ""),
    )


def short(writer: Writer, figure: Figure) -> Cell:
    """How much of how much fell short, cases or minutes; of what is no share, on how many cases it stands."""
    few = writer.words("basis.few") if figure.is_few else ""
    whole, good = figure.denominator, figure.numerator
    if figure.measure.unit != "share" or whole is None or good is None:
        return Cell(writer.words("misses.cases", n=f"{figure.n:,}") + few, tone="muted") if figure.n else Cell("–")
    part = whole - good if figure.at_least else good
    unit: Kind = "min" if figure.measure.counted_in == "minutes" else "count"
    said = writer.words("basis.of", part=f"{part:,.0f}", whole=writer.cells.plain(whole, unit, 0))
    return Cell(said + few + writer.raw(figure), tone="muted")


def _named(writer: Writer, text: str, nothing: str, tone: Tone = "") -> Cell:
    return Cell(text, tone=tone) if text else Cell(writer.words(nothing), tone="muted")


def _cut(text: str, room: int) -> str:
    """The beginning of a text, as much as has room, with an ellipsis where that is not all."""
    taken = ""
    for letter in text:
        room -= 2 if unicodedata.east_asian_width(letter) in "WF" else 1
        if room < 1:
            return taken.rstrip() + "…"
        taken += letter
    return text
