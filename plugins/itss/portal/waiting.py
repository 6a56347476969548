"""What waits for one person, from the list and the record: questions, data, items to improve, proposals.

A list to work through: whether an answer counts is judged when it is given (`itss.steps.answerers`). Every source is
asked once, however much waits.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from itss import links
from itss.hand_in.owed import LEAD, lacking
from itss.hand_in.standing import begun
from itss.periods import Period, clock_time
from itss.portal.viewer import Viewer
from itss.register import HandIn, Improvement, Proposal, Register
from itss.register.records import COMMENT, REVIEW, REWORK
from itss.report_list.due import FORGOTTEN, data_due_at, last_day, recent_periods
from itss.report_list.models import Entry, ReportList
from itss.report_list.persons import folded, same_person
from itss.settings import settings
from itss.text import Text, text
from itss.watch.questions import Question, open_questions


@dataclass(frozen=True)
class Waits:
    """One thing that waits: what ``kind`` of thing, ``what`` it is, at ``path`` of the portal, by ``due``.

    ``behalf`` is whom the reader stands in for; ``targets`` are all and the missed ones of the report.
    """

    kind: str
    what: Text
    path: str
    title: Text | None = None
    period: str = ""
    number: int = 0
    since: dt.datetime | None = None
    due: dt.datetime | None = None
    zone: str = "UTC"
    targets: tuple[int, int] | None = None
    behalf: Text | None = None

    def is_late(self, now: dt.datetime) -> bool:
        """Whether it should have been done."""
        return self.due is not None and self.due <= now

    @property
    def last_day(self) -> dt.date | None:
        """The last day on which it can be done in time, in the report's zone."""
        return None if self.due is None else last_day(self.due, self.zone)

    def days_left(self, now: dt.datetime) -> int:
        """Days from today to the last one; below zero, so many days over it."""
        last = self.last_day
        return 0 if last is None else (last - now.astimezone(ZoneInfo(self.zone)).date()).days

    def local(self, at: dt.datetime) -> str:
        """An instant on the clock of the report's zone."""
        return f"{clock_time(at, self.zone)} ({self.zone})"


def waiting(who: Viewer, people: ReportList, register: Register, now: dt.datetime) -> list[Waits]:
    """Everything that waits for ``who``: what is overdue first, then by its day."""
    found = [
        *_questions(who, people, register, now),
        *_data(who, people, register, now),
        *(_item(one, people) for one in register.improvements(is_open=True) if one.owner in who.keys),
        *(_proposal(one) for one in _to_decide(who, people, register)),
    ]
    end = dt.datetime.max.replace(tzinfo=dt.UTC)
    return sorted(found, key=lambda one: (one.due or end, one.since or end))


def _questions(who: Viewer, people: ReportList, register: Register, now: dt.datetime) -> Iterator[Waits]:
    mine = [
        (one, key)
        for one in open_questions(people, register)
        if (key := _asked_as(who, one, people, now)) is not None and who.may_read(one.ref.report)
    ]
    refs = {one.ref for one, _ in mine}
    targets, answers = register.target_counts(refs), register.decided_by(refs)
    for one, key in mine:
        if not _has_answered(who, one, people, answers.get(one.ref, ())):
            yield _question(one, people.people[key].title if key else None, targets.get(one.ref))


def _asked_as(who: Viewer, one: Question, people: ReportList, now: dt.datetime) -> str | None:
    """The key of whom they stand in for, empty for themselves; ``None`` where they are not asked."""
    is_level = one.level not in (COMMENT, REWORK, REVIEW)
    author = people.people.get(one.entry.author)
    if is_level and author is not None and author.user and folded(author.user) == folded(who.name):
        return None
    if any(person.user == who.name for person in one.people):
        return ""
    if one.level in (COMMENT, REWORK):  # the author's own
        return None
    day = now.astimezone(ZoneInfo(one.entry.period.timezone)).date()
    given = [delegation for key in one.keys if (delegation := people.stands_in(key, day)) is not None]
    return next((delegation.for_ for delegation in given if delegation.to in who.keys), None)


