"""Answers on record before the task has them: a line when one arrives, and which of them are still to be settled.

No table: a task that is tried again loses the answer that Airflow kept for it, and finds it here. It is settled by the
line that its task writes (a decision, a comment, rework, minutes), and lost by what takes the question itself away.
Surprise: an answer to another statement than the present one is on record, and counts for nothing.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from itss.ref import Ref
from itss.register.desk import Desk
from itss.register.going_on import goes_on
from itss.register.queries import UNENDED, events_of, not_followed, ref_of
from itss.register.records import COMMENT, REVIEW, REWORK, Event, Given
from itss.register.schema import LedgerRow, RevisionRow

ANSWERED, CANCELLED = "answered", "answer_cancelled"
DECIDED = ("decision", "decision_repeated")
_BESIDE = (COMMENT, REWORK, REVIEW)
_ENDS = {
    "figures": COMMENT,
    "commented": COMMENT,
    "returned": REWORK,
    "reworked": REWORK,
    "review_refused": REVIEW,
    "reviewed": REVIEW,
}
"""Lines with which no answer to a question beside the levels is left: it is settled, or asked anew."""
_VOIDS = ("voided", "taken_over", "reopened")
KINDS = (ANSWERED, CANCELLED, *DECIDED, *_ENDS, *_VOIDS)


def log(desk: Desk, row: RevisionRow, one: Given) -> None:
    """The line of an answer that has just arrived; `itss.register.questions.receive` has seen that it may count."""
    said = {name: value for name, value in vars(one).items() if name not in ("ref", "at", "chosen")}
    desk.log(row, ANSWERED, who=one.user, chosen=list(one.chosen), **said)


def cancel(desk: Desk, row: RevisionRow, question: str, number: int, reason: str) -> bool:
    """Take back an answer that Airflow has refused; ``False`` where it is settled, so that there is nothing to take."""
    held = unsettled_of(row, events_of(desk.session, row, *KINDS)).get(question)
    if held is None or held.number != number:
        return False
    desk.log(row, CANCELLED, who=held.user, question=question, number=number, reason=reason)
    return True


def answered(session: Session, row: RevisionRow, question: str) -> Given | None:
    """The answer to a question that its task has not settled yet; ``None`` where none counts."""
    return unsettled_of(row, events_of(session, row, *KINDS)).get(question)


def unsettled(session: Session) -> list[Given]:
    """Every answer on record that its task has not settled yet, oldest first."""
    rows = session.scalars(
        select(RevisionRow).where(RevisionRow.state.in_(UNENDED), not_followed()).order_by(RevisionRow.id)
    ).all()
    paths = {ref_of(row).path: row for row in rows}
    found = select(LedgerRow.ref).where(LedgerRow.kind == ANSWERED, LedgerRow.ref.in_(paths)).distinct()
    having = set(session.scalars(found))
    given = [
        one for path in having for one in unsettled_of(paths[path], events_of(session, paths[path], *KINDS)).values()
    ]
    return sorted(given, key=lambda one: one.at)


def unsettled_of(row: RevisionRow, log: Iterable[Event]) -> dict[str, Given]:
    """By question, the answer that is on record and not settled; ``log`` are the lines of `KINDS` about ``row``."""
    held: dict[str, Given] = {}
    for event in log:
        said = event.details
        if event.what == ANSWERED:
            held[said["question"]] = given_of(ref_of(row), event)
        elif event.what == CANCELLED:
            if said["question"] in held and held[said["question"]].number == said["number"]:
                del held[said["question"]]
        elif event.what in DECIDED:
            held.pop(said["level"], None)
        elif event.what in _ENDS:
            held.pop(_ENDS[event.what], None)
        elif is_voiding(event):
            held = {name: one for name, one in held.items() if name in _BESIDE}
    return {name: one for name, one in held.items() if name in _BESIDE or one.content == row.statement_sha256}


def is_voiding(event: Event) -> bool:
    """Whether what the levels had answered counts no more.

    It does where a run opens its own again, by the same entry, and where it goes on for one that is gone.
    """
    return event.what in _VOIDS and (event.what != "reopened" or "entry" in event.details) and not goes_on(event)


def given_of(ref: Ref, event: Event) -> Given:
    """What a line of `ANSWERED` says."""
    said = event.details
    names = ("question", "number", "run", "task", "user", "content", "given", "on_behalf", "delegation")
    return Given(ref=ref, chosen=tuple(said["chosen"]), at=event.at, **{name: said[name] for name in names})
