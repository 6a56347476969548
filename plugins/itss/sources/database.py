"""Database sources: one SELECT in a read-only transaction. Its rows stay as they are given; typing is `conform`'s.

An instant is bound so that it compares rightly with what the database holds: as an instant in PostgreSQL (whose session
takes on the source's zone), as local time of the source's zone in MySQL and, as text, in SQLite.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from itss.errors import SourceError, SourceUnreachableError
from itss.sources.columns import Cells, cells_of
from itss.sources.postgresql import query_postgresql
from itss.sources.rows import RETRY, TIMEOUT_S, Rows, changed, denied, too_long
from itss.sources.statement import Binds, Statement

_BATCH = 20_000
_UNKNOWN_ZONE = 1298
_TOO_LONG = (1969, 3024)
"""MariaDB's and MySQL's number for a statement that was ended by its time limit."""
_INTERRUPTED = 1317
"""Of a statement that somebody killed; in the middle of its rows also of one that was ended by its time limit."""
_DENIED = (1044, 1045, 1049, 1130, 1698)
"""No such user, password, database, or not from this host."""
_LACKING = (1054, 1146)
"""No such column, no such table."""
_STEPS = 100_000


@contextmanager
def query_database(
    url: sa.URL, conn_id: str, statement: Statement, binds: Binds, zone: str, limit_s: int
) -> Iterator[Rows]:
    """The rows of ``statement``, to be taken inside the block, batch by batch, however many there are.

    Raises `SourceUnreachableError` if nobody answers, or no longer, else `SourceError` naming the SQL file; both also
    while rows are taken. After ``limit_s`` seconds the database ends the query.
    """
    where = f"connection {conn_id}, {statement.name}"
    if url.get_backend_name() == "postgresql":
        with query_postgresql(url, where, statement, binds, zone, limit_s) as rows:
            yield rows
        return
    engine = _engine(url, conn_id, limit_s)
    began = time.monotonic()
    try:
        with _connected(engine, where) as connection:
            try:
                _prepare(connection, zone, binds, limit_s)
                result = connection.execute(
                    sa.text(statement.for_sqlalchemy()),
                    {name: _bound(engine.dialect.name, binds[name], zone) for name in statement.binds},
                    execution_options={"stream_results": True},
                )
                with _given_up(result.cursor):
                    yield Rows(list(result.keys()), _batches(result))
            except DBAPIError as error:
                place = f"connection {conn_id}, {statement.place(error)}"
                raise _told(error, place, limit_s, time.monotonic() - began) from error
            except SQLAlchemyError as error:
                raise SourceError(f"{where}: {_short(error)}.", "Correct the SQL file.") from error
            except BaseException:
                connection.invalidate()  # closing would wait for all the rows
                raise
    finally:
        engine.dispose()


@contextmanager
def _given_up(cursor: Any) -> Iterator[None]:
    """Where the rows were not all taken, the cursor is let go: closing it would wait for them, or for a dead server."""
    try:
        yield
    except BaseException:
        if under_way := getattr(cursor, "_result", None):  # PyMySQL's, which would do so when it is collected
            under_way.unbuffered_active = False
        raise


def _engine(url: sa.URL, conn_id: str, limit_s: int) -> sa.Engine:
    kind = url.get_backend_name()
    if kind == "sqlite":
        return _sqlite(url, conn_id)
    # a server that is gone without a word is noticed some time after it should have ended the query
    options: dict[str, Any] = {"connect_timeout": TIMEOUT_S, "read_timeout": limit_s + TIMEOUT_S}
    try:
        return sa.create_engine(url, poolclass=NullPool, connect_args=options, hide_parameters=True)
    except (SQLAlchemyError, ImportError) as error:
        raise SourceError(f"Connection {conn_id}: {type(error).__name__}.", "Correct the connection.") from None


def _sqlite(url: sa.URL, conn_id: str) -> sa.Engine:
    path = Path(url.database or "")
    if not path.is_file():
        # opening it would make an empty database in its place
        raise SourceError(
            f"Connection {conn_id}: there is no database file {path.name}.", "Correct the path of the file."
        )

    def connect() -> sqlite3.Connection:
        return sqlite3.connect(
            f"file:{quote(str(path.resolve()))}?mode=ro", uri=True, timeout=TIMEOUT_S, check_same_thread=False
        )

    return sa.create_engine("sqlite://", creator=connect, poolclass=NullPool)


def _connected(engine: sa.Engine, where: str) -> sa.Connection:
    try:
        return engine.connect()
    except (OperationalError, InterfaceError, OSError) as error:
        if isinstance(error, DBAPIError) and _number(error) in _DENIED:
            raise denied(where, _short(error)) from error
        raise SourceUnreachableError(f"{where}: {_short(error)}.", RETRY) from error
    except SQLAlchemyError as error:
        raise SourceError(f"{where}: {_short(error)}.", "Correct the connection.") from error


def _prepare(connection: sa.Connection, zone: str, binds: Binds, limit_s: int) -> None:
    """Nothing may be written, the session counts time in the source's zone, and a query ends after ``limit_s``."""
    if connection.dialect.name == "sqlite":
        end = time.monotonic() + limit_s
        raw: Any = connection.connection.driver_connection
        raw.set_progress_handler(lambda: time.monotonic() > end, _STEPS)
    else:
        is_mariadb = getattr(connection.dialect, "is_mariadb", False)
        name, limit = ("max_statement_time", limit_s) if is_mariadb else ("max_execution_time", limit_s * 1000)
        connection.execute(sa.text(f"SET SESSION {name} = {limit}"))
        if is_mariadb:  # which cuts a recursive query there without a word; MySQL ends it with an error
            connection.execute(sa.text("SET SESSION max_recursive_iterations = 4294967295"))
        connection.execute(sa.text("SET SESSION time_zone = :offset"), {"offset": _fixed_offset(zone, binds)})
        # as in MariaDB; MySQL cuts what GROUP_CONCAT makes, such as the pauses of a ticket, at 1024 bytes
        connection.execute(sa.text("SET SESSION group_concat_max_len = 1048576"))
        connection.execute(sa.text("SET SESSION TRANSACTION READ ONLY"))
        connection.commit()  # it holds from the next transaction on


