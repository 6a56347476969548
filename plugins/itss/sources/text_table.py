"""A file as a table of text: what every reader yields, and how header cells become column names."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from itss.errors import SourceError
from itss.sources.limits import refuse_wide

ROW, FILE = "_row", "_file"
"""Columns that are added to what a file has: number of the row as read, from 1, and name of its file."""
_BATCH = 20_000
_SHOWN = 5


@dataclass(frozen=True)
class TextTable:
    """All cells of one file or sheet as text (an empty cell is null), in the order of the file."""

    name: str
    path: Path
    data: pa.Table
    note: str = ""
    """What had to be assumed in reading, for the record: encoding, sheet."""
    counts_from_1904: bool = False
    """Whether a day written as a number is counted from 1904-01-01, as some workbooks do."""


class Columns:
    """Collects rows of cells into an Arrow table of text; remembers rows that do not fit the header.

    Refuses a header of too many columns.
    """

    def __init__(self, path: Path, header: Sequence[str]) -> None:
        refuse_wide(path.name, len(header))
        self._path = path
        self._names, again = unique_names(header)
        self.notes = [f"a further column '{base}' is read as '{name}'" for base, name in again]
        """What had to be assumed of the header."""
        self._schema = pa.schema([(name, pa.string()) for name in self._names])
        self._rows: list[Sequence[str | None]] = []
        self._batches: list[pa.RecordBatch] = []
        self._misfits: list[tuple[int, int]] = []
        self.misfits = 0

    def add(self, cells: Sequence[str | None], line: int) -> None:
        """Take one row, found at ``line`` of the file; surplus cells are fine as long as they are empty."""
        width = len(self._names)
        if len(cells) > width and not any(cells[width:]):
            cells = cells[:width]
        if len(cells) != width:
            self.misfits += 1
            self._misfits = [*self._misfits, (line, len(cells))][:_SHOWN]
            return
        self._rows.append(cells)
        if len(self._rows) >= _BATCH:
            self._flush()

    def table(self, remedy: str) -> pa.Table:
        """Everything taken; `SourceError` naming the lines if a row did not fit."""
        if self.misfits:
            lines = ", ".join(f"line {line} has {count}" for line, count in self._misfits)
            more = f" (and {self.misfits - _SHOWN} more)" if self.misfits > _SHOWN else ""
            raise SourceError(
                f"{self._path.name}: the header has {len(self._names)} fields, but {lines}{more}.", remedy
            )
        self._flush()
        return pa.Table.from_batches(self._batches, self._schema)

    def _flush(self) -> None:
        if self._rows:
            columns = [_nulled(pa.array(cells, pa.string())) for cells in zip(*self._rows, strict=True)]
            self._batches.append(pa.RecordBatch.from_arrays(columns, schema=self._schema))
            self._rows = []


def unique_names(header: Iterable[str]) -> tuple[list[str], list[tuple[str, str]]]:
    """Column names of a header: trimmed, on one line, never empty, never twice (``status``, ``status_2``).

    Case does not make two names different, since it does not in SQL. Beside them each name that was there already, and
    what became of it.
    """
    names: list[str] = []
    again: list[tuple[str, str]] = []
    seen = {ROW, FILE}
    for position, cell in enumerate(header, start=1):
        plain = unicodedata.normalize("NFC", cell).replace("\u00a0", " ")
        base = re.sub(r"\s+", " ", re.sub("[\ufeff\u200b-\u200d]", "", plain)).strip() or f"column_{position}"
        name, count = base, 1
        while name.lower() in seen:
            count += 1
            name = f"{base}_{count}"
        again += [(base, name)] if name != base else []
        seen.add(name.lower())
        names.append(name)
    return names, again


def table_name(stem: str) -> str:
    """An SQL name for a file's stem: ``2026-09 工单`` becomes ``t_2026_09_工单``."""
    name = re.sub(r"\W+", "_", unicodedata.normalize("NFC", stem)).strip("_")
    return f"t_{name}" if not name or name[0].isdigit() else name


def quoted(name: str) -> str:
    """``name`` as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def short(error: Exception) -> str:
    """The first paragraph of a database's message, on one line and without a full stop."""
    return str(error).split("\n\n")[0].replace("\n", " ").rstrip(". ")


def _nulled(column: pa.Array) -> pa.Array:
    return pc.if_else(pc.equal(column, ""), pa.scalar(None, pa.string()), column)
