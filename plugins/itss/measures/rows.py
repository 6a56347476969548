"""Columns of a frame as numpy arrays, and the questions that every measure asks of them.

Owns what an empty cell means: an empty instant lies in no period, an empty flag is not set, an empty number is NaN.
A column that the source does not have reads as empty; whether a measure is available is decided before, from its
``needs``. Surprise: instants come out without zone, because numpy has none; they are UTC.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from itss.measures.scope import Scope
from itss.periods import Period

Mask = npt.NDArray[np.bool_]
Instants = npt.NDArray[np.datetime64]
Numbers = npt.NDArray[np.float64]

UTC_INSTANT = "datetime64[us, UTC]"
_US_PER_HOUR = 3_600_000_000


def instants(rows: pd.DataFrame, column: str) -> Instants:
    """A column of instants, UTC; NaT where empty."""
    if column not in rows:
        return np.full(len(rows), np.datetime64("NaT", "us"))
    values = rows[column]
    if not isinstance(values.dtype, pd.DatetimeTZDtype):
        # an all-empty column may arrive without its type; naive times would be read as UTC, so they are refused
        if values.notna().any():
            raise TypeError(f"{column} must hold instants with a zone, not {values.dtype}")
        return np.full(len(rows), np.datetime64("NaT", "us"))
    return values.to_numpy(dtype="datetime64[us]")


def first_given(rows: pd.DataFrame, columns: Sequence[str]) -> Instants:
    """Row by row the first of the columns of instants that is filled; NaT where none is."""
    found = np.full(len(rows), np.datetime64("NaT", "us"))
    for column in columns:
        found = np.where(np.isnat(found), instants(rows, column), found)
    return found


def series(values: Instants, index: pd.Index) -> pd.Series:
    """Instants back as an aware Series."""
    return pd.Series(values, index=index, dtype=UTC_INSTANT)


def edge(moment: dt.datetime) -> np.datetime64:
    """An aware moment in the form of `instants`."""
    return np.datetime64(moment.astimezone(dt.UTC).replace(tzinfo=None), "us")


def known_before(values: Instants, end: np.datetime64) -> Instants:
    """The instants before ``end``, the others NaT: what happens later has not happened yet."""
    return np.where(values < end, values, np.datetime64("NaT", "us"))


def within(values: Instants, start: dt.datetime, end: dt.datetime) -> Mask:
    """Which instants lie in ``[start, end)``."""
    found: Mask = values >= edge(start)
    found &= values < edge(end)
    return found


def in_period(rows: pd.DataFrame, column: str, period: Period) -> Mask:
    """Which rows have ``column`` in the period."""
    return within(instants(rows, column), period.start, period.end)


def counted_in_period(scope: Scope, column: str) -> tuple[Mask, Mask]:
    """Which rows have ``column`` in the period: those that count, and the cancelled ones. Both can only be read.

    Most measures of a process ask for the same few columns: the scope keeps the answers.
    """
    if column not in scope.kept:
        found, cancelled = in_period(scope.rows, column, scope.period), flags(scope.rows, "is_cancelled")
        scope.kept[column] = found & ~cancelled, found & cancelled
        for mask in scope.kept[column]:
            mask.flags.writeable = False
    return scope.kept[column]


def before(rows: pd.DataFrame, column: str, moment: dt.datetime) -> Mask:
    """Which rows have ``column`` before ``moment``."""
    found: Mask = instants(rows, column) < edge(moment)
    return found


def flags(rows: pd.DataFrame, column: str) -> Mask:
    """A boolean column; empty is False."""
    if column not in rows:
        return np.zeros(len(rows), bool)
    values = rows[column]
    if values.dtype == bool:
        return values.to_numpy()
    return values.astype("boolean").fillna(False).to_numpy(dtype=bool)


def given(rows: pd.DataFrame, column: str) -> Mask:
    """Which rows have a value in ``column``."""
    return rows[column].notna().to_numpy() if column in rows else np.zeros(len(rows), bool)


def numbers(rows: pd.DataFrame, column: str) -> Numbers:
    """A column of numbers; NaN where empty."""
    if column not in rows:
        return np.full(len(rows), np.nan)
    values = rows[column]
    if values.dtype == np.float64:
        return values.to_numpy()  # the column itself; with na_value it would be copied
    return values.to_numpy(dtype="float64", na_value=np.nan)


def equals(rows: pd.DataFrame, column: str, *words: str) -> Mask:
    """Which rows have one of ``words`` in ``column``."""
    return rows[column].isin(words).to_numpy() if column in rows else np.zeros(len(rows), bool)


def hours_between(start: Instants, end: Instants, among: Mask | None = None) -> Numbers:
    """Plain elapsed hours; NaN where one is empty or the end lies before the start, and in rows not ``among``."""
    chosen = end >= start if among is None else among & (end >= start)
    hours = np.full(len(start), np.nan)
    np.divide(end.view(np.int64) - start.view(np.int64), _US_PER_HOUR, out=hours, where=chosen)
    return hours
