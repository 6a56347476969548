"""How a place stands: what was handed in last, what counts, and what is lacking. Asked of the record and the clock."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from itss.hand_in.place import Place, may_hand_in, places_of
from itss.register import HandIn, Register
from itss.report_list.due import recent_periods
from itss.report_list.models import ReportList

State = Literal["running", "expected", "overdue", "absent", "refused", "accepted"]
"""``running``: the period is not over; ``absent``: optional data that was not handed in by the day it was due."""


@dataclass(frozen=True)
class Standing:
    """A place and everything that was handed in there, in the order in which it came."""

    place: Place
    hand_ins: tuple[HandIn, ...]
    now: dt.datetime

    @property
    def accepted(self) -> HandIn | None:
        """The version that counts."""
        return next((one for one in reversed(self.hand_ins) if one.status == "accepted"), None)

    @property
    def refused(self) -> HandIn | None:
        """The last file, if it was refused."""
        return self.hand_ins[-1] if self.hand_ins and self.hand_ins[-1].status == "refused" else None

    @property
    def state(self) -> State:
        """In a word; an accepted version counts although a later file was refused."""
        if self.accepted:
            return "accepted"
        if self.refused:
            return "refused"
        if self.is_overdue:
            return "overdue"
        if not self.place.period.is_over(self.now):
            return "running"
        return "expected" if self.now < self.place.due_at else "absent"

    @property
    def is_overdue(self) -> bool:
        """Whether a report stops for it."""
        is_due = self.place.period.is_over(self.now) and self.now >= self.place.due_at
        return self.accepted is None and self.place.source.mandatory and is_due

    @property
    def came_late(self) -> bool:
        """Whether the report stopped before its mandatory data was there."""
        first = next((one for one in self.hand_ins if one.status == "accepted"), None)
        return self.place.source.mandatory and first is not None and first.at >= self.place.due_at


def standings(
    places: Iterable[Place], hand_ins: Iterable[HandIn], renamings: Mapping[str, str], now: dt.datetime
) -> list[Standing]:
    """How each of ``places`` stands by ``hand_ins``, of any place and perhaps under a former key of the report."""
    came: dict[tuple[str, str, str], list[HandIn]] = {}
    for one in hand_ins:
        came.setdefault((renamings.get(one.report, one.report), one.period, one.process), []).append(one)
    return [Standing(place, tuple(came.get(place.key, ())), now) for place in places]


def begun(places: Iterable[tuple[str, str]], register: Register) -> set[tuple[str, str]]:
    """Those of ``places`` (report, period) whose newest revision needs data, or has failed without it."""
    reports, periods = map(set, zip(*places, strict=True)) if (places := list(places)) else (set(), set())
    return {place for place, one in register.progress(reports, periods).items() if one.state in ("open", "failed")}


def places_for(keys: frozenset[str], people: ReportList, now: dt.datetime) -> Iterator[Place]:
    """The places of recent periods where a person with one of ``keys`` may hand in, newest period first."""
    for entry in people.reports:
        if keys.intersection(may_hand_in(entry, people)) and any(one.hand_in for one in entry.data_source.values()):
            for period in reversed(list(recent_periods(entry, now))):
                yield from places_of(entry, people, period)
