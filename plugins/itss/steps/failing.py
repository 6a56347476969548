"""When a task has failed for good: the record says so, and the report manager is notified."""

from __future__ import annotations

import datetime as dt
import logging
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sqlalchemy.exc import SQLAlchemyError

from itss.errors import DeliveryError, ItssError, RunGoneError
from itss.monitoring.emitting import emit
from itss.monitoring.of_steps import step_of
from itss.monitoring.series import sample
from itss.register import Register
from itss.settings import Settings, settings
from itss.steps.job import ref_of
from itss.steps.opened import opened

if TYPE_CHECKING:
    from itss.notices.causes import Failure
    from itss.report_list.models import ReportList

log = logging.getLogger(__name__)


def fail(job: dict[str, Any] | None, failure: Failure, now: dt.datetime) -> None:
    """Record a failure and notify the report manager of its cause, each as far as it is still possible.

    Raises nothing of its own: the task is red in the UI either way.
    """
    from itss.notices.causes import source_of
    from itss.notices.failures import line_of, mail_unrecorded, notify_failure
    from itss.report_list.loader import current

    emit([sample("failures", step=step_of(failure.task)[0], cause=failure.kind)])
    place, known = settings(), None
    people = current(place.report_list).list  # read once for all tasks of a run that failed: the list may be long
    if job is not None:
        failure = replace(failure, ref=ref_of(job))
        try:
            if not isinstance(failure.error, RunGoneError):  # its questions can still be answered
                Register(place.register_url).fail(ref_of(job), line_of(failure.task, failure.reason))
            known, _ = opened(job)
        except (ItssError, SQLAlchemyError, OSError) as error:
            log.error("The failure could not be recorded: %s", error)
    if known is not None:
        people = people if people.report_manager in people.people else known.people
        failure = replace(failure, source="" if known.rework.keep_data else source_of(known.entry, failure.task))
    if people.report_manager not in people.people:
        people = _people_on_record(place) or people
    if people.report_manager not in people.people:
        log.error("%s names no report manager who could be notified.", place.report_list)
        return
    try:
        notify_failure(failure, people, place, now)
    except DeliveryError as error:
        log.error("The report manager could not be notified: %s", error)
    except (ItssError, SQLAlchemyError, OSError) as error:
        log.error("The notice could not be put on record, and is mailed without: %s", error)
        try:
            mail_unrecorded(failure, people, place, now)
        except DeliveryError as unsent:
            log.error("The report manager could not be notified: %s", unsent)


def _people_on_record(place: Settings) -> ReportList | None:
    """The people with whom a report was opened last: a list that cannot be read must not silence its own alarm."""
    from itss.watch.list_and_record import opened_with

    try:
        found = opened_with(Register(place.register_url).newest_opening())
    except (ItssError, SQLAlchemyError, OSError) as error:
        log.error("The record names no people either: %s", error)
        return None
    return found[1] if found else None
