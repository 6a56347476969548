"""The sample ITSM system: a SQLite database of made-up but credible tickets, the same on every machine.

Owns the connection ``itsm_sample``. Every month is drawn from its own seed, so a month's rows are the same whatever
range is generated, and a ticket's later life is part of its row. Its one surprise: resolutions may therefore lie
after the last month, as they do in a live system that is asked about the past, but none after the day it is asked.
"""

from __future__ import annotations

import datetime as dt
import os
import sqlite3
import sys
import zlib
from argparse import Namespace
from collections.abc import Iterable
from pathlib import Path
from zoneinfo import ZoneInfo

from itss.errors import ConfigurationError
from itss.sample import changes, improvements, incidents, outages, problems, records, releases, requests
from itss.sample.clock import Month
from itss.sample.known import Row, known

MONTHS = 15
ZONE = ZoneInfo("Asia/Shanghai")
"""Of the demo's list, in which a month is over before it is over in UTC."""
_EDITION = "nothing has happened yet that lies ahead"
TABLES: dict[str, str] = {
    table: columns
    for room in (incidents, changes, requests, problems, outages, improvements, records, releases)
    for table, columns in room.TABLES.items()
}
"""Column definitions by table. Times are text, UTC, ``YYYY-MM-DD HH:MM:SS``."""


def generate(path: Path, last_month: dt.date, months: int = MONTHS, now: dt.datetime | None = None) -> dict[str, int]:
    """Write the database of the ``months`` up to ``last_month`` to ``path``, replacing it whole; returns row counts.

    What lies after ``now``, where it is given, has not happened.
    """
    if months < 1:
        raise ConfigurationError(f"{months} months cannot be generated.", "Ask for at least one.")
    last = Month(last_month.year, last_month.month)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    part.unlink(missing_ok=True)
    try:
        counts = _write(part, [last.shift(back) for back in range(1 - months, 1)], now)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return counts


def ensure(path: Path, last_month: dt.date | None = None) -> bool:
    """Generate the database at ``path`` unless it is there and reaches ``last_month`` (default: the last full one).

    Returns whether it was made now.
    """
    wanted = last_month or last_full_month(dt.datetime.now(dt.UTC))
    if path.is_file() and _reaches(path) >= wanted.year * 100 + wanted.month:
        return False
    generate(path, wanted, now=dt.datetime.now(dt.UTC))
    return True


def last_full_month(now: dt.datetime) -> dt.date:
    """First day of the last month that is over at ``now`` in `ZONE`."""
    first = now.astimezone(ZONE).date().replace(day=1)
    return (first - dt.timedelta(days=1)).replace(day=1)


def main(args: Namespace) -> int:
    """``python -m itss sample``: write the database; options ``out``, ``last_month`` (2026-09), ``months``."""
    from itss.settings import settings

    path = Path(getattr(args, "out", None) or settings().sample_database)
    label = getattr(args, "last_month", None) or ""
    try:
        last = dt.date.fromisoformat(f"{label}-01") if label else last_full_month(dt.datetime.now(dt.UTC))
        counts = generate(path, last, getattr(args, "months", None) or MONTHS, dt.datetime.now(dt.UTC))
    except ValueError:
        print(f"'{label}' is not a month. Write it like 2026-09.", file=sys.stderr)
        return 2
    except ConfigurationError as error:
        print(error, file=sys.stderr)
        return 2
    print(f"{path}: " + ", ".join(f"{rows:,} {table}" for table, rows in counts.items()))
    return 0


def _write(path: Path, span: list[Month], now: dt.datetime | None) -> dict[str, int]:
    database = sqlite3.connect(path)
    try:
        for table, columns in TABLES.items():
            database.execute(f"CREATE TABLE {table} ({columns})")
        for month in span:
            for table, rows in _rows(month):
                _insert(database, table, rows, now)
        _insert(database, "changes", [change.row() for change in changes.announced(span[-1])], now)
        database.execute(f"PRAGMA application_id = {_shape()}")
        database.execute(f"PRAGMA user_version = {span[-1].year * 100 + span[-1].number}")
        database.commit()
        return {table: database.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in TABLES}  # noqa: S608
    finally:
        database.close()


def _insert(database: sqlite3.Connection, table: str, rows: list[Row], now: dt.datetime | None) -> None:
    if now is not None:
        rows = [row for one in rows if (row := known(TABLES[table], one, now)) is not None]
    marks = ", ".join("?" * len(TABLES[table].split(",")))
    database.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)  # noqa: S608 - our own table names


def _rows(month: Month) -> Iterable[tuple[str, list[Row]]]:
    drawn_changes = changes.draw(month)
    drawn_problems = problems.draw(month)
    known = [*problems.draw(month.shift(-1)), *drawn_problems]
    drawn_incidents = problems.link(month, incidents.draw(month, drawn_changes), known)
    drawn_outages = outages.draw(month, drawn_changes, drawn_incidents)
    yield "changes", [change.row() for change in drawn_changes]
    yield "incident", [incident.row() for incident in drawn_incidents]
    yield "satisfaction", records.satisfaction(month, drawn_incidents)
    yield "request", requests.draw(month)
    yield "problem", [problem.row() for problem in drawn_problems]
    yield "availability", [outage.row() for outage in drawn_outages]
    yield "improvement", improvements.draw(month)
    yield "releases", releases.draw(month)
    yield "service_level", records.service_levels(month, outages.lost_percent(month, drawn_outages))
    yield "capacity", records.capacity(month)
    yield "security", records.security(month)


def _reaches(path: Path) -> int:
    """Its last month; 0 where it has not the tables of today."""
    database = sqlite3.connect(path)
    try:
        shape, last = (
            int(database.execute(f"PRAGMA {name}").fetchone()[0]) for name in ("application_id", "user_version")
        )
        return last if shape == _shape() else 0
    except sqlite3.DatabaseError:
        return 0  # not a database of ours: generate it anew
    finally:
        database.close()


def _shape() -> int:
    """A number for the tables and what they tell: a database made by an older version is made anew."""
    return zlib.crc32(repr((TABLES, _EDITION)).encode()) & 0x7FFFFFFF
