"""Steps 4 to 6 up to the gate: what an approver reads, his answer bound to what he read, and what the gate lets pass.

An answer counts only from whom the entry names for the level, never from the author, and only for the content that its
question showed. What was rejected goes back to the author and the report manager, and to nobody else.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Collection
from typing import Any, Literal
from zoneinfo import ZoneInfo

from itss.errors import ContentChangedError, DecisionMissingError
from itss.register.records import Answer, Notice
from itss.report_list.due import answer_due_at
from itss.report_list.models import ApprovalLevel
from itss.settings import settings
from itss.steps import produce
from itss.steps.authoring import instant
from itss.steps.job import Job
from itss.steps.opened import opened as _opened

ANSWERS: dict[str, Literal["approve", "reject"]] = {"Approve": "approve", "Reject": "reject"}


def brief(job: dict[str, Any], level: str, run_url: str) -> str:
    """What ``level`` reads: the brief in Markdown, by when to answer, to which content, and where all of it lies."""
    from itss.reports import brief as briefs

    opened, register = _opened(job)
    asked, rule = _level(opened, level), opened.entry.period
    since = [one.at for one in register.asked() if (one.ref, one.level) == (opened.ref, level)]
    _, by = answer_due_at(rule, since[0] if since else dt.datetime.now(dt.UTC), asked.deadline_days)
    zone = ZoneInfo(rule.timezone)
    facts = {
        "level": asked.title.of(opened.entry.language),
        "by": f"{by.astimezone(zone) - dt.timedelta(days=1):%Y-%m-%d}",  # the midnight that ends the last day
        "due": f"{opened.due_at.astimezone(zone):%Y-%m-%d %H:%M}",
        "zone": rule.timezone,
        "sha256": (register.revision(opened.ref).content_sha256 or "")[:12],
    }
    names = {"page": "report.html", "workbook": "report.xlsx", "checks": produce.CHECKS_PAGE}
    files = {name: str(opened.folder / file) for name, file in names.items()}
    text = (opened.folder / "brief.md").read_bytes().decode()
    is_late = opened.due_at < dt.datetime.now(dt.UTC)
    return briefs.to_answer(text, opened.entry.language, facts, files, run_url, is_late=is_late)


def ask(job: dict[str, Any], level: str) -> None:
    """Steps 4 and 5 初审, 审批: from now on the draft is what its approvers were shown, and ``level`` is to answer."""
    opened, register = _opened(job)
    register.submit(opened.ref)
    register.ask(opened.ref, level)


def content_of(job: dict[str, Any]) -> str:
    """The hash of what the draft says, which a decision is bound to."""
    opened, register = _opened(job)
    return register.revision(opened.ref).content_sha256 or ""


def decide(job: dict[str, Any], level: str, answer: dict[str, Any]) -> dict[str, str]:
    """Steps 4 and 5 初审, 审批: record one level's answer, bound to the content that was shown.

    ``answer`` is the human task's payload. `DecisionMissingError` if it names nobody, the author, or somebody whom
    the entry does not name for this level, or if it says that it was given to another content: it counts for nothing.
    """
    opened, _ = _opened(job)
    asked = _level(opened, level)
    who = answer.get("responded_by_user") or {}
    allowed = {opened.people.people[key].user for key in asked.approvers} - {None}
    author = opened.people.people[opened.entry.author].user
    if not who.get("id") or who["id"] == author or (asked.approvers and who["id"] not in allowed):
        others = " or ".join(sorted(map(str, allowed))) or f"anybody but the author {author}"
        raise DecisionMissingError(
            f"{asked.title.en}: answered by {who.get('id') or 'nobody named'}, not by {others}.",
            "Clear this task: the approver is asked again.",
        )
    shown, present = (answer.get("params_input") or {}).get("content"), content_of(job)
    if shown not in (None, present):
        raise DecisionMissingError(
            f"{asked.title.en}: the question showed the content {str(shown)[:16] or 'of nobody knows what'}, and the "
            f"report says {present[:16]} now. Airflow asks a cleared task with the question it had first.",
            "Set the run to failed and trigger the report for its period again: the new run takes the revision over "
            "and asks anew.",
        )
    choice = _choice(asked, answer)
    comment = str((answer.get("params_input") or {}).get("comment") or "")
    _record(job, asked, choice, who, instant(answer["responded_at"]), comment)
    return {"answer": choice}


def _choice(asked: ApprovalLevel, answer: dict[str, Any]) -> Literal["approve", "reject"]:
    """Exactly one of the two answers."""
    chosen = answer.get("chosen_options")
    if not isinstance(chosen, list) or len(chosen) != 1 or chosen[0] not in ANSWERS:
        raise DecisionMissingError(
            f"{asked.title.en}: {chosen!r} is neither an approval nor a rejection.",
            "Clear this task: the approver is asked again.",
        )
    return ANSWERS[chosen[0]]


def expire(job: dict[str, Any], level: str) -> None:
    """Steps 4 and 5 初审, 审批: nobody answered in time. Put on record, then raised: it is no approval."""
    opened, _ = _opened(job)
    asked = _level(opened, level)
    _record(job, asked, "expired", None, dt.datetime.now(dt.UTC), "")
    raise DecisionMissingError(
        f"{asked.title.en}: nobody answered within {asked.expires_days} days; the question has expired.",
        "Clear this task: the approvers are asked again.",
    )


def _record(job: dict[str, Any], level: ApprovalLevel, answer: Answer, who: Any, at: dt.datetime, comment: str) -> None:
    opened, register = _opened(job)
    register.record_decision(
        opened.ref,
        level=level.name,
        title=level.title.of(opened.entry.language),
        answer=answer,
        who=who,
        at=at,
        comment=comment,
        content_sha256=register.revision(opened.ref).content_sha256,
    )


def release(job: dict[str, Any], done: Collection[str] = ()) -> Literal["deliver", "return", "archive"]:
    """Step 6 公布, the gate: every level has approved this content, and the files are what they were shown.

    ``done`` are the levels whose task has come to its end. One that did so without an answer was marked as done by
    somebody in the UI: that is put on record, and counts only where the entry says so.
    """
    opened, register = _opened(job)
    if opened.archive_only:
        return "archive"
    answered = {decision.level for decision in register.decisions(opened.ref)}
    for level in opened.entry.approval:
        if level.name in done and level.name not in answered:
            _record(job, level, "marked_done", None, dt.datetime.now(dt.UTC), "marked done, no named answer")
    if any(decision.answer == "reject" for decision in register.decisions(opened.ref)):
        return "return"
    recorded = register.revision(opened.ref).files
    for name, sha256 in recorded.items():
        if hashlib.sha256((opened.folder / name).read_bytes()).hexdigest() != sha256:
            raise ContentChangedError(
                f"{opened.folder / name} is not the file that was approved.",
                "Find out who changed it, then clear the run from 'render' on: it is approved again.",
            )
    levels = opened.entry.approval
    register.release(opened.ref, [one.name for one in levels], {one.name for one in levels if one.accepts_marked_done})
    return "deliver"


def return_to_author(job: dict[str, Any]) -> dict[str, Any]:
    """Back to the author (退回): the comment by mail to author and report manager, and to nobody else.

    Whoever has got it on record does not get it again when the other could not be reached. A mail whose end is not
    known is sent once more: of a rejection silence would be worse.
    """
    from itss.delivery import mail
    from itss.delivery.smtp import send
    from itss.reports import brief as briefs

    opened, register = _opened(job)
    rejected = next(d for d in register.decisions(opened.ref) if d.answer == "reject")
    people = [opened.people.people[key] for key in dict.fromkeys((opened.entry.author, opened.people.report_manager))]
    mails = {one.address: one for one in (mail.returned_mail(opened, person, rejected) for person in people)}
    report, period, number = opened.ref
    now = dt.datetime.now(dt.UTC)
    register.plan_notices(
        Notice(report, period, one.kind, f"r{number:02d}", one.recipient, one.address, one.message_id, now)
        for one in mails.values()
    )
    told = {one.message_id for one in register.notices(report, period) if one.status == "accepted"}
    for one in mails.values():
        if one.message_id not in told:
            receipt = send(one, settings().smtp_connection)
            register.record_notice(one.message_id, receipt.status, receipt.answer, receipt.at)
    register.return_revision(opened.ref, rejected.comment)
    return {
        "returned_to": [person.email for person in people],
        "comment": rejected.comment,
        "told": briefs.returned(rejected.title, rejected.who_name or "", rejected.comment),
    }


def _level(job: Job, name: str) -> ApprovalLevel:
    for level in job.entry.approval:
        if level.name == name:
            return level
    raise DecisionMissingError(
        f"{job.entry.key} has no approval level '{name}' in the list as it was opened.",
        "Clear the run from its first task on.",
    )
