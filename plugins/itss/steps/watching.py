"""What should have happened and did not: looked for often, each person notified once.

May be called at any time and by several at once: who was notified is in the register.
"""

from __future__ import annotations

import datetime as dt
import logging
import re
from collections.abc import Collection, Sequence
from functools import partial

from itss.airflow_rest import Rest, has_service_user
from itss.archive.store import open_store
from itss.errors import ConfigurationError, DeliveryError, ItssError, RegisterError
from itss.monitoring.emitting import emit
from itss.monitoring.series import Sample, sample
from itss.notices import asked, notifying, proposals, unsent_failures
from itss.notices.notifying import PATIENCE
from itss.notices.watch_mails import watch_mail
from itss.ref import KEY
from itss.register import Register
from itss.report_list.loader import Loaded, current, load_accepted
from itss.running_airflow import unknown_users
from itss.settings import Settings, settings
from itss.steps.to_open import note_renamed
from itss.watch.airflow_asked import ask
from itss.watch.airflow_here import Here, here
from itss.watch.airflow_matters import airflow_matters, silent, user_matter
from itss.watch.blind import UNSENT, unsent_matters
from itss.watch.gauges import failed, gauges
from itss.watch.gone_runs import RUN_GONE, AskRun, gone_matters
from itss.watch.list_and_record import notes
from itss.watch.matter import KINDS, OF_AIRFLOW, Addressed, Kind, Matter
from itss.watch.matters import matters

log = logging.getLogger(__name__)

_ITSELF = "report_watch"
_BY_DAG, BY_COMMAND = "dag", "command"


def look(place: Settings, now: dt.datetime) -> list[Matter]:
    """What somebody is to be notified of by now, notified already or not; the late ones are overdue or missing."""
    loaded, register = opened(place)
    return matters(loaded, register, now, place.since, lambda: _has_archive(place))


def look_at_airflow(
    place: Settings, now: dt.datetime, url: str = "", *, runs: bool = True
) -> tuple[list[Matter], ConfigurationError | None]:
    """What is not in a running Airflow as the list says; that it could not be asked is a matter, too, and returned.

    Without ``runs`` where they are asked about otherwise (`watch_runs`), so that one thing has one answer.
    """
    loaded, register = opened(place)
    wanted = here(loaded.list, frozenset(ref.report for ref, _ in register.living()), place, now)
    try:
        seen = ask(Rest(url or place.airflow_url), wanted)
    except ConfigurationError as error:
        return [silent(wanted, error)], error
    gone = gone_matters(loaded.list, register, seen.state_of) if runs else ()
    return [*airflow_matters(wanted, seen), *_unknown_users(wanted, url or place.airflow_url), *gone], None


def _unknown_users(wanted: Here, url: str) -> list[Matter]:
    """Approvers who cannot sign in, before they are asked."""
    try:
        names = unknown_users(wanted.people, url)
    except ConfigurationError as error:  # who asks may see less than every report: the deadline of the answer remains
        log.warning("Whether Airflow knows the users of the list is not known: %s", error.what)
        return []
    return [user_matter(wanted, names)] if names else []


def _has_archive(place: Settings) -> bool:
    """Whether any report was ever sealed into the archive of the settings."""
    archive = open_store(place.archive_url)
    # by its name: a disk of its own has a `lost+found`
    return archive.exists() and any(re.fullmatch(KEY, one.name) and one.is_dir() for one in archive.iterdir())


def metrics(
    place: Settings, found: Sequence[Matter], now: dt.datetime, unasked: Collection[Kind] = OF_AIRFLOW
) -> list[Sample]:
    """What was ``found`` as numbers, for the command."""
    loaded, register = opened(place)
    return list(gauges(loaded.list, register, found, now, by=BY_COMMAND, unasked=unasked, since=place.since))


def notes_on(place: Settings) -> list[str]:
    """What is open as it was opened while the list has changed since: to be known, not to be notified of."""
    return list(notes(*opened(place)))


