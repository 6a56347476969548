"""What `itss check` says of an agreement although it is sound: how something was read that may be meant otherwise.

Nothing here is a problem, so nothing fails by it. Each note has its line, and what to write if it is meant otherwise.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from itss.agreements.models import LAST_MINUTE, Agreement, AgreementVersion, Intervals, ServiceHours, since_midnight
from itss.problems import Fault, Loc

_LONG_NIGHT = dt.timedelta(hours=12)


def agreement_notes(agreement: Agreement) -> Iterator[Fault]:
    """The notes on all versions, each with its way in the file."""
    for number, version in enumerate(agreement.versions):
        loc: Loc = ("versions", number)
        yield from _hours((*loc, "service_hours"), version.service_hours)
        for priority, target in version.time_targets.items():
            if target.hours is not None:
                yield from _hours((*loc, "time_targets", priority, "hours"), target.hours)
        yield from _not_said((*loc, "time_targets"), version)


def _hours(loc: Loc, hours: ServiceHours) -> Iterator[Fault]:
    for weekday, intervals in hours.weekly.items():
        yield from _intervals((*loc, "weekly", weekday), intervals)
    for day, intervals in hours.special_days.items():
        yield from _intervals((*loc, "special_days", str(day)), intervals)


def _intervals(loc: Loc, intervals: Intervals) -> Iterator[Fault]:
    for place, (opening, closing) in enumerate(intervals):
        begin, end = since_midnight(opening, closing)
        if closing >= LAST_MINUTE:
            message = f"{closing:%H:%M} as an end is read as midnight: the last minute of the day counts too."
            yield Fault((*loc, place), message, f'Write ["{opening:%H:%M}", "00:00"].')
        elif closing <= opening and end - begin > _LONG_NIGHT and closing != dt.time():
            hours = (end - begin) / dt.timedelta(hours=1)
            message = f"{opening:%H:%M} to {closing:%H:%M} is read as {hours:g} hours across midnight."
            yield Fault((*loc, place), message, "Swap the two if the hours of the day are meant.")


def _not_said(loc: Loc, version: AgreementVersion) -> Iterator[Fault]:
    """Priorities without a time that the others have: it may be forgotten, or left to the source."""
    times = version.time_targets
    for kind in ("response_h", "resolution_h"):
        lacking = [name for name, target in times.items() if getattr(target, kind) is None]
        for name in lacking if len(lacking) < len(times) else ():
            message = (
                f"'{name}' has no {kind}, as the other priorities have: its tickets are judged by the source's own "
                "deadline, and not at all where it has none."
            )
            yield Fault((*loc, name), message, f"Write `{kind}:` in hours, or `{kind}: none` if nothing is promised.")
