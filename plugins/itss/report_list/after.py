"""`after` of an entry: which sealed versions of other reports it waits for. Pure: the other entries are asked for.

A period of the entry is made of whole periods of the report that it names (a quarter of three months, or the very same
period). Refuses what would never come, or too late: an unknown key, a circle, periods that do not fit, a later due
date. Its surprise: for an entry of a customer a plain key means the report of that same customer, where there is one.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterator
from functools import lru_cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from itss.periods import PERIODS_OF_YEAR, Period, clock_time
from itss.problems import Fault, Loc, Problem, closest
from itss.report_list.customers import customer_of
from itss.report_list.due import is_owed, report_due_at
from itss.report_list.entry_parts import ReportPeriod
from itss.report_list.models import Entry

if TYPE_CHECKING:
    from itss.report_list.loader import Loaded

Find = Callable[[str], Entry | None]
"""The valid entry of a key, if there is one."""
Awaited = tuple[str, str]
"""Report key and period label of a version that is waited for."""


def awaited(entry: Entry, period: Period, find: Find) -> tuple[Awaited, ...]:
    """The versions that the report of ``period`` waits for: only of periods that the named entry owes."""
    found: list[Awaited] = []
    for key in entry.after:
        named = _named(entry, key, find)
        if named is not None:
            found += [(named.key, one.label) for one in tiles(period, named.period) if is_owed(named, one)]
    return tuple(found)


def tiles(period: Period, rule: ReportPeriod) -> tuple[Period, ...]:
    """The periods of ``rule`` that make up ``period`` without a gap; none where they do not."""
    if rule.timezone != period.zone:
        return ()
    noon = dt.datetime.combine(period.first_day, dt.time(12), tzinfo=ZoneInfo(period.zone))
    found = [rule.period_of(noon)]
    while found[-1].next_day < period.next_day:
        found.append(found[-1].shift(1))
    fits = found[0].first_day == period.first_day and found[-1].next_day == period.next_day
    return tuple(found) if fits else ()


def after_problems(loaded: Loaded) -> list[Problem]:
    """What is wrong with every `after` of a list that was read as a whole."""
    entries = {entry.key: entry for entry in loaded.list.reports}
    former = {entry.was: entry.key for entry in loaded.list.reports if entry.was}
    found: dict[Problem, None] = {}
    for entry in loaded.list.reports:
        for fault in after_faults(entry, entries.get, loaded.keys, former):
            found[loaded.problem(Fault((*loaded.loc(entry.key), *fault.loc), fault.message, fault.remedy))] = None
    return list(found)  # what is written once for many customers is wrong once


def after_faults(
    entry: Entry, find: Find, keys: Collection[str] = (), former: dict[str, str] | None = None
) -> Iterator[Fault]:
    """What is wrong with `after` of ``entry``; ``keys`` are all of the list, ``former`` says what an old key became."""
    for number, key in enumerate(entry.after):
        loc: Loc = ("after", number)
        if key in entry.after[:number]:
            yield Fault(loc, f"'{key}' is written twice here.", "Keep one of the two.")
        elif key in (entry.key, entry.was, entry.key.partition(".")[0]):
            yield Fault(loc, f"'{key}' is this report itself.", "Name another report, or remove it.")
        elif entry.customer and customer_of(key) not in ("", entry.customer.key):
            message = f"'{key}' is a report of another customer."
            yield Fault(loc, message, f"Write '{key.partition('.')[0]}': the report of the same customer.")
        elif (named := _named(entry, key, find)) is None:
            yield _unknown(loc, entry, key, keys, former or {})
        elif way := _circle(entry, named, find):
            message = f"The reports wait for each other in a circle: {' → '.join(way)}."
            yield Fault(loc, message, "Remove one of them from `after`.")
        elif reason := _misfit(entry.period, named.period):
            yield Fault(
                loc, f"The periods of '{named.key}' {reason}.", "Name a report whose periods make up this one's."
            )
        elif late := _late(entry.period, named.period):
            period, last, theirs, ours = late
            zone = entry.period.timezone
            message = (
                f"'{named.key}' of {last.label} is due on {clock_time(theirs, zone)}, later than this report of "
                f"{period.label}, which waits for it: {clock_time(ours, zone)}."
            )
            yield Fault(loc, message, "Let this report be due later (due_working_days, due_time), or that one earlier.")


def _named(entry: Entry, key: str, find: Find) -> Entry | None:
    """The entry that ``key`` means: the same customer's, else the one of this very key."""
    own = find(f"{key}.{entry.customer.key}") if entry.customer and "." not in key else None
    return own or find(key)


def _unknown(loc: Loc, entry: Entry, key: str, keys: Collection[str], former: dict[str, str]) -> Fault:
    same = f"{key}.{entry.customer.key}" if entry.customer else key
    if key in keys or same in keys:
        return Fault(loc, f"The entry '{key}' has problems of its own.", "Correct it.")
    if new := former.get(key) or former.get(same):
        return Fault(
            loc, f"'{key}' is called '{new}' now.", f"Write '{new.partition('.')[0] if entry.customer else new}'."
        )
    if of_customers := sorted(one for one in keys if one.startswith(f"{key}.")):
        message = f"'{key}' is made for each of {len(of_customers)} customers, and this report is of none of them."
        return Fault(loc, message, f"Name the report of one of them, e.g. '{of_customers[0]}'.")
    return Fault(loc, f"There is no report '{key}'.", closest(key, sorted(keys), "Reports are"))


def _circle(entry: Entry, named: Entry, find: Find) -> list[str]:
    """The way from ``entry`` over ``named`` back to it, if there is one."""
    ways, seen = [[entry.key, named.key]], {named.key}
    for way in ways:
        last = find(way[-1])
        for key in last.after if last else ():
            following = _named(last, key, find) if last else None
            if following is not None and following.key == entry.key:
                return [*way, entry.key]
            if following is not None and following.key not in seen:
                seen.add(following.key)
                ways.append([*way, following.key])
    return []


@lru_cache(maxsize=256)
def _misfit(rule: ReportPeriod, named: ReportPeriod) -> str:
    """Why periods of ``named`` do not make up those of ``rule``; nothing where they do."""
    if rule.timezone != named.timezone:
        return f"are those of {named.timezone}, and this report's of {rule.timezone}"
    # of a whole year: a February of four weeks is made of weeks, and no other month
    misfits = (period for period in _year_of(rule) if not tiles(period, named))
    period = next(misfits, None)
    if period is None:
        return ""
    starts = f" (years begin in month {named.year_starts})" if named.year_starts != rule.year_starts else ""
    return f"are of one {named.kind.replace('_', '-')} each{starts}, and do not make up {period.label}"


@lru_cache(maxsize=256)
def _late(rule: ReportPeriod, named: ReportPeriod) -> tuple[Period, Period, dt.datetime, dt.datetime] | None:
    """The first period, of a year, whose last awaited version is due after the report itself; and both moments."""
    for period in _year_of(rule):
        last = tiles(period, named)[-1]
        theirs, ours = report_due_at(named, last), report_due_at(rule, period)
        if theirs > ours:
            return period, last, theirs, ours
    return None


def _year_of(rule: ReportPeriod) -> Iterator[Period]:
    first = rule.first_period()
    return (first.shift(number) for number in range(PERIODS_OF_YEAR[rule.kind]))
