"""The tables of files in DuckDB, the macros that queries may use, and what a refused query means for whom.

A query sees these tables and nothing else of the machine. Its one surprise: a column that it cannot find is looked for
twice: where the query could run if the files had it, the export lacks it, and who wrote the SQL need not be asked.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import pyarrow as pa

from itss.errors import ExportError, SourceError
from itss.sources.statement import BINDS, Statement
from itss.sources.text_table import FILE, ROW, TextTable, quoted, short
from itss.text import Text, text

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

SOURCE = "source"
AS_TEXT = "Return the column as text, or through as_instant(column, format): the rows that do not parse are then named."
_LISTED = 5
_MOST_LACKING = 50
_LACKING = re.compile(
    r'Referenced column "(.+?)" not found|does not have a column named "(.+?)"|Column "(.+?)" referenced that exists in'
)
_NO_MATCH = re.compile(r'No matching columns found that match regex "(.+?)"')


@contextmanager
def opened_tables(tables: list[TextTable], zone: str) -> Iterator[DuckDBPyConnection]:
    """A database of ``tables``, `source` where they are alike, and the macros; times without zone are in ``zone``."""
    import duckdb

    with duckdb.connect(":memory:") as database:
        _load(database, tables)
        # from here on a query sees these tables and nothing else on this machine
        database.execute("SET enable_external_access = false")
        database.execute(f"SET TimeZone = '{zone}'")
        database.execute(_AS_INSTANT + _from_serial(tables) + _HISTORIES)
        database.execute("SET lock_configuration = true")
        yield database


def refused_query(
    error: Exception, statement: Statement, pattern: str, tables: list[TextTable], zone: str
) -> SourceError:
    """What DuckDB refused, with file and line, for the person who can do something about it."""
    import duckdb

    headers = [replace(table, data=table.data.slice(0, 0)) for table in tables]
    if isinstance(error, duckdb.BinderException) and (lacking := lacking_columns(statement, headers, zone)):
        return _lacks(lacking, pattern, statement, tables)
    listed = " ".join(f"Table {table.name} has: {', '.join(table.data.column_names)}." for table in headers[:_LISTED])
    if isinstance(error, duckdb.CatalogException) and f"name {SOURCE} does not exist" in str(error):
        remedy = f"The files differ in columns, so there is no table `{SOURCE}`: query them by name. {listed}"
    elif isinstance(error, (duckdb.BinderException, duckdb.CatalogException, duckdb.ParserException)):
        remedy = f"Correct the SQL file. {listed}"
    else:
        remedy = AS_TEXT
    place = statement.place(_located(error, statement, headers, zone))
    return SourceError(f"{place} on {pattern}: {short(error)}.", remedy)


def _located(error: Exception, statement: Statement, headers: list[TextTable], zone: str) -> Exception:
    """The error as it is when nothing is run, since only then DuckDB names the line."""
    import duckdb

    if not statement.line(error):
        try:
            bind(statement, headers, zone)
        except duckdb.Error as again:
            return again
    return error


def lacking_columns(statement: Statement, headers: list[TextTable], zone: str) -> list[str]:
    """The columns without which ``statement`` cannot be bound to tables with ``headers``, and with which it can."""
    import duckdb

    lacking: list[str] = []
    for _ in range(_MOST_LACKING):
        try:
            bind(statement, headers, zone)
        except duckdb.BinderException as error:
            if found := _NO_MATCH.search(str(error)):
                return [*lacking, found[1]]
            named = _LACKING.search(str(error))
            missing = next(filter(None, named.groups())) if named else ""
            if not missing or missing.lower() in (name.lower() for name in lacking):
                return []
            lacking.append(missing)
            more = pa.nulls(0, pa.string())
            headers = [replace(table, data=table.data.append_column(missing, more)) for table in headers]
        except duckdb.Error:
            return []
        else:
            return lacking
    return []


def bind(statement: Statement, headers: list[TextTable], zone: str) -> None:
    """Let DuckDB find every table, column and function of ``statement``, and run nothing; raises `duckdb.Error`."""
    instant = "TIMESTAMPTZ '2026-01-01 00:00:00+00'"
    literals = {name: instant if name in BINDS else "NULL" for name in statement.binds}
    with opened_tables(headers, zone) as database:
        database.execute(f"EXPLAIN {statement.with_literals(literals)}")


def _lacks(lacking: list[str], pattern: str, statement: Statement, tables: list[TextTable]) -> ExportError:
    names, has = ", ".join(lacking), ", ".join(tables[0].data.column_names)
    line, found = statement.line_with(lacking[0]), _elsewhere(lacking, tables)
    zh, en = (found.zh, f" {found.en}") if found else ("", "")
    return ExportError(
        f"{pattern} lacks the column(s) {names}, which {statement.name}, line {line}, reads. It has: {has}.{en}",
        "The person who exports the file adds them; where the export has other names for them, correct the SQL file.",
        f"{pattern} 缺少列 {names}（{statement.name} 第 {line} 行需要）。现有列：{has}。{zh}"
        "请导出人补充这些列；若导出文件中列名不同，请修改 SQL 文件。",
    )


def _elsewhere(lacking: list[str], tables: list[TextTable]) -> Text | None:
    """Where the lacking columns are, if they are only not where they were looked for."""
    wanted = {name.lower() for name in lacking}
    for table in tables[1:]:
        if wanted <= {name.lower() for name in table.data.column_names}:
            return text(
                f"表 {table.name} 有这些列：请将其工作表移到最前，或在 SQL 中写明该表。",
                f"Table {table.name} has them: let its sheet be the first, or name it in the SQL file.",
            )
    first = tables[0].data.slice(0, 1).to_pylist()
    if first and wanted <= {str(cell).lower() for cell in first[0].values()}:
        return text(
            "这些列名在表头下一行：请导出人将表头合并为一行。",
            "They are in the row below: the header takes two rows, and is to be one.",
        )
    return None


# try_strptime alone would turn what does not parse into null and lose it; this leaves it as it is, so that the row is
# reported as unparsed; a form without hours makes days without a time of day
_AS_INSTANT = """
CREATE MACRO as_instant(written, form) AS
    coalesce(
        CASE
            WHEN typeof(try_strptime(written, form)) = 'TIMESTAMP WITH TIME ZONE'
                THEN strftime(try_strptime(written, form), '%Y-%m-%d %H:%M:%S.%f%z')
            WHEN regexp_matches(CAST(form AS VARCHAR), '%-?[HIcXT]')
                THEN strftime(try_strptime(written, form), '%Y-%m-%d %H:%M:%S.%f')
            ELSE strftime(try_strptime(written, form), '%Y-%m-%d')
        END,
        written
    )
