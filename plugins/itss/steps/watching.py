"""What should have happened and did not: looked for often, each person notified once.

May be called at any time and by several at once: who was notified is in the register.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Sequence
from functools import partial

from itss.errors import ConfigurationError, DeliveryError, RegisterError
from itss.notices import asked, notifying, proposals, unsent_failures
from itss.notices.notifying import PATIENCE
from itss.notices.watch_mails import watch_mail
from itss.register import Register
from itss.report_list.loader import Loaded, load, load_accepted
from itss.settings import Settings, settings
from itss.steps.to_open import note_renamed
from itss.watch.list_and_record import notes
from itss.watch.matter import KINDS, Addressed, Matter
from itss.watch.matters import matters

log = logging.getLogger(__name__)

_ITSELF = "report_watch"


def look(place: Settings, now: dt.datetime) -> list[Matter]:
    """What somebody is to be notified of by now, notified already or not; the late ones are overdue or missing."""
    loaded, register = opened(place)
    return matters(loaded, register, now, place.since)


def notes_on(place: Settings) -> list[str]:
    """What is open as it was opened while the list has changed since: to be known, not to be notified of."""
    return list(notes(*opened(place)))


def notify_all(place: Settings, found: Sequence[Matter], now: dt.datetime) -> list[str]:
    """Notify everybody of ``found`` who was not notified yet; the addresses mailed now.

    `DeliveryError` names whoever was not reached.
    """
    register, people = Register(place.register_url), load_accepted(place.report_list)
    mailed: list[str] = []
    problems: list[str] = []
    try:
        mailed += asked.repeat(people, register, place, now, PATIENCE)
    except DeliveryError as error:
        problems.append(error.what)
    notifying.report_channels((), register, place.smtp_connection, now)
    for kind in KINDS:
        wanted = [Addressed(person, matter) for matter in found if matter.kind == kind for person in matter.people]
        write = partial(watch_mail, kind, place)
        try:
            mailed += notifying.notify(kind, wanted, write, register, place.smtp_connection, now, PATIENCE)
        except DeliveryError as error:  # who waits for the next kind must not wait for this one
            problems.append(error.what)
    try:  # last: that the watch itself failed is over once it has reached everybody
        mailed += unsent_failures.repeat(people, register, place, now, () if problems else (_ITSELF,))
    except DeliveryError as error:
        problems.append(error.what)
    if problems:
        raise DeliveryError("\n".join(problems), "Correct the cause: the next run notifies whoever was not.")
    return mailed


def watch(now: dt.datetime) -> list[str]:
    """What the DAG does: log every matter, and notify; the addresses mailed now."""
    place = settings()
    found = look(place, now)
    for matter in found:
        log.warning(matter.line)
    try:
        mailed = notify_all(place, found, now)
    finally:  # who waits for word of a proposal must not wait for an address of the others
        loaded, register = opened(place)
        of_proposals = proposals.notify(loaded.list, register, place, now, PATIENCE)
    return [*mailed, *of_proposals]


def opened(place: Settings) -> tuple[Loaded, Register]:
    """List and register; `ConfigurationError` when the list has no valid entry, so that nothing can be watched."""
    loaded = load(place.report_list)
    if not loaded.list.reports:
        raise ConfigurationError(f"{place.report_list} has no valid entry.", "Correct it: python -m itss check.")
    register = Register(place.register_url)
    register.upgrade()
    try:
        note_renamed(register, loaded.list)
    except RegisterError as error:  # the check says it at its line; whatever else is in the list is watched
        log.error("%s", error)
    return loaded, register
