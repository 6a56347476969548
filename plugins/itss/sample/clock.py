"""The sample's calendar and dice: working days with holidays and make-up days, service time, seeded draws.

Draws use nothing but ``Random.random``, the one method whose numbers are promised to stay the same in every Python.
Local time is China Standard Time, which has had no summer time since 1991, so an offset of eight hours is exact.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from random import Random
from typing import TypeVar

import holidays

OPENS, CLOSES = 9, 18
Item = TypeVar("Item")
_CHINA = holidays.country_holidays("CN")


@dataclass(frozen=True, order=True)
class Month:
    """A calendar month; ``index`` counts months through the years, for slow growth."""

    year: int
    number: int

    @property
    def index(self) -> int:
        """Months since year 0."""
        return self.year * 12 + self.number - 1

    def shift(self, count: int) -> Month:
        """The month ``count`` months later."""
        index = self.index + count
        return Month(index // 12, index % 12 + 1)

    def days(self) -> list[dt.date]:
        """Its days."""
        first, following = dt.date(self.year, self.number, 1), self.shift(1)
        length = (dt.date(following.year, following.number, 1) - first).days
        return [first + dt.timedelta(days=day) for day in range(length)]

    def label(self) -> str:
        """``2609`` for September 2026: part of the ticket numbers."""
        return f"{self.year % 100:02d}{self.number:02d}"


class Dice:
    """Seeded draws of one table and month."""

    def __init__(self, table: str, month: Month) -> None:
        self._random = Random(f"itss sample {table} {month.year}-{month.number:02d}")  # noqa: S311 - not for secrets

    def share(self) -> float:
        """Uniform in [0, 1)."""
        return self._random.random()

    def happens(self, probability: float) -> bool:
        """True with ``probability``."""
        return self.share() < probability

    def between(self, low: float, high: float) -> float:
        """Uniform in [low, high)."""
        return low + (high - low) * self.share()

    def whole(self, low: int, high: int) -> int:
        """Uniform integer, both ends included."""
        return low + math.floor(self.share() * (high - low + 1))

    def normal(self) -> float:
        """Standard normal, as a sum of twelve uniforms: plain additions are equal on every machine."""
        return sum(self.share() for _ in range(12)) - 6

    def skewed(self, median: float, spread: float) -> float:
        """Log-normal with this median."""
        return median * math.exp(spread * self.normal())

    def pick(self, items: Sequence[Item]) -> Item:
        """One of ``items``."""
        return items[math.floor(self.share() * len(items))]

    def weighted(self, weights: Mapping[Item, float]) -> Item:
        """One key, by weight."""
        left = self.share() * sum(weights.values())
        for item, weight in weights.items():
            left -= weight
            if left < 0:
                return item
        return next(reversed(list(weights)))


@lru_cache(maxsize=4096)
def is_working(day: dt.date) -> bool:
    """Whether ``day`` is worked in China: weekends, holidays and make-up days known."""
    return bool(_CHINA.is_working_day(day))


@lru_cache(maxsize=4096)
def follows_long_break(day: dt.date) -> bool:
    """Whether ``day`` is the first or second working day after five or more free days (Spring Festival, October)."""
    if not is_working(day):
        return False
    worked = [is_working(day - dt.timedelta(days=back)) for back in range(1, 8)]
    return not any(worked[:5]) or (worked[0] and not any(worked[1:6]))


def is_bad(month: Month) -> bool:
    """September is the month in which a change goes wrong."""
    return month.number == 9


def bad_night(month: Month) -> dt.datetime:
    """Local time of the failed change: the second Wednesday, 22:00."""
    wednesdays = [day for day in month.days() if day.weekday() == 2]
    return dt.datetime.combine(wednesdays[1], dt.time(22))


def add_service_hours(start: dt.datetime, hours: float) -> dt.datetime:
    """The local instant at which ``hours`` of service time (working days, 9 to 18) have passed since ``start``."""
    left = dt.timedelta(hours=hours)
    day = start.date()
    while True:
        opens, closes = (dt.datetime.combine(day, dt.time(hour)) for hour in (OPENS, CLOSES))
        begin = max(start, opens)
        if is_working(day) and begin < closes:
            if begin + left <= closes:
                return begin + left
            left -= closes - begin
        day += dt.timedelta(days=1)


def utc(local: dt.datetime | None) -> str | None:
    """``local`` as the database holds it: text, UTC, to the second."""
    return None if local is None else f"{local - dt.timedelta(hours=8):%Y-%m-%d %H:%M:%S}"


def interval(begin: dt.datetime, end: dt.datetime | None) -> str:
    """The same of a time that ran from ``begin`` to ``end``, or runs on: ``begin/end`` in ISO 8601."""
    return "/".join(f"{utc(moment)}Z".replace(" ", "T") if moment else "" for moment in (begin, end))


def to_minute(local: dt.datetime) -> dt.datetime:
    """Cut seconds: people and last digits of ``exp`` do not matter below a minute."""
    return local.replace(second=0, microsecond=0)
