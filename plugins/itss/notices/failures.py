"""Notifying the report manager of failures: one mail a day for one cause, however many tasks and reports it fails.

A cause is a source and what is wrong with it, for all reports that use it; register, archive or Airflow's API for all;
else one run and one kind of error. What decides that a cause was mailed is its notice in the register: planned and
begun in transactions of their own, so of many workers at the same moment one sends; what could not be sent, the watch
sends (`itss.notices.unsent_failures`). Surprise: where the register itself does not answer, each failure is mailed:
silence would be worse.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
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
from itss.text import Text

log = logging.getLogger(__name__)

KIND = "failed"
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
    """``report``, ``period`` and ``about`` are the key of its notice; ``name`` is what several reports share of it."""

    report: str
    period: str
    about: str
    name: str = ""


@dataclass(frozen=True)
class Said:
    """What the mail about a failure says, without the class of what was raised: it can be kept on record."""

    dag: str
    task: str
    reason: str
    remedy: Text
    run: str
    ref: Ref | None
    cause: str
    """As `Cause.name`."""

    @property
    def line(self) -> str:
        """As the failure is on record of its revision."""
        return line_of(self.task, self.reason)

    def document(self, *, is_reason_on_record: bool) -> dict[str, Any]:
        """As it is kept; its reason may be on record of the revision already, and goes with it when that is removed."""
        reason = "" if is_reason_on_record else self.reason
        return {**vars(self), "reason": reason, "remedy": self.remedy.model_dump(by_alias=True)}

    @classmethod
    def read(cls, document: Mapping[str, Any]) -> Said:
        """What was kept; the reason is empty where it is on record of the revision."""
        ref = document["ref"]
        known = {"remedy": Text.model_validate(document["remedy"]), "ref": Ref(*ref) if ref else None}
        return cls(**{**document, **known})


def line_of(task: str, reason: str) -> str:
    """A failure as it is on record of its revision."""
    return f"{task}: {reason}"


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
        return Cause(_EVERY_REPORT, "", _short(f"{day} {failure.source}"), failure.source)
    if isinstance(failure.error, (RegisterUnreachableError, ArchiveUnreachableError)) or failure.is_api:
        return Cause(_EVERY_REPORT, "", day, failure.kind)
    if not failure.run:
        return Cause(failure.dag, "", day)
    # those that work side by side fail of one cause; of the others each is a matter of its own
    own = "" if failure.task.startswith(("collect_", "wait_")) else f" {failure.task}"
    run = hashlib.sha256(failure.run.encode()).hexdigest()[:12]
    return Cause(failure.dag, failure.ref.period if failure.ref else "", _short(f"{day}{own} {run}"))


def notify_failure(failure: Failure, people: ReportList, place: Settings, now: dt.datetime) -> list[str]:
    """Notify the report manager, unless the cause was mailed today; the addresses mailed now.

    What could not be sent is kept on record, and tried with the cause's next failure and by every run of the watch.
    Raises what keeps it off the record (`RegisterError`) or from being sent (`DeliveryError`).
    """
    manager, cause = people.people[people.report_manager], cause_of(failure, people, now)
    said = _said(failure, cause)
    mail = mail_of(said, cause, people, place)
    register = Register(place.register_url)
    register.upgrade()
    is_on_record = said.ref is not None and said.line in reasons(register, said.ref)
    try:
        register.plan_failure(notice_of(cause, manager, mail, now), said.document(is_reason_on_record=is_on_record))
    except RegisterUnreachableError:
        raise
    except RegisterError:  # PostgreSQL: of two who plan it at the same moment one is refused by the unique key
        log.info("Another process has just planned the same notice")
    return send_once(mail, register, place, now)


def mail_unrecorded(failure: Failure, people: ReportList, place: Settings, now: dt.datetime) -> None:
    """Mail a failure whose notice cannot be put on record; `DeliveryError` if that fails, too."""
    from itss.delivery.smtp import send

    cause = cause_of(failure, people, now)
    send(mail_of(_said(failure, cause), cause, people, place), place.smtp_connection)


def send_once(mail: Mail, register: Register, place: Settings, now: dt.datetime) -> list[str]:
    """Send the planned mail of a cause unless it has got out, or another process is at it; the addresses mailed now."""
    from itss.notices.notifying import PATIENCE, send

    _give_up_begun(register, mail.message_id, now)
    if _is_under_way(register, mail.message_id):
        log.info("The report manager is notified of this cause already: %s", mail.subject)
        return []
    try:
        return send([mail], register, place.smtp_connection, now, PATIENCE)
    except DeliveryError:
        if _is_under_way(register, mail.message_id):
            return []
        raise


def mail_of(said: Said, cause: Cause, people: ReportList, place: Settings) -> Mail:
    """The mail about a cause to the report manager, in the words of one of its failures."""
    ref, manager = said.ref, people.people[people.report_manager]
    who = hashlib.sha256("\n".join([manager.email.lower(), cause.report, cause.period, cause.about]).encode())
    return failed_mail(
        said.dag,
        {"period": ref.period, "revision": ref.number} if ref else None,
        manager,
        said.task,
        said.reason,
        message_id=f"<{cause.report}.failed.{who.hexdigest()[:32]}@{DOMAIN}>",
        remedy=said.remedy,
        source=said.cause,
        affected=[f"{one.title.zh} {one.title.en} ({one.key})" for one in _sharing(said.cause, people)],
        run_url=place.ui_url + links.run_path(said.dag, said.run),
        page_url=place.ui_url + links.revision_path(ref) if ref else "",
    )


def notice_of(cause: Cause, manager: Person, mail: Mail, now: dt.datetime) -> Notice:
    """The notice of a cause, to be planned."""
    return Notice(cause.report, cause.period, KIND, cause.about, manager.title.zh, manager.email, mail.message_id, now)


def reasons(register: Register, ref: Ref) -> list[str]:
    """Why a revision failed, each time, as it is on record."""
    return [str(one.details.get("reason", "")) for one in register.events(ref) if one.what == "failed"]


def _said(failure: Failure, cause: Cause) -> Said:
    words, ref = remedy(failure.error), failure.ref
    return Said(failure.dag, failure.task, failure.reason, words, failure.run, ref, cause.name)


def _give_up_begun(register: Register, message_id: str, now: dt.datetime) -> None:
    """Of a failure silence would be worse than a second mail: whoever began it long ago was killed."""
    for one in register.notices(message_ids=[message_id]):
        if one.status == "sending" and one.at < now - _LEFT_ALONE:
            register.record_notice(message_id, "deferred", "how it ended is not known: sent once more", now)


def _is_under_way(register: Register, message_id: str) -> bool:
    """Whether the mail was accepted, or another process is at it."""
    return any(one.status in ("accepted", "sending") for one in register.notices(message_ids=[message_id]))


def _sharing(cause: str, people: ReportList) -> tuple[Entry, ...]:
    """The reports that share a cause: those that use a source, or all."""
    if not cause.startswith(("connection ", "file ")):
        return people.reports if cause else ()
    return tuple(one for one in people.reports if any(source_of(one, process) == cause for process in one.data_source))


def _short(about: str) -> str:
    """Cut to what the column takes, and still a key."""
    if len(about) <= _ABOUT:
        return about
    return f"{about[: _ABOUT - 13]} {hashlib.sha256(about.encode()).hexdigest()[:12]}"
