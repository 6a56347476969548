"""Elapsed service time against the packages that people use for it, on the same pairs and the same calendar.

The calendar is the one that all of them can express: 09:00–18:00, Monday to Friday, holidays closed, no make-up days.
"""

from __future__ import annotations

import datetime as dt
import sys

import business_duration
import businesstimedelta
import holidays
import numpy as np
import pandas as pd
import pytz
from itss.agreements.models import ServiceHours
from itss.calendars import elapsed_hours

from benchmarks.entry import Entry, in_turns, rounded

ZONE = "Asia/Shanghai"
OPENS, CLOSES = dt.time(9), dt.time(18)
HOLIDAYS = sorted(holidays.country_holidays("CN", years=(2026, 2027)))
HOURS = ServiceHours(
    timezone=ZONE,
    weekly=dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), ((OPENS, CLOSES),)),
    closed_days=tuple(HOLIDAYS),
)
FEW, MANY = 10_000, 1_000_000
_LEAST_RATIO, _LEAST_RATE = 100, 3e6


def entries() -> list[Entry]:
    """Pairs a second on the same few pairs, and on a million."""
    start, end = pairs(FEW)
    peers = {"businesstimedelta": _timedelta(start, end), "business-duration": _duration(start, end)}
    expected = elapsed_hours(start, end, HOURS).to_numpy()
    for name, work in peers.items():
        wrong = np.abs(np.array(work()) - expected) > 1e-3
        if wrong.any():
            example = f"{start[wrong].iloc[0]} to {end[wrong].iloc[0]}"
            print(f"{name} counts {wrong.mean():.1%} of the pairs otherwise, e.g. {example}", file=sys.stderr)
    ours, *theirs = in_turns(lambda: elapsed_hours(start, end, HOURS), *peers.values())
    fastest = min(theirs)
    peer = list(peers)[theirs.index(fastest)]
    many = pairs(MANY)
    (long,) = in_turns(lambda: elapsed_hours(*many, HOURS))
    return [
        Entry(
            f"service time of {FEW:,} pairs",
            rounded(FEW / ours),
            "pairs/s",
            peer,
            rounded(FEW / fastest),
            rounded(fastest / ours),
            f">= {_LEAST_RATIO}",
            fastest / ours >= _LEAST_RATIO,
        ),
        Entry(
            f"service time of {MANY:,} pairs",
            rounded(MANY / long),
            "pairs/s",
            "",
            None,
            None,
            f">= {_LEAST_RATE:,.0f} pairs/s",
            MANY / long >= _LEAST_RATE,
        ),
    ]


def pairs(count: int) -> tuple[pd.Series, pd.Series]:
    """Reported some time in a year, resolved three days later on average; to the second, as tickets are."""
    rng = np.random.default_rng(20260930)
    first = int(pd.Timestamp("2026-01-01", tz=ZONE).timestamp())
    start = rng.integers(first, first + 365 * 86400, count)
    end = start + rng.exponential(3 * 86400, count).astype(np.int64)
    return tuple(pd.Series(pd.to_datetime(seconds, unit="s", utc=True)).dt.as_unit("us") for seconds in (start, end))


def _timedelta(start: pd.Series, end: pd.Series):
    zone = pytz.timezone(ZONE)
    work = businesstimedelta.WorkDayRule(OPENS, CLOSES, [0, 1, 2, 3, 4], tz=zone)
    rules = businesstimedelta.Rules([work, businesstimedelta.HolidayRule(set(HOLIDAYS), tz=zone)])
    given = list(zip(start.dt.to_pydatetime(), end.dt.to_pydatetime(), strict=True))
    return lambda: [rules.difference(since, until).timedelta.total_seconds() / 3600 for since, until in given]


def _duration(start: pd.Series, end: pd.Series):
    local = [instants.dt.tz_convert(ZONE).dt.tz_localize(None) for instants in (start, end)]
    given = list(zip(*(list(moments) for moments in local), strict=True))
    days = set(HOLIDAYS)
    return lambda: [
        business_duration.businessDuration(since, until, OPENS, CLOSES, [5, 6], days, "hour") for since, until in given
    ]
