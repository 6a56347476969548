"""The entries, as opened, of revisions that have not ended: a DAG keeps their tasks for as long as they need them.

Read from the register where DAGs are parsed: two bounded queries with a short time limit. What was read last is kept
in a file, for a register that does not answer must not make a DAG, or a task that waits for a person, disappear.
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from sqlalchemy import JSON, Integer, String, bindparam, create_engine, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool

from itss.errors import ItssError
from itss.report_list.data_source import DataSource
from itss.report_list.entry_parts import ApprovalLevel
from itss.report_list.models import Entry, ReportList
from itss.settings import Settings, settings
from itss.sources.connections import is_absent, register_url

log = logging.getLogger(__name__)

WAIT_S = 3
"""Longer than this no parsing waits for the register."""
MOST = 500
"""So many revisions, the newest, are looked at: more than a shard has open, and an end to what parsing may cost."""

# A returned revision is open until the next number is: its own run still has to start that one.
_OPEN = text(
    """
    SELECT report.key, revision.id
    FROM revision JOIN report ON report.id = revision.report_id
    WHERE revision.state IN ('open', 'rendered', 'submitted', 'released', 'delivered', 'failed', 'returned')
      AND NOT EXISTS (
        SELECT 1 FROM revision AS later
        WHERE later.report_id = revision.report_id AND later.number > revision.number
      )
      AND NOT EXISTS (
        SELECT 1 FROM renaming
        JOIN report AS other ON other.key = renaming.new AND other.period = report.period
        JOIN revision AS later ON later.report_id = other.id AND later.number > revision.number
        WHERE renaming.old = report.key
      )
      AND (:only = '' OR report.key = :only)
    ORDER BY revision.id DESC
    """
).columns(key=String, id=Integer)
_ENTRY = (
    text("SELECT id, entry FROM revision WHERE id IN :ids")
    .bindparams(bindparam("ids", expanding=True))
    .columns(id=Integer, entry=JSON)
)


@dataclass(frozen=True)
class Opened:
    """The entry of one revision and the people whom it names."""

    entry: Entry
    people: ReportList


def opened_entries(wanted: str | Callable[[str], bool] = "", shard: str = "") -> dict[str, list[Opened]]:
    """By report key, oldest first, those of all revisions that have not ended.

    ``wanted``: of one report, or of those whose key it takes; these are kept as what the ``shard`` has.
    """
    place, only = settings(), wanted if isinstance(wanted, str) else ""
    is_wanted: Callable[[str], bool] = (lambda key: only in ("", key)) if isinstance(wanted, str) else wanted
    files = [place.var / f"standing_entries{shard and '_'}{shard}.json"]
    try:
        documents = _asked(place, only, is_wanted)
    except (SQLAlchemyError, OSError, ImportError, ItssError) as error:
        files = sorted(place.var.glob("standing_entries*.json")) if only else files
        documents = [one for file in files for one in _kept(file)]
        if documents:
            log.warning("What is open is taken from %s, as it was read last: %s", place.var, error)
    else:
        if not only:
            _keep(files[0], documents)
    found: dict[str, list[Opened]] = {}
    for key, document in documents:
        if is_wanted(key) and (one := _read(key, document)) is not None:
            found.setdefault(key, []).append(one)
    return found


def united(entry: Entry, opened: Iterable[Entry]) -> Entry:
    """``entry`` with every level, source and form that it or one of ``opened`` has: the tasks that a DAG of all needs.

    The order of levels is that of the oldest entry that has them; what a level or source says is the newest entry's.
    """
    entries = [*opened, entry]
    levels: list[ApprovalLevel] = []
    for one in entries:
        levels = _with_levels(levels, one.approval)
    sources: dict[str, DataSource] = dict(entry.data_source)
    for one in entries:
        for process, source in one.data_source.items():
            known = sources.setdefault(process, source)
            sources[process] = known.model_copy(update={"hand_in": known.hand_in or source.hand_in})
    return entry.model_copy(
        update={
            "approval": tuple(levels),
            "data_source": sources,
            "after": next((one.after for one in reversed(entries) if one.after), ()),
            "comment": any(one.comment for one in entries),
            "review": any(one.review for one in entries),
        }
    )


def _with_levels(known: Sequence[ApprovalLevel], further: Sequence[ApprovalLevel]) -> list[ApprovalLevel]:
    """``known`` in its order and in the words of ``further``, each new level behind the one it follows there."""
    newer = {level.name: level for level in further}
    levels = [newer.get(level.name, level) for level in known]
    place = 0
    for level in further:
        if level in levels:
            place = max(place, levels.index(level) + 1)
        else:
            levels.insert(place, level)
            place += 1
    return levels


_Documents = list[tuple[str, dict[str, Any]]]


def _asked(place: Settings, only: str, is_wanted: Callable[[str], bool]) -> _Documents:
    """Straight from the tables, for a quarter of a second less at the start of every task than through `Register`."""
    url = register_url(place.register_url)
    is_sqlite = url.get_backend_name() == "sqlite"
    if is_absent(url):
        raise FileNotFoundError(f"There is no register {url.database}.")
    limit = {"timeout": WAIT_S} if is_sqlite else {"connect_timeout": WAIT_S}
    engine = create_engine(url, poolclass=NullPool, connect_args=limit)
    with engine.connect() as connection:
        if not is_sqlite:
            connection.execute(text(f"SET LOCAL statement_timeout = '{WAIT_S}s'"))
        found = {number: key for key, number in connection.execute(_OPEN, {"only": only}) if is_wanted(key)}
        ids = list(found)[:MOST]
        rows = connection.execute(_ENTRY, {"ids": ids}).all() if ids else []
    entries = {number: {name: document.get(name) for name in ("entry", "people")} for number, document in rows}
    return [(found[number], entries[number]) for number in sorted(entries)]


def _kept(file: Path) -> _Documents:
    try:
        return [(key, document) for key, document in json.loads(file.read_bytes())]
    except FileNotFoundError:
        return []
    except (OSError, ValueError) as error:
        log.warning("%s cannot be read: %s", file, error)
        return []


def _keep(file: Path, documents: _Documents) -> None:
    """Write what was read, if it is not in the file already; a disk that takes nothing stops no parsing."""
    words = json.dumps(documents, ensure_ascii=False, sort_keys=True).encode()
    try:
        if (file.read_bytes() if file.exists() else b"[]") != words:
            file.parent.mkdir(parents=True, exist_ok=True)
            new = file.with_name(f".{file.name}.{os.getpid()}")
            new.write_bytes(words)
            new.replace(file)
    except OSError as error:
        log.warning("%s cannot be written: %s", file, error)


def _read(key: str, document: dict[str, Any]) -> Opened | None:
    try:
        people = ReportList.model_validate(document["people"])
        return Opened(Entry.model_validate(document["entry"]), people)
    except ValidationError as error:
        log.warning("An open revision of %s was written by another release and gets no task of its own: %s", key, error)
        return None
