"""The board: entries × periods, each cell with where its report stands. Only what the viewer may see."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from itss.portal import airflow_api
from itss.portal.page import language_of, page
from itss.portal.state import register, report_list
from itss.portal.viewer import Viewer, Who, concerned
from itss.report_list.models import Entry, ReportList
from itss.settings import settings
from itss.text import Language
from itss.watch.board import BoardTable, CellState, board

router = APIRouter()

SIGNS: dict[CellState, tuple[str, str]] = {
    "due": ("○", ""),
    "collecting": ("◔", ""),
    "waiting_data": ("↑", "warn"),
    "waiting_versions": ("⧖", "warn"),
    "preparing": ("◑", ""),
    "commenting": ("✎", "wait"),
    "in_approval": ("✎", "wait"),
    "processing": ("↻", "wait"),
    "delivering": ("→", ""),
    "delivered": ("✓", "good"),
    "reviewing": ("✎", "good"),
    "sealed": ("■", "good"),
    "returned": ("↩", "warn"),
    "superseded": ("–", ""),
    "unchanged": ("=", "good"),
    "failed": ("✕", "bad"),
    "unreleased": ("○", ""),
}
"""The sign of each state, and its colour: what a cell says is never said by colour alone."""


@dataclass(frozen=True)
class Filter:
    """What the reader has chosen; empty: everything."""

    report: str = ""
    kind: str = ""
    department: str = ""
    person: str = ""
    customer: str = ""

    def keeps(self, entry: Entry) -> bool:
        """Whether an entry is among it; one for each customer by the key that is in the list."""
        return (
            self.report in ("", _listed_key(entry))
            and (not self.customer or (entry.customer is not None and entry.customer.key == self.customer))
            and self.kind in ("", entry.kind)
            and self.department in ("", entry.department.zh)
            and (not self.person or self.person in concerned(entry))
        )


@dataclass(frozen=True)
class Option:
    """What can be chosen in one box: value and words."""

    value: str
    words: str


@router.get("/")
def show(
    request: Request,
    who: Who,
    report: str = "",
    kind: str = "",
    department: str = "",
    person: str = "",
    customer: str = "",
) -> HTMLResponse:
    """The board of all reports that the viewer may see, or of those that they chose."""
    people, chosen = report_list(), Filter(report, kind, department, person, customer)
    seen = visible(who, people)
    entries = [entry for entry in seen if chosen.keeps(entry)]
    readers = {entry.key for entry in entries if not who.may_see_drafts(entry, people)}
    tables = board(entries, people, register(), dt.datetime.now(dt.UTC), settings().since, readers)
    return page(
        request,
        who,
        "board",
        tables=tables,
        total=_total(tables),
        options=_options(seen, people, language_of(request)),
        chosen=chosen,
        signs=SIGNS,
        local=_local,
        used=sorted({cell.state for table in tables for row in table.rows for cell in row.cells.values()}),
    )


def visible(who: Viewer, people: ReportList) -> list[Entry]:
    """The entries that are theirs, by Airflow's permission and by our own rule; asked once, not once an entry."""
    ours = [entry for entry in people.reports if who.may_see(entry, people)]
    allowed = airflow_api.readable(who.user, {entry.key for entry in ours})
    return [entry for entry in ours if entry.key in allowed]


def _total(tables: Iterable[BoardTable]) -> tuple[int, int]:
    """How many of the reports shown were on time, of those that have been due."""
    rows = [row for table in tables for row in table.rows]
    return sum(row.on_time for row in rows), sum(row.due for row in rows)


def _options(entries: Sequence[Entry], people: ReportList, language: Language) -> dict[str, list[Option]]:
    named = dict.fromkeys(key for entry in entries for key in concerned(entry))
    reports = {_listed_key(entry): _listed_title(entry, language) for entry in entries}
    customers = {entry.customer.key: entry.customer.title.of(language) for entry in entries if entry.customer}
    return {
        "report": [Option(key, words) for key, words in reports.items()],
        "customer": [Option(key, words) for key, words in customers.items()],
        "department": list(
            dict.fromkeys(Option(entry.department.zh, entry.department.of(language)) for entry in entries)
        ),
        "person": [Option(key, people.people[key].title.of(language)) for key in named],
    }


def _listed_key(entry: Entry) -> str:
    """The key as it is in the list: of what was made for customers, one for them all."""
    return entry.key.partition(".")[0] if entry.customer else entry.key


def _listed_title(entry: Entry, language: Language) -> str:
    title = entry.title.of(language)
    return title.removesuffix(f" · {entry.customer.title.of(language)}") if entry.customer else title


def _local(at: dt.datetime, zone: str) -> str:
    """Day and time on the clocks of ``zone``, without the year: a board looks back one at most."""
    return f"{at.astimezone(ZoneInfo(zone)):%m-%d %H:%M}"
