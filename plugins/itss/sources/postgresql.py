"""PostgreSQL sources: rows come in columns and in binary, through ADBC, which copies out what a SELECT gives.

Drivers that hand over row by row are several times slower. What Arrow has no plain type for comes as text. The session
takes on the source's zone, so that columns without zone compare rightly with the period.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.compute as pc
import sqlalchemy as sa

from itss.errors import SourceError, SourceUnreachableError
from itss.sources.columns import Cells
from itss.sources.rows import RETRY, TIMEOUT_S, Rows, changed, denied, too_long
from itss.sources.statement import Binds, Statement

_AS_THEY_ARE = frozenset(
    {"text", "varchar", "bpchar", "int2", "int4", "int8", "float8", "numeric", "bool", "bytea"}
    | {"timestamp", "timestamptz", "date"}
)
_BATCH_BYTES = 8 << 20
_COMPARES_TEXT = re.compile(
    "operator does not exist: (text|character varying|character) \\S+ timestamp with time zone"
    "|operator does not exist: timestamp with time zone \\S+ (text|character varying|character)"
)
_OTHER_MOMENT = (
    r"^\d{4}-\d\d-\d\d(T[\d:.]+| [\d:.]+ ?[Zz+-])([\d:Zz+-]*)$"
    r"|^\d{4}/\d\d?/\d\d?( [\d:.]+)?$"
)
"""A time, and no list of times, that is not written as YYYY-MM-DD HH:MM:SS."""
_DENIED = re.compile(r"FATAL: +(password authentication|[^\n]*(does not exist|pg_hba\.conf|not permitted to log in))")
"""Of a refused login libpq hands on no code, only the server's words."""
_LACKING = ("42P01", "42703", "3F000")
"""SQLSTATE: no such table, column, schema."""
T = TypeVar("T")


@contextmanager
def query_postgresql(
    url: sa.URL, where: str, statement: Statement, binds: Binds, zone: str, limit_s: int
) -> Iterator[Rows]:
    """The rows of ``statement``, as long as the block lasts; errors like those of `query_database`."""
    from adbc_driver_postgresql import dbapi

    try:
        connection = dbapi.connect(_uri(url))
    except dbapi.Error as error:
        if _DENIED.search(str(error)):
            raise denied(where, _short(error)) from None
        raise SourceUnreachableError(f"{where}: {_short(error)}.", RETRY) from None
    try:
        _miss_us(connection)
        with connection.cursor() as cursor:
            asked = _Asked(connection, cursor, where, statement, limit_s)
            try:
                code, found = _described(asked, _literals(binds), zone)
            except SourceError as error:
                if not _COMPARES_TEXT.search(str(error)):
                    raise
                code, found = _described(asked, _literals(binds, zone), zone)
                asked.compares_text = True
            names = [f"c{place}" for place in range(len(found))]
            cells = ", ".join(_selected(name, kind) for name, kind in zip(names, found, strict=True))
            sql = f"SELECT {cells} FROM {code} ({', '.join(names)})"  # noqa: S608 - the SQL file is the query
            asked.answer(lambda: cursor.execute(sql))
            with ThreadPoolExecutor(1) as ahead:
                try:
                    yield Rows(list(found.names), asked.batches(ahead))
                except BaseException:
                    cursor.adbc_cancel()  # closing would wait for all the rows
                    raise
    finally:
        connection.close()


def _miss_us(connection: Any) -> None:
    """Let the server look now and then whether we are there: else it goes on for a process that was ended.

    Servers before 14, and of some systems, do not; there the time limit of the query ends it.
    """
    from adbc_driver_postgresql import dbapi

    try:
        with connection.cursor() as cursor:
            cursor.execute("SET client_connection_check_interval = '5s'")
        connection.commit()
    except dbapi.Error:
        connection.rollback()


def _described(asked: _Asked, literals: Mapping[str, str], zone: str) -> tuple[str, pa.Schema]:
    """The query as a table expression, and its columns; in a transaction of its own."""
    code = f"(\n{asked.statement.with_literals(literals)}\n) AS q"
    asked.answer(lambda: _prepare(asked.cursor, zone, asked.limit_s))
    return code, asked.answer(lambda: asked.cursor.adbc_execute_schema(f"SELECT * FROM {code}"))  # noqa: S608


def _uri(url: sa.URL) -> str:
    query = {"connect_timeout": str(TIMEOUT_S)} | dict(url.query) | {"client_encoding": "utf8"}
    written = url.set(drivername="postgresql", query=query).render_as_string(hide_password=False)
    return written.replace(" ", "%20")  # SQLAlchemy leaves blanks, and libpq's complaint would quote the password


def _prepare(cursor: Any, zone: str, limit_s: int) -> None:
    """Nothing may be written; times count in ``zone``, the query's seconds to ``limit_s``."""
    cursor.execute("SET TRANSACTION READ ONLY")
    cursor.execute(f"SET LOCAL TimeZone = '{zone}'")
    cursor.execute(f"SET LOCAL statement_timeout = {limit_s * 1000}")
    cursor.adbc_statement.set_options(**{"adbc.postgresql.batch_size_hint_bytes": str(_BATCH_BYTES)})


