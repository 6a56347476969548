"""The missed targets for whom it may concern: each with its value, why, what is being done, by whom and until when.

A miss never loses its line: the first ones are told in full, those behind them in words that fit one line, and the
sheet of the workbook that has those in full is named.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from itss.reports import remedies, targets
from itss.reports.document import Cell, Column, Table, Tone
from itss.reports.figure import Figure
from itss.reports.writer import Writer

IN_FULL = 8
SHORT = 30
"""Columns of text that a shortened cause or action takes; a Chinese letter takes two."""


def missed(writer: Writer) -> list[Figure]:
    """The missed targets, those of the whole before those of members."""
    return [figure for figure in targets.targeted(writer) if figure.status == "missed"]


def table(writer: Writer, figures: Sequence[Figure], sheet: str = "", in_full: int = IN_FULL) -> Table:
    """A row for each; ``sheet`` of the workbook, else that of section b, has in full what is shortened here."""
    words = writer.words
    columns = (
        Column(words("column.missed"), 29, wrap=True),
        Column(words("column.value"), 9, "right"),
        Column(words("column.target"), 11, "right"),
        Column(words("column.short"), 12, "right"),
        Column(words("column.why"), 26, wrap=True),
        Column(words("column.doing"), 30, wrap=True),
        Column(words("column.responsible"), 13, wrap=True),
        Column(words("column.until"), 12, wrap=True),
    )
    rows = tuple(_row(writer, figure, is_short=at >= in_full) for at, figure in enumerate(figures))
    cut = len(figures) - in_full
    name = sheet or words("section.b.sheet")
    note = writer.plural("misses.cut", cut, shown=in_full, sheet=name) if cut > 0 else ""
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
    why, action = (_cut(known.why), _cut(known.action)) if is_short else (known.why, known.action)
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
    """How many of how many cases fell short; of what is no share of cases, on how many it stands."""
    few = writer.words("basis.few") if figure.is_few else ""
    if figure.against is None or not figure.n:
        return writer.basis(figure)
    return Cell(
        writer.words("basis.of", part=f"{figure.against:,.0f}", whole=f"{figure.n:,}") + few + writer.raw(figure),
        tone="muted",
    )


def _named(writer: Writer, text: str, nothing: str, tone: Tone = "") -> Cell:
    return Cell(text, tone=tone) if text else Cell(writer.words(nothing), tone="muted")


def _cut(text: str) -> str:
    """The beginning of a text, as much as fits one line of its column, with an ellipsis where that is not all."""
    taken, room = "", SHORT
    for letter in text:
        room -= 2 if unicodedata.east_asian_width(letter) in "WF" else 1
        if room < 1:
            return taken.rstrip() + "…"
        taken += letter
    return text
