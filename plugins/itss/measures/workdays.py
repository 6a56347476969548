"""How many working days a period has: volumes are told per working day, since Spring Festival moves."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING

from itss.agreements.models import AgreementVersion
from itss.periods import Period
from itss.region import public_holidays

if TYPE_CHECKING:
    from itss.measures.scope import Scope

DaySpan = tuple[date, date]
"""First day, and the day after the last."""


def workdays(period: Period, agreement: AgreementVersion | None, among: Sequence[DaySpan] | None = None) -> int:
    """Working days of the period (of those ``among`` it): holidays and make-up work days of the agreement's country.

    Monday to Friday where no country is agreed. 24×7 service has working days too: they are the customer's.
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
    days = _workdays(hours.holidays if hours else None, first, end)
    if hours is not None:
        # half a day is a day; a special day without any hours is closed
        special = {day for day, intervals in hours.special_days.items() if intervals}
        open_ones = {day for day in (*hours.makeup_days, *special) if first <= day < end}
        days = (days | open_ones) - set(hours.closed_days) - (hours.special_days.keys() - special)
    return days & _workdays(country, first, end) if country else days


@lru_cache(maxsize=1024)
def _workdays(country: str | None, first: date, end: date) -> frozenset[date]:
    days = [first + timedelta(days=number) for number in range((end - first).days)]
    if country is None:
        return frozenset(day for day in days if day.weekday() < 5)
    calendar = public_holidays(country)
    return frozenset(day for day in days if calendar.is_working_day(day))
