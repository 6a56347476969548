"""Who was told of what: each person once of each thing, with the receipt of the mail that told him.

Refuses to begin a mail twice, like `itss.register.deliveries`: one found ``sending`` was cut off between the server's
answer and its receipt, and only a person can tell whether it arrived.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import cast

from sqlalchemy import select
from sqlalchemy.orm import Session

from itss.errors import RegisterError
from itss.register.records import DeliveryStatus, Notice
from itss.register.schema import NoticeRow

_SETTLED = ("accepted", "waived")


def plan(session: Session, notices: Iterable[Notice]) -> None:
    """Write down whom to tell of what; whoever is on record for it already stays as he is."""
    known = {_key(row) for row in session.scalars(select(NoticeRow))}
    for one in notices:
        row = NoticeRow(
            report=one.report,
            period=one.period,
            kind=one.kind,
            about=one.about,
            recipient=one.recipient,
            address=one.address,
            message_id=one.message_id,
            status="planned",
            answer="",
            attempts=0,
            at=one.at,
        )
        if _key(row) not in known:
            known.add(_key(row))
            session.add(row)


def record(session: Session, message_id: str, status: DeliveryStatus, answer: str, at: dt.datetime) -> None:
    """Write the receipt of one mail onto every notice that travels in it."""
    rows = _rows(session, message_id)
    if not rows:
        raise RegisterError(f"There is no notice {message_id}.", "Plan it first.")
    for row in rows:
        if row.status in _SETTLED and status != row.status:
            raise RegisterError(f"{row.address} has been told already ({row.answer}).", "Send nothing.")
        if row.status == status == "sending":
            raise RegisterError(
                f"A mail to {row.address} was begun at {row.at:%Y-%m-%d %H:%M:%S} UTC and how it ended is not known.",
                f"Look for Message-ID {message_id} in the mail server's log, then: python -m itss.register notice "
                f"'{message_id}' accepted (or deferred: it is sent again).",
            )
        row.status, row.answer, row.at = status, answer, at
        row.attempts += status == "sending"


def notices(session: Session, report: str | None, period: str | None) -> list[Notice]:
    """Everybody who was, or is to be, told, in the order in which it was planned."""
    found = select(NoticeRow).order_by(NoticeRow.id)
    if report is not None:
        found = found.where(NoticeRow.report == report)
    if period is not None:
        found = found.where(NoticeRow.period == period)
    return [_record_of(row) for row in session.scalars(found)]


def _rows(session: Session, message_id: str) -> Sequence[NoticeRow]:
    return session.scalars(select(NoticeRow).where(NoticeRow.message_id == message_id).with_for_update()).all()


def _key(row: NoticeRow) -> tuple[str, ...]:
    return row.report, row.period, row.kind, row.about, row.address


def _record_of(row: NoticeRow) -> Notice:
    return Notice(
        report=row.report,
        period=row.period,
        kind=row.kind,
        about=row.about,
        recipient=row.recipient,
        address=row.address,
        message_id=row.message_id,
        status=cast(DeliveryStatus, row.status),
        answer=row.answer,
        attempts=row.attempts,
        at=row.at,
    )
