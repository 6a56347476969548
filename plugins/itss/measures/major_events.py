"""Section d): each major event, and the days before and after it.

Owns which rows are major events of a period: those that were under way in it. The key figures count what came in and
what ended in breach in the seven days before its begin and after its end, of the process that declares an `Around`.
A window that reaches beyond the data (before the first row, after the end of the period) gives no figure instead of a
small one.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, Self

import numpy as np
import numpy.typing as npt
import pandas as pd

from itss.measures.rows import UTC_INSTANT, Instants, edge, flags, hours_between, instants, known_before, series
from itss.measures.scope import Scope

EVENT_COLUMNS = ["process", "id", "title", "service", "started_at", "ended_at", "duration_h", "cause", "action"]
WINDOWS = ("opened_before_7d", "opened_after_7d", "breaches_before_7d", "breaches_after_7d")
TOLD_BY = "is_major"
"""The column that makes a row a major event."""
_WEEK = np.timedelta64(7, "D")


@dataclass(frozen=True)
class Around:
    """When the records of a process came in, and when those in breach ended; ``None`` where nothing tells.

    ``told_by`` is the column that tells of breaches. The breaches are those of the scope's period only.
    """

    opened: Instants
    breached: Instants | None = None
    told_by: str = ""

    def of_breaches(self) -> Self:
        """The same without when records came in: `joined` asks only the newest for that."""
        return replace(self, opened=self.opened[:0].copy())


def joined(newest_first: Sequence[Around]) -> Around:
    """One of several periods that know breaches in the same way; what came in is the newest one's."""
    newest = newest_first[0]
    if newest.breached is None:
        return newest
    return replace(newest, breached=np.concatenate([one.breached for one in newest_first if one.breached is not None]))


def with_windows(events: pd.DataFrame, around: Around, covered: tuple[dt.datetime, dt.datetime]) -> pd.DataFrame:
    """Adds the figures of the days before and after; ``covered`` is the time in which all that they count is known."""
    opened = np.sort(around.opened)
    started, ended = instants(events, "started_at"), instants(events, "ended_at")
    first = max(edge(covered[0]), opened[0]) if len(opened) else edge(covered[1])
    has_before, has_after = started - _WEEK >= first, ended + _WEEK <= edge(covered[1])
    columns = {}
    for name, times in (("opened", opened), ("breaches", around.breached)):
        before = np.nan if times is None else _count(np.sort(times), started - _WEEK, started, "left")
        # open at its begin: there the event itself ends, and its own breach is not one of the days after
        after = np.nan if times is None else _count(np.sort(times), ended, ended + _WEEK, "right")
        columns[f"{name}_before_7d"] = np.where(has_before, before, np.nan)
        columns[f"{name}_after_7d"] = np.where(has_after, after, np.nan)
    return events.assign(**columns)


def without_windows(events: pd.DataFrame) -> pd.DataFrame:
    """The same columns where the report has no process whose records could be counted."""
    return events.assign(**{name: np.full(len(events), np.nan) for name in WINDOWS})


def empty() -> pd.DataFrame:
    """No events, with the columns and types of some."""
    types = {"started_at": UTC_INSTANT, "ended_at": UTC_INSTANT, "duration_h": "float64"}
    events = pd.DataFrame({name: pd.Series(dtype=types.get(name, "str")) for name in EVENT_COLUMNS})
    return without_windows(events)


def under_way(process: str, scope: Scope, started: Instants, ended: Instants) -> pd.DataFrame:
    """The major events (`EVENT_COLUMNS`) that were under way at some time of the period; cancelled ones are none.

    One that ends later still lasts when the period ends, whenever the report is made.
    """
    start, end = edge(scope.period.start), edge(scope.period.end)
    chosen = flags(scope.rows, TOLD_BY) & ~flags(scope.rows, "is_cancelled")
    chosen &= (started < end) & ~(ended < start)
    rows, index = scope.rows[chosen], pd.RangeIndex(int(chosen.sum()))
    words = {
        name: (rows[name].astype("str").where(rows[name].notna(), "") if name in rows else pd.Series("", rows.index))
        for name in ("title", "service", "cause", "action")
    }
    begin, finish = started[chosen], known_before(ended[chosen], end)
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


def _count(times: Instants, start: Instants, end: Instants, side: Literal["left", "right"]) -> npt.NDArray[np.int64]:
    """How many of the sorted instants lie between each start and end: ``left`` [start, end), ``right`` (start, end]."""
    times = times[~np.isnat(times)]
    counts: npt.NDArray[np.int64] = np.searchsorted(times, end, side) - np.searchsorted(times, start, side)
    return counts
