"""Who answers in `make run`: the demo people, over REST, each after the mail that notifies them has arrived."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from itss.errors import StandaloneError
from itss.links import revision_path
from itss.register import Register
from itss.report_list.models import Entry, ReportList
from itss.standalone.embedded import user_of
from itss.standalone.postbox import Mail, Postbox
from itss.standalone.prepare import Request
from itss.standalone.progress import Watch

NOTICE_S = 60.0
"""How long the notice may take; then they answer without it, which ``run.json`` shows."""


@dataclass(frozen=True)
class Answered:
    """A human task that was answered, and when its person had been notified (None: they had not)."""

    task: str
    by: str
    notified_at: dt.datetime | None
    answered_at: dt.datetime


class Approvers:
    """Answers the human tasks as the people whom the entry names, and says so. ``answers`` is what they did."""

    def __init__(
        self, wanted: Request, reports: ReportList, register: Register, postbox: Postbox, say: Callable[[str], None]
    ) -> None:
        self.answers: list[Answered] = []
        self._entry = wanted.entry
        self._period = wanted.period.label
        self._levels = {level.name: level for level in wanted.entry.approval}
        self._reports = reports
        self._register = register
        self._postbox = postbox
        self._say = say

    def answer(self, watch: Watch, task: dict[str, Any]) -> None:
        """Approve a level, fill a form; `StandaloneError` for the rework, which only its person can do."""
        name = task["task_id"]
        person = self._person(task)
        user = user_of(self._reports, person)
        notice = self._notice(watch, person)
        if notice is None:
            self._say(f"          no mail has notified '{user}' of {task['task_display_name']}")
        if name in self._levels:
            watch.answer(task, user, "Approve", "approved by `make run` over the REST API")
            self._say(f"          answered {task['task_display_name']}: Approve, over REST as demo user '{user}'")
        elif name == "comment":
            watch.answer(task, user, "OK", None)
            self._say(f"          answered {task['task_display_name']}: nothing to say, as demo user '{user}'")
        else:
            watch.answer(task, user, "OK", None, minutes(self._entry, self._reports, dt.datetime.now(dt.UTC)))
            self._say(f"          answered {task['task_display_name']}: demo minutes, as demo user '{user}'")
        notified_at = notice.received_at if notice else None
        self.answers.append(Answered(name, user, notified_at, dt.datetime.now(dt.UTC)))

    def _person(self, task: dict[str, Any]) -> str:
        """The key of who answers: of several approvers the first who can sign in."""
        name = task["task_id"]
        if name in self._levels:
            return next(key for key in self._levels[name].approvers if self._reports.people[key].user)
        if name == "comment":
            return self._entry.author
        if name == "review_meeting":
            return self._reports.report_manager
        raise StandaloneError(
            f"The report was returned; '{task['task_display_name']}' waits for its author.",
            "Answer it in the UI: make demo.",
        )

    def _notice(self, watch: Watch, person: str) -> Mail | None:
        """The mail that links ``person`` to the page where they answer; the next one, where they answered before."""
        revisions = reversed(self._register.revisions(watch.dag, self._period))
        page = revision_path(next(one.ref for one in revisions if one.run == watch.run))
        before = sum(one.by == user_of(self._reports, person) for one in self.answers)

        def found() -> list[Mail]:
            self._postbox.announce()
            return self._postbox.about(self._reports.people[person].email, page)[before:]

        with suppress(StandaloneError):  # whether Airflow is still there is asked again by whoever follows the run
            watch.airflow.wait(lambda: bool(found()), NOTICE_S, "the notice")
        return next(iter(found()), None)


def minutes(entry: Entry, reports: ReportList, now: dt.datetime) -> dict[str, object]:
    """What `make run` writes into the form of the review meeting: a day, who was there, and one item to improve."""
    today = now.astimezone(ZoneInfo(entry.period.timezone)).date()
    due = today + dt.timedelta(days=30)
    return {
        "held_on": today.isoformat(),
        "attendees": list(dict.fromkeys([reports.report_manager, entry.author, *entry.distribution.recipients])),
        "gaps": "演示：未达成的目标见下表，主要原因是高优先级事件集中在少数服务。\n"
        "Demo: the missed targets are listed below; most of the high priority incidents fall on a few services.",
        "items": f"分析未达成目标的主要原因 Find the main causes of the missed targets | {entry.author} | {due}",
        "trends": "演示：除报告标出的信号外，各项变化属正常波动。\n"
        "Demo: apart from the signals that the report marks, the changes are ordinary fluctuation.",
        "measures": "演示：每周检查临近期限的事件，提前升级。\n"
        "Demo: every week look at incidents close to their deadline, and escalate them before it passes.",
    }