def notify_all(
    place: Settings, found: Sequence[Matter], now: dt.datetime, *, unasked: Collection[Kind] = OF_AIRFLOW
) -> list[str]:
    """Notify everybody of ``found`` who was not notified yet; the addresses mailed now.

    What was to be said, and could not be sent, is over where ``found`` has it no more, unless nobody has asked about
    that kind (``unasked``). `DeliveryError` names whoever was not reached.
    """
    register, people = Register(place.register_url), load_accepted(place.report_list)
    mailed: list[str] = []
    problems: list[str] = []
    try:
        mailed += asked.repeat(people, register, place, now, PATIENCE)
    except DeliveryError as error:
        problems.append(error.what)
    notifying.report_channels((), register, place.smtp_connection, now)
    sending = (register, place.smtp_connection, now, PATIENCE)
    for kind in KINDS[:-1]:
        wanted = [Addressed(person, matter) for matter in found if matter.kind == kind for person in matter.people]
        write = partial(watch_mail, kind, place)
        try:
            mailed += notifying.notify(kind, wanted, write, *sending, is_all=kind not in unasked)
        except DeliveryError as error:  # who waits for the next kind must not wait for this one
            problems.append(error.what)
    try:  # that the watch itself failed is over once it has reached everybody
        mailed += unsent_failures.repeat(people, register, place, now, () if problems else (_ITSELF,))
    except DeliveryError as error:
        problems.append(error.what)
    try:  # last: what gets out now is none of it any more
        still = unsent_matters(people, register, now) if any(one.kind == UNSENT for one in found) else ()
        left = [Addressed(person, matter) for matter in still for person in matter.people]
        mailed += notifying.notify(UNSENT, left, partial(watch_mail, UNSENT, place), *sending)
    except DeliveryError as error:
        problems.append(error.what)
    if problems:
        raise DeliveryError("\n".join(problems), "Correct the cause: the next run notifies whoever was not.")
    return mailed


def watch(now: dt.datetime) -> list[str]:
    """What the DAG does: log every matter, and notify; the addresses mailed now.

    Airflow is asked where there is a service user for it. One that does not answer fails the task, which is tried
    again: the report manager is notified if it stays so.
    """
    try:
        place = settings()
        log.info("By the list %s", place.report_list)
        found = look(place, now)
    except ItssError as failure:
        emit(failed(_BY_DAG, failure))
        raise
    is_asked, error = has_service_user(), None
    if is_asked:
        of_airflow, error = look_at_airflow(place, now, runs=False)
        found += of_airflow if error is None else []
    for matter in found:
        log.warning(matter.line)
    unasked = {RUN_GONE} if is_asked and error is None else OF_AIRFLOW
    try:
        mailed = notify_all(place, found, now, unasked=unasked)
    finally:  # who waits for word of a proposal must not wait for an address of the others
        loaded, register = opened(place)
        emit(gauges(loaded.list, register, found, now, by=_BY_DAG, unasked=unasked, since=place.since))
        of_proposals = proposals.notify(loaded.list, register, place, now, PATIENCE)
    if error is not None:
        raise error
    return [*mailed, *of_proposals]


def watch_runs(ask_run: AskRun, now: dt.datetime) -> list[str]:
    """Notify of open revisions whose run is gone, as Airflow says; the addresses mailed now."""
    place = settings()
    loaded, register = opened(place)
    found = list(gone_matters(loaded.list, register, ask_run))
    emit([sample("matters", len(found), kind=RUN_GONE)])
    for matter in found:
        log.warning(matter.line)
    wanted = [Addressed(person, matter) for matter in found for person in matter.people]
    write = partial(watch_mail, RUN_GONE, place)
    return notifying.notify(RUN_GONE, wanted, write, register, place.smtp_connection, now, PATIENCE)


def opened(place: Settings) -> tuple[Loaded, Register]:
    """List and register; `ConfigurationError` when the list has no valid entry, so that nothing can be watched."""
    loaded = current(place.report_list)
    if not loaded.list.reports:
        raise ConfigurationError(f"{place.report_list} has no valid entry.", "Correct it: python -m itss check.")
    register = Register(place.register_url)
    register.upgrade()
    try:
        note_renamed(register, loaded.list)
    except RegisterError as error:  # the check says it at its line; whatever else is in the list is watched
        log.error("%s", error)
    return loaded, register
