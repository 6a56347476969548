"""File sources: CSV, XLSX, Parquet and JSON lines as DuckDB tables of text, and SQL over them.

A source is a file, a folder or a glob, here or in an object store. Each file is a table named after it, all columns
text, plus ``_row`` (number of the row as read, from 1, over all files) and ``_file``. ``source`` is the one file, or
all files together. Refuses files that differ in columns as ``source``, since a renamed column would read as empty; each
stays queryable by its name.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from threading import Timer
from typing import TYPE_CHECKING

import pyarrow as pa

from itss.errors import SourceError, SourceUnreachableError
from itss.sources.csv_file import read_csv
from itss.sources.json_file import read_json
from itss.sources.needs import refuse_lacking
from itss.sources.object_store import fetched
from itss.sources.parquet_file import read_parquet
from itss.sources.rows import Rows, too_long
from itss.sources.sheet_file import read_xlsx
from itss.sources.statement import Statement
from itss.sources.text_table import FILE, ROW, TextTable, quoted, short
from itss.sources.typed import Cells

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection, DuckDBPyRelation

SOURCE = "source"
_LISTED = 5
_TEXT = "Return the column as text, or through as_instant(column, format): the rows that do not parse are then named."
_BATCH = 100_000

# a log of changes as the histories of rows; what is empty, or no known status, stays in the text and is refused there
_HISTORIES = """
CREATE MACRO states_of(changed_at, status, words, place) AS
    string_agg(coalesce(changed_at, '') || '=' || coalesce(words[status], status, ''), ';' ORDER BY place);
CREATE MACRO history_of(changed_at, word, place) AS
    string_agg(coalesce(changed_at, '') || '=' || word, ';' ORDER BY place) FILTER (WHERE word IS NOT NULL)
