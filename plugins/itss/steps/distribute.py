"""Step 6 公布、分发: the released report to everybody it goes to, and what failed once more, by command.

Refuses what was not released. Its one surprise: a person whose address was corrected in the list after the approval
gets the mail there, but only by the command, which puts the new address on record; a list edited behind the
approvers' backs changes nothing by itself.
"""

from __future__ import annotations

import datetime as dt
import logging
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from itss.archive.statement import Statement
from itss.delivery.mail import RELEASED
from itss.errors import DeliveryError, RegisterError
from itss.register import Delivery, Register, Revision
from itss.register.deliveries import SETTLED
from itss.register.records import REVIEW
from itss.report_list.loader import load
from itss.settings import settings
from itss.steps.after_restore import refuse_unconfirmed
from itss.steps.job import Job
from itss.steps.opened import signed
from itss.steps.releasing import released_folder

log = logging.getLogger(__name__)

if TYPE_CHECKING:
    from itss.delivery.folder import Copy
    from itss.delivery.mail import Mail


@dataclass(frozen=True)
class Resent:
    """Where a revision stands after the failed ones were sent again: every receipt, and those sent by this call."""

    revision: Revision
    receipts: tuple[Delivery, ...]
    sent: tuple[str, ...]


def deliver(job: dict[str, Any]) -> dict[str, Any]:
    """One mail and one receipt per recipient, one copy in the shared folder; whoever has theirs gets no second."""
    opened, register, statement = signed(job)
    _serve(opened, register, statement)
    _delivered(opened, register)
    receipts = register.deliveries(opened.ref)
    accepted = [one.address for one in receipts if one.status == "accepted"]
    log.info("%s delivered: %d of %d recipients have it", opened.ref, len(accepted), len(receipts))
    return {"accepted": accepted}


def _delivered(opened: Job, register: Register) -> None:
    """Note that everybody has it; those who are asked for the minutes of its review, where it has one, are notified."""
    from itss.notices import asked

    people, ref = opened.people, opened.ref
    is_reviewed = opened.entry.review
    notices = asked.plan(ref, REVIEW, people, register, dt.datetime.now(dt.UTC)) if is_reviewed else []
    register.delivered(ref, notices=notices)
    if is_reviewed:
        asked.send(ref, REVIEW, people, register)


def resend(report: str, period: str, number: int | None, only: str | None, who: str) -> Resent:
    """Send to those who have not got it (``only``: at this address), the same bytes under the same message ids.

    Works without the run. `RegisterError` for a revision that was not released or is closed otherwise,
    `DeliveryError` naming whoever has not got it even now.
    """
    register = Register(settings().register_url)
    revision = _released(register, report, period, number)
    receipts = tuple(register.deliveries(revision.ref))
    is_served = bool(receipts) and all(one.status in SETTLED for one in receipts)
    if revision.reached in ("delivered", "sealed") and is_served:  # nothing is owed, and nothing is put on record
        return Resent(revision, receipts, ())
    opened, _, statement = signed({"report": revision.report, "period": period, "revision": revision.number})
    corrected = _corrected(opened, register, statement)
    mails, copy = _post(opened, register, statement, corrected)
    known = [*(mail.address for mail in mails), *([copy.address] if copy else [])]
    if only not in (None, *known):
        raise DeliveryError(f"Nothing of this report goes to {only}.", f"Name one of: {', '.join(known)}.")
    register.resend(revision.ref, corrected, only, who)
    before = {one.message_id for one in register.deliveries(revision.ref) if one.status in SETTLED}
    _serve(opened, register, statement, only)
    receipts = tuple(register.deliveries(revision.ref))
    if all(one.status in SETTLED for one in receipts):
        _delivered(opened, register)
    sent = tuple(one.address for one in receipts if one.status == "accepted" and one.message_id not in before)
    return Resent(register.revision(revision.ref), receipts, sent)


def _serve(opened: Job, register: Register, statement: Statement, only: str | None = None) -> None:
    from itss.delivery.serving import deliver as serve

    refuse_unconfirmed(register, opened.ref.report, opened.period)
    mails, copy = _post(opened, register, statement, register.addresses(opened.ref))
    serve(register, opened.ref, mails, settings().smtp_connection, copy, only)


def _post(
    opened: Job, register: Register, statement: Statement, addresses: dict[str, str]
) -> tuple[list[Mail], Copy | None]:
    """The mail to each recipient and the copy for the shared folder, as they were signed and filled in at release."""
    from itss.delivery.folder import Copy
    from itss.delivery.mail import Attachment, Mail, message_id

    folder = released_folder(opened, register)

    def attached(files: list[dict[str, str]]) -> tuple[Attachment, ...]:
        return tuple(Attachment(one["name"], one["file"], partial(folder.read, one["file"])) for one in files)

    mails = []
    for key, mail in statement.carried["mails"].items():
        address = addresses.get(key, mail["address"])
        is_corrected = address.lower() != mail["address"].lower()
        mails.append(
            Mail(
                kind="report",
                recipient=mail["recipient"],
                address=address,
                language=mail["language"],
                subject=mail["subject"],
                html=folder.read(f"{RELEASED}/{mail['file']}").decode(),
                message_id=message_id(opened.ref, address) if is_corrected else mail["message_id"],
                attachments=attached(mail["attachments"]),
                reply_to=statement.carried["author"]["address"],
            )
        )
    copy = statement.carried["copy"]
    return mails, copy and Copy(
        copy["recipient"], copy["url"], opened.ref[:2], copy["message_id"], attached(copy["attachments"])
    )


def _released(register: Register, report: str, period: str, number: int | None) -> Revision:
    """The revision that was asked for, else the newest that was released."""
    found = register.revisions(report, period)
    asked = [one for one in found if number in (None, one.number)]
    out = [one for one in asked if one.released_at is not None and one.reached not in ("superseded", "returned")]
    if not out:
        which = f"Revision {number} of {report} {period}" if number else f"{report} {period}"
        states = ", ".join(f"r{one.number} is {one.reached}" for one in found) or "nothing is on record"
        raise RegisterError(
            f"{which} was not released ({states}); nothing of it may leave.",
            "Have it approved, or name a released one: python -m itss.register list " + f"{report} {period}.",
        )
    return out[-1]


def _corrected(opened: Job, register: Register, statement: Statement) -> dict[str, str]:
    """Addresses by key of a person: those corrected before, and those that the list has corrected since.

    Somebody whose mail arrived, may have arrived, or is not owed any more keeps the address it went to.
    """
    from itss.delivery.mail import message_id

    addresses = register.addresses(opened.ref)
    gone = {one.message_id for one in register.deliveries(opened.ref) if one.status in (*SETTLED, "sending")}
    listed = load(settings().report_list).list.people
    for key, mail in statement.carried["mails"].items():
        before = addresses.get(key, mail["address"])
        now = listed[key].email if key in listed else before
        if now.lower() != before.lower() and message_id(opened.ref, before) not in gone:
            addresses[key] = now
    return addresses
