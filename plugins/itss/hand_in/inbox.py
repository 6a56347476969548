"""The inbox as a whole: what was dropped into it is handed in."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Iterable, Iterator

from itss.errors import ItssError
from itss.hand_in.place import Place, places_of
from itss.hand_in.receiving import MarkedRefusalError, Receipt, take_up
from itss.register import Register
from itss.report_list.due import recent_periods
from itss.report_list.models import ReportList
from itss.settings import Settings

log = logging.getLogger(__name__)


def scan(places: Iterable[Place], register: Register, settings: Settings, now: dt.datetime) -> dict[str, int]:
    """Take up what lies in ``places``; how many files were accepted and refused.

    A folder that cannot be read or written stops no other: its error is raised after them all.
    """
    counts = {"accepted": 0, "refused": 0}
    failed: list[Exception] = []
    for place in places:
        try:
            for outcome in take_up(settings, register, place, now):
                counts[_logged(place, outcome)] += 1
        except ItssError:
            raise
        except Exception as error:  # of the disk; and each object store has errors of its own
            log.error("%s: %s", " ".join(place.key), error)
            failed.append(error)
    if failed:
        raise failed[0]
    return counts


def _logged(place: Place, outcome: Receipt | MarkedRefusalError) -> str:
    where = " ".join(place.key)
    if isinstance(outcome, MarkedRefusalError):
        log.warning("%s: %s", where, outcome)
        return "refused"
    log.info("%s: %s is version %s", where, outcome.version.name, outcome.version.number)
    for warning in outcome.warnings:
        log.warning("%s: %s: %s", where, outcome.version.name, warning)
    return "accepted"


def open_places(people: ReportList, now: dt.datetime) -> Iterator[Place]:
    """Where data may be handed in at ``now``: every recent period that is over."""
    for entry in people.reports:
        for period in recent_periods(entry, now):
            if period.is_over(now):
                yield from places_of(entry, people, period)
