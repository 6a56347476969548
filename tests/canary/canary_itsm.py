"""An ITSM database of all customers: each has rows of its own in every table, and its song in every text of them."""

from __future__ import annotations

import datetime as dt
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from canary_words import Bird
from itss.sample import TABLES, generate

LAST_MONTH, MONTHS = dt.date(2026, 9, 1), 3
NOW = dt.datetime(2026, 10, 2, 8, tzinfo=dt.UTC)
ROWS = 36
"""So many of a table for each customer: a dozen a month."""
TEXTS = frozenset(
    "title service component team category cause action remark owner asset resource indicator".split()  # noqa: SIM905
)
"""What people write."""
_IDS = frozenset({"number", "change_number", "problem_number", "incident_number"})
_SERVICES = 3


def write_database(path: Path, birds: list[Bird], scratch: Path) -> None:
    """Write it to ``path``."""
    generate(scratch, LAST_MONTH, MONTHS, NOW)
    with closing(sqlite3.connect(scratch)) as sample, closing(sqlite3.connect(path)) as database:
        for table, columns in TABLES.items():
            names = [column.split()[0] for column in columns.split(", ")]
            more = "" if "customer" in names else ", customer TEXT"
            database.execute(f"CREATE TABLE {table} ({columns}{more})")
            database.execute(f"CREATE INDEX {table}_customer ON {table} (customer)")
            rows = sample.execute(f"SELECT * FROM {table} ORDER BY 1").fetchall()
            for bird in birds:
                wanted = [dict(zip(names, row, strict=True)) for row in _own(rows, bird)]
                made = [_sung(one, bird) for one in wanted]
                marks = ", ".join(f":{name}" for name in made[0])
                database.executemany(f"INSERT INTO {table} ({', '.join(made[0])}) VALUES ({marks})", made)
        database.commit()


def _own(rows: list[tuple[object, ...]], bird: Bird) -> Iterator[tuple[object, ...]]:
    """Other rows for each customer, spread over all months."""
    step = max(1, len(rows) // ROWS)
    yield from rows[bird.number % step :: step][:ROWS]


def _sung(row: dict[str, object], bird: Bird) -> dict[str, object]:
    texts: dict[str, object] = {name: _said(name, value, bird) for name, value in row.items()}
    return texts | {"customer": bird.value}


def _said(name: str, value: object, bird: Bird) -> object:
    if value is None:
        return None
    if name in _IDS:
        return f"{value}-{bird.song}"
    if name == "service":
        return service_of(bird, sum(str(value).encode()))
    return f"{value} {bird.song}" if name in TEXTS else value


def service_of(bird: Bird, number: int) -> str:
    """One of the few services of a customer."""
    return f"{bird.song} 服务 {number % _SERVICES + 1}"


def write_queries(shipped: Path, folder: Path) -> None:
    """The queries of the canonical tables, for one customer: as whoever writes ``for_each`` is told to change them."""
    folder.mkdir(parents=True)
    for path in shipped.glob("*.sql"):
        sql = path.read_text(encoding="utf-8")
        if not re.search(r"^    customer,$", sql, re.MULTILINE):
            sql = sql.replace("SELECT\n", "SELECT\n    customer,\n", 1)
        sql = re.sub(r"\bWHERE\b(.*)", r"WHERE customer = :customer AND (\1\n)", sql, count=1, flags=re.DOTALL)
        (folder / path.name).write_text(sql, encoding="utf-8")