def _literals(binds: Binds, text_zone: str = "") -> dict[str, str]:
    """What copies out takes no parameters. ``text_zone``: the instants as columns of text have them."""
    return {name: _literal(value, text_zone) for name, value in binds.items()}


def _literal(value: datetime | str | int, text_zone: str) -> str:
    if isinstance(value, int):
        return f"({value})"  # behind a minus, -1 alone would begin a comment
    if isinstance(value, str):  # spelled so that no setting of the server gives a backslash another meaning
        return "E'" + value.replace("\\", "\\\\").replace("'", "''") + "'"
    if text_zone:  # local times, in the order of their bytes
        local = value.astimezone(ZoneInfo(text_zone)).replace(tzinfo=None)
        return f"CAST('{local.isoformat(' ', 'seconds')}' AS text) COLLATE \"C\""
    return f"TIMESTAMPTZ '{value.astimezone(UTC).isoformat(' ')}'"


def _selected(name: str, found: pa.Field) -> str:
    kind = (found.metadata or {}).get(b"POSTGRESQL:type", b"").decode()
    if kind in _AS_THEY_ARE:
        return name
    return f"to_json({name})::text" if kind.startswith("_") else f"{name}::text"


@dataclass
class _Asked:
    """A query under way, whose errors are told by what became of it."""

    connection: Any
    cursor: Any
    where: str
    statement: Statement
    limit_s: int
    began: float = field(default_factory=time.monotonic)
    compares_text: bool = False
    """Whether times are texts, which compare rightly in one spelling only."""

    def answer(self, ask: Callable[[], T]) -> T:
        """What ``ask`` gives; the driver's error as `SourceError`."""
        from adbc_driver_postgresql import dbapi

        try:
            return ask()
        except (dbapi.Error, OSError, pa.ArrowException) as error:
            raise self._told(error) from error

    def batches(self, ahead: Executor) -> Iterator[list[Cells]]:
        """Every column of every batch; while one is worked on, the next is fetched by ``ahead``."""
        reader = self.cursor.fetch_record_batch()

        def fetch() -> list[Cells] | None:
            batch = self.answer(lambda: next(reader, None))
            return None if batch is None else self.answer(partial(_plain, batch))

        fetched = ahead.submit(fetch)
        while (cells := fetched.result()) is not None:
            fetched = ahead.submit(fetch)
            yield cells
            if self.compares_text:  # after whoever takes them, who may see that they are another customer's
                self._refuse_other_spellings(cells)
        reader.close()

    def _refuse_other_spellings(self, cells: list[Cells]) -> None:
        for column in cells:
            if isinstance(column, pa.Array) and pa.types.is_string(column.type):
                other = column.filter(pc.match_substring_regex(column, _OTHER_MOMENT))
                if len(other):
                    raise SourceError(
                        f"{self.where}: its times are texts such as '{other[0]}', and texts compare rightly with the "
                        "period only as YYYY-MM-DD HH:MM:SS.",
                        "Whoever keeps the tables: give these columns the type timestamp, or that spelling.",
                    )

    def _told(self, error: Exception) -> SourceError:
        state = str(getattr(error, "sqlstate", None) or "")
        text = f"{self.where}: {_short(error)}."
        if isinstance(error, pa.ArrowException):
            return SourceError(text, "")
        is_alive = self._is_alive()
        if is_alive and time.monotonic() - self.began >= self.limit_s:
            return too_long(self.where, self.limit_s)
        if not is_alive or state.startswith(("57", "08")) or "canceling statement" in text:
            return SourceUnreachableError(text, RETRY)
        place = self.where.replace(self.statement.name, self.statement.place(error, above=1))
        if state in _LACKING:
            return changed(place, _short(error))
        return SourceError(
            f"{place}: {_short(error)}.", "Correct the SQL file, or what the connection's user may read."
        )

    def _is_alive(self) -> bool:
        """An error in the middle of the rows comes without its class: the connection is asked whether it still is."""
        from adbc_driver_postgresql import dbapi

        try:
            self.connection.rollback()
        except (dbapi.Error, OSError):
            return False
        return True


def _plain(batch: pa.RecordBatch) -> list[Cells]:
    """The columns; decimals, which come as text, without ``.0`` where they are whole."""
    return [_whole(column.storage) if isinstance(column, pa.ExtensionArray) else column for column in batch.columns]


def _whole(written: pa.Array) -> pa.Array:
    has_point = pc.any(pc.match_substring(written, ".")).as_py()
    return pc.replace_substring_regex(written, r"^(-?\d+)\.0+$", r"\1") if has_point else written


def _short(error: Exception) -> str:
    text = re.sub(r"^[A-Z_]+: ", "", str(error).split("\n")[0])
    above = r"(Failed to \w+( query)?: (could not begin COPY: )?|Execution error \[\w+\]: )?"
    return re.sub(rf"^(\[libpq\] )?{above}(ERROR:\s+)?", "", text).rstrip(". ")
