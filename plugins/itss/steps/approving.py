"""Steps 4 and 5 初审, 审批: what an approver reads, and their answer, bound to the statement that they were shown.

An answer counts only from whom the entry names for the level, never from the author nor from one person at two levels.
What was rejected goes back to the author and the report manager, and to nobody else.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from typing import Any, Literal

from itss.errors import DecisionMissingError
from itss.links import file_path, revision_path
from itss.periods import clock_time
from itss.register import Register
from itss.register.going_on import goes_on
from itss.register.records import REWORK, Answer, Given
from itss.report_list.due import answer_due_at, last_day
from itss.report_list.entry_parts import ApprovalLevel
from itss.settings import settings
from itss.steps.answerers import delegation, judge_person, offered
from itss.steps.authoring import instant
from itss.steps.job import Job
from itss.steps.opened import opened as proven
from itss.steps.opened import signed
from itss.steps.rendering import PDF
from itss.text import printable

VOIDING = ("voided", "reopened", "taken_over")
"""Lines of the log with which signatures given before count no more."""

ANSWERS: dict[str, Literal["approve", "reject"]] = {"Approve": "approve", "Reject": "reject"}


def brief(job: dict[str, Any], level: str, run_url: str) -> str:
    """What ``level`` reads: the brief in Markdown, by when to answer, to which statement, and where all of it is.

    Where an earlier statement of this revision was signed already, what has changed since.
    """
    from itss.reports.drawing import brief as briefs

    opened, register, statement = signed(job)
    asked, rule = level_of(opened, level), opened.entry.period
    since = [one.at for one in register.asked() if (one.ref, one.level) == (opened.ref, level)]
    _, by = answer_due_at(rule, since[0] if since else dt.datetime.now(dt.UTC), asked.deadline_days)
    facts = {
        "level": asked.title.of(opened.entry.language),
        "by": last_day(by, rule.timezone).isoformat(),
        "due": clock_time(opened.due_at, rule.timezone),
        "zone": rule.timezone,
        "sha256": statement.sha256[:12],
    }
    pages = {
        "page": revision_path(opened.ref),
        "workbook": file_path(opened.ref, "report.xlsx"),
        **({"pdf": file_path(opened.ref, PDF)} if "pdf" in opened.entry.distribution.formats else {}),
        "checks": f"{revision_path(opened.ref)}#checks",
    }
    links = {name: settings().ui_url + path for name, path in pages.items()} | {"run": run_url}
    text = opened.folder.read("brief.md").decode()
    is_late = opened.due_at < dt.datetime.now(dt.UTC)
    return briefs.to_answer(
        text, opened.entry.language, facts, links, is_late=is_late, voided=_voided(opened, register)
    )


def _voided(job: Job, register: Register) -> list[str]:
    """What made the signatures of this revision void that were given before, the last time that any were."""
    decided: set[str] = set()
    voided: list[str] = []
    for event in register.events(job.ref):
        if event.what == "decision":
            decided.add(event.details["level"])
        elif event.what in VOIDING and decided and not goes_on(event):
            voided, decided = list(event.details.get("changed", ["entry"])), set()
    return voided


def approvers(job: dict[str, Any], level: str) -> list[str]:
    """The Airflow users who are asked for ``level``; empty: whoever may answer.

    The approvers are those of the entry when the revision was opened, their delegates those of the list of today.
    `DecisionMissingError` if that entry has no such level.
    """
    opened, _ = proven(job)
    return offered(opened, level_of(opened, level).approvers)


def has_level(job: dict[str, Any], level: str) -> bool:
    """Whether the entry had this level when the revision was opened: the list of today may have others."""
    opened, _ = proven(job)
    return any(one.name == level for one in opened.entry.approval)


def levels_before(job: dict[str, Any], level: str) -> list[str]:
    """The levels that are asked before this one, as the entry had them when the revision was opened."""
    opened, _ = proven(job)
    names = [one.name for one in opened.entry.approval]
    return names[: names.index(level)]


def is_rejected(job: dict[str, Any]) -> bool:
    """Whether somebody has rejected the revision, at whatever level: then nobody else is asked."""
    opened, register = proven(job)
    return register.rejected(opened.ref) is not None


def ask(job: dict[str, Any], level: str) -> str:
    """Steps 4 and 5 初审, 审批: ``level`` is to answer to the statement whose hash is returned, and is notified."""
    from itss.notices import asked

    opened, register, statement = signed(job)
    level_of(opened, level)  # before anything is written: nobody is waited for who cannot answer
    register.submit(opened.ref)
    register.ask(opened.ref, level, asked.plan(opened.ref, level, opened.people, register, dt.datetime.now(dt.UTC)))
    asked.send(opened.ref, level, opened.people, register)
    return statement.sha256


def decide(job: dict[str, Any], level: str, answer: dict[str, Any]) -> dict[str, str]:
    """Steps 4 and 5 初审, 审批: record one level's answer, bound to the statement that was shown.

    ``answer`` is the human task's payload; an answer that is on record as it arrived counts instead, and was judged
    then. `DecisionMissingError` if it names nobody, the author, somebody who answered another level, or somebody who is
    neither named for this level nor stands in that day for one who is, or if it does not say that it was given to the
    present statement: it counts for nothing.
    """
    opened, register, statement = signed(job)
    asked = level_of(opened, level)
    held = register.answered(opened.ref, level)
    if held is not None:
        return _settle(opened, register, statement.sha256, asked, held)
    who = answer.get("responded_by_user") or {}
    at = instant(answer["responded_at"])
    on_behalf = judge_person(opened, register, asked, str(who.get("id") or ""), at)
    shown = (answer.get("params_input") or {}).get("content")
    if shown != statement.sha256:
        raise DecisionMissingError(
            f"{asked.title.en}: the question showed the content {str(shown)[:16] if shown else 'of nobody knows what'},"
            f" and the report says {statement.sha256[:16]} now. Airflow asks a cleared task with the question it had "
            "first.",
            "Set the run to failed and trigger the report for its period again: the new run takes the revision over "
            "and asks anew.",
        )
    choice = _choice(asked, answer)
    comment = printable(str((answer.get("params_input") or {}).get("comment") or ""))
    stands_in = on_behalf, delegation(opened, on_behalf, at)
    _record(opened, register, statement.sha256, asked, choice, who, at, comment, stands_in)
    return {"answer": choice}


def settle(job: dict[str, Any], level: str) -> dict[str, str] | None:
    """What ``level`` has answered to the present statement: the answer on record becomes its decision.

    ``None`` where nobody has answered, so that people are to be asked.
    """
    opened, register, statement = signed(job)
    asked = level_of(opened, level)
    held = register.answered(opened.ref, level)
    if held is not None:
        return _settle(opened, register, statement.sha256, asked, held)
    settled = register.settled(opened.ref, level)
    return None if settled is None else {"answer": settled.answer}


def _settle(job: Job, register: Register, statement_sha256: str, asked: ApprovalLevel, held: Given) -> dict[str, str]:
    choice, who = ANSWERS[held.chosen[0]], {"id": held.user, "name": held.user}
    stands_in = held.on_behalf, held.delegation
    _record(job, register, statement_sha256, asked, choice, who, held.at, held.comment, stands_in)
    return {"answer": choice}


def refuse_unanswered(job: dict[str, Any], level: str, done: Collection[str]) -> None:
    """`DecisionMissingError` unless each level before ``level`` has approved: then nobody else is asked.

    ``done`` are the levels whose task ended well. One that did so without an answer was marked as success by somebody
    in the UI: that is put on record where the entry accepts it.
    """
    opened, register, statement = signed(job)
    for before in (level_of(opened, name) for name in levels_before(job, level)):
        if settle(job, before.name) is not None:
            continue
        if before.accepts_marked_done and before.name in done:
            mark_done(opened, register, statement.sha256, [before.name])
            continue
        raise DecisionMissingError(
            f"{before.title.en} ({before.name}) has not answered; its task was marked as {_ended(before.name, done)}, "
            f"which is no approval, so {level} is not asked.",
            f"Clear the task {before.name} with its downstream tasks: its approvers are asked.",
        )


def _ended(level: str, done: Collection[str]) -> str:
    return "success" if level in done else "skipped"


def _choice(asked: ApprovalLevel, answer: dict[str, Any]) -> Literal["approve", "reject"]:
    """Exactly one of the two answers."""
    chosen = answer.get("chosen_options")
    if not isinstance(chosen, list) or len(chosen) != 1 or chosen[0] not in ANSWERS:
        raise DecisionMissingError(
            f"{asked.title.en}: {chosen!r} is neither an approval nor a rejection.",
            "Clear this task: the approver is asked again.",
        )
    return ANSWERS[chosen[0]]


def expire(job: dict[str, Any], level: str) -> dict[str, str]:
    """Steps 4 and 5 初审, 审批: nobody answered in time. Put on record, then raised: it is no approval.

    Where an answer is on record, it counts: somebody did answer in time.
    """
    opened, register, statement = signed(job)
    asked = level_of(opened, level)
    if (done := settle(job, level)) is not None:
        return done
    _record(opened, register, statement.sha256, asked, "expired", None, dt.datetime.now(dt.UTC), "")
    raise DecisionMissingError(
        f"{asked.title.en}: nobody answered within {asked.expires_days} days; the question has expired.",
        "Clear this task: the approvers are asked again.",
    )


def mark_done(job: Job, register: Register, statement_sha256: str, done: Collection[str]) -> None:
    """Put on record which levels of ``done`` ended without an answer: somebody marked their task as done."""
    answered = {decision.level for decision in register.decisions(job.ref)}
    for level in job.entry.approval:
        held = register.answered(job.ref, level.name)
        if held is not None:
            _settle(job, register, statement_sha256, level, held)
        elif level.name in done and level.name not in answered:
            words = "marked done, no named answer"
            _record(job, register, statement_sha256, level, "marked_done", None, dt.datetime.now(dt.UTC), words)


def _record(
    job: Job,
    register: Register,
    statement_sha256: str,
    level: ApprovalLevel,
    answer: Answer,
    who: Any,
    at: dt.datetime,
    comment: str,
    stands_in: tuple[str, Mapping[str, Any]] = ("", {}),
) -> None:
    """``stands_in``: on whose behalf they answered, and by which delegation."""
    register.record_decision(
        job.ref,
        level=level.name,
        title=level.title.of(job.entry.language),
        answer=answer,
        who=who,
        at=at,
        comment=comment,
        statement_sha256=statement_sha256,
        on_behalf=stands_in[0],
        delegation=stands_in[1],
    )


def return_to_author(job: dict[str, Any]) -> dict[str, Any]:
    """Back to the author (退回): author and report manager are notified of it, and nobody else.

    Each once, whatever becomes of the other. It keeps nothing back that somebody cannot be notified now: the question
    is in Airflow as well, and `report_watch` tries again.
    """
    from itss.notices import asked
    from itss.reports.drawing import brief as briefs
    from itss.reports.sign_off import answered_by

    opened, register = proven(job)
    rejected = register.rejected(opened.ref)
    if rejected is None:
        raise DecisionMissingError(f"{opened.ref} was rejected by nobody.", "Have a level answer first.")
    notices = asked.plan(opened.ref, REWORK, opened.people, register, dt.datetime.now(dt.UTC))
    register.return_revision(opened.ref, rejected.comment, notices=notices)
    asked.send(opened.ref, REWORK, opened.people, register)
    who = answered_by(rejected, opened.people, opened.entry.language)
    return {
        "returned_to": [one.address for one in notices],
        "comment": rejected.comment,
        "told": briefs.returned(rejected.title, who, rejected.comment),
    }


def level_of(job: Job, name: str) -> ApprovalLevel:
    """The level as the entry had it when the revision was opened; `DecisionMissingError` if it had none such."""
    for level in job.entry.approval:
        if level.name == name:
            return level
    raise DecisionMissingError(
        f"{job.entry.key} has no approval level '{name}' in the list as it was opened.",
        "Clear the run from its first task on.",
    )
