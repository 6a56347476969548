"""Whether DuckDB takes the query of a file source: parsed always, and bound where the file is at hand.

It refuses more than the static reading of `sql_check`: reserved words, functions that it does not have, columns that
the file has not. Its one surprise: what is wrong with the file itself is not said here, since it may be replaced every
month; whoever collects it is told.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from itss.errors import SourceError
from itss.problems import Problem
from itss.report_list.data_source import DataSource
from itss.sources.duckdb_tables import bind, refused_query
from itss.sources.files import find_files, read_file
from itss.sources.statement import BINDS, Statement, read_statement
from itss.sources.text_table import TextTable, short

_MOST_BYTES = 64 << 20
"""Of files that are read for their headers."""


def file_problems(sql: Path, source: DataSource, base: Path, binds: Iterable[str] = BINDS) -> Iterator[Problem]:
    """What DuckDB says against the query ``sql`` of ``source``, whose file lies relative to ``base``."""
    import duckdb

    try:
        statement = read_statement(sql, sql.name, binds)
        duckdb.extract_statements(statement.for_duckdb())
    except SourceError as error:
        yield Problem(sql, 1, "", error.what, error.remedy)
        return
    except duckdb.Error as error:
        yield _problem(sql, statement, error, "Correct it there: DuckDB reads the queries of files.")
        return
    if source.file and (headers := _headers(source.file, base, source.encoding)):
        yield from _bound(sql, statement, source, headers)


def _bound(sql: Path, statement: Statement, source: DataSource, headers: list[TextTable]) -> Iterator[Problem]:
    import duckdb

    try:
        bind(statement, headers, source.timezone)
    except duckdb.Error as error:
        told = refused_query(error, statement, str(source.file), headers, source.timezone)
        lines = re.findall(r", line (\d+)", told.what)
        yield Problem(sql, int(lines[0]) if lines else 1, "", told.what, told.remedy)
    except SourceError as error:  # two files that would be one table
        yield Problem(sql, 1, "", error.what, error.remedy)


def _problem(sql: Path, statement: Statement, error: Exception, remedy: str) -> Problem:
    return Problem(sql, statement.line(error) or 1, "", f"{short(error)}.", remedy)


def _headers(pattern: str, base: Path, encoding: str | None) -> list[TextTable]:
    """The tables of the files at hand, without their rows; none where they cannot be read, or are too big for it."""
    if "://" in pattern:
        return []
    try:
        paths = find_files(pattern, base)
        if sum(path.stat().st_size for path in paths) > _MOST_BYTES:
            return []
        tables = [table for path in paths for table in read_file(path, encoding)]
    except (SourceError, OSError):
        return []
    return [replace(table, data=table.data.slice(0, 0)) for table in tables]
