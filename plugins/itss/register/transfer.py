"""A register as a whole, out of its database into one SQLite file and back into an empty register.

Owns that both are one state: a copy is read in one transaction, while reports run, and loaded in one, or not at all.
Refuses to load over anything on record, and a copy whose lines are not as they were signed. Its one surprise: a
register with nothing but the two lines with which every ledger begins counts as empty: ``itss setup`` makes such a one.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, func, insert, inspect, select, text
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool

from itss.errors import LedgerError, RegisterError
from itss.register import guards, ledger, projection, verification
from itss.register.desk import REGISTER, Desk
from itss.register.restored import RESTORED
from itss.register.schema import HEAD, VERSION_TABLE, Base

_ROWS = 500
_BEGINNING = {ledger.KEY, ledger.GENESIS}


def save(engine: Engine, file: Path) -> None:
    """Write the register, as it is at this instant, to ``file``, which must not be there; needs tables at `HEAD`."""
    if engine.dialect.name == "sqlite":
        source = engine.raw_connection()
        try:
            with closing(sqlite3.connect(file)) as target:
                source.driver_connection.backup(target)  # type: ignore[union-attr]
                target.execute("PRAGMA journal_mode = DELETE")  # one file, and no other beside it
        except sqlite3.Error as error:
            raise RegisterError(f"The register is not copied to {file}: {error}.", "Make room on its disk.") from error
        finally:
            source.close()
        return
    # every statement of it sees the register as it was when the first one began
    seen = engine.execution_options(isolation_level="REPEATABLE READ")
    with seen.connect() as connection, _file_engine(file).begin() as into:
        _make(into)
        _pour(connection, into)


def load(desk: Desk, file: Path, who: str, said: Mapping[str, Any]) -> None:
    """Fill the empty register of ``desk`` from a copy, and put on record that it was restored.

    `RegisterError` where something is on record already; `LedgerError` where what was loaded does not prove itself.
    """
    connection = desk.session.connection()
    _empty(connection)
    _make(connection)
    with _file_engine(file).connect() as source:
        _pour(source, connection)
    if connection.dialect.name == "postgresql":
        _set_sequences(connection)
    newest, problems = ledger.head(desk.session), problems_of(desk.session, desk.key().public)
    if newest is None or problems:
        raise LedgerError(
            f"{file} does not prove itself: {'; '.join(map(str, problems[:3])) or 'it has no line'}.",
            "Restore an earlier state; nothing was loaded.",
        )
    desk.note(REGISTER, RESTORED, who, head=newest.seq, head_sha256=newest.sha256, **said)


def problems_of(session: Session, trusted: str) -> list[verification.LedgerProblem | projection.Difference]:
    """What is not as it was signed, and what the tables have otherwise than the lines."""
    return [*verification.verify(session, trusted), *projection.differences(session)[0]]


def is_empty(connection: Connection) -> bool:
    """Whether nothing is on record but, perhaps, the lines with which a ledger begins."""
    found = inspect(connection).get_table_names()
    if not {VERSION_TABLE, *Base.metadata.tables} & set(found):
        return True
    if connection.dialect.name == "postgresql":
        ledger.lock(connection)
    for name, table in Base.metadata.tables.items():
        if name in ("ledger", "payload") or name not in found:
            continue
        if connection.execute(select(func.count()).select_from(table)).scalar():
            return False
    lines = Base.metadata.tables["ledger"]
    return "ledger" in found and set(connection.execute(select(lines.c.kind)).scalars()) <= _BEGINNING


def _empty(connection: Connection) -> None:
    if not is_empty(connection):
        raise RegisterError(
            "This register has something on record, so nothing is restored into it.",
            "Name an empty one in ITSS_REGISTER_URL: a new database, or a SQLite file that is not there.",
        )
    guards.drop(connection)
    Base.metadata.drop_all(connection)


def _make(connection: Connection) -> None:
    """The tables as the newest migration leaves them, with their triggers."""
    Base.metadata.create_all(connection)
    made = f"CREATE TABLE IF NOT EXISTS {VERSION_TABLE} (version_num VARCHAR(32) NOT NULL PRIMARY KEY)"
    connection.execute(text(made))
    connection.execute(text(f"DELETE FROM {VERSION_TABLE}"))  # noqa: S608
    connection.execute(text(f"INSERT INTO {VERSION_TABLE} VALUES (:head)"), {"head": HEAD})  # noqa: S608
    guards.make(connection)


def _pour(source: Connection, into: Connection) -> None:
    """Every row of every table; the triggers see each line follow the one before it."""
    for table in Base.metadata.sorted_tables:
        key = [table.c.seq] if "seq" in table.c else [table.c.id]
        found = source.execution_options(yield_per=_ROWS).execute(select(table).order_by(*key)).mappings()
        for some in found.partitions(_ROWS):
            into.execute(insert(table), [dict(row) for row in some])


def _set_sequences(connection: Connection) -> None:
    for name, table in Base.metadata.tables.items():
        if "id" in table.c:
            connection.execute(
                text(f"SELECT setval(pg_get_serial_sequence('{name}', 'id'), max(id)) FROM {name} HAVING max(id) > 0")  # noqa: S608
            )


def _file_engine(file: Path) -> Engine:
    return create_engine(URL.create("sqlite", database=str(file)), poolclass=NullPool)
