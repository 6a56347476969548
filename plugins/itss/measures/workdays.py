"""How many working days a period has: volumes are told per working day, since Spring Festival moves."""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache

from itss.agreements.models import AgreementVersion
from itss.periods import Period
from itss.region import public_holidays


def workdays(period: Period, agreement: AgreementVersion | None) -> int:
    """Working days of the period: holidays and make-up work days of the agreement's country and of its own.

    Monday to Friday where no country is agreed. 24×7 service has working days too: they are the customer's.
    """
    hours = agreement.service_hours if agreement else None
    worked = _workdays(hours.holidays if hours else None, period.first_day, period.next_day)
    if hours is None:
        return len(worked)
    days = {day for day in hours.makeup_days if period.first_day <= day < period.next_day}
    return len((worked | days) - set(hours.closed_days))


@lru_cache(maxsize=1024)
def _workdays(country: str | None, first: date, end: date) -> frozenset[date]:
    days = [first + timedelta(days=number) for number in range((end - first).days)]
    if country is None:
        return frozenset(day for day in days if day.weekday() < 5)
    calendar = public_holidays(country)
    return frozenset(day for day in days if calendar.is_working_day(day))
