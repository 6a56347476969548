"""Rows of the register: each column of each table changed, and rows added, removed and doubled, beside the ledger."""

from __future__ import annotations

import datetime as dt
import json
import sqlite3
from collections.abc import Iterator
from functools import partial
from typing import Any

from attack import Attack
from building import CORRECTED, REMOVED, REVIEWED, REWORKED, WAITING
from itss.ref import Ref
from itss.register.__main__ import main as register_command
from itss.register.columns import Instant
from itss.register.projection import FRAME_NAMES
from itss.register.schema import Base
from place import House
from sqlalchemy import JSON, Date

TABLES = Base.metadata.tables
# what makes a copy of a row another one, where a constraint asks for it
_OTHER = {
    "report": "period",
    "revision": "number",
    "submission": "process",
    "finding": "position",
    "figure": "position",
    "restatement": "position",
    "baseline": "number",
    "decision": "level",
    "delivery": "message_id",
    "hand_in": "number",
    "notice": "about",
    "review": "revision_id",
    "improvement": "key",
    "renaming": "old",
}


def attacks() -> Iterator[Attack]:
    """Every one."""
    for table in TABLES:
        kind = f"register: {table}"
        for column in [one.name for one in TABLES[table].columns]:
            if column == "id" and table in FRAME_NAMES:
                continue  # a row of a frame has its place in its position; its id says nothing, and nobody asks for it
            yield Attack(f"{table}.{column} changed", kind, partial(change, table=table, column=column))
        if table not in ("ledger", "payload"):
            yield Attack(f"{table}: a row added", kind, partial(add, table=table))
        yield Attack(f"{table}: a row removed", kind, partial(remove, table=table))
        yield Attack(f"{table}: a row doubled", kind, partial(double, table=table))
    for what, ref, statement in _STATEMENTS:
        yield Attack(what, "register: together", partial(run, statement=statement, ref=ref))
    for table, columns in _LATER.items():
        for column in columns:
            plant = partial(change_before, table=table, column=column)
            yield Attack(f"{table}.{column} changed, then the row rightly", "register: before a change", plant)


_LATER = {
    "improvement": ("title", "owner", "due_on", "raised_on", "number"),
    "revision": ("opened_at", "due_at", "run", "agreement_version", "code_version", "entry", "said_sha256"),
}
"""What a later step of the product leaves as it is in a row that it changes, and might put on record as it finds it."""

_STATEMENTS: list[tuple[str, Ref, str]] = [
    ("a sealed revision is sealed no more", CORRECTED, "UPDATE revision SET state='failed', reached='delivered' {rev}"),
    ("a sealed revision is superseded", REWORKED, "UPDATE revision SET state='superseded', reached='superseded' {rev}"),
    (
        "a rejection becomes an approval",
        Ref("servicenow_incidents", "2026-09", 1),
        "UPDATE decision SET answer='approve' {of}",
    ),
    ("a rejection is deleted", Ref("servicenow_incidents", "2026-09", 1), "DELETE FROM decision {of}"),
    ("every decision of a version deleted", CORRECTED, "DELETE FROM decision {of}"),
    ("every receipt of a version deleted", CORRECTED, "DELETE FROM delivery {of}"),
    ("every figure of a version deleted", CORRECTED, "DELETE FROM figure {of}"),
    ("every finding of a version deleted", CORRECTED, "DELETE FROM finding {of}"),
    ("a figure changes its place", CORRECTED, "UPDATE figure SET position = 999 {of} AND position = 0"),
    ("a figure's value and its parts", CORRECTED, "UPDATE figure SET value=0, numerator=0, denominator=0, n=0 {of}"),
    ("an excused recipient has got it", REWORKED, "UPDATE delivery SET status='accepted' {of} AND status='waived'"),
    ("a recipient is excused", CORRECTED, "UPDATE delivery SET status='waived', answer='decided by root' {of}"),
    ("a receipt is given to another version", REWORKED, "UPDATE delivery SET revision_id = revision_id + 1 {of}"),
    (
        "two levels exchange their people",
        CORRECTED,
        "UPDATE decision SET who_id = CASE who_id WHEN 'head_of_department' "
        "THEN 'management_representative' ELSE 'head_of_department' END {of}",
    ),
    ("a removed version's figures", REMOVED, "UPDATE figure SET value = 7 {of}"),
    ("a removed version's decision", REMOVED, "UPDATE decision SET who_id = 'x' {of}"),
    ("a removed version's row", REMOVED, "UPDATE revision SET due_at = '2020-01-01 00:00:00.000000' {rev}"),
    ("a removed version's receipt deleted", REMOVED, "DELETE FROM delivery {of}"),
    ("a review undone with its items", REVIEWED, "DELETE FROM improvement"),
    ("an open item is done", REVIEWED, "UPDATE improvement SET state='done', result='ok' WHERE state='open'"),
    ("an item that was done is open again", REVIEWED, "UPDATE improvement SET state='open' WHERE state='done'"),
    ("a waiting revision is released", WAITING, "UPDATE revision SET state='released', reached='released' {rev}"),
    ("a waiting revision's signature is another person's", WAITING, "UPDATE decision SET who_id='x' {of}"),
    (
        "a refused hand-in was accepted",
        WAITING,
        "UPDATE hand_in SET status='accepted', number=9 WHERE status='refused'",
    ),
    ("a zero for a missing number", CORRECTED, "UPDATE figure SET target = 0 {of} AND target IS NULL"),
    ("a text for a number", CORRECTED, "UPDATE figure SET value = 'many' {of}"),
    ("an instant that is none", CORRECTED, "UPDATE revision SET sealed_at = 'yesterday' {rev}"),
    ("JSON that is none", CORRECTED, "UPDATE revision SET entry = '{{' {rev}"),
    ("a state that is none", CORRECTED, "UPDATE revision SET state = 'approved' {rev}"),
    ("a status that is none", CORRECTED, "UPDATE delivery SET status = 'seen' {of}"),
    ("no report for its revisions", CORRECTED, "DELETE FROM report WHERE id = (SELECT report_id FROM revision {rev})"),
    ("a table dropped", CORRECTED, "DROP TABLE restatement"),
]


