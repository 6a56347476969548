"""Which period a report covers, and on which working day it is due. Pure: the clock is always an argument.

A period is a half-open interval ``[start, end)`` of whole local days in the entry's own zone; its edges are
kept in UTC. The label (``2026-09``, ``2026-Q3``, ``2026-H1``, ``2026``, ``2026-W37``) is its one name
everywhere: parameter, register, archive path.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from typing import Literal
from zoneinfo import ZoneInfo

from itss.errors import PeriodError
from itss.region import public_holidays

PeriodKind = Literal["week", "month", "quarter", "half_year", "year"]

_MONTHS: dict[PeriodKind, int] = {"month": 1, "quarter": 3, "half_year": 6, "year": 12}
_LABELS: dict[PeriodKind, re.Pattern[str]] = {
    "week": re.compile(r"(\d{4})-W(\d{2})"),
    "month": re.compile(r"(\d{4})-(\d{2})"),
    "quarter": re.compile(r"(\d{4})-Q([1-4])"),
    "half_year": re.compile(r"(\d{4})-H([12])"),
    "year": re.compile(r"(\d{4})"),
}
_EXAMPLES: dict[PeriodKind, str] = {
    "week": "2026-W37",
    "month": "2026-09",
    "quarter": "2026-Q3",
    "half_year": "2026-H1",
    "year": "2026",
}


@dataclass(frozen=True)
class Period:
    """One period: ``first_day`` (local) to the day before ``next_day``, in ``zone``."""

    kind: PeriodKind
    first_day: date
    zone: str

    @cached_property
    def next_day(self) -> date:
        """First local day after the period."""
        return _shift(self.kind, self.first_day, 1)

    @cached_property
    def start(self) -> datetime:
        """P0 in UTC, inclusive."""
        return _midnight(self.first_day, self.zone)

    @cached_property
    def end(self) -> datetime:
        """P1 in UTC, exclusive."""
        return _midnight(self.next_day, self.zone)

    @cached_property
    def label(self) -> str:
        """The period's name, e.g. ``2026-09``."""
        day = self.first_day
        if self.kind == "week":
            year, week, _ = day.isocalendar()
            return f"{year}-W{week:02d}"
        if self.kind == "year":
            return f"{day.year}"
        if self.kind == "month":
            return f"{day.year}-{day.month:02d}"
        letter = "Q" if self.kind == "quarter" else "H"
        return f"{day.year}-{letter}{(day.month - 1) // _MONTHS[self.kind] + 1}"

    def shift(self, count: int) -> Period:
        """The period ``count`` periods later (negative: earlier)."""
        return Period(self.kind, _shift(self.kind, self.first_day, count), self.zone)

    def a_year_before(self) -> Period:
        """The same period last year (a week: 52 weeks earlier)."""
        return self.shift({"week": -52, "month": -12, "quarter": -4, "half_year": -2, "year": -1}[self.kind])

    def is_over(self, now: datetime) -> bool:
        """Whether the period has ended at ``now`` (aware)."""
        return now >= self.end


def parse_period(label: str, kind: PeriodKind, zone: str) -> Period:
    """Read a label of ``kind``; raises `PeriodError` naming the expected shape."""
    match = _LABELS[kind].fullmatch(label.strip())
    try:
        if match is None:
            raise ValueError(label)
        year = int(match[1])
        if kind == "week":
            first = date.fromisocalendar(year, int(match[2]), 1)
        elif kind == "year":
            first = date(year, 1, 1)
        else:
            first = date(year, (int(match[2]) - 1) * _MONTHS[kind] + 1, 1)
        period = Period(kind, first, zone)
        if period.start >= period.end:  # asks for both edges: they may lie outside the years a date can have
            raise ValueError(label)
    except (ValueError, OverflowError) as error:
        raise PeriodError(
            f"'{label}' is not a {kind.replace('_', '-')}.", f"Write it like {_EXAMPLES[kind]}."
        ) from error
    return period


def period_of(moment: datetime, kind: PeriodKind, zone: str) -> Period:
    """The period that ``moment`` (aware) lies in."""
    day = moment.astimezone(ZoneInfo(zone)).date()
    if kind == "week":
        return Period(kind, day - timedelta(days=day.weekday()), zone)
    months = _MONTHS[kind]
    return Period(kind, date(day.year, (day.month - 1) // months * months + 1, 1), zone)


def last_complete(moment: datetime, kind: PeriodKind, zone: str) -> Period:
    """The newest period that is over at ``moment`` (aware)."""
    return period_of(moment, kind, zone).shift(-1)


def closed_period(label: str, kind: PeriodKind, zone: str, now: datetime) -> Period:
    """The period of ``label``, or the last complete one if empty; `PeriodError` when it is not over at ``now``."""
    if not label:
        return last_complete(now, kind, zone)
    period = parse_period(label, kind, zone)
    if not period.is_over(now):
        raise PeriodError(
            f"Period {period.label} is not over before {period.next_day.isoformat()} 00:00 {zone}.",
            f"Wait for its end or report {last_complete(now, kind, zone).label}.",
        )
    return period


def due_at(period: Period, working_days: int, at: time, country: str) -> datetime:
    """When the report of ``period`` is due, in UTC: the n-th working day after its end, at local time ``at``.

    Working days are those of ``country`` (ISO 3166 code), with its holidays and make-up work days (调休) as the
    package ``holidays`` knows them.
    """
    return at_time(working_day(period.next_day, working_days, country), at, period.zone)


def working_day(first: date, number: int, country: str) -> date:
    """The ``number``-th (from 1) working day of ``country`` from ``first`` on."""
    calendar = public_holidays(country)
    day = first
    while True:
        if calendar.is_working_day(day):
            number -= 1
            if number <= 0:
                return day
        day += timedelta(days=1)


def at_time(day: date, at: time, zone: str) -> datetime:
    """The instant, in UTC, at which the clocks of ``zone`` show ``at`` on ``day``."""
    return datetime.combine(day, at, tzinfo=ZoneInfo(zone)).astimezone(UTC)


def _shift(kind: PeriodKind, first: date, count: int) -> date:
    if kind == "week":
        return first + timedelta(weeks=count)
    index = first.year * 12 + first.month - 1 + count * _MONTHS[kind]
    return date(index // 12, index % 12 + 1, 1)


def _midnight(day: date, zone: str) -> datetime:
    return at_time(day, time(), zone)
