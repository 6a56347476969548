"""XLSX: every sheet with content is a table; the first visible one is the file's own.

Refuses formulas that were never computed, which would read as empty. Its one surprise: the size a sheet claims to have
is ignored, because some exporters write it wrong and rows would be lost.
"""

from __future__ import annotations

import datetime as dt
import re
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from itss.errors import SourceError
from itss.sources.text_table import Columns, TextTable, table_name

_REMEDY = "Remove what stands beside the table, or give every column a header."


def read_xlsx(path: Path) -> list[TextTable]:
    """The sheets of a workbook that have rows; the first visible one under the name of the file."""
    import openpyxl
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    except (zipfile.BadZipFile, InvalidFileException, KeyError, ValueError, OSError) as error:
        raise SourceError(
            f"{path.name}: not a readable XLSX workbook ({error}).", "Save it as .xlsx, without a password."
        ) from error
    try:
        tables = _tables(path, book)
    finally:
        book.close()
    if not tables:
        raise SourceError(f"{path.name}: no sheet has a header row.", "Hand in the export again.")
    _refuse_uncomputed(path)
    return tables


def _tables(path: Path, book: Any) -> list[TextTable]:
    tables: list[TextTable] = []
    for sheet in sorted(book.worksheets, key=lambda sheet: sheet.sheet_state != "visible"):
        sheet.reset_dimensions()
        rows = _rows(sheet)
        first = next(rows, None)
        if first is None:
            continue
        width = len(_trimmed(first[1]))
        columns = Columns(path, [cell or "" for cell in first[1][:width]])
        for line, cells in rows:
            columns.add([*cells, *[None] * (width - len(cells))], line)
        stem = table_name(path.stem)
        name = table_name(f"{path.stem} {sheet.title}") if tables else stem
        tables.append(TextTable(name, path, columns.table(_REMEDY), f"sheet '{sheet.title}'"))
    return tables


def _rows(sheet: Any) -> Iterator[tuple[int, list[str | None]]]:
    for line, cells in enumerate(sheet.iter_rows(values_only=True), start=1):
        texts = [_text(cell) for cell in cells]
        if any(texts):
            yield line, texts


def _trimmed(cells: Sequence[str | None]) -> Sequence[str | None]:
    last = max((position for position, cell in enumerate(cells) if cell), default=-1)
    return cells[: last + 1]


def _text(cell: Any) -> str | None:
    """A cell as text: times in ISO form, numbers without Excel's `.0`, booleans as true and false."""
    if cell is None or isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    if isinstance(cell, dt.datetime):
        # Excel's day fractions come back a few microseconds off
        rounded = cell + dt.timedelta(milliseconds=0.5)
        return rounded.isoformat(" ", "seconds" if rounded.microsecond < 1000 else "milliseconds")
    if isinstance(cell, dt.timedelta):
        return str(cell.total_seconds() / 86400)
    return str(cell)


def _refuse_uncomputed(path: Path) -> None:
    """A formula without a stored value reads as an empty cell: a silent loss."""
    formula = re.compile(rb"<c [^>]*?r=\"([A-Z]+\d+)\"[^>]*>\s*<f[^>]*?(?:/>|>[^<]*</f>)\s*(?:<v\s*/>|<v></v>)?\s*</c>")
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            if re.fullmatch(r"xl/worksheets/[^/]+\.xml", name) and (found := formula.search(archive.read(name))):
                raise SourceError(
                    f"{path.name}: cell {found[1].decode()} has a formula whose value was never computed.",
                    "Open the workbook in a spreadsheet program and save it, or paste the values.",
                )
