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
from pathlib import Path
from threading import Timer
from typing import TYPE_CHECKING

import pyarrow as pa

from itss.errors import SourceError, SourceUnreachableError
from itss.sources.columns import Cells
from itss.sources.csv_file import read_csv
from itss.sources.duckdb_tables import AS_TEXT, opened_tables, refused_query
from itss.sources.json_file import read_json
from itss.sources.needs import refuse_lacking
from itss.sources.object_store import fetched
from itss.sources.parquet_file import read_parquet
from itss.sources.rows import Rows, too_long
from itss.sources.sheet_file import read_xlsx
from itss.sources.statement import Binds, Statement
from itss.sources.text_table import TextTable, short

if TYPE_CHECKING:
    from duckdb import DuckDBPyRelation

_BATCH = 100_000


@contextmanager
def query_files(
    pattern: str,
    base: Path,
    statement: Statement,
    binds: Binds,
    zone: str,
    limit_s: int,
    encoding: str | None = None,
) -> Iterator[Rows]:
    """The rows of ``statement`` over the files that ``pattern`` names under ``base``, to be taken inside the block.

    Times without zone are in ``zone``, texts that do not show it in ``encoding``; the query is ended after ``limit_s``
    seconds.
    """
    import duckdb

    where = f"{statement.name} on {pattern}"
    with local_files(pattern, base) as paths:
        tables = [table for path in paths for table in read_file(path, encoding)]
    refuse_lacking(statement, [name for table in tables for name in table.data.column_names], where)
    with opened_tables(tables, zone) as database:
        clock = Timer(limit_s, database.interrupt)
        clock.daemon = True
        clock.start()
        try:
            answer = database.sql(statement.for_duckdb(), params={name: binds[name] for name in statement.binds})
            yield Rows(list(answer.columns), _batches(answer, where, limit_s), _note(paths, tables))
        except duckdb.InterruptException as error:
            raise too_long(where, limit_s) from error
        except duckdb.Error as error:
            raise refused_query(error, statement, pattern, tables, zone) from error
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
            raise SourceError(f"{where}: {short(error)}.", AS_TEXT) from error
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


def read_file(path: Path, encoding: str | None = None) -> list[TextTable]:
    """The tables of one file, by its suffix; `SourceError` if it is empty, of another kind, or broken.

    ``encoding`` is that of texts which do not show it.

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
            return reader(path, encoding)
        finally:
            if _state(path) != before:
                raise SourceUnreachableError(
                    f"{path.name}: was written to while it was read.",
                    "Let the export end, or write it under another name and rename it.",
                )
    except OSError as error:
        raise SourceError(f"{path.name}: {error.strerror or error}.", "Make the file readable.") from error


def _state(path: Path) -> tuple[int, int, int]:
    found = path.stat()
    return found.st_ino, found.st_size, found.st_mtime_ns


READERS: Mapping[str, Callable[[Path, str | None], list[TextTable]]] = {
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
