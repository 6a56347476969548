"""Time zones and the holidays of countries, and whether one that stands in a file is known."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from itss.problems import Fault, Loc

if TYPE_CHECKING:
    from holidays import HolidayBase


@cache
def public_holidays(country: str) -> HolidayBase:
    """The holidays and make-up work days of ``country``; made once, for it takes longer than most that is asked of it.

    Raises `NotImplementedError` where the package does not know the country.
    """
    import holidays  # here, for it takes a tenth of a second, and a task that parses its DAG asks nothing of it

    return holidays.country_holidays(country)


def zone_fault(loc: Loc, name: str) -> Fault | None:
    """The fault of naming ``name`` at ``loc``, unless it is a zone of the IANA database."""
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # not found, path-like, a folder of zones
        remedy = "Write an IANA name, e.g. Asia/Shanghai, Europe/Berlin, UTC."
        return Fault(loc, f"There is no time zone '{name}'.", remedy)
    return None


def holidays_fault(loc: Loc, country: str) -> Fault | None:
    """The fault of naming ``country`` at ``loc``, unless its holidays are known."""
    try:
        public_holidays(country)
    except (NotImplementedError, AttributeError):
        remedy = "Write the ISO 3166 code of a country, e.g. CN, DE, US."
        return Fault(loc, f"The holidays of '{country}' are not known.", remedy)
    return None
