"""A query's result as the rows of a process: exactly its columns, typed, with a note of every cell that did not parse.

Refuses columns the process does not have and the lack of a required one. Its one surprise: a cell that does not parse
becomes null *and* is told in ``_unparsed``, which the checks turn into a critical finding with the row's id.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pandas as pd

from itss.errors import SourceError
from itss.processes.base import ColumnType, Process
from itss.sources.intervals import parse_intervals
from itss.sources.parse import Parsed, parse_boolean, parse_instant, parse_integer, parse_number, parse_text

UNPARSED = "_unparsed"
_SHOWN = 60

_PARSERS: Mapping[ColumnType, Callable[[pd.Series[Any], str], Parsed]] = {
    "string": parse_text,
    "instant": parse_instant,
    "number": parse_number,
    "integer": parse_integer,
    "boolean": parse_boolean,
    "intervals": parse_intervals,
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


def conform(process: Process, columns: Mapping[str, pd.Series[Any]], zone: str) -> pd.DataFrame:
    """The typed frame, in the process's order of columns, sorted by id so that the same rows give the same frame.

    ``columns`` have passed `check_columns`; local times are in ``zone``.
    """
    frame: dict[str, pd.Series[Any]] = {}
    length = len(next(iter(columns.values())))
    told: list[list[str]] = [[] for _ in range(length)]
    for column in process.columns:
        if column.name not in columns:
            continue
        given = columns[column.name].reset_index(drop=True)
        parsed = _PARSERS[column.type](given, zone)
        frame[column.name] = parsed.values
        for row in parsed.bad.to_numpy().nonzero()[0]:
            told[row].append(f"{column.name}={_shown(given[row])}")
    frame[UNPARSED] = pd.Series(["; ".join(cells) or None for cells in told], dtype="str")
    return _ordered(pd.DataFrame(frame))


def _ordered(frame: pd.DataFrame) -> pd.DataFrame:
    keys = ["id"] if frame["id"].is_unique else list(frame.columns)
    return frame.sort_values(keys, kind="stable", ignore_index=True)


def _shown(value: Any) -> str:
    text = repr(str(value))
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…'"
