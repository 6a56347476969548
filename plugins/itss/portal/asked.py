"""What a revision waits for, and whether the viewer may answer it: what the buttons of its page are made of."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal
from urllib.parse import quote

from itss.errors import ItssError
from itss.portal import airflow_api
from itss.portal.seen import Seen
from itss.portal.state import register
from itss.portal.viewer import Viewer, keys_of
from itss.ref import Ref
from itss.register.records import REVIEW
from itss.report_list.due import answer_due_at
from itss.report_list.entry_parts import ApprovalLevel
from itss.steps.answerers import judge_person, judge_reviewer
from itss.text import Text
from itss.watch.questions import DAYS, TITLES, asked_beside

Form = Literal["level", "comment", "rework", "review_meeting"]


@dataclass(frozen=True)
class Open:
    """A question that is open: whose it is, since when, by when, and the ``task`` that takes the answer.

    ``is_mine``: the viewer may answer it; ``behalf`` names for whom, where they stand in for somebody. ``is_gone``:
    Airflow has the task no more, so that the next run takes the answer.
    """

    form: Form
    title: Text
    people: tuple[Text, ...]
    since: dt.datetime
    by: dt.datetime
    task: str
    is_mine: bool
    behalf: Text | None = None
    is_gone: bool = False


def open_questions(seen: Seen, who: Viewer, now: dt.datetime) -> list[Open]:
    """The questions about one revision, oldest first."""
    asked = [one for one in register().asked() if one.ref == seen.ref]
    return [_open(seen, who, one.level, one.at, now) for one in asked]


def task_path(ref: Ref, run: str, task: str) -> str:
    """Airflow's address of a human task, below its root."""
    return f"/api/v2/dags/{quote(ref.report)}/dagRuns/{quote(run, safe='')}/taskInstances/{quote(task)}/-1/hitlDetails"


def _open(seen: Seen, who: Viewer, name: str, at: dt.datetime, now: dt.datetime) -> Open:
    level = next((one for one in seen.entry.approval if one.name == name), None)
    keys = dict.fromkeys(level.approvers if level else asked_beside(name, seen.entry, seen.people))
    days = level.deadline_days if level else DAYS[name]
    is_mine, behalf = _is_mine(seen, who, level or name, keys, now)
    people = seen.people.people
    return Open(
        form="level" if level else name,  # type: ignore[arg-type]  # the three others are called as they are asked
        title=level.title if level else TITLES[name],
        people=tuple(people[key].title for key in keys),
        since=at,
        by=answer_due_at(seen.entry.period, at, days)[1] - dt.timedelta(seconds=1),  # the midnight that ends the day
        task=task_path(seen.ref, seen.revision.run, name),
        is_mine=is_mine and airflow_api.may_answer(who.user, seen.ref.report),
        behalf=people[behalf].title if behalf in people else None,
        is_gone=not airflow_api.has_task(seen.ref.report, seen.revision.run, name),
    )


def _is_mine(
    seen: Seen, who: Viewer, asked: ApprovalLevel | str, keys: Iterable[str], now: dt.datetime
) -> tuple[bool, str]:
    """Whether they may answer it now, and on whose behalf; comment and rework are the author's own."""
    if isinstance(asked, ApprovalLevel):
        return _is_level_mine(seen, who, asked, now)
    if asked != REVIEW or seen.job is None:
        return _is_named(seen, who, keys), ""
    try:
        return True, judge_reviewer(seen.job, who.name, now)
    except ItssError:
        return False, ""


def _is_named(seen: Seen, who: Viewer, keys: Iterable[str]) -> bool:
    return bool(keys_of(who.name, seen.people) & set(keys))


def _is_level_mine(seen: Seen, who: Viewer, level: ApprovalLevel, now: dt.datetime) -> tuple[bool, str]:
    """Whether they may answer it now, and on whose behalf; never where what is signed cannot be read."""
    if seen.job is None or seen.statement is None:
        return False, ""
    try:
        return True, judge_person(seen.job, register(), level, who.name, now)
    except ItssError:
        return False, ""
