"""The tables as the lines of the ledger add up to them, compared with the tables as they are: whole rows, both ways.

Three things a line knows of a row: the row itself; the hash of a row that is older than the ledger, or whose payload
retention has emptied; the hash of a frame's rows in their order. What is known by its hash alone can be compared, and
not be made again.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from sqlalchemy import ColumnElement, Connection, Date, Table, select
from sqlalchemy.orm import Session

from itss.errors import LedgerError
from itss.register import ledger
from itss.register.canonical import canonical, frame_sha256, image, row_sha256, sha256_of
from itss.register.columns import Instant
from itss.register.desk import REGISTER, frame_rows
from itss.register.ledger import Line
from itss.register.schema import FRAMES, Base

FRAME_NAMES = tuple(one.__tablename__ for one in FRAMES)
ROW_NAMES = tuple(
    one.name for one in Base.metadata.sorted_tables if one.name not in (*FRAME_NAMES, "ledger", "payload")
)
_NOTHING = frame_sha256([])
_OTHER_FRAME = "the rows of this revision are not those that its line says"
_OF_A_REVISION = ("submission", "decision", "delivery", "review")


@dataclass(frozen=True)
class Known:
    """A row as the lines say: its columns, the hashes of columns, or the hash of the whole of it."""

    columns: Mapping[str, Any] = field(default_factory=dict)
    hashes: Mapping[str, str] = field(default_factory=dict)
    sha256: str = ""

    @property
    def is_whole(self) -> bool:
        """Whether the row can be made again."""
        return not self.sha256 and not self.hashes

    def changed(self, row: Mapping[str, Any], same: Mapping[str, str]) -> Known:
        """The row after a change: columns that were not changed are known as before, or by their hash."""
        kept = {name: self.columns[name] for name in same if name in self.columns}
        hashes = {name: self.hashes.get(name, sha256) for name, sha256 in same.items() if name not in kept}
        return Known({**row, **kept}, hashes)

    def differs(self, actual: Mapping[Any, Any]) -> list[str]:
        """The columns in which the row is another one now; ``*`` where only the whole is known."""
        if self.sha256:
            return [] if row_sha256(actual) == self.sha256 else ["*"]
        now = image(actual)
        wrong = [name for name in now if name not in self.hashes and now[name] != self.columns.get(name, _ABSENT)]
        wrong += [name for name, sha256 in self.hashes.items() if sha256_of(canonical(now.get(name))) != sha256]
        return sorted({*wrong, *(self.columns.keys() - now.keys())})


_ABSENT = object()
Rows = dict[str, dict[int, Known]]
Frames = dict[str, dict[int, str]]


@dataclass(frozen=True)
class Projection:
    """What the tables ought to be."""

    rows: Rows
    frames: Frames


@dataclass(frozen=True)
class Difference:
    """A row, or a revision's rows of a frame, that the tables have otherwise than the lines."""

    table: str
    id: int
    what: str
    expected: Known | None = None

    def __str__(self) -> str:
        return f"{self.table} {self.id}: {self.what}"


def project(lines: Iterable[Line]) -> Projection:
    """Add the lines up."""
    rows: Rows = {name: {} for name in ROW_NAMES}
    frames: Frames = {name: {} for name in FRAME_NAMES}
    for line in lines:
        for one in line.changes or ():
            _apply(one, rows, frames)
        for name, held in (line.holds or {}).items():
            for id_, sha256 in held.items():
                if name in frames:
                    frames[name][int(id_)] = sha256
                else:
                    rows[name][int(id_)] = Known(sha256=sha256)
    return Projection(rows, frames)


def differences(session: Session) -> tuple[list[Difference], int]:
    """What the tables have otherwise than the ledger, and how many rows and frames are known by their hash alone."""
    expected = project(ledger.lines(session))
    connection = session.connection()
    found = [one for name in ROW_NAMES for one in _compared(name, expected.rows[name], connection)]
    for name in FRAME_NAMES:
        actual = frame_hashes(connection, name)
        for id_ in sorted(expected.frames[name].keys() | actual.keys()):
            if expected.frames[name].get(id_, _NOTHING) != actual.get(id_, _NOTHING):
                found.append(Difference(name, id_, _OTHER_FRAME))
    held = sum(not known.is_whole for name in ROW_NAMES for known in expected.rows[name].values())
    return found, held + sum(map(len, expected.frames.values()))


def rows_about(revision_id: int) -> dict[str, ColumnElement[bool]]:
    """What is about one revision and no other, by table: which of its rows."""
    tables = Base.metadata.tables
    reviews = select(tables["review"].c.id).where(tables["review"].c.revision_id == revision_id)
    return {
        "revision": tables["revision"].c.id == revision_id,
        "improvement": tables["improvement"].c.review_id.in_(reviews),
        **{name: tables[name].c.revision_id == revision_id for name in _OF_A_REVISION},
    }


