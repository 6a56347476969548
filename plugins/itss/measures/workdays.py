"""How many working days a period has: volumes are told per working day, since Spring Festival moves."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING

from itss.agreements.models import WEEKDAYS, AgreementVersion, ServiceHours
from itss.periods import Period
from itss.region import public_holidays

if TYPE_CHECKING:
    from itss.measures.scope import Scope

MONDAY_TO_FRIDAY = frozenset(range(5))
DaySpan = tuple[date, date]
"""First day, and the day after the last."""


def workdays(period: Period, agreement: AgreementVersion | None, among: Sequence[DaySpan] | None = None) -> int:
    """Working days of the period (of those ``among`` it): holidays and make-up work days of the agreement's country.

    They are the weekdays on which service is agreed. 24×7 service has working days too, the customer's: Monday to
    Friday.
    """
    days = working_days(period.first_day, period.next_day, agreement)
    if among is None:
        return len(days)
    return sum(any(first <= day < end for first, end in among) for day in days)


def covered_workdays(scope: Scope) -> int:
    """The working days of the scope's period that the source covers."""
    return workdays(scope.period, scope.agreement, scope.covered_days)


def working_days(
    first: date, end: date, agreement: AgreementVersion | None, country: str | None = None
) -> frozenset[date]:
    """The working days from ``first`` to before ``end``, less those on which ``country`` (where given) rests."""
    hours = agreement.service_hours if agreement else None
    weekdays = _weekdays(hours)
    days = _workdays(hours.holidays if hours else None, first, end, weekdays)
    if hours is not None:
        # half a day is a day; a special day without any hours is closed
        special = {day for day, intervals in hours.special_days.items() if intervals}
        open_ones = {day for day in (*hours.makeup_days, *special) if first <= day < end}
        days = (days | open_ones) - set(hours.closed_days) - (hours.special_days.keys() - special)
    return days & _workdays(country, first, end, weekdays) if country else days


def _weekdays(hours: ServiceHours | None) -> frozenset[int]:
    """The weekdays with agreed hours, Monday is 0."""
    agreed = [] if hours is None or hours.always else [day for day, intervals in hours.weekly.items() if intervals]
    return frozenset(map(WEEKDAYS.index, agreed)) or MONDAY_TO_FRIDAY


@lru_cache(maxsize=1024)
def _workdays(country: str | None, first: date, end: date, weekdays: frozenset[int]) -> frozenset[date]:
    days = [first + timedelta(days=number) for number in range((end - first).days)]
    if country is None:
        return frozenset(day for day in days if day.weekday() in weekdays)
    calendar = public_holidays(country)
    makes_up = bool(weekdays & MONDAY_TO_FRIDAY)  # a make-up work day stands for one of them

    def is_worked(day: date) -> bool:
        if day.weekday() in weekdays:
            return day not in calendar
        return makes_up and day.weekday() not in MONDAY_TO_FRIDAY and calendar.is_working_day(day)

    return frozenset(filter(is_worked, days))
