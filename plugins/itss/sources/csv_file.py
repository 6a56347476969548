"""CSV as it really comes: any of four delimiters, Excel's ``sep=`` line, quoted line breaks, doubled or escaped quotes.

Refuses a row that has more or fewer fields than the header, with its line; nothing is guessed about cells.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from itss.errors import SourceError
from itss.sources.encoding import detect
from itss.sources.text_table import Columns, TextTable, table_name

_DELIMITERS = (",", ";", "\t", "|")
_SAMPLED = 200
_CELL_LIMIT = 256 << 20
_REMEDY = "Quote the fields that contain the delimiter, a quote or a line break, or export the file again."


@dataclass(frozen=True)
class _Form:
    delimiter: str
    escape: str | None = None

    def reader(self, lines: io.TextIOBase, *, strict: bool) -> Any:
        return csv.reader(
            lines, delimiter=self.delimiter, escapechar=self.escape, doublequote=not self.escape, strict=strict
        )


def read_csv(path: Path) -> list[TextTable]:
    """The one table of a CSV file; `SourceError` if it is empty, ragged or not text."""
    encoding = detect(path)
    with _opened(path, encoding) as lines:
        sample = lines.read(1 << 20)
    if not sample.strip():
        raise SourceError(f"{path.name}: the file has no header and no rows.", "Hand in the export again.")
    if "\x00" in sample:
        raise SourceError(
            f"{path.name}: this is not a text file.", "Export it as CSV in UTF-8, or name it by its kind."
        )
    form = _Form(_delimiter(sample))
    try:
        data = _read(path, encoding, form)
    except SourceError:
        if '\\"' not in sample:
            raise
        data = _read(path, encoding, _Form(form.delimiter, "\\"))  # quotes escaped by backslash instead of doubled
    note = "" if encoding.startswith("utf") else f"read as {encoding}"
    return [TextTable(table_name(path.stem), path, data, note)]


@contextmanager
def _opened(path: Path, encoding: str) -> Iterator[io.TextIOBase]:
    """The text behind a ``sep=;`` line, if there is one."""
    with path.open(encoding=encoding, newline="") as lines:
        begin = lines.tell()
        if not lines.readline(8).lower().startswith("sep="):
            lines.seek(begin)
        yield lines


def _read(path: Path, encoding: str, form: _Form) -> Any:
    csv.field_size_limit(_CELL_LIMIT)
    with _opened(path, encoding) as lines:
        reader = form.reader(lines, strict=True)
        line = 1
        try:
            rows = (row for row in reader if row)  # an empty line is no row
            columns = Columns(path, next(rows))
            for row in rows:
                columns.add(row, line + 1)
                line = reader.line_num
        except csv.Error as error:
            raise SourceError(f"{path.name}, line {line + 1}: the quotes do not match ({error}).", _REMEDY) from error
    return columns.table(_REMEDY)


def _delimiter(sample: str) -> str:
    """The delimiter that cuts most rows into as many fields as the header, and the header into most fields."""
    best, best_score = _DELIMITERS[0], (0.0, 1)
    for delimiter in _DELIMITERS:
        widths = _widths(sample, delimiter)
        if not widths or widths[0] < 2:
            continue
        score = (Counter(widths)[widths[0]] / len(widths), widths[0])
        # a few broken rows must not hand the file to a delimiter that occurs in a header cell by chance
        if (score[0] > 0.9) > (best_score[0] > 0.9) or (
            (score[0] > 0.9) == (best_score[0] > 0.9) and score[1] > best_score[1]
        ):
            best, best_score = delimiter, score
    return best


def _widths(sample: str, delimiter: str) -> list[int]:
    reader = _Form(delimiter).reader(io.StringIO(sample, newline=""), strict=False)
    try:
        return [len(row) for row in islice((row for row in reader if row), _SAMPLED)]
    except csv.Error:
        return []
