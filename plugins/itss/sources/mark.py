"""The mark of an entry: what it says, with whom and by which queries and release, in one short tag of its DAG.

Whoever reads the same list, SQL and code gets the same mark, so two who differ see it, and see in what. It says
nothing of other entries: an edit of one of them makes no new DAG version of this one. Read where DAGs are parsed: no
pandas.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from itss import __version__
from itss.report_list.audience import named_by
from itss.report_list.data_source import TEMPLATE
from itss.report_list.models import Entry, ReportList
from itss.settings import Settings, head_of_list
from itss.sources.statement import sql_file

MARK = "mark"
"""The XCom in which the task *open* leaves the mark of its DAG, as its own process read it."""
PREFIX = "is:"
_LENGTH = 8


@dataclass(frozen=True)
class Mark:
    """Digests of the entry with its people and of its queries, and the release."""

    entry: str
    sql: str
    code: str

    @property
    def tag(self) -> str:
        """As it is on the DAG, e.g. ``is:0a1b2c3d.4e5f6a7b.0.5.0``."""
        return f"{PREFIX}{self.entry}.{self.sql}.{self.code}"

    def differs(self, other: Mark) -> tuple[str, ...]:
        """In what: ``list``, ``sql``, or only ``code``, for another release may read the same list otherwise."""
        if self.code != other.code:
            return ("code",)
        pairs = {"list": (self.entry, other.entry), "sql": (self.sql, other.sql)}
        return tuple(name for name, (mine, theirs) in pairs.items() if mine != theirs)


def mark_among(tags: Iterable[str]) -> Mark | None:
    """The mark that a DAG has; none where an older release made it."""
    for tag in tags:
        entry, _, rest = tag.removeprefix(PREFIX).partition(".")
        sql, _, code = rest.partition(".")
        if tag.startswith(PREFIX) and entry and sql and code:
            return Mark(entry, sql, code)
    return None


def mark(entry: Entry, people: ReportList, place: Settings) -> Mark:
    """The mark of ``entry`` in the list ``people``, by the files of ``place``."""
    return Mark(_digest(_said(entry, people)), _digest(_queries(entry, place)), __version__)


def _said(entry: Entry, people: ReportList) -> object:
    """The entry, everybody whom it names or who is notified of it, and who stands in for them."""
    asked = people.reviewer_keys(entry)
    delegates = [one for one in people.delegates if one.for_ in asked]
    keys = {*named_by(entry), *asked, *(one.to for one in delegates)}
    return {
        "entry": entry.model_dump(mode="json", by_alias=True),
        "manager": people.report_manager,
        "people": {key: people.people[key].model_dump(mode="json") for key in sorted(keys & people.people.keys())},
        "delegates": [one.model_dump(mode="json", by_alias=True) for one in delegates],
    }


def _queries(entry: Entry, place: Settings) -> object:
    """By process, what its query says; one that is not there says nothing."""
    if entry.collection_method == "register":
        return {}
    base = head_of_list(place.report_list).parent
    systems = {process: source.system for process, source in entry.data_source.items() if source.system != TEMPLATE}
    return {process: _text_of(sql_file(base, place.shipped, name, process)) for process, name in systems.items()}


def _text_of(path: Path) -> str:
    try:
        state = path.stat()
        return _read(path, state.st_mtime_ns, state.st_size)
    except OSError:
        return ""


@lru_cache(maxsize=1024)
def _read(path: Path, *_state: int) -> str:
    """A digest of it, whatever the ends of its lines: many entries read the same queries."""
    return hashlib.sha256(b"\n".join(path.read_bytes().splitlines())).hexdigest()


def _digest(said: object) -> str:
    words = json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(words.encode()).hexdigest()[:_LENGTH]