def _has_answered(who: Viewer, one: Question, people: ReportList, answers: Iterable[tuple[str, str]]) -> bool:
    """Whether they have answered another level of what each level needs somebody else for."""
    if one.level in (COMMENT, REWORK, REVIEW) or not one.entry.separate_people:
        return False
    others = {folded(user) for level, user in answers if level != one.level}
    me = [people.people[key] for key in who.keys & people.people.keys()]
    them = [person for person in people.people.values() if person.user and folded(person.user) in others]
    return folded(who.name) in others or any(same_person(a, b) for a in me for b in them)


def _question(one: Question, behalf: Text | None, targets: tuple[int, int] | None) -> Waits:
    kind = one.level if one.level in (COMMENT, REWORK, REVIEW) else "level"
    return Waits(
        kind=kind,
        what=one.title,
        path=links.review_path(one.ref) if kind == REVIEW else links.revision_path(one.ref),
        title=one.entry.title,
        period=one.ref.period,
        number=one.ref.number,
        since=one.asked_at,
        due=one.deadline,
        zone=one.entry.period.timezone,
        targets=targets,
        behalf=behalf,
    )


def _data(who: Viewer, people: ReportList, register: Register, now: dt.datetime) -> Iterator[Waits]:
    """What they have to hand in: announced, or due for a month at most."""
    since = settings().since  # what was due before is not owed, unless a report of it was begun
    recent = [
        (entry, period)
        for entry in people.reports
        if who.keys & set(entry.data_collector) and any(one.hand_in for one in entry.data_source.values())
        for period in recent_periods(entry, now)
    ]
    owed = begun(((entry.key, period.label) for entry, period in recent), register)
    mine = [
        (entry, period)
        for entry, period in recent
        if _is_time(
            period, data_due_at(entry.period, period), now, None if (entry.key, period.label) in owed else since
        )
    ]
    handed: dict[tuple[str, str], list[HandIn]] = {}
    for one in register.hand_ins(periods={period.label for _, period in mine}) if mine else ():
        handed.setdefault((one.report, one.period), []).append(one)
    for entry, period in mine:
        yield from _owed(entry, people, period, handed.get((entry.key, period.label), ()), now)


def _is_time(period: Period, due: dt.datetime, now: dt.datetime, since: dt.datetime | None) -> bool:
    """Whether data of a period is announced, and not forgotten."""
    return max(period.start, period.end - LEAD) <= now <= due + FORGOTTEN and (since is None or due >= since)


def _owed(
    entry: Entry, people: ReportList, period: Period, handed: Iterable[HandIn], now: dt.datetime
) -> Iterator[Waits]:
    due = data_due_at(entry.period, period)
    # what is optional and was not handed in in time, the report says so and goes on without it
    places = [one for one in lacking(entry, people, period, handed) if one.source.mandatory or now < due]
    if places:
        names = [one.process_name for one in places]
        yield Waits(
            kind="data",
            what=text("、".join(name.zh for name in names), ", ".join(name.en for name in names)),
            path=links.hand_in_path(entry.key, period.label),
            title=entry.title,
            period=period.label,
            due=due,
            zone=entry.period.timezone,
        )


def _item(one: Improvement, people: ReportList) -> Waits:
    titles: Mapping[str, Text] = {entry.key: entry.title for entry in people.reports}
    day = one.moves[-1][1] if one.moves else one.due_on
    return Waits(
        kind="improvement",
        what=text(one.title, one.title),
        path=f"{links.improvements_path()}#{one.key}",
        title=titles.get(one.report, text(one.report, one.report)),
        period=one.period,
        due=dt.datetime.combine(day + dt.timedelta(days=1), dt.time(), ZoneInfo(one.zone)),
        zone=one.zone,
    )


def _to_decide(who: Viewer, people: ReportList, register: Register) -> list[Proposal]:
    return register.proposals(is_open=True) if people.report_manager in who.keys else []


def _proposal(one: Proposal) -> Waits:
    words = " ".join(one.text.split())
    short = words if len(words) <= 80 else words[:79] + "…"
    return Waits("proposal", text(short, short), f"{links.improvements_path()}#{one.key}", since=one.at)
