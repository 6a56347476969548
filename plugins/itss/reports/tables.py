"""Figures as tables: measures one under the other, split by a dimension, grouped by process."""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence
from dataclasses import replace
from itertools import groupby

from itss.measures.base import Measure
from itss.reports.document import Block, Cell, Column, Paragraph, Table
from itss.reports.figure import Figure
from itss.reports.writer import TONES, Writer

MAX_MEMBERS = 30
"""Members of a dimension on the page; the workbook has them all."""
MAX_RAW = 12
"""So many raw figures of members are named under a split table; the table of agreed exclusions has all of them."""
MAX_COLUMNS = 8
"""More measures than this beside each other are no table any more."""


def measure_table(writer: Writer, figures: Sequence[Figure], caption: str, *, note: str = "") -> Table:
    """Figures one under the other: value, target, status, the earlier periods, and what it stands on."""
    words, with_target = writer.words, any(figure.target is not None for figure in figures)
    columns = [Column(words("column.measure"), 34), Column(words("column.value"), 14, "right")]
    if with_target:
        columns += [Column(words("column.target"), 14, "right"), Column(words("column.status"), 14)]
    columns += [
        Column(words("column.previous"), 14, "right"),
        Column(words("column.change"), 14, "right"),
        Column(words("column.last_year"), 14, "right"),
        Column(words("column.n"), 12, "right"),
        Column(words("column.n_before"), 12, "right"),
        Column(words("column.n_last_year"), 12, "right"),
    ]
    rows = [_measure_row(writer, figure, with_target) for figure in figures]
    return lean(Table(caption, tuple(columns), tuple(rows), note), *last_year(writer))


def last_year(writer: Writer) -> tuple[str, ...]:
    """The titles of the columns that are empty as long as there is no last year."""
    return writer.words("column.last_year"), writer.words("column.n_last_year"), writer.words("column.basis_last_year")


def _measure_row(writer: Writer, figure: Figure, with_target: bool) -> tuple[Cell, ...]:
    trend, unit = writer.trend(figure), figure.measure.unit
    name = writer.name(figure.measure) if not figure.dimension else writer.label(figure)
    row = [writer.cells.text(name), writer.value(figure)]
    if with_target:
        has_target = figure.target is not None
        row += [writer.target(figure), writer.status(figure)] if has_target else [Cell(), Cell()]
    row += [
        writer.cells.number(trend.previous if trend else None, unit),
        writer.cells.change(figure.value, trend.previous if trend else None, unit),
        writer.cells.change(figure.value, trend.last_year if trend else None, unit),
        writer.basis(figure),
        writer.basis_before(figure),
        writer.basis_last_year(figure),
    ]
    return tuple(row)


def lean(table: Table, *titles: str) -> Table:
    """The table without those of the columns named that have nothing in any row."""
    named = [at for at, column in enumerate(table.columns) if column.title in titles]
    empty = {at for at in named if all(row[at].text in ("", "–") and not row[at].spark for row in table.rows)}
    if not empty:
        return table
    keep = [at for at in range(len(table.columns)) if at not in empty]
    rows = tuple(tuple(row[at] for at in keep) for row in table.rows)
    return replace(table, columns=tuple(table.columns[at] for at in keep), rows=rows)


def cut(writer: Writer, table: Table, limit: int) -> Table:
    """The table, of which a page shows ``limit`` rows and says so."""
    if len(table.rows) <= limit:
        return table
    return replace(table, shown=limit, cut=writer.words("note.cut", shown=limit, total=f"{len(table.rows):,}"))


def split_tables(writer: Writer, figures: Iterable[Figure]) -> list[Table]:
    """The same measures by each dimension of their process: one table a process and dimension."""
    measures: dict[str, list[Measure]] = {}
    for figure in figures:
        measures.setdefault(figure.key[0], []).append(figure.measure)
    tables = []
    for process, wanted in measures.items():
        dimensions = dict.fromkeys(f.dimension for f in writer.given.figures if f.key[0] == process and f.dimension)
        for dimension in dimensions:
            table = split_table(writer, process, dimension, wanted)
            tables += [table] if table else []
    return tables


