"""The entries, as opened, of revisions that have not ended: a DAG keeps their tasks for as long as they need them.

Read from the register where DAGs are parsed: one bounded query with a short time limit. What was read last is kept in a
file, for a register that does not answer must not make a DAG, or a task that waits for a person, disappear.
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from sqlalchemy import JSON, String, create_engine, make_url, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool

from itss.report_list.data_source import DataSource
from itss.report_list.models import ApprovalLevel, Entry, ReportList
from itss.settings import Settings, settings

log = logging.getLogger(__name__)

WAIT_S = 3
"""Longer than this no parsing waits for the register."""
MOST = 500
"""So many revisions, the newest, are looked at: more than any house has open, and an end to what parsing may cost."""

# A returned revision is open until the next number is: its own run still has to start that one.
_OPEN = text(
    """
    SELECT report.key, revision.entry
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
    LIMIT :most
    """
).columns(key=String, entry=JSON)


@dataclass(frozen=True)
class Opened:
    """The entry of one revision and the people whom it names."""

    entry: Entry
    people: ReportList


def opened_entries(only: str | None = None) -> dict[str, list[Opened]]:
    """By report key, oldest first, those of all revisions that have not ended; of the report ``only`` if given."""
    place = settings()
    file = place.var / "standing_entries.json"
    try:
        documents = _asked(place, only)
    except (SQLAlchemyError, OSError, ImportError) as error:
        documents = _kept(file)
        if documents:
            log.warning("What is open is taken from %s, as it was read last: %s", file, error)
    else:
        if only is None:
            _keep(file, documents)
    found: dict[str, list[Opened]] = {}
    for key, document in documents:
        if only in (None, key) and (one := _read(key, document)) is not None:
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


def _asked(place: Settings, only: str | None) -> _Documents:
    """Straight from the tables, for a quarter of a second less at the start of every task than through `Register`."""
    url = make_url(place.register_url)
    is_sqlite = url.get_backend_name() == "sqlite"
    if is_sqlite and not Path(str(url.database)).exists():  # to connect would make it
        raise FileNotFoundError(f"There is no register {url.database}.")
    limit = {"timeout": WAIT_S} if is_sqlite else {"connect_timeout": WAIT_S}
    engine = create_engine(url, poolclass=NullPool, connect_args=limit)
    with engine.connect() as connection:
        if not is_sqlite:
            connection.execute(text(f"SET LOCAL statement_timeout = '{WAIT_S}s'"))
        rows = connection.execute(_OPEN, {"only": only or "", "most": MOST}).all()
    return [(str(key), {name: document.get(name) for name in ("entry", "people")}) for key, document in reversed(rows)]


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
