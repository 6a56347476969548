"""What is owed, and who is to be notified of it by now: a question to the list, the clock and the record alone.

Surprise: of what is more than a month overdue nobody is notified any more, so that a system that comes back after a
long time does not mail the past.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from itss.errors import PeriodError
from itss.hand_in.place import DROPPED, Place, places_of
from itss.periods import Period
from itss.register import HandIn, Register
from itss.report_list.due import FORGOTTEN, data_due_at, recent_periods, reminder_at
from itss.report_list.models import Entry, ReportList
from itss.report_list.person import Person
from itss.text import Language

Kind = Literal["announce", "remind", "escalate", "refused"]
LEAD = dt.timedelta(days=7)
"""A period is announced so long before it ends; a shorter one when it begins."""
SAME_DAY = dt.timedelta(hours=20)


@dataclass(frozen=True)
class Owing:
    """That the person ``to`` of the list is to be notified about ``entry`` and ``period``."""

    to: str
    person: Person
    entry: Entry
    period: Period
    refused: HandIn | None = None

    @property
    def language(self) -> Language:
        """In which language: the report's."""
        return self.entry.language

    @property
    def key(self) -> tuple[str, str, str]:
        """Report, period, and what tells notices of one kind apart."""
        about = f"{self.refused.process} {self.refused.sha256[:16]}" if self.refused else ""
        return self.entry.key, self.period.label, about


def due_now(
    kind: Kind, people: ReportList, register: Register, now: dt.datetime, since: dt.datetime | None = None
) -> list[Owing]:
    """Who is to be notified, by now, of what; notified already or not. What was due before ``since`` is the past."""
    if kind == "refused":
        return list(_refusals(people, register.hand_ins(since=now - FORGOTTEN), now))
    ripe = [(entry, period) for entry in people.reports for period in _ripe(kind, entry, now, since)]
    labels = {period.label for _, period in ripe}
    if kind != "announce" and labels:
        handed: dict[tuple[str, str], list[HandIn]] = {}
        for one in register.hand_ins(periods=labels):
            handed.setdefault((one.report, one.period), []).append(one)
        ripe = [
            (entry, period)
            for entry, period in ripe
            if _is_lacking(kind, lacking(entry, people, period, handed.get((entry.key, period.label), ())))
        ]
    found = [
        Owing(key, people.people[key], entry, period) for entry, period in ripe for key in _asked(kind, entry, people)
    ]
    if kind == "remind" and found:
        notices = register.notices(kind="announce", periods=labels)
        announced = {(one.address, one.report, one.period): one.at for one in notices}
        found = [one for one in found if _was_announced(one, announced, now)]
    return found


def _ripe(kind: Kind, entry: Entry, now: dt.datetime, since: dt.datetime | None) -> Iterator[Period]:
    """The recent periods of an entry at which it is time, by the clock alone."""
    for period in recent_periods(entry, now):
        due = data_due_at(entry.period, period)
        if due < now - FORGOTTEN or (since is not None and due < since):
            continue
        begins, ends = due, dt.datetime.max.replace(tzinfo=dt.UTC)
        if kind == "announce":
            begins, ends = max(period.start, period.end - LEAD), due
        elif kind == "remind":
            begins, ends = reminder_at(entry.period, period, entry.remind_working_days), due
        if begins <= now < ends:
            yield period


def _is_lacking(kind: Kind, places: Sequence[Place]) -> bool:
    """Whether to notify of what is lacking; what is optional is not escalated."""
    return any(kind != "escalate" or place.source.mandatory for place in places)


def lacking(entry: Entry, people: ReportList, period: Period, hand_ins: Iterable[HandIn]) -> list[Place]:
    """What was not handed in for a period, or not accepted."""
    accepted = {(one.report, one.period, one.process) for one in hand_ins if one.status == "accepted"}
    return [place for place in places_of(entry, people, period) if place.key not in accepted]


def _refusals(people: ReportList, hand_ins: Sequence[HandIn], now: dt.datetime) -> Iterator[Owing]:
    """Dropped files that were refused, unless something was accepted in their place since: nobody else saw why."""
    entries = {entry.key: entry for entry in people.reports}
    accepted = {(one.report, one.period, one.process): one.at for one in hand_ins if one.status == "accepted"}
    for one in hand_ins:
        entry = entries.get(one.report)
        if one.status != "refused" or one.who != DROPPED or one.at < now - FORGOTTEN or entry is None:
            continue
        if one.process not in entry.data_source or accepted.get((one.report, one.period, one.process), one.at) > one.at:
            continue
        try:
            period = entry.period.parse(one.period)
        except PeriodError:  # the entry has become one of other periods
            continue
        yield from (Owing(key, people.people[key], entry, period, one) for key in entry.data_collector)


def _asked(kind: Kind, entry: Entry, people: ReportList) -> tuple[str, ...]:
    return (people.report_manager,) if kind == "escalate" else entry.data_collector


def _was_announced(one: Owing, announced: dict[tuple[str, str, str], dt.datetime], now: dt.datetime) -> bool:
    """Nobody is reminded on the day on which it was announced to them."""
    at = announced.get((one.person.email, one.entry.key, one.period.label))
    return at is not None and at < now - SAME_DAY