"""


# Excel counts days from 1899-12-30, some workbooks from 1904-01-01; dates that were pasted as numbers are such. Taken
# for days are those of the years 1900 to 2099; a midnight is a day without a time of day
_FROM_SERIAL = """;
CREATE MACRO from_serial(written) AS
    CASE
        WHEN try_cast(written AS DOUBLE) BETWEEN {first} AND {last}
            THEN regexp_replace(
                strftime(
                    TIMESTAMP '{epoch}' + to_seconds(CAST(round(CAST(written AS DOUBLE) * 86400) AS BIGINT)),
                    '%Y-%m-%d %H:%M:%S'
                ),
                ' 00:00:00$', ''
            )
        ELSE written
    END
"""
_FROM_EITHER = """;
CREATE MACRO from_serial(written) AS error('{why}')
"""
_BETWEEN_EPOCHS = 1462

# a log of changes as the histories of rows; what is empty, or no known status, stays in the text and is refused there
_HISTORIES = """;
CREATE MACRO states_of(changed_at, status, words, place) AS
    string_agg(coalesce(changed_at, '') || '=' || coalesce(words[status], status, ''), ';' ORDER BY place);
CREATE MACRO history_of(changed_at, word, place) AS
    string_agg(coalesce(changed_at, '') || '=' || word, ';' ORDER BY place) FILTER (WHERE word IS NOT NULL)
"""


def _from_serial(tables: list[TextTable]) -> str:
    """The macro that reads a day written as a number, as the files count them; it fails where they differ."""
    epochs = {table.counts_from_1904: table.path.name for table in tables}
    if len(epochs) > 1:
        why = (
            f"{epochs[True]} counts days from 1904 and {epochs[False]} does not, so from_serial() cannot read both: "
            "save the first with days from 1900, or format its dates as dates"
        ).replace("'", "''")
        return _FROM_EITHER.format(why=why)
    if True in epochs:
        return _FROM_SERIAL.format(first=0, last=73051 - _BETWEEN_EPOCHS, epoch="1904-01-01")
    return _FROM_SERIAL.format(first=1, last=73051, epoch="1899-12-30")


def _load(database: DuckDBPyConnection, tables: list[TextTable]) -> None:
    """Create the tables and ``source``."""
    names: dict[str, TextTable] = {}
    for table in _numbered_from(tables):
        if table.name.lower() in names:
            other = names[table.name.lower()].path.name
            raise SourceError(f"{other} and {table.path.name} would both be table {table.name}.", "Rename one of them.")
        names[table.name.lower()] = table
        database.register("_arriving", table.data)
        database.execute(f"CREATE TABLE {quoted(table.name)} AS SELECT * FROM _arriving")  # noqa: S608 - quoted
        database.unregister("_arriving")
    _create_source(database, tables)


def _numbered_from(tables: list[TextTable]) -> list[TextTable]:
    numbered: list[TextTable] = []
    read = 0
    for table in tables:
        rows = pa.array(range(read + 1, read + 1 + table.data.num_rows), pa.int64())
        files = pa.array([table.path.name] * table.data.num_rows, pa.string())
        read += table.data.num_rows
        numbered.append(replace(table, data=table.data.append_column(ROW, rows).append_column(FILE, files)))
    return numbered


def _create_source(database: DuckDBPyConnection, tables: list[TextTable]) -> None:
    # of a workbook only the first sheet belongs to `source`; the others are other tables
    first_of = {table.path: table for table in reversed(tables)}
    parts = list(reversed(first_of.values()))
    if any(table.name.lower() == SOURCE for table in tables):
        return
    widths = {frozenset(name.lower() for name in table.data.column_names) for table in parts}
    if len(widths) == 1:
        union = " UNION ALL BY NAME ".join(f"SELECT * FROM {quoted(table.name)}" for table in parts)  # noqa: S608
        database.execute(f"CREATE VIEW {SOURCE} AS {union}")
