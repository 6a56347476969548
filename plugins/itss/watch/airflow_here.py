"""What is to be true of a running Airflow by the files of whoever asks: the list, its marks, and since when it is so.

Airflow's DAG processor reads files again only now and then: what is younger than ``grace`` is not held against it.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import socket
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from itss.report_list.list_files import all_files
from itss.report_list.models import ReportList
from itss.settings import Settings
from itss.sources.mark import Mark, mark
from itss.text import Text, text
from itss.watch.matter import Kind, Matter

MOST_NAMED = 8
OWN = frozenset({"report_list", "report_take_up", "report_watch", "report_audit"})
"""The product's DAGs that belong to no entry."""


@dataclass(frozen=True)
class Here:
    """``living`` are the reports that have a revision which has not ended."""

    people: ReportList
    marks: Mapping[str, Mark]
    changed_at: dt.datetime
    host: str
    living: frozenset[str]
    now: dt.datetime
    grace: dt.timedelta
    limit_s: float

    @property
    def is_settled(self) -> bool:
        """Whether Airflow had the time to read what is in the files."""
        return self.now - self.changed_at > self.grace

    def matter(self, kind: Kind, what: Text, remedy: Text, *tokens: object) -> Matter:
        """To the report manager; ``tokens`` distinguish this from the same at another time. Again in another month."""
        said = "\n".join([f"{self.now:%Y-%m}", *map(str, tokens)])
        return Matter(
            kind=kind,
            report="airflow",
            title=text("Airflow", "Airflow"),
            period="",
            about=hashlib.sha256(said.encode()).hexdigest()[:32],
            due_at=None,
            zone="UTC",
            language=self.people.reports[0].language,
            what=what,
            remedy=remedy,
            people=(self.people.people[self.people.report_manager],),
        )


def here(people: ReportList, living: frozenset[str], place: Settings, now: dt.datetime) -> Here:
    """By the files that ``place`` names, on this machine."""
    return Here(
        people=people,
        marks={entry.key: mark(entry, people, place) for entry in people.reports},
        changed_at=_changed_at(place),
        host=socket.getfqdn(),
        living=living,
        now=now,
        grace=dt.timedelta(seconds=place.parsed_within_s),
        limit_s=place.parse_limit_s,
    )


def shortened(names: Iterable[str]) -> str:
    """Some of them, and how many more there are."""
    known = sorted(names)
    more = f" … (+{len(known) - MOST_NAMED})" if len(known) > MOST_NAMED else ""
    return ", ".join(known[:MOST_NAMED]) + more


def _changed_at(place: Settings) -> dt.datetime:
    """When one of the files came to be here as it is: also where a copy keeps the time of its original."""
    head = place.report_list
    queries = (file for folder in (head.parent, place.shipped) for file in folder.glob("sql/*/*.sql"))
    states = [file.stat() for file in (*all_files(head), *queries) if file.exists()]
    return dt.datetime.fromtimestamp(max(max(one.st_mtime, one.st_ctime) for one in states), dt.UTC)
