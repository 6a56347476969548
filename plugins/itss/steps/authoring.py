"""The author's comment (编制人意见): what they are shown, and how their words get into the report.

It is in ``comment.json`` of the folder between *measure* and *render*. Refuses the words of anybody else. Surprise:
new figures remove it, because a comment on other figures is none on these.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

from itss.choices import KEEP
from itss.errors import DecisionMissingError
from itss.ref import Ref
from itss.register import Register
from itss.register.records import COMMENT, REWORK
from itss.steps.job import Job
from itss.steps.opened import opened as proven
from itss.steps.rendering import COMMENT_FILE, inputs, keep_summary
from itss.text import printable

SECTIONS = ("a", "b", "c", "d", "e", "f")


def figures_brief(job: dict[str, Any]) -> str:
    """Step 3 生成: what the author is asked to comment on, in Markdown; they are asked from now on."""
    from itss.notices import asked
    from itss.reports import content
    from itss.reports.drawing import brief

    opened, register = proven(job)
    given = replace(inputs(opened, preview=False), comment="")
    report = content.build(given)
    keep_summary(opened, given, report)  # of the figures; what is signed is written when it is rendered
    notices = asked.plan(opened.ref, COMMENT, opened.people, register, dt.datetime.now(dt.UTC))
    register.ask(opened.ref, COMMENT, notices)
    asked.send(opened.ref, COMMENT, opened.people, register)
    return brief.render(report, {})


def comment(job: dict[str, Any], answer: dict[str, Any]) -> dict[str, int]:
    """Step 3 生成: keep the comment for the report; `DecisionMissingError` if not the author wrote it.

    ``answer`` is the human task's payload. An empty comment is one, too: there is nothing to say.
    """
    opened, register = proven(job)
    answer = on_record(register, opened.ref, COMMENT, answer)
    who = _refuse_others(opened, answer, "The comment was written")
    text = printable(str((answer.get("params_input") or {}).get("comment") or ""))
    said = {"comment": text, "at": instant(answer["responded_at"]).isoformat(), "by": who}
    opened.folder.write_json(COMMENT_FILE, said)
    register.commented(opened.ref, who["id"])
    return {"characters": len(text)}


def rework(job: dict[str, Any], answer: dict[str, Any]) -> dict[str, Any]:
    """After a rejection (退回): keep what the author says to each section, and whether the data are collected again.

    ``answer`` is the form's payload; what they say goes into the next revision. `DecisionMissingError` if not the
    author filled it in.
    """
    opened, register = proven(job)
    answer = on_record(register, opened.ref, REWORK, answer)
    _refuse_others(opened, answer, "The rework was answered")
    given = answer.get("params_input") or {}
    comments = {key: text for key in SECTIONS if (text := printable(str(given.get(f"section_{key}") or "")))}
    keep_data = given.get("data") == KEEP
    register.rework(opened.ref, comments, keep_data=keep_data, who=answer["responded_by_user"]["id"])
    return {"comments": len(comments), "keep_data": keep_data}


def is_commented(job: dict[str, Any]) -> bool:
    """Whether the author has said what they have to say to the figures that are there."""
    opened, register = proven(job)
    return register.is_commented(opened.ref) and opened.folder.has(COMMENT_FILE)


def is_reworked(job: dict[str, Any]) -> bool:
    """Whether the author has answered since the revision was returned."""
    opened, register = proven(job)
    return register.is_reworked(opened.ref)


def on_record(register: Register, ref: Ref, question: str, answer: dict[str, Any]) -> dict[str, Any]:
    """The answer that is on record as it arrived, in place of the one that Airflow hands over."""
    held = register.answered(ref, question)
    return answer if held is None else held.payload


def _refuse_others(job: Job, answer: dict[str, Any], what: str) -> dict[str, Any]:
    """Who answered; `DecisionMissingError` unless it was the author."""
    who = answer.get("responded_by_user") or {}
    author = job.people.people[job.entry.author].user
    if who.get("id") != author:
        raise DecisionMissingError(
            f"{what} by {who.get('id') or 'nobody named'}, not by the author {author}.",
            "Clear this task: the author is asked again.",
        )
    return dict(who)


def instant(given: dt.datetime | str) -> dt.datetime:
    """When a human task was answered, as Airflow hands it over."""
    return given if isinstance(given, dt.datetime) else dt.datetime.fromisoformat(given)
