"""Database sources: one SELECT in a read-only transaction. Its rows stay Python values; typing is `conform`'s.

An instant is bound so that it compares rightly with what the database holds: as an instant in PostgreSQL (whose session
takes on the source's zone), as local time of the source's zone in MySQL and, as text, in SQLite.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from itss.errors import SourceError, SourceUnreachableError
from itss.sources.statement import Statement

_TIMEOUT_S = 15
_BATCH = 10_000
_UNKNOWN_ZONE = 1298
_RETRY = "Check that the database is up and reachable; the task tries again by itself."


@dataclass(frozen=True)
class Rows:
    """Column names as the database gives them, and one list of values per column."""

    names: list[str]
    values: list[list[Any]]


def query_database(
    url: sa.URL, conn_id: str, statement: Statement, instants: Mapping[str, datetime], zone: str
) -> Rows:
    """All rows of ``statement``; `SourceUnreachableError` if nobody answers, else `SourceError` naming the SQL file."""
    where = f"connection {conn_id}, {statement.name}"
    engine = _engine(url, conn_id)
    try:
        with _connected(engine, where) as connection:
            try:
                _prepare(connection, zone, instants)
                result = connection.execute(
                    sa.text(statement.for_sqlalchemy()),
                    {name: _bound(engine.dialect.name, instants[name], zone) for name in statement.binds},
                    execution_options={"stream_results": True},
                )
                return _fetch(result)
            except DBAPIError as error:
                raise _told(error, where, engine) from error
            except SQLAlchemyError as error:
                raise SourceError(f"{where}: {_short(error)}.", "Correct the SQL file.") from error
    finally:
        engine.dispose()


def _engine(url: sa.URL, conn_id: str) -> sa.Engine:
    kind = url.get_backend_name()
    if kind == "sqlite":
        return _sqlite(url, conn_id)
    options: dict[str, Any] = {"connect_timeout": _TIMEOUT_S}
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
        return sqlite3.connect(f"file:{quote(str(path.resolve()))}?mode=ro", uri=True, timeout=_TIMEOUT_S)

    return sa.create_engine("sqlite://", creator=connect, poolclass=NullPool)


def _connected(engine: sa.Engine, where: str) -> sa.Connection:
    try:
        return engine.connect()
    except (OperationalError, InterfaceError, OSError) as error:
        raise SourceUnreachableError(f"{where}: {_short(error)}.", _RETRY) from error
    except SQLAlchemyError as error:
        raise SourceError(f"{where}: {_short(error)}.", "Correct the connection.") from error


def _prepare(connection: sa.Connection, zone: str, instants: Mapping[str, datetime]) -> None:
    """Nothing may be written, and the session counts time in the source's zone."""
    kind = connection.dialect.name
    if kind == "postgresql":
        connection.execute(sa.text("SET TRANSACTION READ ONLY"))
        connection.execute(sa.text("SELECT set_config('TimeZone', :zone, true)"), {"zone": zone})
    elif kind == "mysql":
        connection.execute(sa.text("SET SESSION time_zone = :offset"), {"offset": _fixed_offset(zone, instants)})
        connection.execute(sa.text("SET SESSION TRANSACTION READ ONLY"))
        connection.commit()  # it holds from the next transaction on


def _fixed_offset(zone: str, instants: Mapping[str, datetime]) -> str:
    """``+08:00``; a zone that changes its offset needs MySQL's zone tables, so its name is used."""
    offsets = {
        instant.replace(month=month, day=1).astimezone(ZoneInfo(zone)).strftime("%z")
        for instant in instants.values()
        for month in (1, 7)
    }
    return f"{(only := offsets.pop())[:3]}:{only[3:]}" if len(offsets) == 1 else zone


def _bound(kind: str, instant: datetime, zone: str) -> datetime | str:
    local = instant.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    if kind == "sqlite":
        return local.isoformat(" ", "seconds")
    return instant if kind == "postgresql" else local


def _fetch(result: sa.CursorResult[Any]) -> Rows:
    names = list(result.keys())
    values: list[list[Any]] = [[] for _ in names]
    for batch in result.partitions(_BATCH):
        for column, cells in zip(values, zip(*batch, strict=True), strict=True):
            column.extend(cells)
    return Rows(names, values)


def _told(error: DBAPIError, where: str, engine: sa.Engine) -> SourceError:
    text = _short(error)
    lost = engine.dialect.name == "sqlite" and ("locked" in text or "disk I/O" in text)
    if error.connection_invalidated or lost or _is_lost(error):
        return SourceUnreachableError(f"{where}: {text}.", _RETRY)
    if _number(error) == _UNKNOWN_ZONE:
        return SourceError(
            f"{where}: {text}.", "Load the server's time zone tables: mysql_tzinfo_to_sql /usr/share/zoneinfo."
        )
    return SourceError(f"{where}: {text}.", "Correct the SQL file, or what the connection's user may read.")


def _is_lost(error: DBAPIError) -> bool:
    """Server shut down or statement killed: PostgreSQL's class 57 and 08, MySQL's 2006, 2013, 1053, 1317."""
    state = str(getattr(error.orig, "sqlstate", None) or "")
    return state.startswith(("57", "08")) or _number(error) in (2006, 2013, 1053, 1317)


def _number(error: DBAPIError) -> object:
    return error.orig.args[0] if error.orig is not None and error.orig.args else None


def _short(error: Exception) -> str:
    original: Any = getattr(error, "orig", None) or error
    said = original.args[1] if len(original.args) == 2 else original  # MySQL's number and text
    return " ".join(str(said).split("\n")[0].split()).rstrip(". ")
