"""Receipts: one per mail, written before and after it is sent, so that nobody gets it twice or is forgotten.

Refuses to begin a mail that was accepted, or that may have been: one found ``sending`` was cut off between the
server's answer and its receipt, and only a person can tell which.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from itss.errors import RegisterError
from itss.ref import Ref
from itss.register import notices as planned
from itss.register.desk import Desk
from itss.register.life import advance, rank
from itss.register.queries import ref_of
from itss.register.records import REVIEW, Asked, Delivery, DeliveryStatus, Notice
from itss.register.schema import DeliveryRow, RevisionRow

_STATUSES: dict[str, DeliveryStatus] = {
    "planned": "planned",
    "sending": "sending",
    "accepted": "accepted",
    "refused": "refused",
    "deferred": "deferred",
    "waived": "waived",
}
SETTLED: tuple[DeliveryStatus, ...] = ("accepted", "waived")
"""Nothing is owed any more."""


def plan(desk: Desk, row: RevisionRow, mails: Iterable[tuple[str, str, str]], at: dt.datetime) -> None:
    """Write down everybody the release goes to (recipient, address, message id), before the first mail leaves.

    Whoever was planned earlier, got nothing and is no recipient any more is excused.
    """
    _refuse_unreleased(row)
    wanted: dict[str, tuple[str, str]] = {}
    for recipient, address, message_id in mails:
        wanted.setdefault(message_id, (recipient, address))
    known = {item.message_id: item for item in _rows(desk.session, row)}
    for message_id, (recipient, address) in wanted.items():
        if message_id not in known:
            desk.session.add(_new(row, recipient, address, message_id, "planned", at))
            desk.log(row, "delivery", status="planned", address=address, message_id=message_id)
    for message_id, item in known.items():
        if message_id not in wanted and item.status not in (*SETTLED, "sending"):
            item.status, item.answer = "waived", "no recipient any more"
            desk.log(row, "delivery", status="waived", address=item.address, message_id=message_id)


def record_delivery(
    desk: Desk,
    row: RevisionRow,
    recipient: str,
    address: str,
    status: DeliveryStatus,
    answer: str,
    message_id: str,
    at: dt.datetime,
) -> None:
    """Write a receipt: ``sending`` before a mail leaves, the server's answer after.

    Refuses ``sending`` for a mail that was accepted, or whose end is not known.
    """
    _refuse_unreleased(row)
    if status not in _STATUSES:
        raise RegisterError(f"'{status}' is no state of a delivery.", f"It is one of {', '.join(_STATUSES)}.")
    receipt = desk.session.scalars(
        select(DeliveryRow).where(DeliveryRow.revision_id == row.id, DeliveryRow.message_id == message_id)
    ).one_or_none()
    if receipt is None:
        receipt = _new(row, recipient, address, message_id, "planned", at)
        desk.session.add(receipt)
    elif receipt.status == "accepted":
        if status == "accepted":
            return
        raise RegisterError(f"{ref_of(row)}: {address} has it already ({receipt.answer}).", "Send nothing.")
    elif receipt.status == status == "sending":
        raise RegisterError(
            f"{ref_of(row)}: a mail to {address} was begun at {receipt.at:%Y-%m-%d %H:%M:%S} UTC "
            "and how it ended is not known.",
            how_to_decide(ref_of(row), receipt.address, receipt.message_id),
        )
    receipt.status, receipt.answer, receipt.at = status, answer, at
    receipt.attempts += status == "sending"
    desk.log(row, "delivery", address=address, status=status, answer=answer, message_id=message_id)


def deliveries(session: Session, row: RevisionRow) -> list[Delivery]:
    """All receipts, in the order they were planned."""
    return [
        Delivery(
            recipient=item.recipient,
            address=item.address,
            status=_STATUSES[item.status],
            answer=item.answer,
            message_id=item.message_id,
            attempts=item.attempts,
            at=item.at,
        )
        for item in _rows(session, row)
    ]


def resend(desk: Desk, row: RevisionRow, addresses: Mapping[str, str], only: str | None, who: str) -> None:
    """Note that ``who`` has what is missing sent again, to corrected ``addresses`` by key of a person."""
    desk.log(row, "resent", who=who, addresses=dict(addresses), only=only or "")


def delivered(
    desk: Desk,
    row: RevisionRow,
    now: dt.datetime | None = None,  # noqa: ARG001
    notices: Iterable[Notice] = (),
) -> None:
    """Everybody planned has it; the instant is the last server's answer, not the moment ``now`` somebody noticed.

    ``notices`` for those who are asked for the minutes of its review are planned in the same transaction.
    """
    receipts = _rows(desk.session, row)
    lacking = [f"{item.address} ({item.status}: {item.answer})" for item in receipts if item.status not in SETTLED]
    accepted = [item.at for item in receipts if item.status == "accepted"]
    if lacking or not accepted:
        raise RegisterError(
            f"{ref_of(row)} has not reached {', '.join(lacking) or 'anybody'}.", "Deliver it to them first."
        )
    if rank(row.reached) < rank("delivered"):  # first: what a transaction changes is said by its last line
        planned.plan_about(desk, Asked(ref_of(row), REVIEW, max(accepted)), notices)
    if advance(desk, row, "delivered", after="released"):
        row.delivered_at = max(accepted)


def how_to_decide(ref: Ref, address: str, message_id: str) -> str:
    """What a person does about a mail whose end is not known."""
    report, period, number = ref
    return (
        f"Look for Message-ID {message_id} in the mail server's log, then: python -m itss.register delivery "
        f"{report} {period} {number} {address} accepted (or deferred: it is sent again), and clear the task."
    )


def _refuse_unreleased(row: RevisionRow) -> None:
    # sealed is not enough: what a backfill made for the archive was never released
    if rank(row.reached) < rank("released") or row.released_at is None:
        raise RegisterError(f"{ref_of(row)} is {row.reached}; nothing of it may leave.", "Release it first.")


def _rows(session: Session, row: RevisionRow) -> list[DeliveryRow]:
    found = select(DeliveryRow).where(DeliveryRow.revision_id == row.id).order_by(DeliveryRow.id)
    return list(session.scalars(found))


def _new(
    row: RevisionRow, recipient: str, address: str, message_id: str, status: DeliveryStatus, at: dt.datetime
) -> DeliveryRow:
    return DeliveryRow(
        revision_id=row.id,
        message_id=message_id,
        recipient=recipient,
        address=address,
        status=status,
        answer="",
        attempts=0,
        at=at,
    )