def row_of(database: sqlite3.Connection, table: str) -> dict[str, Any]:
    """A row of the newest sealed version, else the newest there is; of the ledger, a signature."""
    if table in ("ledger", "payload"):
        found = (
            f"SELECT {table}.* FROM {table} JOIN ledger AS l ON l.seq = {table}.seq "
            f"WHERE l.kind = 'decision' AND l.ref = '{CORRECTED.path}' ORDER BY l.seq DESC"
        )
        return dict(database.execute(found).fetchone())
    id_ = id_of(database, CORRECTED)
    column = {"revision": "id"}.get(table, "revision_id")
    if column in TABLES[table].columns:
        row = database.execute(f"SELECT * FROM {table} WHERE {column} = {id_} ORDER BY id DESC").fetchone()
        if row is not None:
            return dict(row)
    return dict(database.execute(f"SELECT * FROM {table} ORDER BY id DESC").fetchone())


def id_of(database: sqlite3.Connection, ref: Ref) -> int:
    """The id of a revision's row."""
    found = (
        "SELECT revision.id FROM revision JOIN report ON report.id = report_id "
        f"WHERE key = '{ref.report}' AND period = '{ref.period}' AND number = {ref.number}"
    )
    return int(database.execute(found).fetchone()[0])


def change(house: House, table: str, column: str) -> None:
    """One column of one row."""
    id_ = "seq" if "seq" in TABLES[table].columns else "id"
    with house.sql() as database:
        row = row_of(database, table)
        new = changed(table, column, row[column])
        done = database.execute(f"UPDATE {table} SET {column} = ? WHERE {id_} = ?", (new, row[id_]))
        assert done.rowcount == 1


def change_before(house: House, table: str, column: str) -> None:
    """One column of a row that the product changes afterwards: an item is closed, a revision given up."""
    with house.sql() as database:
        which = "state = 'open'" if table == "improvement" else f"id = {id_of(database, WAITING)}"
        row = database.execute(f"SELECT * FROM {table} WHERE {which}").fetchone()
        new = changed(table, column, row[column])
        database.execute(f"UPDATE {table} SET {column} = ? WHERE id = ?", (new, row["id"]))
    item = ["improvement", str(row["key"]), "done", "--result", "installed"] if table == "improvement" else None
    done = register_command(item or ["fail", *map(str, WAITING), "--reason", "its run is gone"])
    assert done == 0, "the product does not get to it"


def changed(table: str, column: str, value: Any) -> Any:
    """Another value that the column could hold."""
    kind = TABLES[table].columns[column].type
    if isinstance(kind, Instant):
        at = dt.datetime.fromisoformat(value) if value else dt.datetime(2026, 1, 1)  # noqa: DTZ001
        return f"{at + dt.timedelta(days=1):%Y-%m-%d %H:%M:%S.%f}"
    if isinstance(kind, Date):
        return (dt.date.fromisoformat(value) + dt.timedelta(days=1)).isoformat()
    if isinstance(kind, JSON):
        held = json.loads(value)
        return json.dumps([*held, "x"] if isinstance(held, list) else held | {"x": "y"})
    if isinstance(value, str):
        return value[:-1] + ("0" if value[-1] != "0" else "1") if value else "x"
    if value is None:
        return "x" if kind.python_type is str else 7
    return value + 1000 if column in ("id", "seq") else value + 1


def add(house: House, table: str) -> None:
    """A row that nobody put on record."""
    with house.sql() as database:
        row = row_of(database, table) | {"id": None}
        other = _OTHER[table]
        value = row[other]
        if table == "review":
            value = database.execute(
                "SELECT id FROM revision WHERE id NOT IN (SELECT revision_id FROM review) ORDER BY id DESC"
            ).fetchone()[0]
        else:
            value = f"{value}x" if isinstance(value, str) else (value or 0) + 50
        _insert(database, table, row | {other: value} | ({"number": 50} if table == "improvement" else {}))


def remove(house: House, table: str) -> None:
    """A row that somebody put on record."""
    id_ = "seq" if "seq" in TABLES[table].columns else "id"
    with house.sql() as database:
        assert database.execute(f"DELETE FROM {table} WHERE {id_} = ?", (row_of(database, table)[id_],)).rowcount == 1


def double(house: House, table: str) -> None:
    """The very same row twice; whoever owns the table can do without its constraints."""
    with house.sql() as database:
        row = row_of(database, table)
        database.execute(f"CREATE TABLE copy AS SELECT * FROM {table}")
        database.execute(f"DROP TABLE {table}")
        database.execute(f"ALTER TABLE copy RENAME TO {table}")
        if "id" in row:
            row["id"] = database.execute(f"SELECT MAX(id) + 1 FROM {table}").fetchone()[0]
        _insert(database, table, row)


def run(house: House, statement: str, ref: Ref) -> None:
    """A statement; ``{rev}`` and ``{of}`` are the conditions for the revision and for what is of it."""
    with house.sql() as database:
        id_ = id_of(database, ref)
        done = database.execute(statement.format(rev=f"WHERE id = {id_}", of=f"WHERE revision_id = {id_}"))
        assert done.rowcount != 0, "it hits nothing"


def _insert(database: sqlite3.Connection, table: str, row: dict[str, Any]) -> None:
    marks = ", ".join("?" * len(row))
    database.execute(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({marks})", list(row.values()))
