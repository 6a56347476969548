"""What people were asked and have not answered: approval levels, the author's comment, rework, the review meeting.

Read from the ledger, so that a question knows since when it has been waiting. What has been answered waits no more,
though its task has not settled it yet (`itss.register.answers`). Surprise: one that expired, or whose task was marked
as done, waits again once it is asked again, although an answer to this statement stands on record.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, undefer

from itss.errors import AnswerRefusedError
from itss.register import answers, reviews
from itss.register import notices as planned
from itss.register.decisions import NOBODYS
from itss.register.desk import Desk
from itss.register.queries import event_of, not_followed, ref_of
from itss.register.records import COMMENT, REVIEW, REWORK, Asked, Event, Given, Notice
from itss.register.schema import LedgerRow, PayloadRow, ReviewRow, RevisionRow
from itss.text import text

_DETAILED = ("asked", answers.ANSWERED, answers.CANCELLED, *answers.DECIDED, "reopened", "taken_over")
_KINDS = ("asked", *answers.KINDS)


def open_questions(session: Session) -> list[Asked]:
    """Every question that is open, oldest first: levels, the author's comment, rework, the review meeting."""
    rows = session.scalars(
        select(RevisionRow)
        .options(undefer(RevisionRow.entry))
        .where(RevisionRow.state.in_(_OPEN), not_followed())
        .order_by(RevisionRow.id)
    ).all()
    return sorted(_open(session, rows), key=lambda item: item.at)


def receive(
    desk: Desk,
    row: RevisionRow,
    question: str,
    *,
    task: str,
    user: str,
    content: str | None,
    chosen: Sequence[str],
    given: Mapping[str, Any],
    on_behalf: str = "",
    delegation: Mapping[str, Any] | None = None,
) -> Given:
    """Put an answer on record as it arrives. `AnswerRefusedError` (409) unless its question is open: one answer counts.

    The row is locked, so of two answers at the same moment the second finds the first.
    """
    refuse_not_open(desk.session, row, question)
    log = _events(desk.session, [row]).get(ref_of(row).path, [])
    number = 1 + sum(one.what == answers.ANSWERED and one.details["question"] == question for one in log)
    one = Given(
        ref_of(row),
        question,
        number,
        row.run,
        task,
        user,
        content,
        tuple(chosen),
        dict(given),
        desk.clock(),
        on_behalf,
        dict(delegation or {}),
    )
    answers.log(desk, row, one)
    return one


def refuse_form(desk: Desk, row: RevisionRow, who: str, given: Mapping[str, str], problems: Sequence[str]) -> None:
    """Keep what was written into a wrong form of the minutes; 409 where a right one has arrived meanwhile."""
    refuse_not_open(desk.session, row, REVIEW)
    reviews.refuse(desk, row, who, given, problems)


def refuse_not_open(session: Session, row: RevisionRow, question: str) -> None:
    """`AnswerRefusedError` (409) unless a question waits for its answer: who has answered it, where somebody has."""
    rows = [row] if row.state in _OPEN else []
    if any(one.level == question for one in _open(session, rows)):
        return
    log = _events(session, [row]).get(ref_of(row).path, [])
    said = [one for one in log if _is_answer(one, question)]
    if not said:
        raise AnswerRefusedError(
            409,
            text("现在没有请人回答这个问题。请重新打开页面。", "This question is not asked now. Load the page again."),
        )
    who, at = said[-1].who, f"{said[-1].at:%Y-%m-%d %H:%M} UTC"
    raise AnswerRefusedError(
        409,
        text(f"{who} 已于 {at} 答复，以第一次答复为准。", f"{who} has answered this at {at}. The first answer counts."),
    )


def _is_answer(event: Event, question: str) -> bool:
    """Whether somebody answered with this line; that nobody did in time, or that a form was refused, is none."""
    if event.what == answers.ANSWERED:
        return bool(event.details["question"] == question)
    if event.what == "decision":
        return event.details["level"] == question and event.details["answer"] not in NOBODYS
    return event.what == {COMMENT: "commented", REWORK: "reworked", REVIEW: "reviewed"}.get(question)


def _open(session: Session, rows: Sequence[RevisionRow]) -> list[Asked]:
    """The open questions of revisions that are in a state of `_OPEN`."""
    log = _events(session, rows)
    held = set(
        session.scalars(select(ReviewRow.revision_id).where(ReviewRow.revision_id.in_([row.id for row in rows])))
    )
    found = []
    for row in rows:
        lines = log.get(ref_of(row).path, [])
        unsettled = answers.unsettled_of(row, lines)
        for level, at in _OPEN[row.state](row, lines):
            if level not in unsettled and not (level == REVIEW and row.id in held):
                found.append(Asked(ref_of(row), level, at))
    return found


def ask(desk: Desk, row: RevisionRow, level: str, notices: Iterable[Notice] = ()) -> None:
    """Note that a level, or the author for a comment, is asked from now on; once for each statement.

    ``notices`` for those who may answer are planned with it; what they are about is written into them here.
    """
    waiting = _OPEN["open" if level == COMMENT else "submitted"]
    log = _events(desk.session, [row]).get(ref_of(row).path, [])
    if level not in dict(waiting(row, log)):
        desk.log(row, "asked", level=level, statement_sha256=row.statement_sha256)
        asked = desk.entries.pop()
        planned.plan_about(desk, Asked(ref_of(row), level, asked.at), notices)
        desk.entries.append(asked)  # what a transaction changes is said by its last line: that of the revision


def commented(desk: Desk, row: RevisionRow, who: str) -> None:
    """Note, once for the figures that are there, that the author has answered the question for a comment."""
    if not is_commented(desk.session, row):
        desk.log(row, "commented", who=who)


def is_commented(session: Session, row: RevisionRow) -> bool:
    """Whether the author has commented on the figures that are there."""
    log = _events(session, [row]).get(ref_of(row).path, [])
    return [one.what for one in log if one.what in ("figures", "commented")][-1:] == ["commented"]


def _levels(row: RevisionRow, log: Iterable[Event]) -> Iterator[tuple[str, Any]]:
    """The approval levels that were asked about the present statement of a submitted revision."""
    since: dict[str, Any] = {}
    answered: set[str] = set()
    for event in log:
        if answers.is_voiding(event):  # whoever has signed is asked again, also about the very same content
            since, answered = {}, set()
        # lines that are older than the ledger do not say which statement
        elif event.details.get("statement_sha256", row.statement_sha256) != row.statement_sha256:
            continue
        elif event.what == "asked":
            since.setdefault(event.details["level"], event.at)
        elif event.what in answers.DECIDED and event.details["answer"] in NOBODYS:
            since.pop(event.details["level"], None)
        elif event.what in answers.DECIDED:
            answered.add(event.details["level"])
    yield from ((level, at) for level, at in since.items() if level != COMMENT and level not in answered)


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
