"""The clock over midnight, a month's end and a change of daylight saving: the right period, due when agreed.

The instants are written out by hand in UTC, after the zones' published offsets: Shanghai +8 all year; Berlin +1, and +2
from the last Sunday of March to that of October; New York −5, and −4 from the second Sunday of March to the first of
November.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from itss import steps
from itss.errors import PeriodError
from ledger import Injected
from way import KEY, House

# zone, holidays of, now in UTC, the period, its end in UTC, the report due in UTC (fifth working day, 18:00)
CASES = [
    # Tuesday 1 September 2026 in Shanghai, from 00:00 to 08:00, all of it August still in UTC until the last
    ("Asia/Shanghai", "CN", "2026-08-31T16:00:00", "2026-08", "2026-08-31T16:00", "2026-09-07T10:00"),
    ("Asia/Shanghai", "CN", "2026-08-31T16:30:00", "2026-08", "2026-08-31T16:00", "2026-09-07T10:00"),
    ("Asia/Shanghai", "CN", "2026-08-31T23:59:59", "2026-08", "2026-08-31T16:00", "2026-09-07T10:00"),
    ("Asia/Shanghai", "CN", "2026-09-01T00:00:00", "2026-08", "2026-08-31T16:00", "2026-09-07T10:00"),
    # a second before midnight August is not over
    ("Asia/Shanghai", "CN", "2026-08-31T15:59:59", "2026-07", "2026-07-31T16:00", "2026-08-07T10:00"),
    # March 2024 in Berlin ends on the very Sunday on which the clock is put forward; Easter Monday is 1 April
    ("Europe/Berlin", "DE", "2024-03-31T22:00:00", "2024-03", "2024-03-31T22:00", "2024-04-08T16:00"),
    ("Europe/Berlin", "DE", "2024-03-31T21:59:59", "2024-02", "2024-02-29T23:00", "2024-03-07T17:00"),
    ("Europe/Berlin", "DE", "2024-04-01T06:00:00", "2024-03", "2024-03-31T22:00", "2024-04-08T16:00"),
    # October 2026: put back on Sunday the 25th, so that the month ends at 23:00 UTC
    ("Europe/Berlin", "DE", "2026-10-31T22:59:59", "2026-09", "2026-09-30T22:00", "2026-10-07T16:00"),
    ("Europe/Berlin", "DE", "2026-10-31T23:00:00", "2026-10", "2026-10-31T23:00", "2026-11-06T17:00"),
    # Sunday 1 November 2026 in New York has 01:30 twice, and 08:00 an hour later; 11 November is Veterans Day
    ("America/New_York", "US", "2026-11-01T03:59:59", "2026-09", "2026-10-01T04:00", "2026-10-07T22:00"),
    ("America/New_York", "US", "2026-11-01T04:00:00", "2026-10", "2026-11-01T04:00", "2026-11-06T23:00"),
    ("America/New_York", "US", "2026-11-01T05:30:00", "2026-10", "2026-11-01T04:00", "2026-11-06T23:00"),
    ("America/New_York", "US", "2026-11-01T06:30:00", "2026-10", "2026-11-01T04:00", "2026-11-06T23:00"),
    ("America/New_York", "US", "2026-11-01T13:00:00", "2026-10", "2026-11-01T04:00", "2026-11-06T23:00"),
    # a leap day, and the turn of the year
    ("America/New_York", "US", "2024-03-01T05:00:00", "2024-02", "2024-03-01T05:00", "2024-03-07T23:00"),
    ("Asia/Shanghai", "CN", "2025-12-31T16:00:00", "2025-12", "2025-12-31T16:00", "2026-01-08T10:00"),
]


@contextmanager
def listed(house: House, zone: str, holidays: str) -> Iterator[None]:
    period = {"kind": "month", "timezone": zone, "schedule": "0 6 1 * *", "due_working_days": 5, "holidays": holidays}
    house.relist(period=period | {"due_time": "18:00", "first": "2023-01-01"})
    with house.placed():
        yield


def utc(words: str) -> dt.datetime:
    return dt.datetime.fromisoformat(words).replace(tzinfo=dt.UTC)


@pytest.mark.parametrize(("zone", "holidays", "now", "period", "end", "due"), CASES)
def test_the_period_and_when_it_is_due(
    house: House, injected: Injected, zone: str, holidays: str, now: str, period: str, end: str, due: str
) -> None:
    with injected(f"clock: {zone}"), listed(house, zone, holidays):
        job = steps.open_report(KEY, "", "run-1", utc(now))
        assert (job["period"], utc(due)) == (period, dt.datetime.fromisoformat(job["due_at"]))
        # a second before its end the period cannot be opened, at its end it is
        with pytest.raises(PeriodError, match="not over"):
            steps.open_report(KEY, period, "run-1", utc(end) - dt.timedelta(seconds=1))
        assert steps.open_report(KEY, period, "run-1", utc(end)) == job


def test_a_run_that_begins_before_midnight_and_is_run_again_after_it_stays_with_its_period(
    house: House, injected: Injected
) -> None:
    with injected("clock: midnight between two tries"), listed(house, "Asia/Shanghai", "CN"):
        before = steps.open_report(KEY, "2026-07", "run-1", utc("2026-08-31T15:59:59"))
        after = steps.open_report(KEY, "2026-07", "run-1", utc("2026-08-31T16:00:01"))
        assert before == after
