"""The rows of section b): what exactly was not as agreed.

Listed are the rows against every measure whose rows are breaches each, met or not, and against every other measure
whose target was missed, for the whole and for the members that missed a target of their own. Per measure and member
the rows add up to the figure. What ended after the period is listed without its end. The source's own SLA flag is
listed only where the SLA could not be recomputed: one breach is one nonconformity. ``owner`` is the group or role that
the row names, ``cause`` and ``action`` the recorded ones; all are empty where the source has none, and the report then
names who hands in the data.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt
import pandas as pd

from itss.agreements.models import Target
from itss.measures.base import Measure, Outcome, Status
from itss.measures.basis import RowIds
from itss.measures.rows import UTC_INSTANT, edge, first_given, hours_between, instants, known_before, series

NONCONFORMITY_COLUMNS = [
    "process",
    "measure",
    "member",
    "id",
    "title",
    "service",
    "priority",
    "opened_at",
    "ended_at",
    "elapsed_h",
    "target",
    "owner",
    "cause",
    "action",
]

_TOLD = ("title", "service", "priority", "owner", "cause", "action")
"""What a column may say of a row."""


class Listed(Protocol):
    """What is asked of a column."""

    @property
    def name(self) -> str: ...
    @property
    def says(self) -> str: ...


class ListedProcess(Protocol):
    """What is asked of a process: what its columns say, and with which of them a record begins and ends."""

    @property
    def columns(self) -> Sequence[Listed]: ...
    @property
    def leading(self) -> str: ...
    @property
    def ended_by(self) -> tuple[str, ...]: ...


@dataclass(frozen=True)
class Judged:
    """A figure of the present period with its status; ``raw`` is the one without the agreed exclusions, if another."""

    measure: Measure
    dimension: str
    member: str
    outcome: Outcome
    status: Status
    target: Target | None = None
    raw: Outcome | None = None
    raw_status: Status = ""


def nonconformities(
    judged: Iterable[Judged], rows: pd.DataFrame, process: ListedProcess, until: dt.datetime
) -> pd.DataFrame:
    """The listed rows of one process; ``rows`` are its derived rows of the period that ends at ``until``."""
    figures = list(judged)
    available = {figure.measure.id for figure in figures if figure.status != "not_available"}
    listed = [figure for figure in figures if _is_listed(figure, available) and figure.outcome.against]
    if not listed:
        return empty()
    places = [_places(figure.outcome.against, rows) for figure in listed]
    said = {column.name for column in process.columns if column.says}
    clocks = {name for figure in listed for name in astuple(figure.measure.clock)}
    # the rows of all figures are taken at once: what costs here is memory touched for the first time
    taken = _taken(rows, np.concatenate(places), {"id", process.leading, *process.ended_by} | said | clocks)
    return _listing(listed, [len(found) for found in places], taken, process, edge(until))


def empty() -> pd.DataFrame:
    """No nonconformities, with the columns and types of some."""
    types = {"opened_at": UTC_INSTANT, "ended_at": UTC_INSTANT, "elapsed_h": "float64", "target": "float64"}
    return pd.DataFrame({name: pd.Series(dtype=types.get(name, "str")) for name in NONCONFORMITY_COLUMNS})


def _is_listed(figure: Judged, available: set[str]) -> bool:
    if figure.measure.is_breach and not figure.dimension:
        return figure.measure.stands_in_for not in available
    return figure.status == "missed"


def _places(against: Sequence[str], rows: pd.DataFrame) -> npt.NDArray[np.int64]:
    """Where in ``rows`` the rows against a figure stand."""
    if isinstance(against, RowIds) and against.rows is rows:
        return against.positions
    first = np.flatnonzero(~rows["id"].duplicated())
    return first[pd.Index(rows["id"].iloc[first].astype("str")).get_indexer(pd.Index(list(against)))]


def _taken(rows: pd.DataFrame, places: npt.NDArray[np.int64], columns: set[str]) -> pd.DataFrame:
    """Those rows with those columns; choosing the columns of the frame first would copy all of its rows."""
    return pd.DataFrame({name: rows[name].array.take(places) for name in rows.columns if name in columns}, copy=False)


def _listing(
    listed: Sequence[Judged], counts: list[int], rows: pd.DataFrame, process: ListedProcess, until: np.datetime64
) -> pd.DataFrame:
    """The columns of the listing; ``rows`` are those of the first figure, then those of the next."""
    begin, end = instants(rows, process.leading), known_before(first_given(rows, process.ended_by), until)
    elapsed, target = np.empty(len(rows)), np.full(len(rows), np.nan)
    start = 0
    for figure, count in zip(listed, counts, strict=True):
        part, clock = slice(start, start := start + count), figure.measure.clock
        if clock.until in rows:
            end[part] = known_before(instants(rows, clock.until)[part], until)
        elapsed[part] = rows[clock.elapsed][part] if clock.elapsed in rows else hours_between(begin[part], end[part])
        if clock.target in rows:
            target[part] = rows[clock.target][part]
    columns = {
        "process": _repeated([figure.measure.process for figure in listed], counts),
        "measure": _repeated([figure.measure.id for figure in listed], counts),
        "member": _repeated([figure.member for figure in listed], counts),
        "id": rows["id"].astype("str"),
        **{name: _words(rows, [one.name for one in process.columns if one.says == name]) for name in _TOLD},
        "opened_at": series(begin, rows.index),
        "ended_at": series(end, rows.index),
        "elapsed_h": elapsed,
        "target": target,
    }
    return pd.DataFrame(columns, columns=NONCONFORMITY_COLUMNS, copy=False)


def _repeated(words: Sequence[str], counts: list[int]) -> pd.Series:
    return pd.Series(words, dtype="str").repeat(counts).reset_index(drop=True)


def _words(rows: pd.DataFrame, choices: Sequence[str]) -> pd.Series:
    """The first of the columns that a row has something in; empty where none has."""
    given = [rows[name].astype("str") for name in choices if name in rows]
    if not given:
        return pd.Series("", index=rows.index, dtype="str")
    words = given[0]
    for other in given[1:]:
        words = words.where(words.notna() & (words != ""), other)
    return words.fillna("")
