"""Answers where they arrive: judged at once, and on record before anything else can fail.

Airflow keeps the answer to a human task until the task is tried again, and then forgets it. So whoever takes answers in
(the API server) asks here first; a task settles what is on record, and asks nobody who has answered. Refuses what the
task could not use: then the person still sits before the form. Surprise: nothing of the workspace is read here.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from itss.choices import COLLECT, KEEP
from itss.errors import AnswerRefusedError, NotTheirsError
from itss.register import Register
from itss.register.records import COMMENT, REVIEW, REWORK, Given
from itss.report_list.entry_parts import ApprovalLevel
from itss.settings import settings
from itss.steps import approving, authoring, meeting_form, reviewing
from itss.steps.answerers import delegation, judge_person, judge_reviewer
from itss.steps.job import Job, folder_of, job_of, ref_of
from itss.steps.opened import document_of
from itss.text import Text, printable, text

LONGEST = 10_000
"""So many characters may one field have."""
_SECTIONS = tuple(f"section_{key}" for key in authoring.SECTIONS)
_FIELDS = {COMMENT: ("comment",), REWORK: ("data", *_SECTIONS), REVIEW: meeting_form.FIELDS}
_OF_A_LEVEL = ("comment", "content")
_OTHER_CONTENT = text(
    "您的答复没有注明所答复的内容，或报告内容已更新。请重新打开该报告的页面，阅读后再答复。",
    "Your answer does not say to which content it was given, or the report has been made anew since. Open the page of "
    "the report again, read it, and answer there.",
)


@dataclass(frozen=True)
class Answer:
    """What somebody sent: who is signed in, the options they chose, and the fields of the form."""

    user: str
    chosen: tuple[str, ...]
    given: Mapping[str, Any]


Received = Given


def receive(report: str, run: str, task: str, answer: Answer, now: dt.datetime) -> Received:
    """Put the answer to the question of one human task on record; `AnswerRefusedError` where it may not be.

    403: it is not theirs to answer; 404: there is no such question; 409: it is answered, or not open; 422: wrong
    content, a rejection without a comment, a wrong form, each with everything that is wrong.
    """
    job, register = _job(report, run)
    level = next((one for one in job.entry.approval if one.name == task), None)
    if level is None and task not in _FIELDS:
        raise AnswerRefusedError(404, text(f"{job.ref} 没有问题“{task}”。", f"{job.ref} has no question '{task}'."))
    on_behalf = _judge(job, register, level, task, answer.user, now)
    register.refuse_not_open(job.ref, task)
    if level is not None:
        content = register.revision(job.ref).statement_sha256
        _refuse_wrong_answer(answer, content)
    else:
        content = None
        _refuse_wrong_form(job, register, task, answer, now)
    return register.receive_answer(
        job.ref,
        task,
        task=task,
        user=answer.user,
        content=content,
        chosen=answer.chosen,
        given=answer.given,
        on_behalf=on_behalf,
        delegation=delegation(job, on_behalf, now),
    )


def cancel(received: Received, reason: str) -> bool:
    """Take back what Airflow has refused; ``False`` where its task has settled it meanwhile, so that it stands."""
    register = Register(settings().register_url)
    return register.cancel_answer(received.ref, received.question, received.number, reason)


def answered(job: Mapping[str, Any], question: str) -> Given | None:
    """The answer on record that its task has not settled yet."""
    return Register(settings().register_url).answered(ref_of(job), question)


def unsettled(now: dt.datetime, older_than: dt.timedelta = dt.timedelta()) -> list[Given]:
    """Answers on record that their tasks have not settled, for ``older_than`` or longer."""
    return [one for one in Register(settings().register_url).unsettled() if one.at <= now - older_than]


def settle(job: dict[str, Any], question: str) -> dict[str, Any] | None:
    """Do with the answer on record what its task is for, once; ``None`` where nobody has answered yet.

    Whoever has answered is asked no more, however often the task is tried again.
    """
    if question not in _FIELDS:
        return approving.settle(job, question)
    is_done, do = _FORMS[question]
    if is_done(job):
        return {}
    held = answered(job, question)
    if held is not None:
        return do(job, held.payload)
    return {} if is_done(job) else None  # by another process, between the two questions


_FORMS = {
    COMMENT: (authoring.is_commented, authoring.comment),
    REWORK: (authoring.is_reworked, authoring.rework),
    REVIEW: (reviewing.is_reviewed, reviewing.hold_review),
}
"""Whether it is settled, and what settles it."""


def _job(report: str, run: str) -> tuple[Job, Register]:
    register = Register(settings().register_url)
    revision = register.of_run(report, run)
    if revision is None:
        raise AnswerRefusedError(
            404, text(f"运行 {run} 没有登记任何版本。", f"Run {run} of {report} has opened no revision.")
        )
    known = {"report": revision.report, "period": revision.period, "revision": revision.number}
    return job_of(settings(), document_of(register, known), folder_of(settings(), revision.ref)), register


def _judge(job: Job, register: Register, level: ApprovalLevel | None, task: str, user: str, now: dt.datetime) -> str:
    """On whose behalf they answer; 403 where it is not theirs."""
    try:
        if level is not None:
            return judge_person(job, register, level, user, now)
        if task == REVIEW:
            return judge_reviewer(job, user, now)
    except NotTheirsError as error:
        raise AnswerRefusedError(403, text(error.zh, error.what)) from error
    author = job.people.people[job.entry.author].user
    if not user or user != author:
        raise AnswerRefusedError(
            403, text(f"此问题由 {author} 答复，不是 {user}。", f"This is for {author} to answer, not for {user}.")
        )
    return ""


def _refuse_wrong_answer(answer: Answer, statement_sha256: str | None) -> None:
    """422 unless it is an approval of this very content, or a rejection of it that says why."""
    if len(answer.chosen) != 1 or answer.chosen[0] not in approving.ANSWERS:
        raise AnswerRefusedError(422, text("请选择批准或退回之一。", "Choose one of: Approve, Reject."))
    _refuse_wrong_fields(answer.given, _OF_A_LEVEL)
    shown = answer.given.get("content")
    if not isinstance(shown, str) or not statement_sha256 or shown != statement_sha256:
        raise AnswerRefusedError(422, _OTHER_CONTENT)
    if answer.chosen[0] == "Reject" and not printable(str(answer.given.get("comment") or "")):
        raise AnswerRefusedError(
            422, text("退回时请写明原因。", "Say in the comment why you reject it: its author needs to know.")
        )


def _refuse_wrong_form(job: Job, register: Register, task: str, answer: Answer, now: dt.datetime) -> None:
    """422 with everything that is wrong in a form; of minutes what was written is kept for the next try."""
    if answer.chosen != ("OK",):
        raise AnswerRefusedError(422, text("请选择 OK。", "Choose OK."))
    if task == REVIEW:
        _refuse_unknown_fields(answer.given, _FIELDS[task])
        given = meeting_form.written(answer.given)
        meeting, problems = reviewing.read_form(job, register, given, now)
        if meeting is None:
            register.refuse_form(job.ref, answer.user, given, problems)
            said = text("会议纪要有误，已保留您填写的内容。", "The minutes have problems; what you wrote is kept.")
            raise AnswerRefusedError(422, said, tuple(problems))
        return
    _refuse_wrong_fields(answer.given, _FIELDS[task])
    if task == REWORK and answer.given.get("data") not in (COLLECT, KEEP, None):
        raise AnswerRefusedError(422, text(f"数据：请选择 {COLLECT} 或 {KEEP}。", f"Data: choose {COLLECT} or {KEEP}."))


def _refuse_wrong_fields(given: Mapping[str, Any], known: tuple[str, ...]) -> None:
    """422 for fields that are no text, that are too long, or that the question does not have."""
    _refuse_unknown_fields(given, known)
    wrong = [name for name, value in given.items() if value is not None and not isinstance(value, str)]
    if wrong:
        raise AnswerRefusedError(422, text(f"{_names(wrong)}：应为文本。", f"{_names(wrong)}: text is expected."))
    long = [name for name, value in given.items() if len(value or "") > LONGEST]
    if long:
        raise AnswerRefusedError(422, _too_long(long))


def _refuse_unknown_fields(given: Mapping[str, Any], known: tuple[str, ...]) -> None:
    other = sorted(set(given) - set(known))
    if other:
        raise AnswerRefusedError(
            422, text(f"没有字段 {_names(other)}。", f"The question has no field {_names(other)}.")
        )


def _too_long(names: list[str]) -> Text:
    return text(
        f"{_names(names)}：最多 {LONGEST:,} 个字符。", f"{_names(names)}: at most {LONGEST:,} characters are taken."
    )


def _names(names: list[str]) -> str:
    return ", ".join(name[:60] for name in names)
