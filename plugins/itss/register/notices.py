"""Who was notified of what: each person once of each thing, with the receipt of the mail.

Refuses to begin a mail twice, like `itss.register.deliveries`: one found ``sending`` was cut off between the server's
answer and its receipt, and only a person can tell whether it arrived.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal, cast

from sqlalchemy import select
from sqlalchemy.orm import Session

from itss.errors import RegisterError
from itss.register import ledger
from itss.register.desk import REGISTER, Desk
from itss.register.queries import keys_of
from itss.register.records import Asked, DeliveryStatus, Notice
from itss.register.schema import NoticeRow

_SETTLED = ("accepted", "waived", "over")
NOT_NEEDED = "not needed any more"
"""Why a notice is waived whose matter has ended before it got out."""
_WHO = "notices"
FAILURE = "failure"
"""A line that keeps what the mail about a failure says, for as long as it has not got out."""


def plan(desk: Desk, planned: Iterable[Notice], *, again: bool = False) -> None:
    """Write down whom to notify of what; whoever is on record for it already stays as they are.

    Unless ``again``, and what they are on record for has ended: then they are to be notified once more.
    """
    wanted = {_key(one): one for one in reversed(list(planned))}
    periods, kinds = {one.period for one in wanted.values()}, {one.kind for one in wanted.values()}
    reports = {one.report for one in wanted.values()}
    found = select(NoticeRow).where(
        NoticeRow.report.in_(reports), NoticeRow.period.in_(periods), NoticeRow.kind.in_(kinds)
    )
    known = {_key(row): row for row in desk.session.scalars(found.with_for_update() if again else found)}
    rows = [_new(one) for key, one in reversed(wanted.items()) if key not in known]
    desk.session.add_all(rows)
    if again:
        rows += [_again(known[key], one) for key, one in wanted.items() if key in known and has_ended(known[key])]
    _log(desk, rows)


def plan_about(desk: Desk, question: Asked, planned: Iterable[Notice]) -> None:
    """Plan the notices of a question in the transaction that asks it."""
    plan(desk, [replace(one, about=question.about) for one in planned])


def plan_failure(desk: Desk, notice: Notice, said: Mapping[str, Any]) -> None:
    """Plan the notice of a failure; what the mail says is kept with it unless it has got out already."""
    plan(desk, [notice])
    if any(row.status not in _SETTLED for row in _rows(desk.session, notice.message_id)):
        desk.note(_place(notice), FAILURE, _WHO, message_id=notice.message_id, failure=dict(said))


def failures(session: Session, notice: Notice) -> list[tuple[dt.datetime, Mapping[str, Any]]]:
    """The failures that a notice is about, oldest first: when each was put on record, and what its mail says."""
    lines = ledger.lines(session, _place(notice), (FAILURE,))
    return [(one.at, one.details["failure"]) for one in lines if one.details.get("message_id") == notice.message_id]


def record(desk: Desk, message_id: str, status: DeliveryStatus, answer: str, at: dt.datetime) -> None:
    """Write the receipt of one mail onto every notice in it. Refuses to begin a mail whose end is not known."""
    rows = _rows(desk.session, message_id)
    if not rows:
        raise RegisterError(f"There is no notice {message_id}.", "Plan it first.")
    for row in rows:
        if row.status in _SETTLED and status != row.status:
            raise RegisterError(f"{row.address} has been notified already ({row.answer}).", "Send nothing.")
        if row.status == status == "sending":
            raise RegisterError(
                f"A mail to {row.address} was begun at {row.at:%Y-%m-%d %H:%M:%S} UTC and how it ended is not known.",
                f"Look for Message-ID {message_id} in the mail server's log, then: python -m itss.register notice "
                f"'{message_id}' accepted (or deferred: it is sent again).",
            )
        row.status, row.answer, row.at = status, answer, at
        row.attempts += status == "sending"
    _log(desk, rows)


def mark(desk: Desk, marked: Sequence[Notice], status: Literal["accepted", "over"], at: dt.datetime) -> None:
    """Of notices that got out: that what each is about is over at ``at``, or that it lasts after all."""
    wanted = {_key(one) for one in marked}
    rows = [row for id_ in {one.message_id for one in marked} for row in _rows(desk.session, id_)]
    rows = [row for row in rows if _key(row) in wanted and row.status in {"accepted", "over"} - {status}]
    for row in rows:
        row.status, row.at = status, at
    _log(desk, rows)


def has_ended(one: NoticeRow | Notice) -> bool:
    """Whether what it is about was over when somebody looked last: the same again is to be said again."""
    return one.status == "over" or (one.status, one.answer) == ("waived", NOT_NEEDED)


def notices(
    session: Session,
    report: str | None = None,
    period: str | None = None,
    *,
    kind: str | None = None,
    kinds: Collection[str] | None = None,
    statuses: Collection[str] | None = None,
    periods: Collection[str] | None = None,
    message_ids: Collection[str] | None = None,
) -> list[Notice]:
    """Who was, or is to be, notified, in the order in which it was planned; of those that are asked for alone."""
    found = select(NoticeRow).order_by(NoticeRow.id)
    if report is not None:
        found = found.where(NoticeRow.report.in_(keys_of(session, report)))
    if period is not None:
        found = found.where(NoticeRow.period == period)
    if kind is not None:
        found = found.where(NoticeRow.kind == kind)
    for column, wanted in (
        (NoticeRow.kind, kinds),
        (NoticeRow.status, statuses),
        (NoticeRow.period, periods),
        (NoticeRow.message_id, message_ids),
    ):
        if wanted is not None:
            found = found.where(column.in_(wanted))
    return [_record_of(row) for row in session.scalars(found)]


def _rows(session: Session, message_id: str) -> Sequence[NoticeRow]:
    return session.scalars(select(NoticeRow).where(NoticeRow.message_id == message_id).with_for_update()).all()


def _key(row: NoticeRow | Notice) -> tuple[str, ...]:
    return row.report, row.period, row.kind, row.about, row.address


def _place(one: NoticeRow | Notice) -> str:
    """What the lines about a notice are about: a report and period, a report, or the register."""
    return f"{one.report}/{one.period}" if one.period else one.report or REGISTER


def _log(desk: Desk, rows: Sequence[NoticeRow]) -> None:
    """A line for each report and period that a mail is about: who, of what, and how it stands."""
    places: dict[str, list[NoticeRow]] = {}
    for row in rows:
        places.setdefault(_place(row), []).append(row)
    for place, here in places.items():
        said = [[row.kind, row.about, row.address, row.message_id, row.status] for row in here]
        desk.note(place, "notice", _WHO, notices=said)


def _new(one: Notice) -> NoticeRow:
    return NoticeRow(
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


def _again(row: NoticeRow, one: Notice) -> NoticeRow:
    """In the place of what was sent before, which the ledger has; another mail, or the recipient's server drops it."""
    row.message_id, row.status, row.answer, row.attempts, row.at = one.message_id, "planned", "", 0, one.at
    return row


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
