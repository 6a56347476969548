"""Whether a cron expression starts a report exactly once a period, and before it is due.

A schedule that misses a month, or starts twice in one, is the kind of error nobody sees until a report is missing.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from functools import lru_cache
from zoneinfo import ZoneInfo

from croniter import CroniterBadDateError, croniter  # type: ignore[import-untyped]  # comes with Airflow, which reads the schedule with it

from itss.periods import Period, PeriodKind, due_at
from itss.problems import Fault, Loc
from itss.report_list.models import ReportPeriod

_A_YEAR: dict[PeriodKind, int] = {"week": 53, "month": 12, "quarter": 4, "half_year": 2, "year": 1}


@lru_cache(maxsize=256)
def schedule_faults(rule: ReportPeriod) -> tuple[Fault, ...]:
    """What is wrong with ``rule.schedule``, tried on the first year that is owed."""
    return tuple(_faults(rule))


def starts_at(rule: ReportPeriod, period: Period) -> dt.datetime:
    """When the schedule starts the report of ``period``; the rule has been found valid."""
    return _starts(rule.schedule, period.shift(1))[0]


def _faults(rule: ReportPeriod) -> Iterator[Fault]:
    loc: Loc = ("period", "schedule")
    example = f"Write five fields (minute hour day month weekday), e.g. `{_example(rule)}`."
    if len(rule.schedule.split()) != 5 or not croniter.is_valid(rule.schedule):
        yield Fault(loc, f"'{rule.schedule}' is not a cron expression.", example)
        return
    first = rule.first_period()
    for number in range(1, _A_YEAR[rule.kind] + 1):
        period = first.shift(number)
        starts = _starts(rule.schedule, period)
        if len(starts) != 1:
            count = "never" if not starts else "more than once"
            message = f"'{rule.schedule}' starts {count} in {period.label}, though there is one report a {_name(rule)}."
            yield Fault(loc, message, example)
            return
        reported = period.shift(-1)
        due = due_at(reported, rule.due_working_days, rule.due_time, rule.holidays)
        if starts[0] > due:
            yield _too_late(loc, rule, reported, starts[0], due)
            return


def _too_late(loc: Loc, rule: ReportPeriod, period: Period, start: dt.datetime, due: dt.datetime) -> Fault:
    zone = ZoneInfo(rule.timezone)
    message = (
        f"The report of {period.label} would start on {start.astimezone(zone):%Y-%m-%d %H:%M}, "
        f"but it is due on {due.astimezone(zone):%Y-%m-%d %H:%M}."
    )
    return Fault(loc, message, "Start earlier or let it be due later (due_working_days, due_time).")


def _starts(schedule: str, period: Period) -> list[dt.datetime]:
    """The first two starts inside ``period``, of the wall clock of its zone."""
    just_before = dt.datetime.combine(period.first_day, dt.time()) - dt.timedelta(seconds=1)
    end = dt.datetime.combine(period.next_day, dt.time())
    clock = croniter(schedule, just_before)
    starts: list[dt.datetime] = []
    while len(starts) < 2:
        try:
            moment: dt.datetime = clock.get_next(dt.datetime)
        except CroniterBadDateError:  # a day that never comes, such as 31 February
            break
        if moment >= end:
            break
        starts.append(moment.replace(tzinfo=ZoneInfo(period.zone)))
    return starts


def _example(rule: ReportPeriod) -> str:
    """Six o'clock on the first day of every period."""
    if rule.kind == "week":
        return "0 6 * * 1"
    if rule.kind == "month":
        return "0 6 1 * *"
    first = rule.first_period()
    months = sorted({first.shift(count).first_day.month for count in range(_A_YEAR[rule.kind])})
    return f"0 6 1 {','.join(map(str, months))} *"


def _name(rule: ReportPeriod) -> str:
    return rule.kind.replace("_", " ")
