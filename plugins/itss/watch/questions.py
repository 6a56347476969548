"""What people have been asked and by when they have to answer: by the entry as it was when they were asked.

Levels have the deadline that the entry gives them; the author's comment, rework and the review meeting have that of
`DAYS`. People are found by their key in the list of today, so that a reminder goes to their present address.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from pydantic import ValidationError

from itss.ref import Ref
from itss.register import Register
from itss.register.records import COMMENT, REVIEW, REWORK, Asked
from itss.report_list.due import FORGOTTEN, answer_due_at
from itss.report_list.models import Entry, Person, ReportList
from itss.text import Text, text
from itss.watch.matter import Kind, Matter, local, names

DAYS = {COMMENT: 2, REWORK: 2, REVIEW: 5}
"""Working days to answer in, for what is no approval level."""
TITLES = {
    COMMENT: text("编制人意见", "the author's comment"),
    REWORK: text("退回后的修改", "the rework of what was returned"),
    REVIEW: text("回顾会议纪要", "the minutes of the review meeting"),
}


@dataclass(frozen=True)
class Question:
    """An open question: ``people`` may answer it, from the ``morning`` of its last day they are reminded."""

    ref: Ref
    level: str
    title: Text
    entry: Entry
    people: tuple[Person, ...]
    asked_at: dt.datetime
    morning: dt.datetime
    deadline: dt.datetime
    expires_at: dt.datetime | None

    @property
    def what(self) -> Text:
        """What waits for whom since when."""
        since, who = local(self.asked_at, self.entry.period.timezone), names(self.people)
        return text(
            f"第 {self.ref[2]} 版自 {since} 起等待“{self.title.zh}”，由{who.zh}答复",
            f"revision {self.ref[2]} has waited since {since} for '{self.title.en}' by {who.en}",
        )

    @property
    def remedy(self) -> Text:
        """Where it is answered, and until when that is possible."""
        said = text("请在 Airflow 的 Required Actions 中答复。", "It is answered under Required Actions in Airflow.")
        if self.expires_at is None:
            return said
        end = local(self.expires_at, self.entry.period.timezone)
        return text(f"{said.zh}{end} 后问题失效，需重新提问。", f"{said.en} After {end} the question expires.")

    def matter(self, kind: Kind, people: tuple[Person, ...]) -> Matter:
        """That ``people`` are to be told of it."""
        report, period, number = self.ref
        return Matter(
            kind=kind,
            report=report,
            title=self.entry.title,
            period=period,
            about=f"r{number:02d} {self.level} {self.asked_at:%Y%m%dT%H%M%S}",
            due_at=self.deadline,
            zone=self.entry.period.timezone,
            language=self.entry.language,
            what=self.what,
            remedy=self.remedy,
            people=people,
        )


def open_questions(people: ReportList, register: Register) -> list[Question]:
    """Every open question, oldest first."""
    return [one for asked in register.asked() if (one := _question(asked, people, register)) is not None]


def answer_matters(
    questions: list[Question], people: ReportList, now: dt.datetime, since: dt.datetime | None
) -> Iterator[Matter]:
    """Reminders for those who have to answer today, and for the report manager what they did not answer in time."""
    manager = people.people[people.report_manager]
    for one in questions:
        if one.deadline < now - FORGOTTEN or (since is not None and one.deadline < since):
            continue
        if one.morning <= now < one.deadline:
            yield one.matter("answer_due", one.people)
        elif one.deadline <= now:
            yield one.matter("answer_late", (manager,))


def _question(asked: Asked, people: ReportList, register: Register) -> Question | None:
    entry, known = _frozen(asked.ref, people, register)
    if entry is None:  # neither can it be read nor is it in the list any more
        return None
    level = next((one for one in entry.approval if one.name == asked.level), None)
    if level is not None:
        keys, days = level.approvers or (people.report_manager,), level.deadline_days
    else:
        keys, days = _asked_beside(asked.level, entry, people), DAYS.get(asked.level, 2)
    morning, deadline = answer_due_at(entry.period, asked.at, days)
    return Question(
        ref=asked.ref,
        level=asked.level,
        title=level.title if level else TITLES.get(asked.level, text(asked.level, asked.level)),
        entry=entry,
        people=tuple(known[key] for key in keys),
        asked_at=asked.at,
        morning=morning,
        deadline=deadline,
        expires_at=asked.at + dt.timedelta(days=level.expires_days) if level else None,
    )


def _asked_beside(what: str, entry: Entry, people: ReportList) -> tuple[str, ...]:
    """Who is asked for what is no approval level: the author, or, for the minutes, the approvers and report manager."""
    if what in (COMMENT, REWORK):
        return (entry.author,)
    approvers = [key for level in entry.approval for key in level.approvers]
    return tuple(dict.fromkeys([*approvers, people.report_manager]))


def _frozen(ref: Ref, people: ReportList, register: Register) -> tuple[Entry | None, Mapping[str, Person]]:
    """The entry with which the revision was opened (today's where an older release wrote it otherwise), and people."""
    document = register.entry(ref)
    try:
        then = ReportList.model_validate(document["people"]).people
        return Entry.model_validate(document["entry"]), {**then, **people.people}
    except (KeyError, ValidationError):
        return {entry.key: entry for entry in people.reports}.get(ref[0]), people.people
