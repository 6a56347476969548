"""Service time: how many agreed hours lie between two instants.

Owns the reading of `ServiceHours` (weekly intervals, holidays, make-up work days, closed days of one's own).
Refuses naive instants. The surprise: it never walks the pairs. The open intervals of all days between the first
and the last instant become UTC edges with the open time before each of them, so millions of pairs are two
binary searches each, and a day on which the clock moves has the hours it really had.
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
_US_PER_HOUR = 3_600_000_000
_CLOSED = -1
_Instants = npt.NDArray[np.int64]


def elapsed_hours(start: pd.Series, end: pd.Series, hours: ServiceHours) -> pd.Series:
    """Open hours of ``hours`` in ``[start, end)``, row by row, as floats on the index of ``start``.

    Both are Series of aware instants on the same index. NaN where one is missing or the end lies before the start.
    """
    if not start.index.equals(end.index):
        raise ValueError("start and end must have the same index")
    since, until = _microseconds(start), _microseconds(end)
    valid = start.notna().to_numpy() & end.notna().to_numpy() & (until >= since)
    result = np.full(len(start), np.nan)
    if valid.any():
        since, until = since[valid], until[valid]
        if hours.always:
            result[valid] = (until - since) / _US_PER_HOUR
        else:
            opens, closes = open_intervals(hours, _day(since.min(), hours), _day(until.max(), hours))
            result[valid] = (_open_before(until, opens, closes) - _open_before(since, opens, closes)) / _US_PER_HOUR
    return pd.Series(result, index=start.index, dtype="float64")


def open_intervals(hours: ServiceHours, first: dt.date, last: dt.date) -> tuple[_Instants, _Instants]:
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


@lru_cache(maxsize=512)
def _public_days(country: str, year: int) -> tuple[frozenset[dt.date], frozenset[dt.date]]:
    """Public holidays and make-up work days (调休) of one year."""
    calendar = holidays.country_holidays(country, years=year)
    worked = {day for day in calendar.weekend_workdays if day.year == year}
    return frozenset(calendar), frozenset(worked)


def _open_before(instants: _Instants, opens: _Instants, closes: _Instants) -> _Instants:
    """Open microseconds from the first opening to each instant."""
    if not len(opens):
        return np.zeros(len(instants), np.int64)
    before = np.concatenate([[0], np.cumsum(closes - opens)])
    started = np.searchsorted(opens, instants, side="right")
    running = started - 1  # -1 = before the first opening; clipped, because it is masked below
    inside = np.minimum(instants, closes[running]) - opens[running]
    return np.where(started > 0, before[running] + inside, 0)


def _microseconds(instants: pd.Series) -> _Instants:
    if not isinstance(instants.dtype, pd.DatetimeTZDtype):
        if instants.notna().any():
            raise TypeError(f"instants must be aware timestamps, not {instants.dtype}")
        return np.zeros(len(instants), np.int64)
    return _numbers(pd.DatetimeIndex(instants))


def _day(instant: np.int64, hours: ServiceHours) -> dt.date:
    moment = pd.Timestamp(int(instant), unit="us", tz="UTC")
    return moment.tz_convert(hours.timezone).date()


def _offset(time: dt.time) -> np.timedelta64:
    seconds = (time.hour * 60 + time.minute) * 60 + time.second
    return np.timedelta64(seconds * 1_000_000 + time.microsecond, "us")


def _utc(local: npt.NDArray[np.datetime64], zone: str) -> _Instants:
    first_of_two = np.ones(len(local), bool)
    return _numbers(pd.DatetimeIndex(local).tz_localize(zone, ambiguous=first_of_two, nonexistent="shift_forward"))


def _numbers(index: pd.DatetimeIndex) -> _Instants:
    instants: _Instants = index.tz_convert("UTC").tz_localize(None).to_numpy(dtype="datetime64[us]").astype(np.int64)
    return instants
