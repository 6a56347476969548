"""Who may answer an approval level, judged when they answer: never the author, nor one person at two levels.

Four eyes are two persons, whoever really answered: compared as a person would (`itss.report_list.persons`), not letter
by letter.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from itss.errors import DecisionMissingError
from itss.register import Register
from itss.report_list.models import ApprovalLevel, Person
from itss.report_list.persons import folded, same_person
from itss.steps.job import Job


def judge_person(job: Job, register: Register, level: ApprovalLevel, user: str, at: dt.datetime) -> str:  # noqa: ARG001
    """The key of the approver on whose behalf ``user`` answers at ``at``; empty where they answer for themselves.

    `DecisionMissingError` where they may not answer this level: it counts for nothing.
    """
    people = job.people.people
    allowed = {str(people[key].user) for key in level.approvers if people[key].user}
    me = [one for one in people.values() if one.user and folded(one.user) == folded(user)]
    is_named = bool(user) and (not level.approvers or user in allowed)
    author = people[job.entry.author]
    if not is_named or _is_one_of(user, me, author.user, [author]):
        others = " or ".join(sorted(allowed)) or f"anybody but the author {author.user}"
        raise DecisionMissingError(
            f"{level.title.en}: answered by {user or 'nobody named'}, not by {others}.",
            "Clear this task: the approver is asked again.",
        )
    if not job.entry.separate_people:
        return ""
    for other in register.decisions(job.ref):
        them = [one for one in people.values() if one.user and folded(one.user) == folded(other.who_id or "")]
        if other.level != level.name and other.who_id and _is_one_of(user, me, other.who_id, them):
            raise DecisionMissingError(
                f"{level.title.en}: {user} has answered '{other.title}' already, and each level needs somebody else.",
                "Clear this task, and have another person answer it.",
            )
    return ""


def _is_one_of(user: str, me: Sequence[Person], other: str | None, them: Sequence[Person]) -> bool:
    return (other is not None and folded(user) == folded(other)) or any(same_person(a, b) for a in me for b in them)
