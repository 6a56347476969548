"""Who may answer, judged when they answer: never the author, nor one person at two levels; a delegate in their days.

Four eyes are two persons, whoever really answered: compared as a person would (`itss.report_list.persons`), not letter
by letter. They hold for a delegate and for whom they stand in for. Surprise: levels and approvers are those of the
entry as it was opened, delegates those of the list of today, for somebody may be named while a question waits.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from itss.errors import NotTheirsError
from itss.register import Register
from itss.register.records import Decision
from itss.report_list.entry_parts import ApprovalLevel
from itss.report_list.loader import current
from itss.report_list.models import ReportList
from itss.report_list.person import Delegate, Person
from itss.report_list.persons import folded, same_person, signing_in_as
from itss.settings import settings
from itss.steps.job import Job

_ASK_AGAIN = "Clear this task: the approver is asked again."


def judge_person(job: Job, register: Register, level: ApprovalLevel, user: str, at: dt.datetime) -> str:
    """The key of the approver on whose behalf ``user`` answers at ``at``; empty where they answer for themselves.

    `NotTheirsError` where they may not answer this level: it counts for nothing.
    """
    today = _today()
    given = _standing(job, today, level.approvers, level.title.en, level.title.zh, user, at)
    me = _persons(user, job.people, today)
    author = job.people.people[job.entry.author]
    if _is_one_of(user, me, author.user, [author]):
        raise _not_theirs(job, level.approvers, level.title.en, level.title.zh, user)
    if job.entry.separate_people:
        ours = [(user, me), *_principal(job, given.for_ if given else "")]
        for other in register.decisions(job.ref):
            if other.level != level.name and other.who_id and _share(ours, _parties(job, today, other)):
                raise NotTheirsError(
                    f"{level.title.en}: {user} has answered '{other.title}' already, or it was answered for whom they "
                    "stand in for, and each level needs somebody else.",
                    "Clear this task, and have another person answer it.",
                    f"{level.title.zh}：{user}（或其代理的人）已答复“{other.title}”，每一级须由不同的人答复。",
                )
    return given.for_ if given else ""


def judge_reviewer(job: Job, user: str, at: dt.datetime) -> str:
    """The same of the minutes of a review: a reviewer, or the delegate of one. `NotTheirsError` for anybody else."""
    given = _standing(job, _today(), job.people.reviewer_keys(job.entry), "The review", "回顾", user, at)
    return given.for_ if given else ""


def delegation(job: Job, on_behalf: str, at: dt.datetime) -> dict[str, Any]:
    """The delegation by which somebody stood in for ``on_behalf`` at ``at``, as its line says it; empty without one."""
    if not on_behalf or (given := (today := _today()).stands_in(on_behalf, _day(job, at))) is None:
        return {}
    person = today.people[given.to]
    return {
        "to": given.to,
        "user": person.user,
        "address": person.email,
        "title": person.title.of(job.entry.language),
        "from": given.since.isoformat(),
        "until": given.until.isoformat(),
        "reason": given.reason.of(job.entry.language),
    }


def offered(job: Job, keys: Iterable[str]) -> list[str]:
    """The users who are asked for the people of ``keys``: their own, and those of whoever is named as delegate."""
    today = _today()
    people = [person for key in keys for person in (job.people.people[key], *today.delegates_of(key))]
    return list(dict.fromkeys(person.user for person in people if person.user))


def _today() -> ReportList:
    return current(settings().report_list).list


def _day(job: Job, at: dt.datetime) -> dt.date:
    return at.astimezone(ZoneInfo(job.entry.period.timezone)).date()


def _standing(
    job: Job, today: ReportList, keys: Sequence[str], en: str, zh: str, user: str, at: dt.datetime
) -> Delegate | None:
    """By which delegation ``user`` is one of ``keys``; ``None`` where they are one themselves, or nobody is named."""
    if user and (not keys or user in {job.people.people[key].user for key in keys}):
        return None
    named = [one for one in today.delegates if one.for_ in keys and user and today.people[one.to].user == user]
    day = _day(job, at)
    given = next((one for one in named if one.covers(day)), None)
    if given is not None:
        return given
    if named:
        days = "; ".join(f"{one.for_}: {one.since} – {one.until}" for one in named)
        raise NotTheirsError(
            f"{en}: answered by {user} on {day}, who is a delegate on other days only ({days}).",
            "Name them in `delegates` for this day, too, or have the approver answer. " + _ASK_AGAIN,
            f"{zh}：{user} 于 {day} 答复，但其代理期限不含该日（{days}）。",
        )
    raise _not_theirs(job, keys, en, zh, user)


def _not_theirs(job: Job, keys: Sequence[str], en: str, zh: str, user: str) -> NotTheirsError:
    allowed = sorted({own for key in keys if (own := job.people.people[key].user)})
    author = job.people.people[job.entry.author].user
    others = " or ".join(allowed) or f"anybody but the author {author}"
    return NotTheirsError(
        f"{en}: answered by {user or 'nobody named'}, not by {others}.",
        _ASK_AGAIN,
        f"{zh}：应由 {' 或 '.join(allowed) or f'作者 {author} 以外的人'} 答复，而非 {user or '未署名者'}。",
    )


_Party = tuple[str, list[Person]]
"""A user, and whoever they are in the list."""


def _persons(user: str, *lists: ReportList) -> list[Person]:
    return [one for known in lists for one in signing_in_as(user, known.people).values()]


def _principal(job: Job, key: str) -> list[_Party]:
    person = job.people.people.get(key)
    return [(person.user or "", [person])] if person else []


def _parties(job: Job, today: ReportList, decision: Decision) -> list[_Party]:
    """Who has answered, and whom they stood in for."""
    who = decision.who_id or ""
    return [(who, _persons(who, job.people, today)), *_principal(job, decision.on_behalf)]


def _share(ours: Sequence[_Party], theirs: Sequence[_Party]) -> bool:
    return any(_is_one_of(user, me, other, them) for user, me in ours for other, them in theirs)


def _is_one_of(user: str, me: Sequence[Person], other: str | None, them: Sequence[Person]) -> bool:
    return (other is not None and folded(user) == folded(other)) or any(same_person(a, b) for a in me for b in them)
