"""Notifying the report manager of failures: one mail a day for one cause, however many tasks and reports it fails.

What decides that a cause (`itss.notices.causes`) was mailed is its notice in the register: planned and begun in
transactions of their own, so of many workers at the same moment one sends; what could not be sent, the watch sends
(`itss.notices.unsent_failures`). Surprise: where the register itself does not answer, each failure is mailed: silence
would be worse.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from itss import links
from itss.delivery.mail import DOMAIN, Mail
from itss.errors import DeliveryError, RegisterError, RegisterUnreachableError
from itss.notices.causes import Cause, Failure, cause_of, sharing
from itss.notices.failed_mail import failed_mail
from itss.notices.remedies import remedy
from itss.ref import Ref
from itss.register import Notice, Register
from itss.report_list.models import ReportList
from itss.report_list.person import Person
from itss.settings import Settings
from itss.text import Text

log = logging.getLogger(__name__)

KIND = "failed"
_LEFT_ALONE = dt.timedelta(minutes=10)
"""After so long a mail that was begun, and has no receipt, is sent once more."""


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
    plan(said, notice_of(cause, manager, mail, now), register)
    return send_once(mail, register, place, now)


def plan(said: Said, notice: Notice, register: Register) -> None:
    """Put the notice of a cause, and what its mail says, on record."""
    document = said.document(is_reason_on_record=said.ref is not None and said.line in reasons(register, said.ref))
    try:
        register.plan_failure(notice, document)
    except RegisterUnreachableError:
        raise
    except RegisterError:  # PostgreSQL: of two who plan it at the same moment one is refused by the unique key
        log.info("Another process has just planned the same notice")
        register.plan_failure(notice, document)


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
        affected=[f"{one.title.zh} {one.title.en} ({one.key})" for one in sharing(said.cause, people)],
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
