"""Elapsed service time of pairs of instants, less the open hours of their pauses.

Refuses naive instants and pauses that end before they begin. Pauses of one pair may overlap: their union counts.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from itss.agreements.models import ServiceHours
from itss.calendars.clock import ServiceClock, Versions
from itss.calendars.open_days import Microseconds

US_PER_HOUR = 3_600_000_000
_NAT = np.iinfo(np.int64).min


def elapsed_hours(
    start: pd.Series, end: pd.Series, hours: ServiceHours | Versions, pauses: pd.DataFrame | None = None
) -> pd.Series:
    """Open hours in ``[start, end)``, row by row, as floats on the index of ``start``.

    Both are Series of aware instants on the same index. NaN where one is missing or the end lies before the start.
    Given versions of ``hours``, each part of an interval counts by the version of its day. ``pauses`` has the columns
    ``row`` (position in ``start``), ``started_at`` and ``ended_at`` (none: it runs on); they are cut to the interval.
    """
    if not start.index.equals(end.index):
        raise ValueError("start and end must have the same index")
    since, until = microseconds(start), microseconds(end)
    valid = (since != _NAT) & (until != _NAT) & (until >= since)
    result = np.full(len(start), np.nan)
    if valid.any():
        clock = ServiceClock(hours, int(since[valid].min()), int(until[valid].max()))
        open_time = clock.read(until) - clock.read(since)
        if pauses is not None and len(pauses):
            open_time -= paused(clock, since, np.where(valid, until, since), pauses)
        np.divide(open_time, US_PER_HOUR, out=result, where=valid)
    return pd.Series(result, index=start.index, dtype="float64")


def paused(clock: ServiceClock, since: Microseconds, until: Microseconds, pauses: pd.DataFrame) -> Microseconds:
    """Open microseconds of the united pauses within ``[since, until)``, row by row."""
    row = pauses["row"].to_numpy(dtype=np.int64)
    begin, end = microseconds(pauses["started_at"]), microseconds(pauses["ended_at"])
    is_open = end == _NAT
    if ((begin > end) & ~is_open).any() or (begin == _NAT).any():
        raise ValueError("every pause must begin, and not end before it begins")
    begin = np.clip(begin, since[row], until[row])
    end = np.clip(np.where(is_open, until[row], end), since[row], until[row])
    order = np.lexsort((begin, row))
    row, begin, end = row[order], clock.read(begin[order]), clock.read(end[order])
    # what the earlier pauses of the row have covered: its latest end so far
    covered = pd.Series(end).groupby(row, sort=False).cummax().to_numpy()
    follows = np.zeros(len(row), bool)
    follows[1:] = row[1:] == row[:-1]
    begin[follows] = np.maximum(begin[follows], covered[:-1][follows[1:]])
    # microseconds of a century are whole numbers in a float, too
    return np.bincount(row, np.maximum(end - begin, 0), len(since)).astype(np.int64)


def microseconds(instants: pd.Series) -> Microseconds:
    """Aware instants as UTC microseconds; the least number where there is none."""
    if not isinstance(instants.dtype, pd.DatetimeTZDtype):
        if instants.notna().any():
            raise TypeError(f"instants must be aware timestamps, not {instants.dtype}")
        return np.full(len(instants), _NAT)
    return instants.to_numpy(dtype="datetime64[us]").view(np.int64)
