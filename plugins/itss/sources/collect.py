"""Step 2, collect: the rows of one process from one source, and where they came from.

The SQL file decides which rows are relevant; of them only those that concern none of the periods are left out, and
counted (`itss.sources.window`). Messages and the record name connection or
file and the SQL file, never a password and never an absolute path.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy import URL

from itss.errors import OtherCustomerError, SourceError
from itss.processes.base import Process
from itss.report_list.customers import ForCustomer
from itss.report_list.data_source import DataSource
from itss.sources.conform import check_columns, conform_batch, empty_frame
from itss.sources.database import query_database
from itss.sources.files import query_files
from itss.sources.needs import FILES, refuse_mismatch
from itss.sources.notes import Notes
from itss.sources.of_customer import rows_of_customer
from itss.sources.rows import Rows
from itss.sources.snapshot import write_batches
from itss.sources.sql_check import DATABASE_DIALECTS, FILE_DIALECTS, made_up_customer
from itss.sources.statement import Binds, Statement, read_statement
from itss.sources.window import Window


@dataclass(frozen=True)
class Collected:
    """``path`` holds the process's columns, typed, and ``_unparsed``; ``sql`` is the text of the query as it ran."""

    process: str
    path: Path
    sql: str
    source: str
    rows: int
    sha256: str


def collect(
    process: Process,
    source: DataSource,
    *,
    sql_file: Path,
    base: Path,
    start: datetime,
    end: datetime,
    connection_url: Callable[[str], URL],
    to: Path,
    window: Window | None = None,
    customer: ForCustomer | None = None,
) -> Collected:
    """Query ``source`` for the rows of ``process`` in ``[start, end)`` into the file ``to``, whole or not at all.

    It is Parquet; relative files of the source are under ``base``. Rows go through memory batch by batch; the bytes
    written depend on the rows only, not on the order in which they come. ``window`` leaves out, and counts, what
    is outside of it. Of a ``customer`` the query may use the binds, and yields rows of theirs alone.

    Raises `SourceUnreachableError` when the source does not answer (worth a retry), `OtherCustomerError` for a row of
    another customer, and `SourceError` for the rest.
    """
    _check_zone(source.timezone)
    binds: Binds = {**(customer.binds if customer else {}), "start": start, "end": end}
    statement = read_statement(sql_file, _called(sql_file), binds)
    if customer:
        _refuse_made_up(process, source, statement, sql_file)
    with _opened(process, source, statement, base, binds, connection_url) as rows:
        where = f"{_named(source)}{f' ({rows.note})' if rows.note else ''}, {statement.name}"
        if customer:
            rows = rows_of_customer(rows, customer, process, where)
        names = [name.lower() for name in rows.names]
        check_columns(process, names, where)
        notes = Notes()
        typed = (
            conform_batch(process, dict(zip(names, cells, strict=True)), source.timezone, notes)
            for cells in rows.batches
        )
        sha256, count = write_batches(to, empty_frame(process, names), window.batches(typed) if window else typed)
    return Collected(process.id, to, statement.text, "; ".join([where, *notes.words()]), count, sha256)


def _opened(
    process: Process,
    source: DataSource,
    statement: Statement,
    base: Path,
    binds: Binds,
    connection_url: Callable[[str], URL],
) -> AbstractContextManager[Rows]:
    if source.connection:
        url = connection_url(source.connection)
        refuse_mismatch(statement, url.get_backend_name(), f"connection {source.connection}, {statement.name}")
        return query_database(url, source.connection, statement, binds, source.timezone, source.time_limit_s)
    if source.file:
        refuse_mismatch(statement, FILES, f"{source.file}, {statement.name}")
        return query_files(source.file, base, statement, binds, source.timezone, source.time_limit_s, source.encoding)
    raise SourceError(
        f"{process.id}: the source has neither connection nor file.", "Give it one of them in the report list."
    )


def _refuse_made_up(process: Process, source: DataSource, statement: Statement, sql_file: Path) -> None:
    """Whose a row is must be seen in the row: a column of the bind itself would agree with everything."""
    dialects = DATABASE_DIALECTS if source.connection else FILE_DIALECTS
    if found := made_up_customer(sql_file, statement.text, dialects):
        raise OtherCustomerError(f"{process.id}: {statement.name}, line {found.line}: {found.message}", found.remedy)


def _named(source: DataSource) -> str:
    return f"connection {source.connection}" if source.connection else str(source.file)


def _called(sql_file: Path) -> str:
    """``include/sql/itss/incident.sql``: from the folder that has the ``sql`` folder on."""
    return "/".join(sql_file.parts[-4:])


def _check_zone(zone: str) -> None:
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise SourceError(f"'{zone}' is not a time zone.", "Write it like Asia/Shanghai in the report list.") from error
