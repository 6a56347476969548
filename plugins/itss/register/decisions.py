"""Who approved what: answers of the approval levels, bound to the very content they were given to.

Refuses a second, different answer to the same content in the same run. An answer counts at the gate only if it
names a person and the content is still the revision's content.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from typing import Any, cast

from sqlalchemy import select
from sqlalchemy.orm import Session

from itss.errors import DecisionMissingError, RegisterError
from itss.register.life import Desk, advance, ref_of
from itss.register.records import Answer, Decision
from itss.register.schema import DecisionRow, RevisionRow

_ANSWERS = ("approve", "reject", "marked_done", "expired")
NOBODYS = ("marked_done", "expired")
"""Answers that nobody named has given."""
_CAN_BE_ANSWERED = frozenset({"rendered", "submitted"})


def record_decision(
    desk: Desk,
    row: RevisionRow,
    *,
    level: str,
    title: str,
    answer: Answer,
    who: Mapping[str, Any] | None,
    at: dt.datetime,
    comment: str,
    content_sha256: str,
) -> None:
    """See `Register.record_decision`."""
    if answer not in _ANSWERS:
        raise RegisterError(f"'{answer}' is no answer of level {level}.", f"It is one of {', '.join(_ANSWERS)}.")
    person = who or {}
    identity = (str(person["id"]) if person.get("id") else None, str(person["name"]) if person.get("name") else None)
    said: dict[str, Any] = {"level": level, "answer": answer, "comment": comment, "content_sha256": content_sha256}
    known = desk.session.scalars(
        select(DecisionRow).where(
            DecisionRow.revision_id == row.id,
            DecisionRow.level == level,
            DecisionRow.run == row.run,
            DecisionRow.content_sha256 == content_sha256,
        )
    ).one_or_none()
    if known is not None and known.answer in NOBODYS and known.answer != answer:
        # the question was asked again; that nobody had answered it before stays in the log
        desk.session.delete(known)
        desk.session.flush()
    elif known is not None:
        _compare(desk, row, known, answer, comment, identity)
        return
    if row.reached not in _CAN_BE_ANSWERED:
        raise RegisterError(
            f"{ref_of(row)} is {row.reached}; level {level} is not asked now.", "Answer the open revision."
        )
    desk.session.add(
        DecisionRow(
            revision_id=row.id, run=row.run, title=title, who_id=identity[0], who_name=identity[1], at=at, **said
        )
    )
    desk.log(row, "decision", who=identity[0] or "nobody named", **said)


def counting(session: Session, row: RevisionRow) -> list[Decision]:
    """The newest answer of each level to the present content, in the order they were recorded."""
    newest = {item.level: item for item in every(session, row) if item.content_sha256 == row.content_sha256}
    return sorted(newest.values(), key=lambda item: item.at)


def every(session: Session, row: RevisionRow) -> list[Decision]:
    """Every answer ever recorded for the revision, oldest first."""
    rows = session.scalars(select(DecisionRow).where(DecisionRow.revision_id == row.id).order_by(DecisionRow.id))
    return [
        Decision(
            level=item.level,
            title=item.title,
            answer=cast(Answer, item.answer),
            who_id=item.who_id,
            who_name=item.who_name,
            at=item.at,
            comment=item.comment,
            content_sha256=item.content_sha256,
            run=item.run,
        )
        for item in rows
    ]


def release(desk: Desk, row: RevisionRow, levels: Sequence[str], marked_done: Collection[str]) -> None:
    """Let the revision leave; `DecisionMissingError` names every level whose answer does not allow it."""
    answers = {item.level: item for item in counting(desk.session, row)}
    lacking = [f"{level}: {reason}" for level in levels if (reason := _lacks(answers.get(level), level in marked_done))]
    if lacking or not levels or row.content_sha256 is None:
        raise DecisionMissingError(
            f"{ref_of(row)} may not leave: {'; '.join(lacking) or 'no approval level is asked for'}.",
            "Have the missing levels answered: clear their tasks, and they are asked again.",
        )
    if advance(desk, row, "released", after="submitted"):
        row.released_at = desk.clock()


def return_revision(desk: Desk, row: RevisionRow, comment: str) -> None:
    """Close the revision as returned to its author; only after a rejection of the present content."""
    if row.reached == "returned":
        return
    if row.reached not in _CAN_BE_ANSWERED:
        raise RegisterError(f"{ref_of(row)} is {row.reached} and cannot be returned.", "Trigger it anew instead.")
    if not any(item.answer == "reject" for item in counting(desk.session, row)):
        raise DecisionMissingError(
            f"{ref_of(row)} was rejected by nobody, so it is not returned.", "Have a level answer first."
        )
    row.state = row.reached = "returned"
    row.note = comment
    desk.log(row, "returned", comment=comment)


def _compare(
    desk: Desk, row: RevisionRow, known: DecisionRow, answer: str, comment: str, identity: tuple[str | None, ...]
) -> None:
    if known.answer != answer:
        raise RegisterError(
            f"{ref_of(row)}: level {known.level} has answered '{known.answer}' to this content, and now '{answer}'.",
            "The first answer stands; reject or approve the next revision instead.",
        )
    if (known.comment, known.who_id) != (comment, identity[0]):
        # the first answer stands, but no word of a person is thrown away
        desk.log(row, "decision_repeated", who=identity[0] or "", level=known.level, answer=answer, comment=comment)


def _lacks(decision: Decision | None, accepts_marked_done: bool) -> str:
    """Why the answer of a level does not let the revision leave; empty where it does."""
    if decision is None:
        return "has not answered this content"
    if decision.answer == "marked_done":
        return "" if accepts_marked_done else "its task was marked as done, which is no answer here"
    if decision.answer != "approve":
        return {"reject": "has rejected it", "expired": "did not answer in time"}[decision.answer]
    return "" if decision.who_id else "was answered by nobody named"