def split_table(writer: Writer, process: str, dimension: str, wanted: Sequence[Measure]) -> Table | None:
    """Members of a dimension down, measures across; ``None`` where all is nothing, or a count of zero.

    A share of zero is a figure like any other, and often the worst one.
    """
    by_member: dict[str, dict[str, Figure]] = {}
    for figure in writer.given.members(process, dimension):
        by_member.setdefault(figure.member, {})[figure.measure.id] = figure
    of_measure = {m.id: [f[m.id] for f in by_member.values() if m.id in f] for m in wanted}
    telling = [m for m in wanted if any(figure.value is not None for figure in of_measure[m.id])]
    silent = {m.id for m in telling if all(_is_zero_count(figure) for figure in of_measure[m.id])}
    used = _foremost(writer, telling, silent)
    if not used or silent.issuperset(m.id for m in used):
        return None
    head = writer.dimension(process, dimension)
    rows = []
    for member in writer.order(process, dimension, by_member):
        cells = [_member_cell(writer, by_member[member].get(measure.id)) for measure in used]
        rows.append((writer.cells.text(writer.member_name(member)), *cells))
    columns = (Column(as_head(head), 34), *(Column(writer.name(m), 14, "right", wrap=True) for m in used))
    caption = writer.words("caption.split", process=writer.process(process), dimension=head)
    left_out = len(telling) - len(used)
    note = writer.plural("note.left_out", left_out) if left_out else ""
    note += _raw_note(writer, [figure for own in by_member.values() for figure in own.values()], used)
    if len(rows) <= MAX_MEMBERS:
        return Table(caption, columns, tuple(rows), note)
    cut = writer.words("note.members_cut", shown=MAX_MEMBERS, total=f"{len(rows):,}")
    return Table(caption, columns, tuple(rows), note, MAX_MEMBERS, cut)


def as_head(name: str) -> str:
    """A dimension's name at the top of a column: it begins like the other heads."""
    return name[:1].upper() + name[1:]


def _raw_note(writer: Writer, figures: Iterable[Figure], used: Sequence[Measure]) -> str:
    """The members' figures before agreed exclusions, in words: a workbook's cell has one number only."""
    touched = [figure for figure in figures if figure.raw is not None and figure.measure in used]
    items = [f"{writer.member(one)} · {writer.name(one.measure)}{writer.raw(one)}" for one in touched[:MAX_RAW]]
    if not items:
        return ""
    more = writer.plural("analysis.more", len(touched) - len(items)) if len(touched) > len(items) else ""
    return " " + writer.words("note.raw_members", items=writer.cells.words.join(items) + more)


def _is_zero_count(figure: Figure) -> bool:
    return figure.measure.unit == "count" and figure.target is None and not figure.value


def _foremost(writer: Writer, measures: Sequence[Measure], silent: Container[str]) -> list[Measure]:
    """As many measures as fit beside each other, in their own order: agreed ones, shares, the rest, counts of zero."""
    agreed = {figure.key for figure in writer.given.figures if figure.target is not None}
    ranked = sorted(measures, key=lambda m: ((m.process, m.id) not in agreed, m.id in silent, m.unit != "share"))
    return [measure for measure in measures if measure in ranked[:MAX_COLUMNS]]


def _member_cell(writer: Writer, figure: Figure | None) -> Cell:
    """A member's value, and of a rate on how many cases it stands: there is no room for a column of them."""
    if figure is None:
        return Cell("–", tone="muted")
    cell = writer.value(figure, TONES.get(figure.status, ""))
    on = "" if figure.value is None else writer.on(figure, figure.value, figure.n)
    on = on if figure.measure.unit != "count" else ""
    text = cell.text + on + writer.raw(figure)
    return replace(cell, text=text) if text != cell.text else cell


def available(figures: Sequence[Figure]) -> list[Figure]:
    """Figures with something to say: a value, or a target that cannot be judged."""
    return [figure for figure in figures if figure.value is not None or figure.target is not None]


def grouped_tables(writer: Writer, figures: Sequence[Figure]) -> list[Block]:
    """A table of measures per process, and under it what is not available."""
    blocks: list[Block] = []
    for process, group in groupby(figures, key=lambda figure: figure.key[0]):
        members = list(group)
        shown = available(members)
        lacking = [writer.name(f.measure) for f in members if f.status == "not_available" and f.target is None]
        note = writer.words("note.not_available", names=writer.cells.words.join(lacking)) if lacking else ""
        if shown:
            blocks.append(measure_table(writer, shown, writer.process(process), note=note))
        elif note:
            blocks.append(Paragraph(writer.words("label.about", process=writer.process(process), text=note), "note"))
    return blocks
