"""CSV as it really comes: any of four delimiters, Excel's ``sep=`` line, quoted line breaks, doubled or escaped quotes.

Refuses a row that has more or fewer fields than the header, with its line, and a line or cell that is too long to be
one; nothing is guessed about cells. Its one surprise: a few narrow lines above the header (a title, a date) are passed
over, and the record says so.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any

from itss.errors import SourceError
from itss.sources.encoding import detect
from itss.sources.limits import MAX_BLANKS, MAX_LINE, blanks, long_line
from itss.sources.text_table import Columns, TextTable, table_name

_DELIMITERS = (",", ";", "\t", "|")
_SAMPLED = 200
_HIGHEST_PREAMBLE = 10
_REMEDY = "Quote the fields that contain the delimiter, a quote or a line break, or export the file again."


@dataclass(frozen=True)
class _Form:
    delimiter: str
    preamble: int = 0
    escape: str | None = None

    def reader(self, lines: Iterable[str], *, strict: bool) -> Any:
        return csv.reader(
            lines, delimiter=self.delimiter, escapechar=self.escape, doublequote=not self.escape, strict=strict
        )


def read_csv(path: Path, encoding: str | None = None) -> list[TextTable]:
    """The one table of a CSV file; `SourceError` if it is empty, ragged or not text.

    ``encoding`` is what the report list says of its source.
    """
    csv.field_size_limit(MAX_LINE)  # of the whole process; its default refuses a long log in a cell
    encoding = detect(path, encoding)
    with _opened(path, encoding) as (lines, _):
        sample = lines.read(1 << 20)
    if not sample.strip():
        raise SourceError(f"{path.name}: the file has no header and no rows.", "Hand in the export again.")
    if "\x00" in sample:
        raise SourceError(
            f"{path.name}: this is not a text file.", "Export it as CSV in UTF-8, or name it by its kind."
        )
    form = _form(sample)
    try:
        data, said = _read(path, encoding, form)
    except SourceError:
        if '\\"' not in sample:
            raise
        data, said = _read(path, encoding, replace(form, escape="\\"))  # quotes escaped by backslash instead of doubled
    notes = [] if encoding.startswith("utf") else [f"read as {encoding}"]
    if form.preamble:
        notes.append(f"{form.preamble} line(s) above the header passed over")
    return [TextTable(table_name(path.stem), path, data, ", ".join([*notes, *said]))]


@contextmanager
def _opened(path: Path, encoding: str) -> Iterator[tuple[io.TextIOBase, int]]:
    """The text behind a ``sep=;`` line, and whether there was one (0 or 1)."""
    with path.open(encoding=encoding, newline="") as lines:
        has_separator = lines.readline(8).lower().startswith("sep=")
        if not has_separator:
            lines.seek(0)
        yield lines, int(has_separator)


def _read(path: Path, encoding: str, form: _Form) -> tuple[Any, list[str]]:
    with _opened(path, encoding) as (lines, above):
        rows = _filled(form.reader(_bounded(lines, path, above), strict=True), path, above)
        _, header = next(islice(rows, form.preamble, None))
        columns = Columns(path, header)
        for line, row in rows:
            columns.add(row, line)
    return columns.table(_REMEDY), columns.notes


def _bounded(lines: io.TextIOBase, path: Path, above: int) -> Iterator[str]:
    """The lines; a file without line breaks would be one row of a million cells."""
    number = above
    while line := lines.readline(MAX_LINE + 1):
        number += 1
        if len(line) > MAX_LINE:
            raise long_line(path.name, number)
        yield line


def _filled(reader: Any, path: Path, above: int) -> Iterator[tuple[int, list[str]]]:
    """The rows, each with the line on which it begins; an empty line is none."""
    empty, line = 0, above + 1
    try:
        for row in reader:
            if any(row):
                yield line, row
            elif (empty := empty + 1) > MAX_BLANKS:
                raise blanks(path.name)
            line = above + reader.line_num + 1
    except csv.Error as error:
        if "field limit" in str(error):
            raise long_line(path.name, line) from error
        raise SourceError(f"{path.name}, line {line}: the quotes do not match ({error}).", _REMEDY) from error


def _form(sample: str) -> _Form:
    """The delimiter that cuts most rows into equally many fields, and these into most fields."""
    best, best_score = _Form(_DELIMITERS[0]), (False, 0, 1)
    for delimiter in _DELIMITERS:
        rows = _sampled(sample, delimiter)
        widths = [len(row) for row in rows]
        width, count = Counter(widths).most_common(1)[0] if widths else (1, 0)
        if width < 2:
            continue
        # a few broken rows must not hand the file to a delimiter that occurs in it by chance, nor must decimal commas,
        # which cut every row but the header
        score = (count > 0.9 * len(widths), -widths.index(width), width)
        if score > best_score or best_score[2] == 1:
            best, best_score = _Form(delimiter, _preamble(rows, width)), score
    return best


def _preamble(rows: list[list[str]], width: int) -> int:
    """How many lines above the header are far too narrow to be one; 0 if it is not that clear.

    A spreadsheet fills up the line of a title with delimiters: of a line of full width the filled fields count.
    """
    filled = [sum(map(bool, row)) if len(row) == width else len(row) for row in rows]
    whole = [place for place, row in enumerate(rows) if len(row) == width]
    first = next((place for place in whole if filled[place] > width // 2), whole[0])
    narrow = all(found <= width // 2 for found in filled[:first])
    return first if width > 2 and first <= _HIGHEST_PREAMBLE and narrow else 0


def _sampled(sample: str, delimiter: str) -> list[list[str]]:
    reader = _Form(delimiter).reader(io.StringIO(sample, newline=""), strict=False)
    try:
        return list(islice((row for row in reader if any(row)), _SAMPLED))
    except csv.Error:
        return []
