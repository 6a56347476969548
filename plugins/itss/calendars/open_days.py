"""The open intervals of agreed service hours, day by day, as UTC edges.

Owns the reading of `ServiceHours`: weekly intervals, nights, holidays, make-up work days, special and closed days of
one's own, 24×7. A day on which the clock moves has the hours it really had. The surprise: a night belongs to the day on
which it begins, so it runs into a holiday that follows, and the morning after a holiday is closed.
"""

from __future__ import annotations

import datetime as dt
from functools import lru_cache

import holidays
import numpy as np
import numpy.typing as npt
import pandas as pd

from itss.agreements.models import WEEKDAYS, Intervals, ServiceHours, since_midnight

_CLOSED = -1
Microseconds = npt.NDArray[np.int64]
"""UTC microseconds since 1970."""
_Local = npt.NDArray[np.datetime64]
"""Microseconds of the wall clock."""


def open_intervals(hours: ServiceHours, first: dt.date, last: dt.date) -> tuple[Microseconds, Microseconds]:
    """Opening and closing instants within the local days ``first`` to ``last``, in UTC microseconds, ascending.

    They never overlap, and none is empty. Times that the clock skips begin after the gap; of times that come twice the
    first counts, so two intervals that touch still touch on such a day.
    """
    days = np.arange(np.datetime64(first, "D"), np.datetime64(last, "D") + 1)
    if hours.always:
        edges = _utc(np.append(days, days[-1] + 1).astype("datetime64[us]"), hours.timezone)
        return edges[:-1], edges[1:]
    days = np.insert(days, 0, days[0] - 1)  # whose night may end on the first day
    opens, closes = (_utc(local, hours.timezone) for local in _local(days, hours))
    begin, end = _utc(np.array([days[1], days[-1] + 1], "datetime64[us]"), hours.timezone)
    return _united(np.maximum(opens, begin), np.minimum(closes, end))


def _local(days: npt.NDArray[np.datetime64], hours: ServiceHours) -> tuple[_Local, _Local]:
    """Begins and ends of the intervals that belong to ``days``, on the wall clock."""
    pattern = _patterns(days, hours)
    groups: list[tuple[npt.NDArray[np.datetime64], Intervals]] = [
        (days[pattern == number], hours.weekly.get(weekday, ())) for number, weekday in enumerate(WEEKDAYS)
    ]
    groups += [(days[days == np.datetime64(day, "D")], intervals) for day, intervals in hours.special_days.items()]
    spans = [
        its_days.astype("datetime64[us]")[:, None] + np.array(since_midnight(*interval), "timedelta64[us]")
        for its_days, intervals in groups
        for interval in intervals
    ]
    edges = np.concatenate([np.empty((0, 2), "datetime64[us]"), *spans])
    return edges[:, 0], edges[:, 1]


def _united(opens: Microseconds, closes: Microseconds) -> tuple[Microseconds, Microseconds]:
    """Ascending, without empty ones, and overlapping ones as one; those that only touch stay two.

    Agreed hours do not overlap, but a night may run into a make-up or special day.
    """
    order = np.argsort(opens, kind="stable")
    order = order[opens[order] < closes[order]]
    opens, until = opens[order], np.maximum.accumulate(closes[order])
    is_first = np.ones(len(opens), bool)
    is_first[1:] = opens[1:] >= until[:-1]
    is_last = np.append(is_first[1:], True)[: len(opens)]
    return opens[is_first], until[is_last]


def _patterns(days: npt.NDArray[np.datetime64], hours: ServiceHours) -> npt.NDArray[np.int64]:
    """Whose weekday's hours each day has (0 = Monday), or `_CLOSED`."""
    pattern = (days.astype(np.int64) + 3) % 7  # day 0, 1970-01-01, was a Thursday
    closed, makeup = set(hours.closed_days), set(hours.makeup_days)
    if hours.holidays:
        first, last = days[0].item().year, days[-1].item().year
        for year in range(first, last + 1):
            public, worked = _public_days(hours.holidays, year)
            closed |= public - worked - makeup
            makeup |= worked - closed
    pattern[np.isin(days, np.array(sorted(makeup), "datetime64[D]"))] = WEEKDAYS.index(hours.makeup_like)
    # special days have intervals of their own
    pattern[np.isin(days, np.array(sorted({*closed, *hours.special_days}), "datetime64[D]"))] = _CLOSED
    return pattern


def is_published(country: str, year: int) -> bool:
    """Whether the make-up work days of ``year`` are known, of a country that had some in each of the two years before.

    A government that moves work days decides so late in the year before; until then only the holidays are known.
    """
    return bool(_public_days(country, year)[1]) or not all(_public_days(country, year - back)[1] for back in (1, 2))


@lru_cache(maxsize=512)
def _public_days(country: str, year: int) -> tuple[frozenset[dt.date], frozenset[dt.date]]:
    """Public holidays and make-up work days (调休) of one year."""
    calendar = holidays.country_holidays(country, years=year)
    worked = {day for day in calendar.weekend_workdays if day.year == year}
    return frozenset(calendar), frozenset(worked)


def _utc(local: npt.NDArray[np.datetime64], zone: str) -> Microseconds:
    first_of_two = np.ones(len(local), bool)
    return _numbers(pd.DatetimeIndex(local).tz_localize(zone, ambiguous=first_of_two, nonexistent="shift_forward"))


def _numbers(index: pd.DatetimeIndex) -> Microseconds:
    instants: Microseconds = index.tz_convert("UTC").tz_localize(None).to_numpy(dtype="datetime64[us]").astype(np.int64)
    return instants
