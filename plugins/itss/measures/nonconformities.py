"""The rows of section b): what exactly was not as agreed.

Listed are the rows against every measure whose rows are breaches each, met or not, and against every other measure
whose target was missed, for the whole and for the members that missed a target of their own. Per measure and member
the rows add up to the figure. The source's own SLA flag is listed only where the SLA could not be recomputed: one
breach is one nonconformity. ``owner`` is the group or role that the row names, ``cause`` and ``action`` the
recorded ones; all are empty where the source has none, and the report then names who hands in the data.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from itss.agreements.models import Target
from itss.measures.base import Measure, Outcome, Status
from itss.measures.basis import RowIds
from itss.measures.rows import UTC_INSTANT, hours_between, instants, series

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

_STANDS_IN = {"resolution_compliance_recorded": "resolution_compliance"}
_WORDS = {
    "title": ("title", "indicator", "resource", "report", "comment"),
    "service": ("service",),
    "priority": ("priority", "severity", "type"),
    "owner": ("assignment_group", "owner"),
    "cause": ("cause",),
    "action": ("action",),
}
_BEGIN = ("opened_at", "found_at", "measured_at", "sent_at", "sampled_at", "started_at", "due_at")
_END = ("ended_at", "fixed_at", "answered_at", "delivered_at")
_CLOCKS = {
    "response_compliance": ("response_elapsed_h", "response_target_h"),
    "resolution_compliance": ("sla_elapsed_h", "resolution_target_h"),
    "ttr_clock": ("ttr_clock_h", ""),
    "ttr": ("ttr_h", ""),
    "tta_clock": ("tta_clock_h", ""),
    "tta": ("tta_h", ""),
    "service_level_attainment": ("", "target"),
}
"""By the begin of the measure's id: the columns that hold its elapsed hours and its target per row."""


@dataclass(frozen=True)
class Judged:
    """A figure of the present period with its status."""

    measure: Measure
    dimension: str
    member: str
    outcome: Outcome
    status: Status
    target: Target | None = None


def nonconformities(judged: Iterable[Judged], rows: pd.DataFrame) -> pd.DataFrame:
    """The listed rows of one process; ``rows`` are its derived rows of the period."""
    figures = list(judged)
    available = {figure.measure.id for figure in figures if figure.status != "not_available"}
    listed = [figure for figure in figures if _is_listed(figure, available) and figure.outcome.against]
    if not listed:
        return empty()
    places = [_places(figure.outcome.against, rows) for figure in listed]
    read = {"id", "responded_at", _present(rows, _BEGIN), _present(rows, _END)}.union(
        *_WORDS.values(), *(_clock(figure.measure) for figure in listed)
    )
    # the rows of all figures are taken at once: what costs here is memory touched for the first time
    return _listing(listed, [len(found) for found in places], _taken(rows, np.concatenate(places), read))


def empty() -> pd.DataFrame:
    """No nonconformities, with the columns and types of some."""
    types = {"opened_at": UTC_INSTANT, "ended_at": UTC_INSTANT, "elapsed_h": "float64", "target": "float64"}
    return pd.DataFrame({name: pd.Series(dtype=types.get(name, "str")) for name in NONCONFORMITY_COLUMNS})


def _is_listed(figure: Judged, available: set[str]) -> bool:
    if figure.measure.is_breach and not figure.dimension:
        return _STANDS_IN.get(figure.measure.id) not in available
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


def _clock(measure: Measure) -> tuple[str, str]:
    """The columns of elapsed hours and target; an empty name where the measure has none."""
    return next((pair for stem, pair in _CLOCKS.items() if measure.id.startswith(stem)), ("", ""))


def _listing(listed: Sequence[Judged], counts: list[int], rows: pd.DataFrame) -> pd.DataFrame:
    """The columns of the listing; ``rows`` are those of the first figure, then those of the next."""
    begin = instants(rows, _present(rows, _BEGIN))
    end, responded = instants(rows, _present(rows, _END)), instants(rows, "responded_at")
    elapsed, target = np.empty(len(rows)), np.full(len(rows), np.nan)
    start = 0
    for figure, count in zip(listed, counts, strict=True):
        part = slice(start, start := start + count)
        if figure.measure.date_column == "responded_at":
            end[part] = responded[part]
        own_elapsed, own_target = _clock(figure.measure)
        elapsed[part] = rows[own_elapsed][part] if own_elapsed in rows else hours_between(begin[part], end[part])
        if own_target in rows:
            target[part] = rows[own_target][part]
    columns = {
        "process": _repeated([figure.measure.process for figure in listed], counts),
        "measure": _repeated([figure.measure.id for figure in listed], counts),
        "member": _repeated([figure.member for figure in listed], counts),
        "id": rows["id"].astype("str"),
        **{name: _words(rows, choices) for name, choices in _WORDS.items()},
        "opened_at": series(begin, rows.index),
        "ended_at": series(end, rows.index),
        "elapsed_h": elapsed,
        "target": target,
    }
    return pd.DataFrame(columns, columns=NONCONFORMITY_COLUMNS, copy=False)


def _repeated(words: Sequence[str], counts: list[int]) -> pd.Series:
    return pd.Series(words, dtype="str").repeat(counts).reset_index(drop=True)


def _present(rows: pd.DataFrame, choices: Iterable[str]) -> str:
    return next((name for name in choices if name in rows), "")


def _words(rows: pd.DataFrame, choices: tuple[str, ...]) -> pd.Series:
    """The first of the columns that a row has something in; empty where none has."""
    given = [rows[name].astype("str") for name in choices if name in rows]
    if not given:
        return pd.Series("", index=rows.index, dtype="str")
    words = given[0]
    for other in given[1:]:
        words = words.where(words.notna() & (words != ""), other)
    return words.fillna("")
