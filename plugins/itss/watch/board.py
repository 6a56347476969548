"""The board: where every report stands, period by period, and how many of them were on time.

Owns what a cell says, in data and not in words. A report is on time as the report on on-time delivery counts it
(`itss.processes.reporting`): due by the rule of today's list, delivered first by then; never begun is late. Costs the
same number of statements however many reports there are.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Literal, cast

from itss.hand_in.owed import lacking
from itss.periods import Period, PeriodKind
from itss.ref import Ref
from itss.register import HandIn, Register
from itss.register.progress import Progress
from itss.register.records import COMMENT, REVIEW, REWORK, Asked
from itss.report_list.after import Awaited, awaited
from itss.report_list.due import is_owed, report_due_at
from itss.report_list.entry_parts import ReportPeriod
from itss.report_list.models import Entry, ReportList
from itss.text import Text

PERIODS = 13
"""So many are shown: a year of months, and the same month of the year before."""

CellState = Literal[
    "due",
    "collecting",
    "waiting_data",
    "waiting_versions",
    "preparing",
    "commenting",
    "in_approval",
    "processing",
    "delivering",
    "delivered",
    "reviewing",
    "sealed",
    "returned",
    "superseded",
    "unchanged",
    "failed",
    "unreleased",
]
_STATES: Mapping[str, CellState] = {
    "open": "collecting",
    "rendered": "preparing",
    "submitted": "processing",  # every level that was asked has answered, and its task has not gone on
    "released": "delivering",
}
_ASKED: Mapping[str, CellState] = {COMMENT: "commenting", REWORK: "returned", REVIEW: "reviewing"}


@dataclass(frozen=True)
class Waiting:
    """A question that is open: the level's ``title`` (none for what is no level), whom it waits for, since when."""

    title: Text | None
    people: tuple[Text, ...]
    since: dt.datetime


@dataclass(frozen=True)
class BoardCell:
    """One report of one period. ``ref`` is its newest revision, ``None`` where none was opened."""

    period: Period
    due_at: dt.datetime
    state: CellState
    ref: Ref | None
    opened_at: dt.datetime | None
    delivered_at: dt.datetime | None
    waiting: Waiting | None
    is_due: bool

    @property
    def is_on_time(self) -> bool:
        """Whether it has reached its recipients by the day on which it was due."""
        return self.delivered_at is not None and self.delivered_at <= self.due_at

    @property
    def is_late(self) -> bool:
        """Whether it was delivered after that day, or has not been by now."""
        return not self.is_on_time and (self.is_due or self.delivered_at is not None)


@dataclass(frozen=True)
class BoardRow:
    """One entry; ``cells`` by the label of their period."""

    entry: Entry
    cells: Mapping[str, BoardCell]

    @property
    def due(self) -> int:
        """How many of the reports shown have been due by now."""
        return sum(cell.is_due for cell in self.cells.values())

    @property
    def on_time(self) -> int:
        """How many of those were on time."""
        return sum(cell.is_due and cell.is_on_time for cell in self.cells.values())


@dataclass(frozen=True)
class BoardTable:
    """The entries of one kind of period; ``labels`` of its columns, newest first."""

    kind: PeriodKind
    labels: tuple[str, ...]
    rows: tuple[BoardRow, ...]


def board(
    entries: Sequence[Entry],
    people: ReportList,
    register: Register,
    now: dt.datetime,
    since: dt.datetime | None = None,
    readers: Collection[str] = (),
) -> list[BoardTable]:
    """The last `PERIODS` complete periods of ``entries`` (some of those of the list ``people``) at ``now``.

    What was due before ``since`` and never begun is not owed. Of the reports ``readers`` only what was released is
    said: how a draft fares, and at whom, is no matter of its recipients.
    """
    owed = {entry.key: list(_owed(entry, now)) for entry in entries}
    labels = {period.label for periods in owed.values() for period, _ in periods}
    known = register.progress(owed.keys(), labels, readers)
    waiting, unsealed = _waiting(register, people), _unsealed(entries, people, owed, known, register)
    handed: dict[tuple[str, str], list[HandIn]] = {}
    for one in register.hand_ins(periods=labels):
        handed.setdefault((one.report, one.period), []).append(one)
    tables: dict[tuple[PeriodKind, int], list[BoardRow]] = {}
    for entry in entries:
        cells = {}
        for period, due in owed[entry.key]:
            place = entry.key, period.label
            there = known.get(place)
            if there is None and since is not None and due < since:
                continue
            # of what is at work alone: there may be thousands of others
            is_open = there is not None and there.state == "open"
            if entry.key in readers:
                cells[period.label] = _released(_cell(period, due, there, {}, now))
            elif place in unsealed:
                cells[period.label] = _cell(period, due, there, waiting, now, "waiting_versions")
            else:
                is_lacking = is_open and any(lacking(entry, people, period, handed.get(place, ())))
                cells[period.label] = _cell(
                    period, due, there, waiting, now, "waiting_data" if is_lacking else "collecting"
                )
        if cells or entry.retired is None:
            tables.setdefault((entry.period.kind, entry.period.year_starts), []).append(BoardRow(entry, cells))
    return [BoardTable(kind, _columns(rows), tuple(rows)) for (kind, _), rows in tables.items()]