"""


@contextmanager
def query_files(
    pattern: str, base: Path, statement: Statement, instants: Mapping[str, datetime], zone: str, limit_s: int
) -> Iterator[Rows]:
    """The rows of ``statement`` over the files that ``pattern`` names under ``base``, to be taken inside the block.

    Times without zone are in ``zone``; the query is ended after ``limit_s`` seconds.
    """
    import duckdb

    where = f"{statement.name} on {pattern}"
    with local_files(pattern, base) as paths:
        tables = [table for path in paths for table in read_file(path)]
    with duckdb.connect(":memory:") as database:
        listed = _load(database, tables)
        database.execute(_HISTORIES)
        refuse_lacking(statement, [name for table in tables for name in table.data.column_names], where)
        # from here on the query sees these tables and nothing else on this machine
        database.execute("SET enable_external_access = false")
        database.execute(f"SET TimeZone = '{zone}'")
        database.execute(_AS_INSTANT + _FROM_SERIAL)
        database.execute("SET lock_configuration = true")
        clock = Timer(limit_s, database.interrupt)
        clock.daemon = True
        clock.start()
        try:
            answer = database.sql(statement.for_duckdb(), params={name: instants[name] for name in statement.binds})
            yield Rows(list(answer.columns), _batches(answer, where, limit_s), _note(paths, tables))
        except duckdb.InterruptException as error:
            raise too_long(where, limit_s) from error
        except duckdb.Error as error:
            raise SourceError(f"{where}: {short(error)}.", _remedy(error, listed)) from error
        finally:
            clock.cancel()


def _batches(answer: DuckDBPyRelation, where: str, limit_s: int) -> Iterator[list[Cells]]:
    reader = answer.to_arrow_reader(_BATCH)
    while True:
        try:
            batch = next(reader, None)
        except (OSError, pa.ArrowException) as error:  # in the middle of the rows Arrow tells DuckDB's errors
            if "INTERRUPT" in str(error):
                raise too_long(where, limit_s) from error
            raise SourceError(f"{where}: {short(error)}.", _TEXT) from error
        if batch is None:
            return
        yield list(batch.columns)


def _note(paths: list[Path], tables: list[TextTable]) -> str:
    notes = dict.fromkeys(table.note for table in tables if table.note)
    return ", ".join(dict.fromkeys([f"{len(paths)} files", *notes]) if len(paths) > 1 else notes)


@contextmanager
def local_files(pattern: str, base: Path) -> Iterator[list[Path]]:
    """The files of ``pattern`` for as long as the block lasts; those of an object store are fetched for it."""
    if "://" not in pattern:
        yield find_files(pattern, base)
        return
    with fetched(pattern) as folder:
        yield find_files(str(folder), base)


def find_files(pattern: str, base: Path) -> list[Path]:
    """The files of ``pattern`` (a path, folder or glob, relative to ``base``), by name; `SourceError` if there is none.

    Those of a folder are all that lie in it, not in folders below.
    """
    literal = base / pattern
    if literal.is_dir():
        found = [path for path in literal.iterdir() if not path.name.startswith(".")]
    else:
        found = [literal] if literal.is_file() else _matching(pattern, base)
    # a spreadsheet program leaves ~$name.xlsx beside an open workbook
    paths = sorted(path for path in found if path.is_file() and not path.name.startswith("~$"))
    if not paths:
        raise SourceError(f"{pattern}: there is no such file.", "Hand it in, or correct `file` in the report list.")
    for path in paths:
        if (named := os.fsencode(path.name).decode("utf-8", "replace")) != path.name:
            raise SourceError(f"{pattern}: the name of {named} is not UTF-8.", "Rename the file.")
    return paths


def _matching(pattern: str, base: Path) -> list[Path]:
    root = Path(Path(pattern).anchor) if Path(pattern).is_absolute() else base
    try:
        return list(root.glob(pattern.removeprefix(Path(pattern).anchor)))
    except ValueError as error:
        raise SourceError(
            f"'{pattern}' is not a path or glob ({error}).", "Correct `file` in the report list."
        ) from error


def read_file(path: Path) -> list[TextTable]:
    """The tables of one file, by its suffix; `SourceError` if it is empty, of another kind, or broken.

    `SourceUnreachableError` if it was written to meanwhile: half of it is not taken for the whole.
    """
    reader = READERS.get(path.suffix.lower())
    if reader is None:
        raise SourceError(f"{path.name}: not a kind of file that is read.", f"Hand in one of {', '.join(READERS)}.")
    try:
        before = _state(path)
        try:
            if path.stat().st_size == 0:
                raise SourceError(f"{path.name}: the file is empty (0 bytes).", "Hand in the export again.")
            return reader(path)
        finally:
            if _state(path) != before:
                raise SourceUnreachableError(
                    f"{path.name}: was written to while it was read.",
                    "Let the export end, or write it under another name and rename it; the task tries again by itself.",
                )
    except OSError as error:
        raise SourceError(f"{path.name}: {error.strerror or error}.", "Make the file readable.") from error


def _state(path: Path) -> tuple[int, int, int]:
    found = path.stat()
    return found.st_ino, found.st_size, found.st_mtime_ns


READERS: Mapping[str, Callable[[Path], list[TextTable]]] = {
    ".csv": read_csv,
    ".tsv": read_csv,
    ".txt": read_csv,
    ".xlsx": read_xlsx,
    ".xlsm": read_xlsx,
    ".parquet": read_parquet,
    ".jsonl": read_json,
    ".ndjson": read_json,
    ".json": read_json,
}

# try_strptime alone would turn what does not parse into null and lose it; this leaves it as it is, so that the row is
# reported as unparsed
_AS_INSTANT = """
CREATE MACRO as_instant(written, form) AS
    coalesce(
        strftime(
            try_strptime(written, form),
            CASE typeof(try_strptime(written, form))
                WHEN 'TIMESTAMP WITH TIME ZONE' THEN '%Y-%m-%d %H:%M:%S.%f%z' ELSE '%Y-%m-%d %H:%M:%S.%f'
            END
        ),
        written
    )
"""


# Excel counts days from 1899-12-30; dates that were pasted as numbers are such. 1 to 73,050 are the years 1900 to 2099
_FROM_SERIAL = """;
CREATE MACRO from_serial(written) AS
    CASE
        WHEN try_cast(written AS DOUBLE) BETWEEN 1 AND 73051
            THEN strftime(
                TIMESTAMP '1899-12-30' + to_seconds(CAST(round(CAST(written AS DOUBLE) * 86400) AS BIGINT)),
                '%Y-%m-%d %H:%M:%S'
            )
        ELSE written
    END
"""


def _load(database: DuckDBPyConnection, tables: list[TextTable]) -> str:
    """Create the tables and ``source``; returns a sentence that lists tables and columns, for errors."""
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
    return " ".join(
        f"Table {table.name} has: {', '.join(table.data.column_names)}." for table in list(names.values())[:_LISTED]
    )


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


def _remedy(error: Exception, where: str) -> str:
    import duckdb

    if isinstance(error, duckdb.CatalogException) and SOURCE in str(error):
        return f"The files differ in columns, so there is no table `{SOURCE}`: query them by name. {where}"
    if isinstance(error, (duckdb.BinderException, duckdb.CatalogException, duckdb.ParserException)):
        return f"Correct the SQL file. {where}"
    return _TEXT
