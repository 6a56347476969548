"""A clock that runs only while the service is open: instants in, open time before them out.

The surprise: it neither walks nor searches. All edges lie on a common grid (the hour, the half hour); the open time at
each grid point is written into a table once, with one bit that says whether the cell behind it is open. To read an
instant is then one division and one look into the table, some nanoseconds each, so the service time of millions of
pairs is the difference of two readings.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pandas as pd

from itss.agreements.models import ServiceHours
from itss.calendars.open_days import Microseconds, open_intervals

Versions = Sequence[tuple[dt.date, ServiceHours]]
"""Service hours with the local day from which each counts, oldest first; the first counts before its day, too."""

_BLOCK = 1 << 16  # instants read at a time: their intermediate results stay in the processor's cache
_MOST_CELLS = 1 << 22
_DAY = 86_400_000_000


class ServiceClock:
    """Reads instants of ``[earliest, latest]`` (UTC microseconds) by ``hours``, or by its versions each in its time."""

    def __init__(self, hours: ServiceHours | Versions, earliest: int, latest: int) -> None:
        versions = [(dt.date.min, hours)] if isinstance(hours, ServiceHours) else list(hours)
        self._is_plain = len(versions) == 1 and versions[0][1].always
        if self._is_plain:
            return
        self._opens, closes = _edges(versions, earliest, latest)
        self._closes = closes
        self._before = np.concatenate([[0], np.cumsum(closes - self._opens)])
        self._start = earliest // _DAY * _DAY
        edges = np.concatenate([self._opens, closes]) - self._start
        self._cell = int(np.gcd.reduce(edges)) or _DAY
        cells = (latest - self._start) // self._cell + 2
        self._table = self._tabulate(cells) if cells <= _MOST_CELLS else None

    def read(self, instants: Microseconds) -> Microseconds:
        """Open microseconds before each instant, from a common zero; an instant outside the span reads anything."""
        if self._is_plain:
            return instants
        if self._table is None:
            return self._search(instants)
        readings = np.empty(len(instants), np.int64)
        for begin in range(0, len(instants), _BLOCK):
            part = instants[begin : begin + _BLOCK] - self._start
            number = part // self._cell
            found = self._table.take(number, mode="clip")
            number *= -self._cell
            number += part  # now the time since the begin of the cell
            number *= found & 1
            found >>= 1
            np.add(found, number, out=readings[begin : begin + _BLOCK])
        return readings

    def _tabulate(self, cells: int) -> Microseconds:
        """Twice the open time before each cell, plus one where the cell is open: one table is one look."""
        before = self._search(self._start + self._cell * np.arange(cells + 1, dtype=np.int64))
        return 2 * before[:-1] + (np.diff(before) > 0)

    def _search(self, instants: Microseconds) -> Microseconds:
        if not len(self._opens):
            return np.zeros(len(instants), np.int64)
        started = np.searchsorted(self._opens, instants, side="right")
        running = started - 1  # -1 = before the first opening; masked below
        inside = np.minimum(instants, self._closes[running]) - self._opens[running]
        return np.where(started > 0, self._before[running] + inside, 0)


def _edges(
    versions: list[tuple[dt.date, ServiceHours]], earliest: int, latest: int
) -> tuple[Microseconds, Microseconds]:
    """Open intervals of the span; of each version those between its own first midnight and the next version's."""
    begins = [np.iinfo(np.int64).min, *(_midnight(*version) for version in versions[1:]), np.iinfo(np.int64).max]
    opens, closes = [], []
    for (_, hours), (begin, end) in zip(versions, pairwise(begins), strict=True):
        since, until = max(begin, earliest), min(end, latest + 1)
        if since < until:
            opening, closing = open_intervals(hours, _day(since, hours), _day(until, hours))
            opening, closing = np.maximum(opening, begin), np.minimum(closing, end)
            opens.append(opening[opening < closing])
            closes.append(closing[opening < closing])
    return np.concatenate(opens), np.concatenate(closes)


def _midnight(day: dt.date, hours: ServiceHours) -> int:
    return pd.Timestamp(day).tz_localize(hours.timezone, nonexistent="shift_forward", ambiguous=True).value // 1000


def _day(instant: int, hours: ServiceHours) -> dt.date:
    return pd.Timestamp(instant, unit="us", tz="UTC").tz_convert(hours.timezone).date()
