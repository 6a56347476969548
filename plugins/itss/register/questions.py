"""What people were asked and have not answered: approval levels, the author's comment, rework, the review meeting.

Read from the log, so that a question knows since when it has been waiting. Surprise: one that expired, or whose task
was marked as done, waits again once it is asked again, although an answer to this content stands on record.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from itss.register.decisions import NOBODYS, counting
from itss.register.life import ref_of
from itss.register.records import COMMENT, REVIEW, REWORK, Asked
from itss.register.schema import EventRow, ReviewRow, RevisionRow


def asked(session: Session) -> list[Asked]:
    """Every question that is open now, oldest first."""
    waiting = select(RevisionRow).where(RevisionRow.state.in_(_OPEN)).order_by(RevisionRow.id)
    found = [Asked(ref_of(row), *one) for row in session.scalars(waiting) for one in _OPEN[row.state](session, row)]
    return sorted(found, key=lambda item: item.at)


def _levels(session: Session, row: RevisionRow) -> Iterator[tuple[str, dt.datetime]]:
    """The approval levels that were asked about the present content of a submitted revision."""
    since: dict[str, dt.datetime] = {}
    for event in _events(session, row, "rendered", "asked", "decision"):
        if event.what == "rendered":
            since.clear()  # another content: it is a new question
        elif event.what == "asked":
            since.setdefault(event.details["level"], event.at)
        elif event.details["answer"] in NOBODYS:
            since.pop(event.details["level"], None)
    answered = {item.level for item in counting(session, row) if item.answer not in NOBODYS}
    for level, at in since.items():
        if level not in answered and level != COMMENT:
            yield level, at


def _comment(session: Session, row: RevisionRow) -> Iterator[tuple[str, dt.datetime]]:
    """The author's comment on the figures of an open revision; new figures ask him anew."""
    since: dt.datetime | None = None
    for event in _events(session, row, "figures", "asked", "commented"):
        if event.what != "asked":
            since = None
        elif event.details["level"] == COMMENT:
            since = since or event.at
    if since is not None:
        yield COMMENT, since


def _rework(session: Session, row: RevisionRow) -> Iterator[tuple[str, dt.datetime]]:
    """The rework of a returned revision that no other has followed."""
    newest = session.scalar(select(func.max(RevisionRow.number)).where(RevisionRow.report_id == row.report_id))
    log = _events(session, row, "returned", "reworked")
    if row.number == newest and log and log[-1].what == "returned":
        yield REWORK, log[-1].at


def _review(session: Session, row: RevisionRow) -> Iterator[tuple[str, dt.datetime]]:
    """The review meeting of a delivered report whose entry asks for one."""
    held = session.scalar(select(ReviewRow.id).where(ReviewRow.revision_id == row.id))
    if row.entry.get("entry", {}).get("review") and held is None and row.delivered_at is not None:
        yield REVIEW, row.delivered_at


_OPEN = {"open": _comment, "submitted": _levels, "returned": _rework, "delivered": _review}


def _events(session: Session, row: RevisionRow, *what: str) -> list[EventRow]:
    found = select(EventRow).where(EventRow.revision_id == row.id, EventRow.what.in_(what))
    return list(session.scalars(found.order_by(EventRow.id)))
