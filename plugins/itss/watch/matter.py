"""One thing that somebody is to be notified of: what, since when it is due, and what to do about it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, get_args
from zoneinfo import ZoneInfo

from itss.periods import clock_time
from itss.report_list.person import Person
from itss.text import Language, Text, text

Kind = Literal[
    "answer_due",
    "answer_late",
    "answer_stuck",
    "run_gone",
    "report_due",
    "report_late",
    "report_unsealed",
    "entry_deleted",
    "entry_missing",
    "entry_ended",
    "list_broken",
    "watch_blind",
    "airflow_list",
    "airflow_slow",
    "airflow_setup",
    "airflow_worker",
    "notice_unsent",
]
KINDS: tuple[Kind, ...] = get_args(Kind)
OF_AIRFLOW: frozenset[Kind] = frozenset({"run_gone", "airflow_list", "airflow_slow", "airflow_setup", "airflow_worker"})
"""What only a running Airflow can be asked: where it was not, nothing is known of them."""
RETURNING: frozenset[Kind] = frozenset(KINDS) - {"answer_due", "answer_late", "report_due", "report_late"}
"""What may be over and come back as the same; a deadline passes once."""
LATE: frozenset[Kind] = frozenset(KINDS) - {"answer_due", "report_due", "entry_ended", "airflow_slow"}


@dataclass(frozen=True)
class Matter:
    """``about`` tells matters of one kind, report and period apart; ``what`` and ``remedy`` are for people."""

    kind: Kind
    report: str
    title: Text
    period: str
    about: str
    due_at: dt.datetime | None
    zone: str
    language: Language
    what: Text
    remedy: Text
    people: tuple[Person, ...]
    page: str = ""
    """Path of the portal's page where more is said, and something can be done about it."""

    @property
    def due_words(self) -> str:
        """When it is due, on the clock of the report's zone."""
        return f"{local(self.due_at, self.zone)} ({self.zone})" if self.due_at else "–"

    @property
    def is_late(self) -> bool:
        """Whether it is overdue, and not only nearly so."""
        return self.kind in LATE

    @property
    def line(self) -> str:
        """The whole of it in one line of English."""
        due = f", due {self.due_words}" if self.due_at else ""
        words = f"{self.kind.replace('_', ' ')}: {self.report} {self.period}{due}: {self.what.en}"
        # what people or programs wrote must not break the line, nor steer a terminal
        plain = "".join(c if c.isprintable() else " " for c in f"{words.rstrip('.')}. {self.remedy.en}")
        return " ".join(plain.split())


@dataclass(frozen=True)
class Addressed:
    """That ``person`` is to be notified of ``matter``."""

    person: Person
    matter: Matter

    @property
    def language(self) -> Language:
        """The report's."""
        return self.matter.language

    @property
    def key(self) -> tuple[str, str, str]:
        """Report, period, and what tells matters of one kind apart."""
        return self.matter.report, self.matter.period, self.matter.about


def local(at: dt.datetime, zone: str) -> str:
    """An instant on the clock of ``zone``; the midnight that ends a day is 24:00 of that day."""
    there = at.astimezone(ZoneInfo(zone))
    if there.time() == dt.time():
        return f"{there - dt.timedelta(days=1):%Y-%m-%d} 24:00"
    return clock_time(at, zone)


def names(people: Iterable[Person]) -> Text:
    """Who they are, and where to reach them."""
    known = tuple(people)
    return text(
        "、".join(f"{one.title.zh}（{one.email}）" for one in known),
        " or ".join(f"{one.title.en} ({one.email})" for one in known),
    )
