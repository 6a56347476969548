"""What people have been asked and by when they have to answer: by the entry as it was when they were asked.

Levels have the deadline that the entry gives them; the author's comment, rework and the review meeting have that of
`DAYS`. People are found by their key in the list of today, so that a reminder goes to their present address.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from itss.links import revision_path
from itss.ref import Ref
from itss.register import Register
from itss.register.records import COMMENT, REVIEW, REWORK, Asked
from itss.report_list.due import FORGOTTEN, answer_due_at
from itss.report_list.models import Entry, ReportList
from itss.report_list.person import Person
from itss.text import Text, text
from itss.watch.matter import Kind, Matter, local, names

ASKED, RETURNED = "asked", "returned"
"""Kinds of the notices that a question is asked by: of a rejection the author hears in one with its reason."""
NOTIFIED_LATELY = dt.timedelta(days=1)
"""Nobody is reminded of what they were notified of less than so long ago."""
DAYS = {COMMENT: 2, REWORK: 2, REVIEW: 5}
"""Working days to answer in, for what is no approval level."""
STUCK_AFTER = dt.timedelta(hours=1)
"""So long may a task take to go on with an answer."""
TITLES = {
    COMMENT: text("编制人意见", "the author's comment"),
    REWORK: text("退回后的修改", "the rework of what was returned"),
    REVIEW: text("回顾会议纪要", "the minutes of the review meeting"),
}


@dataclass(frozen=True)
class Question:
    """An open question: ``people``, named by ``keys``, may answer it; they are reminded from ``morning`` on."""

    ref: Ref
    level: str
    title: Text
    entry: Entry
    author: Person
    keys: tuple[str, ...]
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
        said = text("请在其页面上答复。", "It is answered on its page.")
        if self.expires_at is None:
            return said
        end = local(self.expires_at, self.entry.period.timezone)
        return text(f"{said.zh}{end} 后问题失效，需重新提问。", f"{said.en} After {end} the question expires.")

    @property
    def about(self) -> str:
        """What tells it from every other question about the report and period."""
        return Asked(self.ref, self.level, self.asked_at).about

    @property
    def notice(self) -> tuple[str, str]:
        """Kind, and what it is about, of the notices by which it was asked."""
        return (RETURNED, f"r{self.ref[2]:02d}") if self.level == REWORK else (ASKED, self.about)

    def addressees(self, people: ReportList, now: dt.datetime) -> tuple[Person, ...]:
        """Whom to notify of it: who may answer, and who stands in for them that day; a mailbox once."""
        day = now.astimezone(ZoneInfo(self.entry.period.timezone)).date()
        found: dict[str, Person] = {}
        for key, person in zip(self.keys, self.people, strict=True):
            found.setdefault(person.email.lower(), person)
            # the author's own words are nobody else's
            delegation = None if self.level in (COMMENT, REWORK) else people.stands_in(key, day)
            delegate = people.people.get(delegation.to) if delegation else None
            if delegate is not None:
                found.setdefault(delegate.email.lower(), delegate)
        return tuple(found.values())

    def matter(self, kind: Kind, people: tuple[Person, ...]) -> Matter:
        """That ``people`` are to be notified of it."""
        report, period, _ = self.ref
        return Matter(
            kind=kind,
            report=report,
            title=self.entry.title,
            period=period,
            about=self.about,
            due_at=self.deadline,
            zone=self.entry.period.timezone,
            language=self.entry.language,
            what=self.what,
            remedy=self.remedy,
            people=people,
            page=revision_path(self.ref),
        )


def open_questions(people: ReportList, register: Register) -> list[Question]:
    """Every open question, oldest first."""
    asked = register.asked()
    opened = register.entries({one.ref for one in asked})
    return [found for one in asked if (found := question_of(one, people, opened.get(one.ref, {}))) is not None]


def answer_matters(
    questions: list[Question], people: ReportList, register: Register, now: dt.datetime, since: dt.datetime | None
) -> Iterator[Matter]:
    """Reminders for those who have to answer today, and for the report manager what they did not answer in time."""
    manager, notified = people.people[people.report_manager], _notified(questions, register, now)
    for one in questions:
        if one.deadline < now - FORGOTTEN or (since is not None and one.deadline < since):
            continue
        if one.morning <= now < one.deadline:
            of = (one.ref[0], one.ref[1], *one.notice)
            late = tuple(who for who in one.addressees(people, now) if (who.email, *of) not in notified)
            if late:
                yield one.matter("answer_due", late)
        elif one.deadline <= now:
            yield one.matter("answer_late", (manager,))


def stuck_matters(people: ReportList, register: Register, now: dt.datetime) -> Iterator[Matter]:
    """Alarms of answers that are on record, and whose task has not gone on with them."""
    for given in register.unsettled():
        entry, _ = _frozen(given.ref, people, register.entry(given.ref))
        if entry is None or given.at > now - STUCK_AFTER:
            continue
        since = local(given.at, entry.period.timezone)
        yield Matter(
            kind="answer_stuck",
            report=given.ref.report,
            title=entry.title,
            period=given.ref.period,
            about=f"r{given.ref.number:02d} {given.question} {given.number}",
            due_at=None,
            zone=entry.period.timezone,
            language=entry.language,
            what=text(
                f"{given.user} 已于 {since} 答复“{given.question}”，答复已登记，但任务没有继续",
                f"{given.user} answered '{given.question}' at {since}; the answer is on record, and its task has not "
                "gone on",
            ),
            remedy=text(
                f"请在运行 {given.run} 中清除（Clear）任务 {given.task}：它采用已登记的答复，不再询问任何人。"
                f"如该运行已不存在，请以 period={given.ref.period} 触发 DAG {given.ref.report}。",
                f"Clear the task {given.task} of run {given.run}: it takes the answer on record, and asks nobody. If "
                f"that run is gone, trigger the DAG {given.ref.report} with period={given.ref.period}.",
            ),
            people=(people.people[people.report_manager],),
        )


def _notified(
    questions: list[Question], register: Register, now: dt.datetime
) -> frozenset[tuple[str, str, str, str, str]]:
    """Who was notified lately: address, report, period, and the notice that arrived."""
    periods = {one.ref[1] for one in questions if one.morning <= now < one.deadline}
    return frozenset(
        (one.address, one.report, one.period, one.kind, one.about)
        for kind in (ASKED, RETURNED)
        for one in (register.notices(kind=kind, statuses=["accepted"], periods=periods) if periods else ())
        if one.at > now - NOTIFIED_LATELY
    )


def question_of(asked: Asked, people: ReportList, opened: Mapping[str, Any]) -> Question | None:
    """What is known of a question; ``None`` where neither record nor list say how its entry was."""
    entry, known = _frozen(asked.ref, people, opened)
    if entry is None:  # neither can it be read nor is it in the list any more
        return None
    level = next((one for one in entry.approval if one.name == asked.level), None)
    if level is not None:
        keys, days = level.approvers or (people.report_manager,), level.deadline_days
    else:
        keys, days = asked_beside(asked.level, entry, people), DAYS.get(asked.level, 2)
    morning, deadline = answer_due_at(entry.period, asked.at, days)
    return Question(
        ref=asked.ref,
        level=asked.level,
        title=level.title if level else TITLES.get(asked.level, text(asked.level, asked.level)),
        entry=entry,
        author=known[entry.author],
        keys=keys,
        people=tuple(known[key] for key in keys),
        asked_at=asked.at,
        morning=morning,
        deadline=deadline,
        expires_at=asked.at + dt.timedelta(days=level.expires_days) if level else None,
    )


def asked_beside(what: str, entry: Entry, people: ReportList) -> tuple[str, ...]:
    """The keys of those who are asked for what is no approval level: the author, or, for the minutes, the reviewers."""
    return (entry.author,) if what in (COMMENT, REWORK) else tuple(people.reviewer_keys(entry))


def _frozen(ref: Ref, people: ReportList, opened: Mapping[str, Any]) -> tuple[Entry | None, Mapping[str, Person]]:
    """The entry with which the revision was opened (today's where an older release wrote it otherwise), and people."""
    try:
        then = ReportList.model_validate(opened["people"]).people
        return Entry.model_validate(opened["entry"]), {**then, **people.people}
    except (KeyError, ValidationError):
        return {entry.key: entry for entry in people.reports}.get(ref[0]), people.people
