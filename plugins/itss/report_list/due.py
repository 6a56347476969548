"""When data, and when a report, of a period is due by the rule of its entry. Pure: the clock is always an argument."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from zoneinfo import ZoneInfo

from itss.periods import Period, at_time, due_at, working_day
from itss.report_list.entry_parts import ReportPeriod
from itss.report_list.models import Entry, ReportList

FORGOTTEN = dt.timedelta(days=31)
"""Of what has been due for longer nobody is told any more: a system that comes back does not mail the past."""
MORNING = dt.time(8)
"""When people are reminded on the day on which their answer is due."""


def report_due_at(rule: ReportPeriod, period: Period) -> dt.datetime:
    """When the report of ``period`` is due, in UTC."""
    return due_at(period, rule.due_working_days, rule.due_time, rule.holidays)


def data_due_at(rule: ReportPeriod, period: Period) -> dt.datetime:
    """When its data is due: one working day before the report, the same day where that is due on the first one."""
    return due_at(period, max(rule.due_working_days - 1, 1), rule.due_time, rule.holidays)


def reminder_at(rule: ReportPeriod, period: Period, working_days: int) -> dt.datetime:
    """The beginning of the day, ``working_days`` before the data is due, on which to remind; after the period."""
    return due_at(period, max(rule.due_working_days - 1 - working_days, 1), dt.time(), rule.holidays)


def warning_at(rule: ReportPeriod, period: Period) -> dt.datetime | None:
    """One working day before the report is due; ``None`` where that lies in the period itself."""
    if rule.due_working_days == 1:
        return None
    return due_at(period, rule.due_working_days - 1, rule.due_time, rule.holidays)


def last_day(deadline: dt.datetime, zone: str) -> dt.date:
    """The last day on which something is in time, on the calendar of ``zone``: a midnight ends the day before."""
    return (deadline - dt.timedelta(microseconds=1)).astimezone(ZoneInfo(zone)).date()


def answer_due_at(rule: ReportPeriod, asked_at: dt.datetime, working_days: int) -> tuple[dt.datetime, dt.datetime]:
    """The last of the ``working_days`` to answer in, from its morning to the midnight that ends it, in UTC.

    The day on which somebody is asked does not count.
    """
    asked_on = asked_at.astimezone(ZoneInfo(rule.timezone)).date()
    last = working_day(asked_on + dt.timedelta(days=1), working_days, rule.holidays)
    midnight = at_time(last + dt.timedelta(days=1), dt.time(), rule.timezone)
    return at_time(last, MORNING, rule.timezone), midnight


def is_owed(entry: Entry, period: Period) -> bool:
    """Whether ``period`` is one of those that the entry reports on: from its first one to the day it is retired."""
    is_begun = period.first_day >= entry.period.first
    return is_begun and (entry.retired is None or period.next_day - dt.timedelta(days=1) <= entry.retired)


def last_owed(entry: Entry) -> Period | None:
    """The last period of a retired entry; ``None`` where it goes on, and where not even the first one is owed."""
    if entry.retired is None:
        return None
    after = at_time(entry.retired + dt.timedelta(days=1), dt.time(), entry.period.timezone)
    last = entry.period.period_of(after).shift(-1)
    return last if last.first_day >= entry.period.first else None


def has_ended(entry: Entry, now: dt.datetime) -> bool:
    """Whether the last report of a retired entry was due before ``now``."""
    last = last_owed(entry)
    return last is not None and report_due_at(entry.period, last) < now


def owed(entry: Entry, start: dt.datetime, end: dt.datetime) -> Iterator[tuple[Period, dt.datetime]]:
    """The periods that the entry owes whose report is due in ``[start, end)``, oldest first, and when."""
    rule = entry.period
    first = rule.first_period()
    # a report is due after its period ends, so the search may begin well before `start`
    period = max(first, rule.period_of(start).shift(-_back(rule)), key=lambda one: one.first_day)
    while period.end < end and is_owed(entry, period):
        due = report_due_at(rule, period)
        if start <= due < end:
            yield period, due
        period = period.shift(1)


def labels_owed(people: ReportList, start: dt.datetime, end: dt.datetime) -> frozenset[str]:
    """The labels of all periods that any entry owes whose report is due in ``[start, end)``."""
    return frozenset(period.label for entry in people.reports for period, _ in owed(entry, start, end))


def recent_periods(entry: Entry, now: dt.datetime) -> Iterator[Period]:
    """The periods, oldest first, whose data may be owed or expected at ``now``: the running one and those before it.

    All of them are owed by the entry.
    """
    rule = entry.period
    running = rule.period_of(now)
    for back in range(-_back(rule), 1):
        period = running.shift(back)
        if is_owed(entry, period):
            yield period


def _back(rule: ReportPeriod) -> int:
    """So many periods back nothing is due any more: a report is due at most 60 working days after its period."""
    return 15 if rule.kind == "week" else 4
