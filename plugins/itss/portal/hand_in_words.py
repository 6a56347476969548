"""What the page *hand in* says of a place, in the reader's language and on the clock of the report."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from itss.hand_in.place import DROPPED, Place
from itss.hand_in.standing import Standing
from itss.links import hand_in_path
from itss.periods import clock_time
from itss.register import HandIn
from itss.report_list.data_source import TEMPLATE
from itss.text import Language

if TYPE_CHECKING:
    from itss.hand_in.refusals import FoundFault

SHOWN = 200
"""So many faults, and so many warnings, are shown; the files beside the record have all of them."""


@dataclass(frozen=True)
class Line:
    """One file that was handed in; ``who`` is empty for a dropped one."""

    record: HandIn
    who: str
    at: str

    @property
    def copy(self) -> str:
        """The end of the address of its marked copy."""
        return f"refused/{PurePosixPath(self.record.path).parent.name}"


@dataclass(frozen=True)
class Fault:
    """One line of the table of errors; ``row`` counts from 1 below the header, where the cell is not known."""

    sheet: str
    cell: str
    row: int | None
    column: str
    what: str


@dataclass(frozen=True)
class Shown:
    """A place as its page shows it."""

    standing: Standing
    title: str
    process: str
    ends_on: dt.date
    accepted: Line | None
    refused: Line | None
    history: tuple[Line, ...]
    columns: tuple[str, ...]
    warnings: tuple[str, ...]
    faults: tuple[Fault, ...]

    @property
    def place(self) -> Place:
        """Where."""
        return self.standing.place

    @property
    def path(self) -> str:
        """The page of its report and period, below the root of Airflow."""
        return hand_in_path(*self.place.key[:2])

    @property
    def has_template(self) -> bool:
        """Whether it is our own workbook that is filled in."""
        return self.place.source.system == TEMPLATE

    @property
    def more(self) -> int:
        """How many faults are not shown."""
        return self.refused.record.errors - len(self.faults) if self.refused else 0


def shown(
    standing: Standing,
    language: Language,
    *,
    columns: Sequence[str] = (),
    warnings: Sequence[str] = (),
    faults: Sequence[FoundFault] = (),
) -> Shown:
    """The place of ``standing``, with what was read from the inbox about it."""
    place = standing.place
    lines = {one: _line(one, place, language) for one in standing.hand_ins}
    said = [(one, one.zh if language == "zh-CN" else one.en) for one in faults[:SHOWN]]
    return Shown(
        standing,
        place.entry.title.of(language),
        place.process_name.of(language),
        place.period.next_day - dt.timedelta(days=1),
        lines[standing.accepted] if standing.accepted else None,
        lines[standing.refused] if standing.refused else None,
        tuple(reversed(lines.values())),
        tuple(columns),
        tuple(warnings[:SHOWN]),
        tuple(
            Fault(one.sheet, one.cell, None if one.row is None else one.row + 1, one.column, what) for one, what in said
        ),
    )


def _line(record: HandIn, place: Place, language: Language) -> Line:
    person = place.people.people.get(record.who)
    who = "" if record.who == DROPPED else person.title.of(language) if person else record.who
    return Line(record, who, clock_time(record.at, place.entry.period.timezone))
