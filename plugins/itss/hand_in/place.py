"""Where one process's data of one report and period is handed in, and by whom: the only maker of inbox paths.

Every name in a path has been looked up in the report list before, so nothing that a person writes leads out of the
inbox. Nor does a link below the folder of a place, which whoever drops files may write: nothing is read or kept behind
one. Below the folder of a place: dropped files; ``accepted/<hash>/<name>``, written once and never again;
``refused/<time>_<hash>/`` with the original and its marked copy.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from itss.agreements.loader import load_agreements
from itss.agreements.models import AgreementVersion
from itss.errors import ConfigurationError, HandInRefusedError, PeriodError, SourceError
from itss.own_measures import name_of, process_of
from itss.periods import Period, clock_time
from itss.problems import closest
from itss.report_list.data_source import DataSource
from itss.report_list.due import data_due_at, is_owed
from itss.report_list.loader import load
from itss.report_list.models import Entry, ReportList
from itss.report_list.person import Person
from itss.settings import Settings
from itss.text import Text

if TYPE_CHECKING:  # it brings pandas
    from itss.processes.base import Process

DROPPED = "dropped"
"""Who handed in a file that was only laid into the inbox: nobody knows."""
_PLACE = 3
"""So many parts of a path are the folder of a place."""


@dataclass(frozen=True)
class Place:
    """One process of one report and period, for which a file is expected."""

    entry: Entry
    people: ReportList
    period: Period
    process: str

    @property
    def key(self) -> tuple[str, str, str]:
        """(report, period, process), the key in the register."""
        return self.entry.key, self.period.label, self.process

    @property
    def source(self) -> DataSource:
        """What the list says of it."""
        return self.entry.data_source[self.process]

    @property
    def declared(self) -> Process:
        """The process, as the list has it: with its further columns, or declared beside it."""
        return process_of(self.people.own, self.process)

    @property
    def process_name(self) -> Text:
        """Its name."""
        return name_of(self.people.own, self.process)

    @property
    def due_at(self) -> dt.datetime:
        """By when it is owed, in UTC."""
        return data_due_at(self.entry.period, self.period)

    @property
    def due_words(self) -> str:
        """The same on the clock of the report's zone."""
        return due_words(self.entry, self.period)

    @property
    def collectors(self) -> list[Person]:
        """Who hands it in."""
        return [self.people.people[key] for key in self.entry.data_collector]

    def folder(self, inbox: Path) -> Path:
        """Where it is handed in."""
        return inbox.joinpath(*self.key)

    def refuse_stranger(self, by: str) -> None:
        """`HandInRefusedError` unless ``by`` is one of those who may hand in."""
        allowed = may_hand_in(self.entry, self.people)
        if by not in allowed:
            raise HandInRefusedError(
                f"'{by}' may not hand in data for {self.entry.key}.", f"It is handed in by {', '.join(allowed)}."
            )


def kept_at(inbox: Path, path: str) -> Path:
    """Where a file of ours lies, or is to lie, in the inbox; `SourceError` where a link stands on the way to it."""
    found, parts = inbox / path, path.split("/")
    if isinstance(found, Path):
        folder = inbox.joinpath(*parts[:_PLACE]).resolve()  # whoever runs the inbox may have links above it
        if found.resolve() != folder.joinpath(*parts[_PLACE:]):
            raise SourceError(
                f"{path}: a link stands in the inbox where a file of ours is.",
                "Find out who has put it there, remove it, and restore the file from the backup of the inbox.",
            )
    return found


def may_hand_in(entry: Entry, people: ReportList) -> tuple[str, ...]:
    """Who may hand in data for a report: its data collectors, its author, and the report manager."""
    return tuple(dict.fromkeys((*entry.data_collector, entry.author, people.report_manager)))


def find_place(settings: Settings, report: str, label: str, process: str, now: dt.datetime | None) -> Place:
    """The place that the three names mean in the list of today, as `place_in`."""
    return place_in(load(settings.report_list).list, report, label, process, now)


def place_in(people: ReportList, report: str, label: str, process: str, now: dt.datetime | None) -> Place:
    """The place that the three names mean. Given ``now``, its period must be over.

    Raises `ConfigurationError` for a report or process that is not in the list or is not handed in, and `PeriodError`.
    """
    entries = {entry.key: entry for entry in people.reports}
    if report not in entries:
        raise ConfigurationError(f"There is no valid report '{report}'.", closest(report, entries, "Reports are"))
    entry = entries[report]
    handed_in = [name for name, source in entry.data_source.items() if source.hand_in]
    if process not in handed_in:
        remedy = closest(process, handed_in, "Handed in are") if handed_in else "Set hand_in for it in the report list."
        raise ConfigurationError(f"{report}: '{process}' is not handed in.", remedy)
    rule = entry.period
    period = rule.closed(label, now) if now else rule.parse(label)
    if period.first_day < rule.first:
        raise PeriodError(f"{report} is owed from {rule.first} on, not for {period.label}.", "Name a later period.")
    if not is_owed(entry, period):
        raise PeriodError(
            f"{report} is retired since {entry.retired}: {period.label} is not owed.", "Name an earlier one."
        )
    return Place(entry, people, period, process)


def places_of(entry: Entry, people: ReportList, period: Period) -> Iterator[Place]:
    """Where data for ``period`` of ``entry`` is handed in, in the order of the list."""
    for process, source in entry.data_source.items():
        if source.hand_in:
            yield Place(entry, people, period, process)


def due_words(entry: Entry, period: Period) -> str:
    """When the data of a period is due, on the clock of the report's zone."""
    zone = entry.period.timezone
    return f"{clock_time(data_due_at(entry.period, period), zone)} ({zone})"


def agreed_version(settings: Settings, place: Place) -> AgreementVersion | None:
    """The agreement that judges the period; none while it is broken, which stops the report and not the data."""
    agreement = load_agreements(settings.report_list.parent / "agreements").agreements.get(place.entry.agreement)
    return agreement.in_force(place.period) if agreement else None
