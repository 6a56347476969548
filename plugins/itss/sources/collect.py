"""Step 2, collect: the rows of one process from one source, and where they came from.

The SQL file decides which rows are relevant; nothing is dropped after it. Messages and the record name connection or
file and the SQL file, never a password and never an absolute path.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import pandas as pd
import pyarrow as pa
from sqlalchemy import URL

from itss.errors import SourceError
from itss.processes.base import Process
from itss.report_list.models import DataSource
from itss.sources.conform import check_columns, conform
from itss.sources.database import query_database
from itss.sources.files import query_files
from itss.sources.statement import read_statement


@dataclass(frozen=True)
class Collected:
    """``frame`` has the process's columns, typed, and ``_unparsed``; ``sql`` is the text of the query as it ran."""

    process: str
    frame: pd.DataFrame
    sql: str
    source: str
    rows: int


def collect(
    process: Process,
    source: DataSource,
    *,
    sql_file: Path,
    base: Path,
    start: datetime,
    end: datetime,
    connection_url: Callable[[str], URL],
) -> Collected:
    """Query ``source`` for the rows of ``process`` in ``[start, end)``; relative files lie under ``base``.

    Raises `SourceUnreachableError` when the source does not answer (worth a retry) and `SourceError` for the rest.
    """
    _check_zone(source.timezone)
    statement = read_statement(sql_file, _called(sql_file))
    instants = {"start": start, "end": end}
    if source.connection:
        where = f"connection {source.connection}, {statement.name}"
        rows = query_database(
            connection_url(source.connection), source.connection, statement, instants, source.timezone
        )
        names, columns = rows.names, [pd.Series(cells, dtype=object) for cells in rows.values]
    elif source.file:
        answer = query_files(source.file, base, statement, instants, source.timezone)
        where = f"{source.file}{f' ({answer.note})' if answer.note else ''}, {statement.name}"
        names, columns = answer.data.column_names, [_series(column) for column in answer.data.columns]
    else:
        raise SourceError(
            f"{process.id}: the source has neither connection nor file.", "Give it one of them in the report list."
        )
    names = [name.lower() for name in names]
    check_columns(process, names, where)
    frame = conform(process, dict(zip(names, columns, strict=True)), source.timezone)
    return Collected(process.id, frame, statement.text, where, len(frame))


def _series(column: pa.ChunkedArray) -> pd.Series[Any]:
    """Instants stay what they are; everything else becomes Python values, since pandas would make 12 a 12.0."""
    if pa.types.is_timestamp(column.type) and column.type.tz:
        return pd.Series(column.to_pandas())
    return pd.Series(column.to_pylist(), dtype=object)


def _called(sql_file: Path) -> str:
    """``include/sql/itss/incident.sql``: from the folder that has the ``sql`` folder on."""
    return "/".join(sql_file.parts[-4:])


def _check_zone(zone: str) -> None:
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise SourceError(f"'{zone}' is not a time zone.", "Write it like Asia/Shanghai in the report list.") from error
