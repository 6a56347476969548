"""The values of expressions for every row of a scope, by DuckDB in memory.

Owns the database: no file, no network, no extension, its configuration locked, half a gigabyte and a minute at most.
What of a row is seen is what was known at the end of the period: an instant at or after it that is no plan is empty.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from itss.errors import ConfigurationError
from itss.measures.rows import Mask, Numbers, edge, flags, instants, numbers
from itss.own_measures.expression import Expression
from itss.periods import Period
from itss.processes.base import Column

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_TIME_LIMIT_S = 60.0
_SETTINGS = (
    "SET temp_directory = ''",  # nothing is ever written to a disk
    "SET memory_limit = '512MB'",
    "SET threads = 2",
    "SET TimeZone = 'UTC'",
    "SET python_enable_replacements = false",
    "SET autoinstall_known_extensions = false",
    "SET autoload_known_extensions = false",
    "SET allow_community_extensions = false",
    "SET enable_external_access = false",
    "SET lock_configuration = true",
)
_ROWS = "rows_of_scope"
_LARGEST = 1e15
"""A number beyond it is none that anybody counted or measured: an id in the wrong column, a slip."""
_LOCK = threading.Lock()


@dataclass(frozen=True, eq=False)
class Values:
    """One value of each row: ``known`` is where there is one; elsewhere ``given`` is False or NaN."""

    given: Any
    known: Mask

    @property
    def yes(self) -> Mask:
        """Of an expression that is yes or no: where it is yes."""
        found: Mask = self.given
        return found

    @property
    def numbers(self) -> Numbers:
        """Of one that is a number."""
        found: Numbers = self.given
        return found


def evaluate(
    rows: pd.DataFrame, columns: Mapping[str, Column], expressions: Sequence[Expression], period: Period
) -> list[Values]:
    """The values of each expression over ``rows``, in their order; `ConfigurationError` where DuckDB gives up."""
    import duckdb

    asked = list(dict.fromkeys(name for one in expressions for name in one.columns))
    table = pa.table({"": pa.nulls(len(rows)), **{name: _cells(rows, columns[name], period) for name in asked}})
    said = ", ".join(f'{one.sql} AS "{number}"' for number, one in enumerate(expressions))
    binds = {bind for one in expressions for bind in one.binds}
    edges = {"period_start": edge(period.start).item(), "period_end": edge(period.end).item()}
    with _database() as database:
        database.register(_ROWS, table)
        try:
            # the SQL is made of our own parts (`expression`), and no word of it is a person's
            query = f"SELECT {said} FROM {_ROWS}"  # noqa: S608
            found = database.sql(query, params={bind: edges[bind] for bind in sorted(binds)}).to_arrow_table()
        except duckdb.Error as error:
            reason = str(error).splitlines()[0]
            raise ConfigurationError(f"It cannot be computed: {reason}.", "Correct its expressions.") from error
        finally:
            database.unregister(_ROWS)
    return [_values(found.column(number), one) for number, one in enumerate(expressions)]


@contextmanager
def _database() -> Iterator[DuckDBPyConnection]:
    """The one database, for one query of a minute at most."""
    with _LOCK:
        database = _opened(os.getpid())
        guard = threading.Timer(_TIME_LIMIT_S, database.interrupt)
        guard.daemon = True
        guard.start()
        try:
            yield database
        finally:
            guard.cancel()


@cache
def _opened(_process: int) -> DuckDBPyConnection:
    """One for each process of this machine: the threads of the parent's are not in a child."""
    import duckdb

    database = duckdb.connect(":memory:")
    for setting in _SETTINGS:
        database.execute(setting)
    return database


def _cells(rows: pd.DataFrame, column: Column, period: Period) -> pa.Array:
    """A column as it was known at the end of the period."""
    name = column.name
    if column.type == "instant":
        at = instants(rows, name)
        later = at >= edge(period.end)
        if column.plan_if:
            later &= ~flags(rows, column.plan_if)
        if later.any() and not column.is_plan:
            at = np.where(later, np.datetime64("NaT", "us"), at)
        return pa.array(at, pa.timestamp("us"), from_pandas=True)
    if column.type in ("number", "integer"):
        return pa.array(numbers(rows, name), pa.float64(), from_pandas=True)
    if name not in rows:
        return pa.nulls(len(rows), pa.bool_() if column.type == "boolean" else pa.string())
    if column.type == "boolean":
        return pa.array(rows[name].astype("boolean"), pa.bool_(), from_pandas=True)
    return pa.array(rows[name].astype("str"), pa.string(), from_pandas=True)


def _values(found: pa.ChunkedArray, asked: Expression) -> Values:
    cells = found.combine_chunks()
    if asked.kind == "yes_no":
        known = cells.is_valid().to_numpy(zero_copy_only=False)
        return Values(pc.fill_null(cells, False).to_numpy(zero_copy_only=False), known)
    amounts = np.array(pc.fill_null(cells.cast(pa.float64()), np.nan).to_numpy(zero_copy_only=False))
    amounts[~(np.abs(amounts) <= _LARGEST)] = np.nan
    return Values(amounts, ~np.isnan(amounts))
