"""Notifying the report manager of failures: one mail a day for one cause, however many tasks and reports it fails.

A cause is a source and what is wrong with it, for all reports that use it; register, archive or Airflow's API for all;
else one run and one kind of error. What decides that a cause was mailed is its notice in the register: planned and
begun in transactions of their own, so of many workers at the same moment one sends. Surprise: where the register itself
does not answer, each failure is mailed: silence would be worse.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import logging
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from itss import links
from itss.delivery.mail import DOMAIN, Mail
from itss.errors import ArchiveUnreachableError, DeliveryError, RegisterError, RegisterUnreachableError, SourceError
from itss.notices.failed_mail import failed_mail
from itss.notices.remedies import KILLED, remedy
from itss.ref import Ref
from itss.register import Notice, Register
from itss.report_list.models import Entry, Person, ReportList
from itss.settings import Settings

log = logging.getLogger(__name__)

KIND = "failed"
PATIENCE = dt.timedelta(hours=20)
"""An address that the mail server refused is tried again once a day."""
_EVERY_REPORT = "report_list"
"""In place of a report, where a cause concerns several: as the watch does of the list."""
_ABOUT = 120
_KILLED = "Its process was killed before it could say why, and no try is left."
_LEFT_ALONE = dt.timedelta(minutes=10)
"""After so long a mail that was begun, and has no receipt, is sent once more."""


@dataclass(frozen=True)
class Failure:
    """That ``task`` of ``dag`` failed for good: ``error`` was raised, or (``None``) its process was killed.

    ``run`` is empty for a DAG of the product itself, which fails in every run alike; ``ref`` is known once a revision
    was opened; ``source`` is what its task collects from, where others may use it too.
    """

    dag: str
    task: str
    error: BaseException | None
    run: str = ""
    ref: Ref | None = None
    source: str = ""

    @property
    def kind(self) -> str:
        """The class of what was raised."""
        return type(self.error).__name__ if self.error is not None else KILLED

    @property
    def is_api(self) -> bool:
        """Whether Airflow's own API did not answer; its class is Airflow's, whom this room does not know."""
        return self.kind == "AirflowRuntimeError" and str(self.error).startswith("API_SERVER_ERROR")

    @property
    def reason(self) -> str:
        """What happened, in its own words."""
        return _KILLED if self.error is None else str(self.error) or self.kind


@dataclass(frozen=True)
class Cause:
    """``report``, ``period`` and ``about`` are the key of its notice; ``affected`` are the reports that share it."""

    report: str
    period: str
    about: str
    affected: tuple[Entry, ...] = ()


def source_of(entry: Entry, task: str) -> str:
    """What a task collects from, if another report may use it too; a hand-in is one report's own."""
    source = entry.data_source.get(task.removeprefix("collect_"))
    if source is None or source.hand_in:
        return ""
    return f"connection {source.connection}" if source.connection else f"file {source.file}" if source.file else ""


def cause_of(failure: Failure, people: ReportList, now: dt.datetime) -> Cause:
    """What failed, as one and the same all day; a day is one of the zone of the list's first report."""
    zone = people.reports[0].period.timezone if people.reports else "UTC"
    day = f"{now.astimezone(ZoneInfo(zone)):%Y-%m-%d} {failure.kind}"
    if isinstance(failure.error, SourceError) and failure.source:
        using = tuple(one for one in people.reports if _uses(one, failure.source))
        return Cause(_EVERY_REPORT, "", _short(f"{day} {failure.source}"), using)
    if isinstance(failure.error, (RegisterUnreachableError, ArchiveUnreachableError)) or failure.is_api:
        return Cause(_EVERY_REPORT, "", day, people.reports)
    if not failure.run:
        return Cause(failure.dag, "", day)
    # those that work side by side fail of one cause; of the others each is a matter of its own
    own = "" if failure.task.startswith(("collect_", "wait_")) else f" {failure.task}"
    run = hashlib.sha256(failure.run.encode()).hexdigest()[:12]
    return Cause(failure.dag, failure.ref.period if failure.ref else "", _short(f"{day}{own} {run}"))


def notify_failure(failure: Failure, people: ReportList, place: Settings, now: dt.datetime) -> list[str]:
    """Notify the report manager, unless the cause was mailed today; the addresses mailed now.

    What could not be sent is tried with the cause's next failure. Raises what keeps it off the record (`RegisterError`)
    or from being sent (`DeliveryError`).
    """
    from itss.notices.notifying import send

    manager, cause = people.people[people.report_manager], cause_of(failure, people, now)
    mail = _mail(failure, cause, manager, place)
    register = Register(place.register_url)
    register.upgrade()
    who = manager.title.zh
    notice = Notice(cause.report, cause.period, KIND, cause.about, who, manager.email, mail.message_id, now)
    try:
        register.plan_notices([notice])
    except RegisterUnreachableError:
        raise
    except RegisterError:  # PostgreSQL: of two who plan it at the same moment one is refused by the unique key
        log.info("Another process has just planned the same notice")
    _give_up_begun(register, mail.message_id, now)
    if _is_under_way(register, mail.message_id):
        log.info("The report manager is notified of this cause already: %s", cause.about)
        return []
    try:
        return send([mail], register, place.smtp_connection, now, PATIENCE)
    except DeliveryError:
        if _is_under_way(register, mail.message_id):
            return []
        raise


def mail_unrecorded(failure: Failure, people: ReportList, place: Settings, now: dt.datetime) -> None:
    """Mail a failure whose notice cannot be put on record; `DeliveryError` if that fails, too."""
    from itss.delivery.smtp import send

    send(
        _mail(failure, cause_of(failure, people, now), people.people[people.report_manager], place),
        place.smtp_connection,
    )


def _mail(failure: Failure, cause: Cause, manager: Person, place: Settings) -> Mail:
    ref = failure.ref
    who = hashlib.sha256("\n".join([manager.email.lower(), cause.report, cause.period, cause.about]).encode())
    return failed_mail(
        failure.dag,
        {"period": ref.period, "revision": ref.number} if ref else None,
        manager,
        failure.task,
        failure.reason,
        message_id=f"<{cause.report}.failed.{who.hexdigest()[:32]}@{DOMAIN}>",
        remedy=remedy(failure.error),
        source=(failure.source or failure.kind) if cause.affected else "",
        affected=[f"{one.title.zh} {one.title.en} ({one.key})" for one in cause.affected],
        run_url=place.ui_url + links.run_path(failure.dag, failure.run),
        page_url=place.ui_url + links.revision_path(ref) if ref else "",
    )


def _give_up_begun(register: Register, message_id: str, now: dt.datetime) -> None:
    """Of a failure silence would be worse than a second mail: whoever began it long ago was killed."""
    for one in register.notices(message_ids=[message_id]):
        if one.status == "sending" and one.at < now - _LEFT_ALONE:
            register.record_notice(message_id, "deferred", "how it ended is not known: sent once more", now)


def _is_under_way(register: Register, message_id: str) -> bool:
    """Whether the mail was accepted, or another process is at it."""
    return any(one.status in ("accepted", "sending") for one in register.notices(message_ids=[message_id]))


def _uses(entry: Entry, source: str) -> bool:
    return any(source_of(entry, process) == source for process in entry.data_source)


def _short(about: str) -> str:
    """Cut to what the column takes, and still a key."""
    if len(about) <= _ABOUT:
        return about
    return f"{about[: _ABOUT - 13]} {hashlib.sha256(about.encode()).hexdigest()[:12]}"
