"""A query's result as the rows of a process: exactly its columns, typed, with a note of every cell that did not parse.

Refuses columns the process does not have and the lack of a required one. Its one surprise: a cell that does not parse
becomes null *and* is told in ``_unparsed``, which the checks turn into a critical finding with the row's id.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from itss.errors import SourceError
from itss.processes.base import Process
from itss.sources.columns import Cells
from itss.sources.conversion import Converted, convert
from itss.sources.notes import Notes

UNPARSED = "_unparsed"
_SHOWN = 60
_DTYPES = {"string": "str", "instant": "datetime64[us, UTC]", "number": "float64", "integer": "Int64"} | {
    "boolean": "boolean",
    "intervals": "str",
    "history": "str",
}


def check_columns(process: Process, names: Sequence[str], where: str) -> None:
    """Raise `SourceError` naming ``where`` if ``names`` are not columns of ``process``, or lack a required one."""
    known = {column.name for column in process.columns}
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        raise SourceError(f"{where}: returns {', '.join(twice)} more than once.", "Name every column once.")
    missing = [column.name for column in process.columns if column.required and column.name not in names]
    unknown = [name for name in names if name not in known]
    told = []
    if missing:
        told.append(f"lacks the required {', '.join(missing)}")
    if unknown:
        told.append(f"returns {', '.join(unknown)}, which {process.id} does not have")
    if told:
        raise SourceError(f"{where}: {' and '.join(told)}.", f"Columns of {process.id}: {', '.join(sorted(known))}.")


def empty_frame(process: Process, names: Sequence[str]) -> pd.DataFrame:
    """No rows, with the columns and types that rows have whose query returns ``names``."""
    kinds = {column.name: _DTYPES[column.type] for column in process.columns if column.name in names}
    return pd.DataFrame({name: pd.Series(dtype=dtype) for name, dtype in (kinds | {UNPARSED: "str"}).items()})


def conform(
    process: Process, columns: Mapping[str, pd.Series[Any]], zone: str, notes: Notes | None = None
) -> pd.DataFrame:
    """The typed frame, in the process's order of columns, sorted by id so that the same rows give the same frame.

    ``columns`` have passed `check_columns`; local times are in ``zone``; ``notes`` count what was assumed.
    """
    like = empty_frame(process, list(columns))
    given = {name: cells.reset_index(drop=True) for name, cells in columns.items()}
    frame: pd.DataFrame = conform_batch(process, given, zone, notes).to_pandas(types_mapper=_pandas_type)
    frame = frame.astype(dict(like.dtypes))
    keys = ["id"] if frame["id"].is_unique else list(frame.columns)
    return frame.sort_values(keys, kind="stable", ignore_index=True)


def conform_batch(
    process: Process, columns: Mapping[str, Cells], zone: str, notes: Notes | None = None
) -> pa.RecordBatch:
    """Some of the rows, typed, in the process's order of columns and in the order given; see `conform`."""
    notes = notes if notes is not None else Notes()
    leading = process.leading_column
    begun = convert(leading, columns[leading.name], zone) if leading.name in columns else None
    opened = begun.values if begun else None
    read = {
        one.name: begun if begun and one is leading else convert(one, columns[one.name], zone, opened)
        for one in process.columns
        if one.name in columns
    }
    told: dict[int, list[str]] = {}
    for name, converted in read.items():
        notes.placeholders += converted.placeholders
        for row in pc.indices_nonzero(converted.bad).to_pylist():
            told.setdefault(row, []).append(f"{name}={_shown(columns[name], row)}")
    values = _in_order(process, read, notes)
    length = len(next(iter(values.values())))
    unparsed = [None] * length if not told else ["; ".join(told.get(row, ())) or None for row in range(length)]
    return pa.RecordBatch.from_pydict(values | {UNPARSED: pa.array(unparsed, pa.string())})


def _in_order(process: Process, read: Mapping[str, Converted], notes: Notes) -> dict[str, pa.Array]:
    """The values, where a local time that happened twice is the second one if the first lies before its begin."""
    values = {name: converted.values for name, converted in read.items()}
    for begin, end in process.ordered_instants:
        if begin in read and end in read and (instants := read[end].instants):
            now = replace(instants, values=values[end])
            values[end], moved = now.not_before(values[begin])
            notes.second_readings += moved
    return values


def _pandas_type(kind: pa.DataType) -> Any:
    """Whole numbers must not become real ones on the way."""
    return {pa.int64(): pd.Int64Dtype(), pa.bool_(): pd.BooleanDtype()}.get(kind)


def _shown(cells: Cells, row: int) -> str:
    try:
        value = cells[row].as_py() if isinstance(cells, pa.Array) else cells[row]
    except (OverflowError, ValueError):
        value = "beyond the year 9999"
    text = repr(str(value))
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…'"