def refuse_other_rows(session: Session, ref: str, revision_id: int) -> None:
    """`LedgerError` where a revision, or anything about it, is in the tables otherwise than its own lines say.

    An answer or a receipt that somebody wrote into the table, or deleted there, has no line and must not count.
    """
    expected = project(ledger.lines(session, ref))
    held = project(ledger.lines(session, REGISTER, [ledger.GENESIS]))
    problems: list[Difference] = []
    for name, which in rows_about(revision_id).items():
        rows = session.execute(select(Base.metadata.tables[name]).where(which)).mappings().all()
        before = {row["id"]: held.rows[name][row["id"]] for row in rows if row["id"] in held.rows[name]}
        problems += _differ(name, before | expected.rows[name], rows)
    for name in FRAME_NAMES:
        said = (held.frames[name] | expected.frames[name]).get(revision_id, _NOTHING)
        if frame_sha256(frame_rows(session, name, revision_id)) != said:
            problems.append(Difference(name, revision_id, _OTHER_FRAME))
    if problems:
        raise LedgerError(
            f"{ref}: the tables are not what the ledger says: {'; '.join(map(str, problems))}.",
            "Nothing leaves or is removed until it is known who changed them: python -m itss.register rebuild --check.",
        )


def rebuild(session: Session) -> tuple[list[Difference], list[Difference]]:
    """Write the rows as the lines say; what was written, and what cannot be: frames, and rows known by their hash."""
    found, _ = differences(session)
    able = [one for one in found if one.table in ROW_NAMES and (one.expected is None or one.expected.is_whole)]
    connection, order = session.connection(), {name: at for at, name in enumerate(ROW_NAMES)}
    for one in sorted(able, key=lambda one: -order[one.table]):
        if one.expected is None:
            table = Base.metadata.tables[one.table]
            connection.execute(table.delete().where(table.c.id == one.id))
    for one in sorted(able, key=lambda one: order[one.table]):
        if one.expected is not None:
            _write(connection, Base.metadata.tables[one.table], one.id, one.expected)
    return able, [one for one in found if one not in able]


def holdings(connection: Connection, tables: Mapping[str, Table]) -> dict[str, dict[str, str]]:
    """The hash of every row and of every frame, by table and id; for the line that begins a ledger."""
    held: dict[str, dict[str, str]] = {}
    for name, table in tables.items():
        if name in FRAME_NAMES:
            held[name] = {str(id_): sha256 for id_, sha256 in frame_hashes(connection, name, table).items()}
        else:
            rows = connection.execute(select(table).order_by(table.c.id)).mappings()
            held[name] = {str(row["id"]): row_sha256(row) for row in rows}
    return {name: rows for name, rows in held.items() if rows}


def frame_hashes(connection: Connection, name: str, table: Table | None = None) -> dict[int, str]:
    """The hash of each revision's rows in a frame."""
    of = Base.metadata.tables[name] if table is None else table
    rows = connection.execute(select(of).order_by(of.c.revision_id, of.c.position, of.c.id)).mappings()
    return {id_: frame_sha256(group) for id_, group in groupby(rows, key=lambda row: row["revision_id"])}


def _apply(one: Mapping[str, Any], rows: Rows, frames: Frames) -> None:
    name = one["table"]
    if one["op"] == "frame":
        frames[name][one["revision_id"]] = one["sha256"]
    elif one["op"] == "delete":
        rows[name].pop(one["row"]["id"], None)
    else:
        before = rows[name].get(one["row"]["id"], Known())
        rows[name][one["row"]["id"]] = before.changed(one["row"], one.get("same", {}))


def _compared(name: str, expected: Mapping[int, Known], connection: Connection) -> Iterator[Difference]:
    table = Base.metadata.tables[name]
    yield from _differ(name, expected, connection.execute(select(table).order_by(table.c.id)).mappings())


def _differ(name: str, expected: Mapping[int, Known], rows: Iterable[Mapping[Any, Any]]) -> Iterator[Difference]:
    seen: set[int] = set()
    for row in rows:
        seen.add(row["id"])
        known = expected.get(row["id"])
        if known is None:
            yield Difference(name, row["id"], "no line of the ledger has made this row")
        elif wrong := known.differs(row):
            columns = "its hash is another" if wrong == ["*"] else f"{', '.join(wrong)} are not as the ledger says"
            yield Difference(name, row["id"], columns, known)
    for id_ in sorted(expected.keys() - seen):
        yield Difference(name, id_, "the row is gone, and no line of the ledger says so", expected[id_])


def _write(connection: Connection, table: Table, id_: int, known: Known) -> None:
    values = {name: _typed(table, name, value) for name, value in known.columns.items()}
    if connection.execute(table.update().where(table.c.id == id_).values(values)).rowcount == 0:
        connection.execute(table.insert(), values)


def _typed(table: Table, name: str, value: Any) -> Any:
    """A value of the image, as its column takes it."""
    kind = table.c[name].type
    if value is not None and isinstance(kind, Instant):
        return dt.datetime.fromisoformat(value)
    return dt.date.fromisoformat(value) if value is not None and isinstance(kind, Date) else value
