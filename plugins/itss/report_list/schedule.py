"""When a report starts: once a period, before it is due, and with `start_within` at a moment of its own.

A schedule that misses a month, or starts twice in one, is the kind of error nobody sees until a report is missing.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections.abc import Iterator
from functools import lru_cache
from zoneinfo import ZoneInfo

from croniter import CroniterBadDateError, croniter  # type: ignore[import-untyped]  # comes with Airflow, which reads the schedule with it

from itss.periods import Period, PeriodKind, due_at
from itss.problems import Fault, Loc
from itss.report_list.entry_parts import ReportPeriod, minutes
from itss.report_list.models import Entry

_A_YEAR: dict[PeriodKind, int] = {"week": 53, "month": 12, "quarter": 4, "half_year": 2, "year": 1}

_DAY = 24 * 60
_PLAIN = re.compile(r"[0-9]{1,2} [0-9]{1,2}( [^ ]+){3}")


def cron_of(entry: Entry) -> str:
    """The cron that starts ``entry``: its schedule, later by the share of `start_within` that its key has."""
    return _later(entry.period.schedule, shift_of(entry))


def shift_of(entry: Entry) -> int:
    """So many minutes later than its schedule the entry starts; the same always and everywhere for one key."""
    if entry.start_within is None:
        return 0
    return int.from_bytes(hashlib.sha256(entry.key.encode()).digest()[:8]) % minutes(entry.start_within)


def starts_at(entry: Entry, period: Period) -> dt.datetime:
    """When the schedule starts the report of ``period``; the entry has been found valid."""
    return _starts(cron_of(entry), period.shift(1))[0]


def schedule_faults(entry: Entry) -> tuple[Fault, ...]:
    """What is wrong with the schedule of ``entry``, tried on the first two years that are owed: one is no leap year.

    With `start_within` it is the last moment of that time that must be early enough, whatever moment the key has.
    """
    return _judged(entry.period, minutes(entry.start_within) if entry.start_within else 0)


@lru_cache(maxsize=256)
def _judged(rule: ReportPeriod, within: int) -> tuple[Fault, ...]:
    """Many entries share one rule, and are judged once."""
    return tuple(_faults(rule, within))


def _faults(rule: ReportPeriod, within: int) -> Iterator[Fault]:
    loc: Loc = ("period", "schedule")
    example = f"Write five fields (minute hour day month weekday), e.g. `{_example(rule)}`."
    if len(rule.schedule.split()) != 5 or not croniter.is_valid(rule.schedule):
        yield Fault(loc, f"'{rule.schedule}' is not a cron expression.", example)
        return
    if within and (fault := _cannot_spread(rule, within)):
        yield fault
        return
    latest = _later(rule.schedule, within - 1) if within else rule.schedule
    first = rule.first_period()
    for number in range(1, 2 * _A_YEAR[rule.kind] + 1):
        period = first.shift(number)
        starts = _starts(latest, period)
        if len(starts) != 1:
            count = "never" if not starts else "more than once"
            message = f"'{rule.schedule}' starts {count} in {period.label}, though there is one report a {_name(rule)}."
            yield Fault(loc, message, example)
            return
        reported = period.shift(-1)
        due = due_at(reported, rule.due_working_days, rule.due_time, rule.holidays)
        if starts[0] > due:
            yield _too_late(rule, reported, starts[0], due, is_latest=bool(within))
            return


def _cannot_spread(rule: ReportPeriod, within: int) -> Fault | None:
    """Why the schedule cannot be moved by up to ``within`` minutes on its own day."""
    loc: Loc = ("start_within",)
    if not _PLAIN.fullmatch(" ".join(rule.schedule.split())):
        message = f"'{rule.schedule}' has no one minute and hour, so that its starts cannot be spread."
        return Fault(loc, message, "Write one plain number for each in `schedule`, e.g. `0 6 1 * *`.")
    minute, hour = map(int, rule.schedule.split()[:2])
    left = _DAY - hour * 60 - minute
    if within > left:
        message = f"{within} minutes after {hour:02d}:{minute:02d} it is past midnight, which is another day."
        return Fault(loc, message, f"Write `{left}m` or less, or start earlier in `schedule`.")
    return None


def _later(schedule: str, shift: int) -> str:
    """The cron whose minute and hour are plain numbers, by ``shift`` minutes later on the same day."""
    if not shift:
        return schedule
    minute, hour, *day = schedule.split()
    hours, minutes_ = divmod(int(hour) * 60 + int(minute) + shift, 60)
    return " ".join([str(minutes_), str(hours), *day])


def _too_late(rule: ReportPeriod, period: Period, start: dt.datetime, due: dt.datetime, *, is_latest: bool) -> Fault:
    zone = ZoneInfo(rule.timezone)
    on, instead = ("as late as", "shorten `start_within`, start earlier") if is_latest else ("on", "start earlier")
    message = (
        f"The report of {period.label} would start {on} {start.astimezone(zone):%Y-%m-%d %H:%M}, "
        f"but it is due on {due.astimezone(zone):%Y-%m-%d %H:%M}."
    )
    remedy = f"{instead[0].upper()}{instead[1:]} or let it be due later (due_working_days, due_time)."
    return Fault(("period", "schedule"), message, remedy)


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
        # a time that is there twice, or not at all, is for Airflow the later of what it may be
        readings = [moment.replace(tzinfo=ZoneInfo(period.zone), fold=fold) for fold in (0, 1)]
        starts.append(max(readings, key=dt.datetime.timestamp))
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
