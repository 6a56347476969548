"""What every page needs and none reads for itself: the report list, read again when a file of it has changed."""

from __future__ import annotations

import logging
from functools import lru_cache
from pathlib import Path

from itss.register import Register
from itss.report_list.loader import Loaded, current
from itss.report_list.models import ReportList
from itss.settings import settings

log = logging.getLogger(__name__)


def loaded() -> Loaded:
    """The list with its problems and agreements."""
    path = settings().report_list
    _say(path)
    return current(path)


def report_list() -> ReportList:
    """The valid entries."""
    return loaded().list


def zone() -> str:
    """The one time zone of the reports, for the UI to show times in; empty where they have several."""
    zones = {entry.period.timezone for entry in report_list().reports}
    return zones.pop() if len(zones) == 1 else ""


def register() -> Register:
    """The record."""
    return _register(settings().register_url)


@lru_cache(maxsize=2)
def _say(path: Path) -> None:
    """Once, in the log of the API server: pages show no path of the server."""
    log.info("The portal reads the list %s", path)


@lru_cache(maxsize=2)
def _register(url: str) -> Register:
    made = Register(url)
    made.upgrade()
    return made
