"""When data, and when a report, of a period is due by the rule of its entry. Pure: the clock is always an argument."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from itss.periods import Period, due_at, period_of
from itss.report_list.models import ReportPeriod

_BACK = 3
"""A report is due at most 60 working days after its period, so no older period is still being collected."""


def report_due_at(rule: ReportPeriod, period: Period) -> dt.datetime:
    """When the report of ``period`` is due, in UTC."""
    return due_at(period, rule.due_working_days, rule.due_time, rule.holidays)


def data_due_at(rule: ReportPeriod, period: Period) -> dt.datetime:
    """When its data is due: one working day before the report, the same day where that is due on the first one."""
    return due_at(period, max(rule.due_working_days - 1, 1), rule.due_time, rule.holidays)


def reminder_at(rule: ReportPeriod, period: Period, working_days: int) -> dt.datetime:
    """The beginning of the day, ``working_days`` before the data is due, on which to remind; after the period."""
    return due_at(period, max(rule.due_working_days - 1 - working_days, 1), dt.time(), rule.holidays)


def recent_periods(rule: ReportPeriod, now: dt.datetime) -> Iterator[Period]:
    """The periods, oldest first, whose data may be owed or expected at ``now``: the running one and those before it.

    None lies before the first period that the entry owes.
    """
    running = period_of(now, rule.kind, rule.timezone)
    for back in range(-_BACK if rule.kind != "week" else -12, 1):
        period = running.shift(back)
        if period.first_day >= rule.first:
            yield period
