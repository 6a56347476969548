"""Reads a folder of agreements: one file, one agreement, all its versions oldest first.

It never raises for what people wrote; an agreement with a problem is left out and named in ``broken``, so that an
entry resting on it can say so. Versions are history: they are told apart, never guessed.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from pydantic import ValidationError

from itss.agreements.models import (
    DAY,
    WEEKDAYS,
    Agreement,
    AgreementVersion,
    Intervals,
    ServiceHours,
    Target,
    TimeTarget,
    Weekday,
    since_midnight,
)
from itss.agreements.terms import satisfied_faults, service_faults
from itss.problems import Fault, Loc, Problem, closest, refused
from itss.region import holidays_fault, zone_fault
from itss.yaml_file import read_yaml

_Measures = Mapping[str, Collection[str]]
NO_AGREEMENTS = frozenset({"exclusions.yaml"})
"""Files of the folder that are about the agreements: what was agreed not to count (`itss.exclusions`)."""


@dataclass(frozen=True)
class LoadedAgreements:
    """The usable agreements by key, all problems, and the keys of those that have some."""

    agreements: dict[str, Agreement]
    problems: tuple[Problem, ...] = ()
    broken: frozenset[str] = frozenset()


def load_agreements(
    folder: Path, measures: _Measures | None = None, named: Collection[str] | None = None
) -> LoadedAgreements:
    """Read every ``*.yaml`` of ``folder``, or those ``named``.

    With ``measures`` (ids by process, or units by id) targets must fit.
    """
    agreements: dict[str, Agreement] = {}
    problems: list[Problem] = []
    broken: set[str] = set()
    for path in sorted(folder.glob("*.yaml")):
        if path.name in NO_AGREEMENTS or (named is not None and path.stem not in named):
            continue
        agreement, faulty = _read(path, measures)
        problems += faulty
        if agreement is None:
            broken.add(path.stem)
        else:
            agreements[agreement.key] = agreement
    for path in sorted(folder.glob("*.yml")):
        problems.append(Problem(path, 1, "", "Only files that end in .yaml are read.", f"Rename it {path.stem}.yaml."))
        broken.add(path.stem)
    return LoadedAgreements(agreements, tuple(problems), frozenset(broken))


def _read(path: Path, measures: _Measures | None) -> tuple[Agreement | None, list[Problem]]:
    document = read_yaml(path)
    if isinstance(document, Problem):
        return None, [document]
    faults = list(document.doubled)
    agreement = None
    try:
        agreement = Agreement.model_validate(document.data)
    except ValidationError as error:
        faults += refused(error, Agreement)
    else:
        faults += _faults(agreement, path.stem, measures)
    problems = sorted((document.problem(fault) for fault in faults), key=lambda problem: problem.line)
    return (None if problems else agreement), problems


def _faults(agreement: Agreement, stem: str, measures: _Measures | None) -> Iterator[Fault]:
    if agreement.key != stem:
        # the file name is the key: so no two agreements can claim one, and an entry leads to its file
        yield Fault(("key",), f"The key '{agreement.key}' is not the name of the file.", f"Write `key: {stem}`.")
    yield from _order(agreement.versions)
    for number, version in enumerate(agreement.versions):
        loc: Loc = ("versions", number)
        yield from _hours((*loc, "service_hours"), version.service_hours)
        for priority, target in version.time_targets.items():
            yield from _time_target((*loc, "time_targets", priority), target)
        yield from service_faults((*loc, "services"), version.services)
        yield from satisfied_faults((*loc, "satisfied"), version.satisfied)
        seen: set[tuple[str, ...]] = set()
        for place, one in enumerate(version.targets):
            yield from _target((*loc, "targets", place), one, measures, seen)


def _order(versions: tuple[AgreementVersion, ...]) -> Iterator[Fault]:
    for number, (older, newer) in enumerate(pairwise(versions), 1):
        loc: Loc = ("versions", number, "effective_from")
        if newer.effective_from == older.effective_from:
            message = f"'{older.version}' and '{newer.version}' are both effective from {newer.effective_from}."
            yield Fault(loc, message, "Give each version its own first day.")
        elif newer.effective_from < older.effective_from:
            message = f"{newer.effective_from} comes before {older.effective_from} of the version above it."
            yield Fault(loc, message, "Write the oldest version first and the newest last.")
    names = [version.version for version in versions]
    for number, name in enumerate(names):
        if name in names[:number]:
            yield Fault(("versions", number, "version"), f"Two versions are called '{name}'.", "Rename one.")


def _hours(loc: Loc, hours: ServiceHours) -> Iterator[Fault]:
    yield from _region(loc, hours)
    for key, others in (("makeup_days", hours.closed_days), ("special_days", (*hours.closed_days, *hours.makeup_days))):
        for day in sorted(set(getattr(hours, key)) & set(others)):
            what = "closed day" if day in hours.closed_days else "make-up day"
            yield Fault((*loc, key), f"{day} is a {what} too.", "Keep it in one of the two lists.")
    has_days = hours.weekly or hours.holidays or hours.closed_days or hours.makeup_days or hours.special_days
    if hours.always and has_days:
        yield Fault((*loc, "always"), "Always open, yet there are hours or holidays.", "Remove `always` or the others.")
    elif not hours.always and not any(hours.weekly.values()):
        remedy = 'Write `always: true`, or `weekly: {mon: [["09:00", "18:00"]], …}`.'
        yield Fault(loc, "There are no open hours.", remedy)
    for weekday, intervals in hours.weekly.items():
        yield from _intervals((*loc, "weekly", weekday), intervals)
        yield from _into_next_day(loc, hours, weekday)
    for day, intervals in hours.special_days.items():
        yield from _intervals((*loc, "special_days", str(day)), intervals)
    if (hours.holidays or hours.makeup_days) and hours.weekly and not hours.weekly.get(hours.makeup_like):
        message = f"Make-up work days shall be like '{hours.makeup_like}', which has no hours."
        yield Fault((*loc, "makeup_like"), message, f"Name one of: {', '.join(hours.weekly)}.")


def _region(loc: Loc, hours: ServiceHours) -> Iterator[Fault]:
    if fault := zone_fault((*loc, "timezone"), hours.timezone):
        yield fault
    if hours.holidays is not None and (fault := holidays_fault((*loc, "holidays"), hours.holidays)):
        yield fault


def _intervals(loc: Loc, intervals: Intervals) -> Iterator[Fault]:
    spans = []
    for place, (opening, closing) in enumerate(intervals):
        if opening.tzinfo or closing.tzinfo:
            yield Fault((*loc, place), "A time here carries a zone.", "Write the local time only, e.g. 09:00.")
        elif opening == closing and opening != dt.time():
            message = f"{opening:%H:%M} to {closing:%H:%M} is no interval."
            yield Fault((*loc, place), message, 'Write ["00:00", "00:00"] for a whole day.')
        else:
            spans.append((*since_midnight(opening, closing), place))
    for (_, end, _), (begin, _, place) in pairwise(sorted(spans)):
        if begin < end:
            opening = intervals[place][0]
            yield Fault((*loc, place), f"The interval from {opening:%H:%M} overlaps another one.", "Join or part them.")


def _into_next_day(loc: Loc, hours: ServiceHours, weekday: Weekday) -> Iterator[Fault]:
    """A night that ends after the next weekday has begun to be served: the same time would be agreed twice."""
    following = WEEKDAYS[(WEEKDAYS.index(weekday) + 1) % 7]
    nights = [since_midnight(*one)[1] - DAY for one in hours.weekly[weekday]]
    for place, (opening, closing) in enumerate(hours.weekly.get(following, ())):
        if since_midnight(opening, closing)[0] < max(nights):
            message = f"The interval from {opening:%H:%M} overlaps the night that began on {weekday}."
            yield Fault((*loc, "weekly", following, place), message, "Let one begin where the other ends.")


def _time_target(loc: Loc, target: TimeTarget) -> Iterator[Fault]:
    if target.hours is not None:
        yield from _hours((*loc, "hours"), target.hours)
    response, resolution = target.promised("response_h"), target.promised("resolution_h")
    if target.response_h is None and target.resolution_h is None:
        remedy = "Write response_h, resolution_h or both, in hours of service time; or `none` in place of them."
        yield Fault(loc, "There is no time here.", remedy)
    elif response is not None and resolution is not None and response > resolution:
        message = f"Response ({response} h) may take longer than resolution ({resolution} h)."
        yield Fault(loc, message, "Swap or correct them.")


def _target(loc: Loc, target: Target, measures: _Measures | None, seen: set[tuple[str, ...]]) -> Iterator[Fault]:
    # over the year a member is named without its dimension
    dimension = target.dimension if target.over == "period" else ""
    name = (target.process, target.measure, dimension, target.member, target.over)
    if name in seen:
        yield Fault(loc, f"There is a second target for {target.process}.{target.measure}.", "Keep one of them.")
    seen.add(name)
    low, high = target.at_least, target.at_most
    if (low is None) == (high is None):
        message = "Both at_least and at_most are given." if low is not None else "There is no at_least and no at_most."
        yield Fault(loc, message, "Write the one that the measure must keep to.")
    elif target.warn is not None and (target.warn < low if low is not None else target.warn > (high or 0.0)):
        yield Fault(
            (*loc, "warn"), f"At {target.warn} the target is missed already.", "Put `warn` on the good side of it."
        )
    if bool(target.dimension) != bool(target.member):
        yield Fault(loc, "dimension and member belong together.", "Write both (one member) or neither (the whole).")
    if measures is None:
        return
    if target.process not in measures:
        message = f"There is no process '{target.process}'."
        yield Fault((*loc, "process"), message, closest(target.process, measures, "Processes are"))
    elif target.measure not in measures[target.process]:
        message = f"The process '{target.process}' has no measure '{target.measure}'."
        yield Fault((*loc, "measure"), message, closest(target.measure, measures[target.process], "Its measures are"))
    else:
        yield from _share(loc, target, measures[target.process])


def _share(loc: Loc, target: Target, units: Collection[str]) -> Iterator[Fault]:
    """A target of a share that is written in percent: nothing would ever reach it."""
    if not isinstance(units, Mapping) or units[target.measure] != "share":
        return
    for name, value in target.no_shares.items():
        remedy = f"Write {value / 100:g} for {value:g} %." if 1 < value <= 100 else "Write it like 0.9 for 90 %."
        yield Fault((*loc, name), f"{target.measure} is a share from 0 to 1, and {value:g} is not.", remedy)
