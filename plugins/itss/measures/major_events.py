"""Section d): each major incident and major change, and the days before and after it.

Owns which rows are major events of a period: those that were under way in it. The key figures count incidents opened,
and incidents resolved in breach of their SLA, in the seven days before its begin and after its end. A window that
reaches beyond the data (before the first row, after the end of the period) gives no figure instead of a small one.
"""

from __future__ import annotations

import datetime as dt
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from itss.measures.rows import UTC_INSTANT, Instants, Mask, edge, flags, given, hours_between, instants, series
from itss.measures.scope import Scope

EVENT_COLUMNS = ["process", "id", "title", "service", "started_at", "ended_at", "duration_h", "cause", "action"]
WINDOWS = ("opened_before_7d", "opened_after_7d", "breaches_before_7d", "breaches_after_7d")
TOLD_BY = "is_major"
"""The column that makes a row a major event."""
AROUND = "incident"
"""The process whose rows are counted in the days before and after."""
_WEEK = np.timedelta64(7, "D")


def major_incidents(scope: Scope) -> pd.DataFrame:
    """Major incidents open at some time of the period."""
    chosen = flags(scope.rows, TOLD_BY) & ~flags(scope.rows, "is_cancelled")
    return _events("incident", scope, chosen, instants(scope.rows, "opened_at"), instants(scope.rows, "ended_at"))


def major_changes(scope: Scope) -> pd.DataFrame:
    """Major changes under way at some time of the period, from actual start to actual end."""
    started, ended = instants(scope.rows, "started_at"), instants(scope.rows, "ended_at")
    chosen = flags(scope.rows, TOLD_BY) & ~flags(scope.rows, "is_cancelled")
    return _events("change", scope, chosen, np.where(np.isnat(started), ended, started), ended)


def with_windows(
    events: pd.DataFrame, incidents: pd.DataFrame, covered: tuple[dt.datetime, dt.datetime]
) -> pd.DataFrame:
    """Adds the figures of the days before and after; ``incidents`` are all rows, with ``is_sla_breach`` if known.

    ``covered`` is the time in which openings and breaches are all known.
    """
    opened = np.sort(instants(incidents, "opened_at")[~flags(incidents, "is_cancelled")])
    started, ended = instants(events, "started_at"), instants(events, "ended_at")
    first = max(edge(covered[0]), opened[0]) if len(opened) else edge(covered[1])
    has_before, has_after = started - _WEEK >= first, ended + _WEEK <= edge(covered[1])
    breached = _breach_instants(incidents)
    columns = {}
    for name, times in (("opened", opened), ("breaches", breached)):
        before = np.nan if times is None else _count(times, started - _WEEK, started, "left")
        # open at its begin: there the event itself ends, and its own breach is not one of the days after
        after = np.nan if times is None else _count(times, ended, ended + _WEEK, "right")
        columns[f"{name}_before_7d"] = np.where(has_before, before, np.nan)
        columns[f"{name}_after_7d"] = np.where(has_after, after, np.nan)
    return events.assign(**columns)


def without_windows(events: pd.DataFrame) -> pd.DataFrame:
    """The same columns where the report has no incidents."""
    return events.assign(**{name: np.full(len(events), np.nan) for name in WINDOWS})


def empty() -> pd.DataFrame:
    """No events, with the columns and types of some."""
    types = {"started_at": UTC_INSTANT, "ended_at": UTC_INSTANT, "duration_h": "float64"}
    events = pd.DataFrame({name: pd.Series(dtype=types.get(name, "str")) for name in EVENT_COLUMNS})
    return without_windows(events)


def _events(process: str, scope: Scope, chosen: Mask, started: Instants, ended: Instants) -> pd.DataFrame:
    start, end = edge(scope.period.start), edge(scope.period.end)
    chosen = chosen & (started < end) & ~(ended < start)
    rows, index = scope.rows[chosen], pd.RangeIndex(int(chosen.sum()))
    words = {
        name: (rows[name].astype("str").where(rows[name].notna(), "") if name in rows else pd.Series("", rows.index))
        for name in ("title", "service", "cause", "action")
    }
    begin, finish = started[chosen], ended[chosen]
    events = pd.DataFrame(
        {
            "process": pd.Series(process, index=index, dtype="str"),
            "id": rows["id"].astype("str").to_numpy(),
            **{name: values.to_numpy() for name, values in words.items()},
            "started_at": series(begin, index),
            "ended_at": series(finish, index),
            "duration_h": hours_between(begin, finish),
        },
        index=index,
    )
    return events[EVENT_COLUMNS].sort_values(["started_at", "id"], ignore_index=True)


def _breach_instants(rows: pd.DataFrame) -> Instants | None:
    """When incidents were resolved in breach; None where neither target nor recorded flag says so."""
    if "resolved_at" not in rows:
        return None
    if "is_sla_breach" in rows:
        breach = flags(rows, "is_sla_breach")
    elif "sla_met_recorded" in rows:
        breach = given(rows, "sla_met_recorded") & ~flags(rows, "sla_met_recorded")
    else:
        return None
    found: Instants = np.sort(instants(rows, "resolved_at")[breach & ~flags(rows, "is_cancelled")])
    return found


def _count(times: Instants, start: Instants, end: Instants, side: Literal["left", "right"]) -> npt.NDArray[np.int64]:
    """How many of the sorted instants lie between each start and end: ``left`` [start, end), ``right`` (start, end]."""
    times = times[~np.isnat(times)]
    counts: npt.NDArray[np.int64] = np.searchsorted(times, end, side) - np.searchsorted(times, start, side)
    return counts
