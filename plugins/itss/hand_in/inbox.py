"""The inbox as a whole: what was dropped into it is handed in, and refusals are told to those who collect the data."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Iterable, Iterator

from itss.errors import DeliveryError
from itss.hand_in.notices import tell
from itss.hand_in.place import Place, places_of
from itss.hand_in.receiving import Receipt, take_up
from itss.register import Register
from itss.report_list.due import recent_periods
from itss.report_list.models import ReportList
from itss.settings import Settings

log = logging.getLogger(__name__)


def scan(
    places: Iterable[Place], people: ReportList, register: Register, settings: Settings, now: dt.datetime
) -> dict[str, int]:
    """Take up what lies in ``places``; how many files were accepted and refused."""
    counts = {"accepted": 0, "refused": 0}
    for place in places:
        for outcome in take_up(settings, register, place, now):
            if isinstance(outcome, Receipt):
                version = outcome.version
                log.info("%s: %s is version %s", " ".join(place.key), version.name, version.number)
                counts["accepted"] += 1
            else:
                log.warning("%s: %s", " ".join(place.key), outcome)
                counts["refused"] += 1
    if counts["refused"]:
        try:
            tell("refused", people, register, settings, now)
        except DeliveryError as error:  # the daily run tells it, and data that is there need not wait for that
            log.error("A refusal could not be told yet: %s", error)
    return counts


def open_places(people: ReportList, now: dt.datetime) -> Iterator[Place]:
    """Where data may be handed in at ``now``: every recent period that is over."""
    for entry in people.reports:
        for period in recent_periods(entry, now):
            if period.is_over(now):
                yield from places_of(entry, people, period)
