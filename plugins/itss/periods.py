"""Which period a report covers, and on which working day it is due. Pure: the clock is always an argument.

A period is a half-open interval ``[start, end)`` of whole local days in the entry's own zone; its edges are
kept in UTC. The label (``2026-09``, ``2026-Q3``, ``2026-H1``, ``2026``, ``2026-W37``) is its one name
everywhere: parameter, register, archive path. Quarters, half-years and years may begin in another month than January;
the label then says in which: ``2026-04-Q1``, ``2026-04-H1`` and ``2026-04-FY`` begin on 1 April 2026. So no two periods
of different length or begin have one label, and those of one report sort by time.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from typing import Literal
from zoneinfo import ZoneInfo

from itss.errors import PeriodError
from itss.region import public_holidays

PeriodKind = Literal["week", "month", "quarter", "half_year", "year"]

_MONTHS: dict[PeriodKind, int] = {"month": 1, "quarter": 3, "half_year": 6, "year": 12}
PERIODS_OF_YEAR: dict[PeriodKind, int] = {"week": 53, "month": 12, "quarter": 4, "half_year": 2, "year": 1}
"""The most periods that a year has."""
_LABELS: dict[PeriodKind, re.Pattern[str]] = {
    "week": re.compile(r"(\d{4})-W(\d{2})"),
    "month": re.compile(r"(\d{4})-(\d{2})"),
    "quarter": re.compile(r"(\d{4})-Q([1-4])"),
    "half_year": re.compile(r"(\d{4})-H([12])"),
    "year": re.compile(r"(\d{4})"),
}
_FISCAL: dict[PeriodKind, str] = {"quarter": "Q([1-4])", "half_year": "H([12])", "year": "FY"}
_PARTS: dict[PeriodKind, str] = {
    "week": "-W(0[1-9]|[1-4][0-9]|5[0-3])",
    "month": "-(0[1-9]|1[0-2])",
    "quarter": "-Q[1-4]",
    "half_year": "-H[12]",
    "year": "",
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
    """One period: ``first_day`` (local) to the day before ``next_day``, in ``zone``.

    ``year_starts`` is the month (1 to 12) in which its year begins; weeks and months do not ask.
    """

    kind: PeriodKind
    first_day: date
    zone: str
    year_starts: int = 1

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
        if self.kind == "month":
            return f"{day.year}-{day.month:02d}"
        year = self.year_begins.year
        part = {"quarter": f"Q{self.number}", "half_year": f"H{self.number}", "year": "FY"}[self.kind]
        if self.year_starts > 1:
            return f"{year}-{self.year_starts:02d}-{part}"
        return f"{year}" if self.kind == "year" else f"{year}-{part}"

    @property
    def is_fiscal(self) -> bool:
        """Whether it is named by a year that does not begin in January."""
        return self.year_starts > 1 and self.kind in _FISCAL

    @property
    def number(self) -> int:
        """Which of its year it is, from 1: the week of ISO 8601, else the month, quarter or half-year."""
        if self.kind == "week":
            return self.first_day.isocalendar().week
        return (self.first_day.month - self.year_begins.month) % 12 // _MONTHS[self.kind] + 1

    @property
    def year_begins(self) -> date:
        """First day of the year by which it is named; of a week and a month that of the calendar."""
        if self.kind == "week":
            return date(self.first_day.isocalendar().year, 1, 1)
        starts = self.year_starts if self.kind in _FISCAL else 1
        return date(self.first_day.year - (self.first_day.month < starts), starts, 1)

    def shift(self, count: int) -> Period:
        """The period ``count`` periods later (negative: earlier)."""
        return replace(self, first_day=_shift(self.kind, self.first_day, count))

    def a_year_before(self) -> Period:
        """The same period last year (a week: 52 weeks earlier)."""
        return self.shift({"week": -52, "month": -12, "quarter": -4, "half_year": -2, "year": -1}[self.kind])

    def is_over(self, now: datetime) -> bool:
        """Whether the period has ended at ``now`` (aware)."""
        return now >= self.end


@dataclass(frozen=True)
class Span(Period):
    """Several periods in a row as one, called ``name``: ``first_day`` to the day before ``until``."""

    name: str = ""
    until: date = date.max

    @cached_property
    def next_day(self) -> date:
        """First local day after it."""
        return self.until

    @cached_property
    def label(self) -> str:
        """Its name."""
        return self.name

    @property
    def last_day(self) -> date:
        """Its last local day."""
        return self.until - timedelta(days=1)


def year_of(period: Period) -> Span:
    """The whole year that a period is a part of, from the month ``year_starts`` on; of a week, the year of ISO 8601.

    So a year is made of whole periods, and each period is in one year.
    """
    day, starts = period.first_day, period.year_starts
    if period.kind == "week":
        year = day.isocalendar().year
        first, until = date.fromisocalendar(year, 1, 1), date.fromisocalendar(year + 1, 1, 1)
        return Span("year", first, period.zone, starts, name=f"{year}", until=until)
    first = date(day.year - (day.month < starts), starts, 1)
    name = f"{first.year}" if starts == 1 else f"{first.year}-{starts:02d}-FY"
    return Span("year", first, period.zone, starts, name=name, until=_shift("year", first, 1))


def parse_period(label: str, kind: PeriodKind, zone: str, year_starts: int = 1) -> Period:
    """Read a label of ``kind``; raises `PeriodError` naming the expected shape."""
    is_fiscal = year_starts > 1 and kind in _FISCAL
    shape = re.compile(rf"(\d{{4}})-{year_starts:02d}-{_FISCAL[kind]}") if is_fiscal else _LABELS[kind]
    match = shape.fullmatch(label.strip())
    try:
        if match is None:
            raise ValueError(label)
        year, number = int(match[1]), int(match[2]) if match.lastindex == 2 else 1
        if kind == "week":
            first = date.fromisocalendar(year, number, 1)
        elif not 1 <= number <= 12 // _MONTHS[kind]:
            raise ValueError(label)
        else:
            first = _shift(kind, date(year, year_starts if is_fiscal else 1, 1), number - 1)
        period = Period(kind, first, zone, year_starts)
        if period.start >= period.end:  # asks for both edges: they may lie outside the years a date can have
            raise ValueError(label)
    except (ValueError, OverflowError) as error:
        where = f" of a year that begins in month {year_starts}" if is_fiscal else ""
        message = f"'{label}' is not a {kind.replace('_', '-')}{where}."
        raise PeriodError(message, f"Write it like {label_example(kind, year_starts)}.") from error
    return period


def label_pattern(kind: PeriodKind, year_starts: int = 1) -> str:
    """A regular expression of the labels of ``kind`` that can be periods, in the syntax of Python and JavaScript."""
    if year_starts > 1 and kind in _FISCAL:
        return rf"[0-9]{{4}}-{year_starts:02d}-{_FISCAL[kind]}"
    return f"[0-9]{{4}}{_PARTS[kind]}"


def label_example(kind: PeriodKind, year_starts: int = 1) -> str:
    """How a label of ``kind`` is written."""
    is_fiscal = year_starts > 1 and kind in _FISCAL
    return Period(kind, date(2026, year_starts, 1), "UTC", year_starts).label if is_fiscal else _EXAMPLES[kind]


def period_of(moment: datetime, kind: PeriodKind, zone: str, year_starts: int = 1) -> Period:
    """The period that ``moment`` (aware) lies in."""
    day = moment.astimezone(ZoneInfo(zone)).date()
    if kind == "week":
        return Period(kind, day - timedelta(days=day.weekday()), zone, year_starts)
    month = Period("month", day.replace(day=1), zone)
    begun = (day.month - year_starts) % 12 % _MONTHS[kind]
    return Period(kind, month.shift(-begun).first_day, zone, year_starts)


def clock_time(at: datetime, zone: str) -> str:
    """``2026-10-31 08:00``: an instant on the clock of ``zone``."""
    return f"{at.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M}"


def last_complete(moment: datetime, kind: PeriodKind, zone: str, year_starts: int = 1) -> Period:
    """The newest period that is over at ``moment`` (aware)."""
    return period_of(moment, kind, zone, year_starts).shift(-1)


def closed_period(label: str, kind: PeriodKind, zone: str, now: datetime, year_starts: int = 1) -> Period:
    """The period of ``label``, or the last complete one if empty; `PeriodError` when it is not over at ``now``."""
    if not label:
        return last_complete(now, kind, zone, year_starts)
    period = parse_period(label, kind, zone, year_starts)
    if not period.is_over(now):
        raise PeriodError(
            f"Period {period.label} is not over before {period.next_day.isoformat()} 00:00 {zone}.",
            f"Wait for its end or report {last_complete(now, kind, zone, year_starts).label}.",
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
