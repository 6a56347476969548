"""Tickets as they were known at the end of the period, for the rows whose states the source logged.

Owns which columns a history replaces: state, resolution, closing, cancellation, reopening, priority. Rows without
states keep what the source says of them now. Surprise: a row that begins at or after the end of the period is no case
of it and has no end, whatever its other columns say.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from itss.measures.history import History, history_of
from itss.measures.lifecycle import CANCELLED, STATES, Lifecycle
from itss.measures.rows import Instants, Mask, edge, flags, instants, numbers, series, within
from itss.measures.scope import Scope

REOPEN_WINDOW = np.timedelta64(14, "D")
RESOLUTIONS, REOPENED, UNTOLD = "resolutions_decided", "resolutions_reopened", "is_without_history"
"""How many resolutions of the row had their 14 days end in the period, how many of those were reopened in them, and
whether the row's only known resolution is such a one, but nothing tells all of them.
"""

_ADDED = (RESOLUTIONS, REOPENED, UNTOLD)
_Columns = dict[str, pd.Series | npt.NDArray[Any]]


def known_at_end(scope: Scope, resolved_at: str = "resolved_at") -> pd.DataFrame:
    """The rows of ``scope`` as known at the end of its period; the same frame where nothing in it has a history.

    ``resolved_at`` is the column that says it was done (``ended_at`` of a change). With ``states`` the columns
    `RESOLUTIONS`, `REOPENED` and `UNTOLD` are added.
    """
    end = edge(scope.period.end)
    states = history_of(scope, "states")
    here = instants(scope.rows, "opened_at") < end
    columns: _Columns = {}
    if states is not None:
        columns |= _by_states(scope, states, resolved_at, here)
    if "priorities" in scope.rows:
        columns["priority"] = priority_at(scope, end)
    columns |= _without_later(scope.rows, columns.keys(), here, end, states is not None)
    return scope.rows.assign(**columns) if columns else scope.rows


def _without_later(
    rows: pd.DataFrame, done: Iterable[str], here: Mask, end: np.datetime64, is_logged: bool
) -> dict[str, pd.Series]:
    """The instants of rows that begin later, and responses after ``end``, are not known at it.

    Where nothing is logged responses stay as they are: like a resolution, one is later than the period by its instant.
    """
    found = {}
    times = [str(name) for name in rows if isinstance(rows[name].dtype, pd.DatetimeTZDtype)]
    for name in {*times} - {"opened_at", *done}:
        at = instants(rows, name)
        unknown = ~here & (at < end)
        if is_logged and name == "responded_at":
            unknown |= at >= end
        if unknown.any():
            found[name] = series(np.where(unknown, np.datetime64("NaT"), at), rows.index)
    return found


def priority_at(scope: Scope, moment: np.datetime64) -> pd.Series:
    """The priority of each row at ``moment``; of rows without a history the one that they have."""
    history = history_of(scope, "priorities")
    if history is None:
        return scope.rows["priority"]
    return _worded(scope.rows, "priority", history.given, *_last_words(history, moment))


def cancelled_at_end(scope: Scope, process: str) -> Mask:
    """Which rows of another ``process`` of the report were cancelled, as known at the end of the period."""
    rows = scope.others[process]
    told = flags(rows, "is_cancelled")
    histories: Mapping[str, History] = scope.other_histories.get(process, {})
    states = history_of(Scope(rows, scope.period, None, histories=histories), "states")
    if states is None:
        return told
    return np.where(states.given, states.lifecycle.at(edge(scope.period.end)).state == CANCELLED, told)


def _by_states(scope: Scope, states: History, resolved_at: str, here: Mask) -> _Columns:
    rows, has, life = scope.rows, states.given, states.lifecycle
    known = life.at(edge(scope.period.end))

    def told(name: str, found: Instants) -> pd.Series:
        values = np.where(has, found, instants(rows, name))
        return series(np.where(here, values, np.datetime64("NaT")), rows.index)

    columns: _Columns = {
        resolved_at: told(resolved_at, known.resolved_at),
        "closed_at": told("closed_at", known.closed_at),
        "reopened_at": told("reopened_at", known.reopened_at),
        "reopen_count": np.where(has, known.reopen_count, numbers(rows, "reopen_count")),
        "is_cancelled": np.where(has, known.state == CANCELLED, flags(rows, "is_cancelled")),
        **_resolutions(scope, life, has & here),
        UNTOLD: ~has & here & _decided(scope, instants(rows, resolved_at)),
    }
    if "state" in rows:
        columns["state"] = _worded(rows, "state", has, known.state, STATES)
    if len(rows) and not has.any():  # of a log that tells of no row nothing follows that the source does not say
        return {name: values for name, values in columns.items() if name in rows or name in _ADDED}
    return columns


def _resolutions(scope: Scope, life: Lifecycle, here: Mask) -> _Columns:
    row, at, reopened_at = life.resolutions
    decided = _decided(scope, at) & here[row]
    reopened = decided & (reopened_at - at <= REOPEN_WINDOW)
    size = len(scope.rows)
    return {
        RESOLUTIONS: np.bincount(row[decided], minlength=size).astype(np.int16),
        REOPENED: np.bincount(row[reopened], minlength=size).astype(np.int16),
    }


def _decided(scope: Scope, resolved_at: Instants) -> Mask:
    return within(resolved_at + REOPEN_WINDOW, scope.period.start, scope.period.end)


def _last_words(history: History, moment: np.datetime64) -> tuple[npt.NDArray[np.int64], tuple[str, ...]]:
    """By row the code of the last word before ``moment``, -1 where there was none yet."""
    return np.append(history.code, -1)[history.last_before(moment)], history.words


def _worded(
    rows: pd.DataFrame, column: str, has: Mask, codes: npt.NDArray[np.int64], words: tuple[str, ...]
) -> pd.Series:
    """The words of ``codes`` (-1: empty) in the rows that have a history, what ``column`` says in the others."""
    coded = pa.DictionaryArray.from_arrays(pa.array(codes, mask=codes < 0), pa.array(words, pa.large_string()))
    found = pd.Series(coded.cast(pa.large_string()).to_pandas(), index=rows.index, dtype="str")
    return found if has.all() or column not in rows else found.where(has, rows[column].astype("str"))
