"""The connection to the register: SQLite by default, PostgreSQL in production, the same promises on both.

Owns locking and migration. Its one surprise: on SQLite a writing transaction takes the write lock when it begins
(``BEGIN IMMEDIATE``), because one that reads first and writes later is refused at once when another was faster.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import TypeVar

from sqlalchemy import URL, Connection, Engine, create_engine, event, inspect, text
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, OperationalError, StatementError
from sqlalchemy.orm import Session
from sqlalchemy.pool import ConnectionPoolEntry, NullPool

from itss.errors import ConfigurationError, ItssError, RegisterError, RegisterUnreachableError
from itss.register.schema import HEAD, VERSION_TABLE
from itss.register.signing import Key
from itss.sources.connections import register_url

T = TypeVar("T")

BUSY_S = 30
NOTICED_WITHIN = {
    "connect_timeout": 30,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 60_000,
}
"""Of libpq, where the URL does not say it: a server that is gone without a word is noticed within a minute. Who waits
for handed-in data waits for all that do, and must not wait for it for ever."""
_WRITE = "register_write"
_UPGRADE_LOCK = 0x17_55  # any number; the same in every process


class ConcludedError(RegisterError):
    """A refusal that is itself on record: what was written before it is kept, not rolled back."""


def open_engine(url: str) -> Engine:
    """An engine without a pool, so that no connection outlives a fork; makes the folder of a SQLite file."""
    parsed = _parse(url)
    if parsed.get_backend_name() == "sqlite":
        if parsed.database in (None, "", ":memory:"):
            raise ConfigurationError(
                "The register cannot live in memory.", "Write it like sqlite:////srv/itss/register.sqlite."
            )
        if not str(parsed.database).startswith("file:"):  # a URI of SQLite's own says itself what may be made
            Path(str(parsed.database)).parent.mkdir(parents=True, exist_ok=True)
    return _engine(parsed)


@lru_cache
def _engine(parsed: URL) -> Engine:
    """One for all registers of a process at the same place: each engine compiles every statement for itself."""
    if parsed.get_backend_name() != "sqlite":
        is_libpq = parsed.get_driver_name() in ("psycopg", "psycopg2")
        own = {name: value for name, value in NOTICED_WITHIN.items() if is_libpq and name not in parsed.query}
        return create_engine(parsed, poolclass=NullPool, connect_args=own)
    engine = create_engine(parsed, poolclass=NullPool, connect_args={"timeout": BUSY_S})
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


@contextmanager
def reading(engine: Engine) -> Iterator[Session]:
    """A session that only reads."""
    with told(engine), Session(engine) as session:
        yield session


@contextmanager
def writing(engine: Engine, begin: Callable[[Session], T], end: Callable[[T], None]) -> Iterator[T]:
    """What ``begin`` makes of a session whose writes are committed together, or not at all, after ``end``.

    A `ConcludedError` passes after the commit.
    """
    with told(engine), Session(engine.execution_options(**{_WRITE: True})) as session, session.begin():
        refusal, made = None, begin(session)
        try:
            yield made
        except ConcludedError as error:
            refusal = error
        end(made)
    if refusal is not None:
        raise refusal


def upgrade(engine: Engine, key: Callable[[], Key], clock: Callable[[], dt.datetime]) -> None:
    """Bring the tables to `HEAD`; does nothing when they are there, waits when another process is at it.

    ``key`` and ``clock`` are for the lines that begin a ledger.
    """
    with told(engine):
        with engine.connect() as connection:
            if _version(connection) == HEAD:
                return
        prepare(engine)
        with engine.execution_options(**{_WRITE: True}).begin() as connection:
            if engine.dialect.name == "postgresql":
                connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _UPGRADE_LOCK})
            if _version(connection) != HEAD:  # of many that start at once, one is the first here
                _migrate(connection, {"key": key, "clock": clock})


def version(engine: Engine) -> str | None:
    """The version of the tables, without any change; ``None`` where there are none."""
    with told(engine), engine.connect() as connection:
        return _version(connection)


def _migrate(connection: Connection, given: Mapping[str, object]) -> None:
    # imported here: Alembic is needed once in the life of a register, not once a step
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config()
    folder = Path(__file__).parent / "migrations"
    config.set_main_option("script_location", str(folder).replace("%", "%%"))
    config.attributes.update(given, connection=connection)
    try:
        command.upgrade(config, "head")
    except CommandError as error:
        raise RegisterError(
            f"The register's tables are at version {_version(connection)}, which this code does not know: {error}.",
            "Install the version of this package that wrote them, or a newer one.",
        ) from error


def _version(connection: Connection) -> str | None:
    if not inspect(connection).has_table(VERSION_TABLE):
        return None
    return connection.execute(text(f"SELECT version_num FROM {VERSION_TABLE}")).scalar()  # noqa: S608


def _parse(url: str) -> URL:
    try:
        parsed = register_url(url)
        parsed.get_dialect()
    except (ArgumentError, NoSuchModuleError, ValueError):
        # without the cause: it quotes the URL, and with it the password
        raise ConfigurationError(
            "The URL of the register cannot be read.",
            "Set ITSS_REGISTER_URL like sqlite:////srv/itss/register.sqlite, "
            "postgresql+psycopg://user@host/register or airflow-connection:<id>.",
        ) from None
    return parsed


@contextmanager
def told(engine: Engine) -> Iterator[None]:
    """Database errors in the product's words; the statement and its values (comments, addresses) stay out."""
    try:
        yield
    except StatementError as error:
        if isinstance(error.orig, ItssError):  # a value that a column type refused
            raise error.orig from None
        where = engine.url.render_as_string(hide_password=True)
        kind = RegisterUnreachableError if isinstance(error, OperationalError) else RegisterError
        raise kind(
            f"The register {where} refused: {str(error.orig).strip()}.",
            "Check ITSS_REGISTER_URL, that it answers, and that its disk has room; "
            "`python -m itss.register upgrade` makes its tables.",
        ) from error


def _prepare_sqlite(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    # the driver's own implicit BEGIN is off; `_begin_sqlite` says which kind it is
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    is_writing = connection.get_execution_options().get(_WRITE, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if is_writing else "BEGIN")


def prepare(engine: Engine) -> None:
    """Have a SQLite file use a write-ahead log: readers then never block the writer.

    SQLite does not wait for this one lock by itself, so we do.
    """
    if engine.dialect.name != "sqlite":
        return
    deadline = time.monotonic() + BUSY_S
    while True:
        connection = engine.raw_connection()
        try:
            connection.cursor().execute("PRAGMA journal_mode = WAL")
            return
        except Exception as error:
            if "locked" not in str(error) or time.monotonic() > deadline:
                raise RegisterError(f"{engine.url.database}: {error}.", "End the program that holds it.") from error
            time.sleep(0.05)  # what is waited for is another process's lock; there is nothing to be notified by
        finally:
            connection.close()
