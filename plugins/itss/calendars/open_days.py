"""The open intervals of agreed service hours, day by day, as UTC edges.

Owns the reading of `ServiceHours`: weekly intervals, holidays, make-up work days, closed days of one's own, 24×7. A day
on which the clock moves has the hours it really had.
"""

from __future__ import annotations

import datetime as dt
from functools import lru_cache
from typing import get_args

import holidays
import numpy as np
import numpy.typing as npt
import pandas as pd

from itss.agreements.models import ServiceHours, Weekday

_WEEKDAYS: tuple[Weekday, ...] = get_args(Weekday)
_CLOSED = -1
Microseconds = npt.NDArray[np.int64]
"""UTC microseconds since 1970."""


def open_intervals(hours: ServiceHours, first: dt.date, last: dt.date) -> tuple[Microseconds, Microseconds]:
    """Opening and closing instants of the local days ``first`` to ``last``, in UTC microseconds, ascending.

    An interval that ends at 00:00 ends with its day. Times that the clock skips begin after the gap; of times that
    come twice the first counts, so two intervals that touch still touch on such a day.
    """
    days = np.arange(np.datetime64(first, "D"), np.datetime64(last, "D") + 1)
    pattern = _patterns(days, hours)
    opens, closes = [], []
    for number, weekday in enumerate(_WEEKDAYS):
        its_days = days[pattern == number].astype("datetime64[us]")
        for opening, closing in hours.weekly.get(weekday, ()):
            opens.append(its_days + _offset(opening))
            closes.append(its_days + (_offset(closing) or np.timedelta64(1, "D")))
    if hours.always:
        opens, closes = [days.astype("datetime64[us]")], [(days + 1).astype("datetime64[us]")]
    nothing = np.empty(0, "datetime64[us]")
    return (
        np.sort(_utc(np.concatenate([nothing, *opens]), hours.timezone)),
        np.sort(_utc(np.concatenate([nothing, *closes]), hours.timezone)),
    )


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
    pattern[np.isin(days, np.array(sorted(makeup), "datetime64[D]"))] = _WEEKDAYS.index(hours.makeup_like)
    pattern[np.isin(days, np.array(sorted(closed), "datetime64[D]"))] = _CLOSED
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


def _offset(time: dt.time) -> np.timedelta64:
    seconds = (time.hour * 60 + time.minute) * 60 + time.second
    return np.timedelta64(seconds * 1_000_000 + time.microsecond, "us")


def _utc(local: npt.NDArray[np.datetime64], zone: str) -> Microseconds:
    first_of_two = np.ones(len(local), bool)
    return _numbers(pd.DatetimeIndex(local).tz_localize(zone, ambiguous=first_of_two, nonexistent="shift_forward"))


def _numbers(index: pd.DatetimeIndex) -> Microseconds:
    instants: Microseconds = index.tz_convert("UTC").tz_localize(None).to_numpy(dtype="datetime64[us]").astype(np.int64)
    return instants
