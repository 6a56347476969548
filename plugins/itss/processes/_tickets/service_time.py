"""Service hours of tickets: the agreement's, or a priority's own where it has some, less what was spent waiting.

Surprise: the time of a ticket is read by the hours of the priority that it has at the end of the period, from its
begin on, and so are its pauses.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from itss.calendars import ServiceClock, read_pauses
from itss.calendars.elapsed import US_PER_HOUR, paused
from itss.calendars.open_days import Microseconds
from itss.measures.history import History, Places
from itss.measures.rows import Instants, Mask, Numbers, edge, given, numbers
from itss.measures.scope import Scope


class ServiceTime:
    """Hours of service time from the opening of each ticket on; NaN where nothing is agreed."""

    def __init__(self, scope: Scope, opened: Instants, priority: pd.Series | None) -> None:
        self._opened, self._clocks = opened, list(_clocks(scope, opened))
        own = {name: number for number, name in enumerate(scope.own_hours, 1)}
        self._number: Places | None = None
        if own and priority is not None:
            self._number = priority.map(own).fillna(0).to_numpy().astype(np.int64)
        self._since = self._read(opened, None)

    def hours(self, chosen: Mask, until: Instants) -> Numbers:
        """From opening to ``until`` in the chosen rows, NaN in the others and where it lies before the opening."""
        hours = np.full(len(chosen), np.nan)
        if not self._clocks:
            return hours
        chosen = chosen & (until >= self._opened)
        if np.count_nonzero(chosen) < len(chosen) // 4:  # few: cheaper to pick them first
            places = np.flatnonzero(chosen)
            hours[places] = (self._read(until[places], places) - self._since[places]) / US_PER_HOUR
        else:
            np.divide(self._read(until, None) - self._since, US_PER_HOUR, out=hours, where=chosen)
        return hours

    def paused_by_states(self, states: History, chosen: Mask, until: Instants) -> Numbers:
        """Of the spells in ``paused``, which never overlap, between opening and ``until``; 0 in the other rows."""
        row, begin, end = states.lifecycle.pauses
        counted = chosen[row] & (begin < until[row])
        row, begin, end = row[counted], begin[counted], end[counted]
        begin = np.maximum(begin, self._opened[row])
        end = np.maximum(np.fmin(end, until[row]), begin)
        return np.bincount(row, self._read(end, row) - self._read(begin, row), len(chosen)) / US_PER_HOUR

    def paused_by_intervals(self, texts: pd.Series, chosen: Mask, until: Instants) -> Numbers:
        """Of the intervals that the source lists, united and cut to the time from opening to ``until``."""
        hours = np.zeros(len(chosen))
        for number, clock in enumerate(self._clocks):
            places = np.flatnonzero(chosen if self._number is None else chosen & (self._number == number))
            since, end = (moments[places].view(np.int64) for moments in (self._opened, until))
            if len(places):
                hours[places] = paused(clock, since, end, read_pauses(texts.iloc[places])) / US_PER_HOUR
        return hours

    def _read(self, moments: Instants, places: Places | None) -> Microseconds:
        """The reading of each moment by the clock of its row; ``places`` are the rows, all of them without."""
        if not self._clocks:
            return np.zeros(len(moments), np.int64)
        found = self._clocks[0].read(moments.view(np.int64))
        if self._number is None:
            return found
        numbers_of = self._number if places is None else self._number[places]
        for number, clock in enumerate(self._clocks[1:], 1):
            own = numbers_of == number
            found[own] = clock.read(moments[own].view(np.int64))
        return found


def pause_hours(
    rows: pd.DataFrame, states: History | None, time: ServiceTime, chosen: Mask, until: Instants
) -> Numbers:
    """Hours that the clock stood still: by the states, else by the intervals, else the hours told."""
    hours = np.nan_to_num(numbers(rows, "pause_h"))
    listed = chosen & given(rows, "pauses")
    if states is not None:
        hours = np.where(states.given, time.paused_by_states(states, chosen, until), hours)
        listed &= ~states.given
    return np.where(listed, time.paused_by_intervals(rows["pauses"], listed, until), hours) if listed.any() else hours


def told_only(rows: pd.DataFrame, states: History | None) -> Mask:
    """Rows of whose pauses the source tells nothing but how many hours they were."""
    told: Mask = (numbers(rows, "pause_h") > 0) & ~given(rows, "pauses")
    return told if states is None else told & ~states.given


def _clocks(scope: Scope, opened: Instants) -> Iterator[ServiceClock]:
    """For all instants from the first report to the end of the period: the agreement's clock, then each priority's."""
    if scope.service_hours is None:
        return
    start, end = (int(edge(moment).astype(np.int64)) for moment in (scope.period.start, scope.period.end))
    first = int(opened.view(np.int64)[opened < edge(scope.period.end)].min(initial=start))
    for hours in (scope.service_hours, *scope.own_hours.values()):
        yield ServiceClock(hours, first, end)