def _owed(entry: Entry, now: dt.datetime) -> Iterator[tuple[Period, dt.datetime]]:
    """The newest complete periods that an entry owes, newest first, and when each report is due."""
    recent = _recent(entry.period, entry.period.period_of(now).shift(-1))
    return ((period, due) for period, due in recent if is_owed(entry, period))


@lru_cache(maxsize=1024)
def _recent(rule: ReportPeriod, newest: Period) -> tuple[tuple[Period, dt.datetime], ...]:
    """Entries share their rules, and holidays are slow to ask."""
    periods = (newest.shift(-back) for back in range(PERIODS))
    return tuple((period, report_due_at(rule, period)) for period in periods)


def _unsealed(
    entries: Sequence[Entry],
    people: ReportList,
    owed: Mapping[str, Sequence[tuple[Period, dt.datetime]]],
    known: Mapping[tuple[str, str], Progress],
    register: Register,
) -> frozenset[tuple[str, str]]:
    """The open reports that wait for versions of others, by the list of today: one question, and none without any."""
    listed = {entry.key: entry for entry in people.reports}
    wanted: dict[tuple[str, str], tuple[Awaited, ...]] = {}
    for entry in entries:
        for period, _ in owed[entry.key] if entry.after else ():
            there = known.get((entry.key, period.label))
            if there is not None and there.state == "open":
                wanted[entry.key, period.label] = awaited(entry, period, listed.get)
    every = {one for ones in wanted.values() for one in ones}
    sealed = register.newest_versions(every) if every else {}
    return frozenset(place for place, ones in wanted.items() if any(one not in sealed for one in ones))


def _columns(rows: Sequence[BoardRow]) -> tuple[str, ...]:
    """The labels of all rows, newest first: where zones differ one row may have a period more than another."""
    first_days = {label: cell.period.first_day for row in rows for label, cell in row.cells.items()}
    return tuple(sorted(first_days, key=lambda label: first_days[label], reverse=True)[:PERIODS])


def _cell(
    period: Period,
    due: dt.datetime,
    known: Progress | None,
    waiting: Mapping[Ref, tuple[str, Waiting]],
    now: dt.datetime,
    begun: CellState = "collecting",
) -> BoardCell:
    """``begun`` is what it does, or waits for, where a run has opened it and no more."""
    if known is None:
        return BoardCell(period, due, "due", None, None, None, None, is_due=due <= now)
    level, asked = waiting.get(known.ref, ("", None))
    state = _STATES.get(known.state) or cast(CellState, known.state)  # the others are called alike
    if asked is not None:
        state = _ASKED.get(level, "in_approval")
    elif state == "collecting":
        state = begun
    return BoardCell(period, due, state, known.ref, known.opened_at, known.delivered_at, asked, is_due=due <= now)


def _released(cell: BoardCell) -> BoardCell:
    """What a reader is told of it."""
    return cell if cell.ref else replace(cell, state="unreleased")


def _waiting(register: Register, people: ReportList) -> dict[Ref, tuple[str, Waiting]]:
    """By revision, the name of the oldest open question about it, and whom it waits for."""
    asked = register.asked()
    opened = register.opened_with({one.ref for one in asked})
    found: dict[Ref, tuple[str, Waiting]] = {}
    for one in asked:
        found.setdefault(one.ref, (one.level, _who(one, *opened.get(one.ref, ([], "")), people)))
    return found


def _who(asked: Asked, levels: Sequence[Mapping[str, Any]], author: str, people: ReportList) -> Waiting:
    """Whom the entry names with which the revision was opened; read as plain data, for there may be hundreds."""
    level = next((one for one in levels if one["name"] == asked.level), None)
    keys = [author] if author else []
    if level is not None:
        keys = level["approvers"]
    elif asked.level == REVIEW:
        keys = [*(key for one in levels for key in one["approvers"]), people.report_manager]
    titles = tuple(_title(key, people) for key in dict.fromkeys(keys))
    return Waiting(Text.model_validate(level["title"]) if level else None, titles, asked.at)


def _title(key: str, people: ReportList) -> Text:
    known = people.people.get(key)
    return known.title if known else Text(zh=key, en=key)
