"""Who approved what: answers of the approval levels, bound to the very statement they were given to.

Refuses a second, different answer to the same statement in the same run, and an answer to another statement than the
revision's. An answer counts at the gate only if it names a person. A rejection counts for ever: whatever another run,
another approver of the level or another statement says, the revision that somebody has rejected does not leave.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, cast

from sqlalchemy import select
from sqlalchemy.orm import Session

from itss.errors import ContentChangedError, DecisionMissingError, RegisterError
from itss.register import answers
from itss.register import notices as planned
from itss.register.desk import Desk
from itss.register.going_on import runs
from itss.register.life import CLOSED, move, rank, revive
from itss.register.projection import refuse_other_rows
from itss.register.queries import events_of, ref_of, released_files
from itss.register.records import Answer, Decision, Given, Notice
from itss.register.schema import DecisionRow, RevisionRow
from itss.register.verification import verify_lines

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
    statement_sha256: str | None,
    on_behalf: str = "",
    delegation: Mapping[str, Any] | None = None,
) -> None:
    """Put one level's answer on record, with ``who`` (``id``, ``name``) gave it to which statement.

    ``on_behalf`` is the key of the approver whom they stood in for, by which ``delegation``: the line alone says so.
    The same answer again changes nothing; another answer to the same statement in the same run is refused, and so is
    an answer to a statement that is not the revision's.
    """
    if answer not in _ANSWERS:
        raise RegisterError(f"'{answer}' is no answer of level {level}.", f"It is one of {', '.join(_ANSWERS)}.")
    person = who or {}
    identity = (str(person["id"]) if person.get("id") else None, str(person["name"]) if person.get("name") else None)
    held = answers.answered(desk.session, row, level)
    if held is not None:
        _refuse_other(row, held, answer, identity[0])
    known = _known(desk.session, row, level, statement_sha256)
    if known is not None and not (known.answer in NOBODYS and known.answer != answer):
        _compare(desk, row, known, answer, comment, identity, is_new=settled(desk.session, row, level) is None)
        return
    _refuse_unasked(row, level, statement_sha256)
    if known is not None:
        # the question was asked again; that nobody had answered it before stays in the log
        desk.session.delete(known)
        desk.session.flush()
    said: dict[str, Any] = {"level": level, "answer": answer, "comment": comment, "statement_sha256": statement_sha256}
    desk.session.add(
        DecisionRow(
            revision_id=row.id, run=row.run, title=title, who_id=identity[0], who_name=identity[1], at=at, **said
        )
    )
    given = {"on_behalf": on_behalf, "delegation": dict(delegation or {})} if on_behalf else {}
    desk.log(row, "decision", who=identity[0] or "nobody named", **said, **given)


def counting(session: Session, row: RevisionRow) -> list[Decision]:
    """The answers that count: the newest of each level to the present statement, in the order they were given."""
    newest = {item.level: item for item in every(session, row) if item.statement_sha256 == row.statement_sha256}
    return sorted(newest.values(), key=lambda item: item.at)


def settled(session: Session, row: RevisionRow, level: str) -> Decision | None:
    """What a person has answered at a level to the present statement in the present run, unless it was voided since."""
    known = _known(session, row, level, row.statement_sha256)
    if known is None or known.answer in NOBODYS:
        return None
    is_valid = False
    for event in events_of(session, row, *answers.DECIDED, "voided", "taken_over", "reopened"):
        if event.what in answers.DECIDED:
            is_valid = is_valid or event.details["level"] == level
        elif answers.is_voiding(event):
            is_valid = False
    return record_of(known, _delegations(session, row)) if is_valid else None


def every(session: Session, row: RevisionRow) -> list[Decision]:
    """Every answer ever given to any statement of the revision, oldest first."""
    rows = session.scalars(select(DecisionRow).where(DecisionRow.revision_id == row.id).order_by(DecisionRow.id)).all()
    given = _delegations(session, row)
    return [record_of(item, given) for item in rows]


def rejected(session: Session, row: RevisionRow) -> Decision | None:
    """The first rejection of the revision, in whatever run, of whatever statement, at whatever level."""
    found = select(DecisionRow).where(DecisionRow.revision_id == row.id, DecisionRow.answer == "reject")
    first = session.scalars(found.order_by(DecisionRow.id).limit(1)).first()
    return record_of(first, _delegations(session, row)) if first else None


def refuse_rejected(session: Session, row: RevisionRow) -> None:
    """`DecisionMissingError` for what somebody has rejected: it goes back to its author, and nowhere else."""
    against = rejected(session, row)
    if against is not None:
        report, period, number = ref_of(row)
        raise DecisionMissingError(
            f"{ref_of(row)}: {against.level} has rejected it ({against.who_id or 'nobody named'}, run {against.run}); "
            "a rejected revision never leaves.",
            f"Clear notify_author of run {row.run}: it goes back to its author, and the next revision follows; if "
            f"that run is gone: python -m itss.register return {report} {period} {number}.",
        )


def release(
    desk: Desk,
    row: RevisionRow,
    levels: Sequence[str],
    marked_done: Collection[str] = (),
    *,
    statement_sha256: str,
    files: Mapping[str, str],
    witness: str = "",
) -> None:
    """Let it leave: every level has approved this very statement, by a person; else `DecisionMissingError`.

    For the levels of ``marked_done`` their task marked as done in Airflow is approval enough. ``files`` are the sha256
    of all that is filled in now, by name, with the ``witness`` line in it. `LedgerError` when a line about the revision
    is not as it was signed, or the tables are not as its lines say.
    """
    verify_lines(desk.session, ref_of(row).path, desk.key().public, is_last=True)
    refuse_other_rows(desk.session, ref_of(row).path, row.id)
    _refuse_closed(row)
    refuse_rejected(desk.session, row)
    if row.statement_sha256 != statement_sha256:
        raise ContentChangedError(
            f"{ref_of(row)} is not what was approved: its statement is {statement_sha256[:16]} now, and "
            f"{(row.statement_sha256 or 'none')[:16]} is on record.",
            "Clear the run from 'render' on: it is approved again.",
        )
    answers = {item.level: item for item in counting(desk.session, row)}
    lacking = [f"{level}: {reason}" for level in levels if (reason := _lacks(answers.get(level), level in marked_done))]
    if lacking or not levels:
        raise DecisionMissingError(
            f"{ref_of(row)} may not leave: {'; '.join(lacking) or 'no approval level is asked for'}.",
            "Have the missing levels answered: clear their tasks, and they are asked again.",
        )
    if rank(row.reached) >= rank("released"):
        _compare_files(desk, row, files)
        revive(desk, row)
        return
    move(desk, row, "released", "released", statement_sha256=statement_sha256, files=dict(files), witness=witness)
    row.released_at = desk.clock()


def return_revision(desk: Desk, row: RevisionRow, comment: str, who: str = "", notices: Iterable[Notice] = ()) -> None:
    """Close the revision as returned to its author; only after a rejection, in whatever run.

    ``notices`` of it are planned in the same transaction.
    """
    if row.reached == "returned":
        return
    if row.reached in CLOSED or rank(row.reached) >= rank("released"):
        raise RegisterError(f"{ref_of(row)} is {row.reached} and cannot be returned.", "Trigger it anew instead.")
    if rejected(desk.session, row) is None:
        raise DecisionMissingError(
            f"{ref_of(row)} was rejected by nobody, so it is not returned.", "Have a level answer first."
        )
    planned.plan(desk, notices)  # first: what a transaction changes is said by its last line
    move(desk, row, "returned", "returned", who=who, comment=comment)
    row.note = comment


def rework(desk: Desk, row: RevisionRow, comments: Mapping[str, str], *, keep_data: bool, who: str) -> None:
    """Note what the author said to each section of a returned revision, and whether its data are kept; once."""
    if row.reached != "returned":
        raise RegisterError(f"{ref_of(row)} is {row.reached}, not returned.", "There is nothing to rework.")
    said = {"comments": dict(comments), "keep_data": keep_data}
    before = [(one.what, one.who, one.details) for one in events_of(desk.session, row, "returned", "reworked")]
    if before[-1:] != [("reworked", who, said)]:
        desk.log(row, "reworked", who=who, **said)


def is_reworked(session: Session, row: RevisionRow) -> bool:
    """Whether the author has answered since the revision was returned."""
    return [event.what for event in events_of(session, row, "returned", "reworked")][-1:] == ["reworked"]


class Delegations:
    """On whose behalf answers were given, and by which delegation: as their lines say, for no table knows it."""

    def __init__(self, said: Iterable[tuple[str, Mapping[str, Any]]]) -> None:
        """Of who and details of lines of decisions, oldest first."""
        self._said = {_given_by(details, who): details for who, details in said}

    def of(self, answer: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
        """The key of the approver, and the delegation, of an answer with the columns of its table; both may be empty.

        Of several who gave the same answer to the same statement the newest line counts.
        """
        details = self._said.get(_given_by(answer, answer["who_id"] or "nobody named"), {})
        delegation = details.get("delegation")
        return str(details.get("on_behalf") or ""), delegation if isinstance(delegation, dict) else {}


def _given_by(said: Mapping[str, Any], who: str) -> tuple[str, ...]:
    return *(str(said.get(name)) for name in ("level", "statement_sha256", "answer")), who


def _delegations(session: Session, row: RevisionRow) -> Delegations:
    return Delegations((event.who, event.details) for event in events_of(session, row, "decision"))


def record_of(row: DecisionRow, given: Delegations) -> Decision:
    """The row as a frozen record, with what its line says of a delegation."""
    on_behalf, delegation = given.of(vars(row))
    return Decision(
        level=row.level,
        title=row.title,
        answer=cast(Answer, row.answer),
        who_id=row.who_id,
        who_name=row.who_name,
        at=row.at,
        comment=row.comment,
        statement_sha256=row.statement_sha256,
        run=row.run,
        on_behalf=on_behalf,
        delegation=delegation,
    )


def _known(session: Session, row: RevisionRow, level: str, statement_sha256: str | None) -> DecisionRow | None:
    """What the level has answered to this statement in this run, or in one that it goes on for."""
    found = select(DecisionRow).where(
        DecisionRow.revision_id == row.id,
        DecisionRow.level == level,
        DecisionRow.run.in_(runs(session, row)),
        DecisionRow.statement_sha256 == statement_sha256,
    )
    return session.scalars(found.order_by(DecisionRow.id.desc()).limit(1)).first()


def _refuse_unasked(row: RevisionRow, level: str, statement_sha256: str | None) -> None:
    if row.reached not in _CAN_BE_ANSWERED:
        raise RegisterError(
            f"{ref_of(row)} is {row.reached}; level {level} is not asked now.", "Answer the open revision."
        )
    if statement_sha256 is None or statement_sha256 != row.statement_sha256:
        raise RegisterError(
            f"{ref_of(row)}: level {level} was shown the statement {(statement_sha256 or 'none')[:16]}, and it is "
            f"{(row.statement_sha256 or 'none')[:16]} now; the answer counts for nothing.",
            "Clear the task of this level: it is asked again.",
        )


def _refuse_closed(row: RevisionRow) -> None:
    if row.reached in CLOSED - {"sealed"}:
        raise RegisterError(
            f"{ref_of(row)} is {row.reached} and cannot become released.",
            "Trigger the report anew: it gets the next revision.",
        )


def _refuse_other(row: RevisionRow, held: Given, answer: str, who: str | None) -> None:
    """An answer on record as it arrived is the one that counts: no other takes its place, nor that nobody answered."""
    if (held.chosen, held.user) != ((answer.capitalize(),), who):
        raise RegisterError(
            f"{ref_of(row)}: {held.user} has answered level {held.question} with '{held.chosen[0]}' at "
            f"{held.at:%Y-%m-%d %H:%M} UTC, and not {who or 'nobody'} with '{answer}'.",
            "That answer counts. Clear the task of this level: it takes the answer that is on record.",
        )


def _compare(
    desk: Desk,
    row: RevisionRow,
    known: DecisionRow,
    answer: str,
    comment: str,
    identity: tuple[str | None, ...],
    *,
    is_new: bool,
) -> None:
    if known.answer != answer:
        raise RegisterError(
            f"{ref_of(row)}: level {known.level} has answered '{known.answer}' to this statement, and now '{answer}'.",
            "The first answer stands; reject or approve the next revision instead.",
        )
    if is_new or (known.comment, known.who_id) != (comment, identity[0]):
        # the first answer stands, but no word of a person is thrown away, nor is who answered after a void asked again
        desk.log(row, "decision_repeated", who=identity[0] or "", level=known.level, answer=answer, comment=comment)


def _compare_files(desk: Desk, row: RevisionRow, files: Mapping[str, str]) -> None:
    """A second release of the same statement must be of the same files: those of the first may have left."""
    first = released_files(desk.session, row)
    if first != dict(files):
        other = sorted(name for name in {*first, *files} if first.get(name) != files.get(name))
        raise ContentChangedError(
            f"{ref_of(row)} was released with other files: {', '.join(other)}.", "The first ones stand; use those."
        )


def _lacks(decision: Decision | None, accepts_marked_done: bool) -> str:
    """Why the answer of a level does not let the revision leave; empty where it does."""
    if decision is None:
        return "has not answered this content"
    if decision.answer == "marked_done":
        return "" if accepts_marked_done else "its task was marked as done, which is no answer here"
    if decision.answer != "approve":
        return {"reject": "has rejected it", "expired": "did not answer in time"}[decision.answer]
    return "" if decision.who_id else "was answered by nobody named"
