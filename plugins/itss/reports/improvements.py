"""Items to improve (待改善点) that reviews raised: what, who, by when, and what came of it."""

from __future__ import annotations

import datetime as dt

from itss.reports.document import Cell, Column, Table, Tone
from itss.reports.inputs import ImprovementLine
from itss.reports.writer import Writer

STATES: dict[str, tuple[str, Tone]] = {
    "overdue": ("✗", "missed"),
    "open": ("•", ""),
    "done": ("✓", "met"),
    "cancelled": ("–", "muted"),
}
"""Sign and tone of each state, in the order in which items are listed."""


def table(writer: Writer) -> Table | None:
    """The items as they stood when the period ended, overdue ones first; ``None`` where there are none."""
    words, lines = writer.words, [line for line in writer.given.improvements if not line.is_past]
    if not lines:
        return None
    several = {line.report for line in lines} != {writer.given.entry.key}
    columns = (
        Column(words("column.item"), 30),
        *((Column(words("column.raised_by"), 22),) if several else ()),
        Column(words("column.what"), 44, wrap=True),
        Column(words("column.responsible"), 18, wrap=True),
        Column(words("column.due_on"), 16),
        Column(words("column.state"), 13),
        Column(words("column.closed_on"), 16),
        Column(words("column.result"), 36, wrap=True),
    )
    order = list(STATES)
    ranked = sorted(lines, key=lambda line: (order.index(line.state), line.due_on, line.key))
    last = writer.given.period.next_day - dt.timedelta(days=1)
    rows = tuple(_row(writer, line, several=several) for line in ranked)
    return Table(words("caption.improvements", day=last), columns, rows, words("note.improvements"))


def _row(writer: Writer, line: ImprovementLine, *, several: bool) -> tuple[Cell, ...]:
    cells, (sign, tone) = writer.cells, STATES[line.state]
    return (
        cells.code(line.key),
        *((cells.text(_report(writer, line.report)),) if several else ()),
        cells.text(line.title),
        cells.text(owner(writer, line.owner)),
        cells.text(_due(writer, line)),
        Cell(f"{sign} {writer.words(f'improvement.{line.state}')}", tone=tone),
        cells.text(line.closed_on.isoformat() if line.closed_on else "–"),
        cells.text(line.result or "–"),
    )


def _due(writer: Writer, line: ImprovementLine) -> str:
    """The date agreed first, which judges it, and the one that it was moved to."""
    first = line.due_on.isoformat()
    return writer.words("improvement.moved", first=first, day=line.moved_to.isoformat()) if line.moved_to else first


def owner(writer: Writer, key: str) -> str:
    """The role of a person of the list; of one who is no longer in it, the key."""
    person = writer.given.list.people.get(key)
    return writer.cells.words.of(person.title) if person else key


def _report(writer: Writer, key: str) -> str:
    titles = {entry.key: entry.title for entry in (*writer.given.list.reports, writer.given.entry)}
    return writer.cells.words.of(titles[key]) if key in titles else key