def _fixed_offset(zone: str, binds: Binds) -> str:
    """``+08:00``; a zone that changes its offset needs MySQL's zone tables, so its name is used."""
    offsets = {
        instant.replace(month=month, day=1).astimezone(ZoneInfo(zone)).strftime("%z")
        for instant in binds.values()
        if isinstance(instant, datetime)
        for month in (1, 7)
    }
    return f"{(only := offsets.pop())[:3]}:{only[3:]}" if len(offsets) == 1 else zone


def _bound(kind: str, value: datetime | str | int, zone: str) -> datetime | str | int:
    if not isinstance(value, datetime):
        return value
    local = value.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    if kind == "sqlite":
        return local.isoformat(" ", "seconds")
    return local


def _batches(result: sa.CursorResult[Any]) -> Iterator[list[Cells]]:
    for batch in result.partitions(_BATCH):
        yield [cells_of(cells) for cells in zip(*batch, strict=True)]


def _told(error: DBAPIError, where: str, limit_s: int, elapsed_s: float) -> SourceError:
    text = _short(error)
    is_ended = _number(error) in _TOO_LONG or (_number(error) == _INTERRUPTED and elapsed_s >= limit_s)
    if is_ended or text == "interrupted":
        return too_long(where, limit_s)
    if error.connection_invalidated or "locked" in text or "disk I/O" in text or _is_lost(error):
        return SourceUnreachableError(f"{where}: {text}.", RETRY)
    if _number(error) == _UNKNOWN_ZONE:
        return SourceError(
            f"{where}: {text}.", "Load the server's time zone tables: mysql_tzinfo_to_sql /usr/share/zoneinfo."
        )
    if _number(error) in _LACKING or text.startswith(("no such column", "no such table")):  # the latter is SQLite
        return changed(where, text)
    return SourceError(f"{where}: {text}.", "Correct the SQL file, or what the connection's user may read.")


def _is_lost(error: DBAPIError) -> bool:
    """Server shut down, statement killed, or no answer any more."""
    return _number(error) in (2006, 2013, 1053, _INTERRUPTED)


def _number(error: DBAPIError) -> object:
    return error.orig.args[0] if error.orig is not None and error.orig.args else None


def _short(error: Exception) -> str:
    original: Any = getattr(error, "orig", None) or error
    said = original.args[1] if len(original.args) == 2 else original  # MySQL's number and text
    return " ".join(str(said).split("\n")[0].split()).rstrip(". ")
