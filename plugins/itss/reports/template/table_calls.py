"""Calls that make tables of measures, of their members, and of the records behind them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated

from itss.reports import nonconformities, tables
from itss.reports import worst as worst_records
from itss.reports.document import Block, Table
from itss.reports.figure import Figure
from itss.reports.template import arguments
from itss.reports.template.arguments import Count, Dimension, Measures
from itss.reports.template.materials import Materials
from itss.reports.template.placeholders import Blocks, at_most_one

TABLE_COLUMNS = {
    "value": "column.value",
    "target": "column.target",
    "status": "column.status",
    "previous": "column.previous",
    "change": "column.change",
    "last_year": "column.last_year",
    "n": "column.n",
    "n_previous": "column.n_before",
    "n_last_year": "column.n_last_year",
}
Columns = Annotated[list[str], arguments.choices(*TABLE_COLUMNS)]


def table(given: Materials, measures: Measures, by: Dimension | None = None, columns: Columns | None = None) -> Blocks:
    """Measures one under the other, a table a process; ``by`` a dimension, its members down and the measures across.

    What is not available is said under it. ``columns`` are those to show, in their own order.
    """
    if by is not None:
        return _split(given, measures, by)
    found = tables.grouped_tables(given.writer, _by_process(given.figures(measures)))
    if columns is None:
        return found
    kept = {given.writer.words(TABLE_COLUMNS[name]) for name in columns}
    return [_narrow(one, kept) if isinstance(one, Table) else one for one in found]


def _by_process(figures: Sequence[Figure]) -> list[Figure]:
    order = list(dict.fromkeys(figure.key[0] for figure in figures))
    return sorted(figures, key=lambda figure: order.index(figure.key[0]))


def _narrow(found: Table, kept: set[str]) -> Table:
    keep = [at for at, column in enumerate(found.columns) if at == 0 or column.title in kept]
    rows = tuple(tuple(row[at] for at in keep) for row in found.rows)
    return replace(found, columns=tuple(found.columns[at] for at in keep), rows=rows)


def split(given: Materials, measures: Measures) -> Blocks:
    """The measures by every dimension that they are split by: a table a process and dimension."""
    dimensions = dict.fromkeys(f.dimension for f in given.writer.given.figures if f.dimension)
    return [block for process in _processes(measures) for by in dimensions for block in _split(given, process, by)]


def _processes(ids: list[str]) -> list[list[str]]:
    order = dict.fromkeys(one.split(".")[0] for one in ids)
    return [[one for one in ids if one.split(".")[0] == process] for process in order]


def _split(given: Materials, ids: list[str], by: str) -> list[Block]:
    known = given.writer.given.measures
    given.used.update(given.measures[one] for one in ids)
    found = [
        tables.split_table(given.writer, part[0].split(".")[0], by, [known[given.measures[one]] for one in part])
        for part in _processes(ids)
    ]
    return [one for one in found if one]


def rows(given: Materials, what: Annotated[str, arguments.ROWS] = "b", limit: Count = 25) -> Blocks:
    """The records in breach, of a measure or of all (``b``), worst first: ``limit`` on the page, all in the book."""
    key = None if what == "b" else given.measures[what]
    found = nonconformities.listing(given.writer, key, limit)
    return [found] if found else []


def worst(given: Materials, limit: Count = 5) -> Blocks:
    """The worst records in breach in a short table; put ``rows("b")`` on a sheet for all of them."""
    return at_most_one(worst_records.table(given.writer, limit))
