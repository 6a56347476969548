"""What people were asked and have not answered: approval levels, the author's comment, rework, the review meeting.

Read from the ledger, so that a question knows since when it has been waiting. Surprise: one that expired, or whose task
was marked as done, waits again once it is asked again, although an answer to this statement stands on record.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, undefer

from itss.register.decisions import NOBODYS
from itss.register.desk import Desk
from itss.register.queries import event_of, not_followed, ref_of
from itss.register.records import COMMENT, REVIEW, REWORK, Asked, Event
from itss.register.schema import DecisionRow, LedgerRow, PayloadRow, ReviewRow, RevisionRow

_DETAILED = ("asked", "decision")
_KINDS = (*_DETAILED, "figures", "commented", "returned", "reworked")


def open_questions(session: Session) -> list[Asked]:
    """Every question that is open, oldest first: levels, the author's comment, rework, the review meeting."""
    rows = session.scalars(
        select(RevisionRow)
        .options(undefer(RevisionRow.entry))
        .where(RevisionRow.state.in_(_OPEN), not_followed())
        .order_by(RevisionRow.id)
    ).all()
    log = _events(session, rows)
    answered = _answered(session, rows)
    held = set(
        session.scalars(select(ReviewRow.revision_id).where(ReviewRow.revision_id.in_([row.id for row in rows])))
    )
    found = []
    for row in rows:
        for level, at in _OPEN[row.state](row, log.get(ref_of(row).path, [])):
            if (row.id, level) not in answered and not (level == REVIEW and row.id in held):
                found.append(Asked(ref_of(row), level, at))
    return sorted(found, key=lambda item: item.at)


def ask(desk: Desk, row: RevisionRow, level: str) -> None:
    """Note that a level, or the author for a comment, is asked from now on; once for each statement."""
    waiting = _OPEN["open" if level == COMMENT else "submitted"]
    log = _events(desk.session, [row]).get(ref_of(row).path, [])
    if level not in dict(waiting(row, log)):
        desk.log(row, "asked", level=level, statement_sha256=row.statement_sha256)


def commented(desk: Desk, row: RevisionRow, who: str) -> None:
    """Note that the author has answered the question for a comment."""
    desk.log(row, "commented", who=who)


def _levels(row: RevisionRow, log: Iterable[Event]) -> Iterator[tuple[str, Any]]:
    """The approval levels that were asked about the present statement of a submitted revision."""
    since: dict[str, Any] = {}
    for event in log:
        # lines that are older than the ledger do not say which statement
        if event.details.get("statement_sha256", row.statement_sha256) != row.statement_sha256:
            continue
        if event.what == "asked":
            since.setdefault(event.details["level"], event.at)
        elif event.what == "decision" and event.details["answer"] in NOBODYS:
            since.pop(event.details["level"], None)
    yield from ((level, at) for level, at in since.items() if level != COMMENT)


def _comment(_row: RevisionRow, log: Iterable[Event]) -> Iterator[tuple[str, Any]]:
    """The author's comment on the figures of an open revision; new figures ask for it again."""
    since = None
    for event in log:
        if event.what in ("figures", "commented"):
            since = None
        elif event.what == "asked" and event.details["level"] == COMMENT:
            since = since or event.at
    if since is not None:
        yield COMMENT, since


def _rework(_row: RevisionRow, log: Iterable[Event]) -> Iterator[tuple[str, Any]]:
    """The rework of a returned revision that no other has followed."""
    said = [event for event in log if event.what in ("returned", "reworked")]
    if said and said[-1].what == "returned":
        yield REWORK, said[-1].at


def _review(row: RevisionRow, _log: Iterable[Event]) -> Iterator[tuple[str, Any]]:
    """The review meeting of a delivered report whose entry asks for one."""
    if row.delivered_at is not None and row.entry.get("entry", {}).get("review"):
        yield REVIEW, row.delivered_at


_OPEN = {"open": _comment, "submitted": _levels, "returned": _rework, "delivered": _review}


def _events(session: Session, rows: Sequence[RevisionRow]) -> dict[str, list[Event]]:
    """The lines that tell of questions, by the path of their revision; details of those whose details are asked for."""
    found = (
        select(LedgerRow, PayloadRow.body)
        .join(PayloadRow, (PayloadRow.seq == LedgerRow.seq) & LedgerRow.kind.in_(_DETAILED), isouter=True)
        .where(LedgerRow.ref.in_([ref_of(row).path for row in rows]), LedgerRow.kind.in_(_KINDS))
        .order_by(LedgerRow.seq)
    )
    log: dict[str, list[Event]] = {}
    for line, body in session.execute(found):
        log.setdefault(line.ref, []).append(event_of(line, body))
    return log


def _answered(session: Session, rows: Sequence[RevisionRow]) -> set[tuple[int, str]]:
    """Revision and level, where the newest answer to the present statement is a person's."""
    found = (
        select(DecisionRow.revision_id, DecisionRow.level, DecisionRow.answer)
        .join(RevisionRow, RevisionRow.id == DecisionRow.revision_id)
        .where(
            DecisionRow.revision_id.in_([row.id for row in rows if row.state == "submitted"]),
            DecisionRow.statement_sha256 == RevisionRow.statement_sha256,
        )
        .order_by(DecisionRow.id)
    )
    newest = {(id_, level): answer for id_, level, answer in session.execute(found)}
    return {key for key, answer in newest.items() if answer not in NOBODYS}
