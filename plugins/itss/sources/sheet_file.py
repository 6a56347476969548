"""XLSX: every sheet with content is a table; the first visible one is the file's own.

Refuses what would read as empty: formulas that were never computed, merged cells below the header. Refuses unopened
what would take too much memory. Its one surprise: the size a sheet claims to have is ignored, because some exporters
write it wrong and rows would be lost. Title rows above the header are passed over, and the record says so.
"""

from __future__ import annotations

import datetime as dt
import re
import zipfile
from collections.abc import Iterator, Sequence
from itertools import chain, islice
from pathlib import Path
from typing import Any

from itss.errors import SourceError
from itss.sources.text_table import Columns, TextTable, table_name

_HIGHEST_PREAMBLE = 10
_MOST_BYTES = 512 << 20
"""Of a workbook unpacked, by its own directory, which binds: about a million rows of ten columns."""
_SHOWN = 5
_REMEDY = "Remove what stands beside the table, or give every column a header."


def read_xlsx(path: Path) -> list[TextTable]:
    """The sheets of a workbook that have rows; the first visible one under the name of the file."""
    import openpyxl

    try:
        _refuse_bomb(path)
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
        try:
            tables = _tables(path, book)
        finally:
            book.close()
        _refuse_uncomputed(path)
    except SourceError:
        raise
    except Exception as error:  # a torn workbook fails wherever a part of it is met, with that part's own error
        raise SourceError(
            f"{path.name}: not a readable XLSX workbook ({error}).", "Save it as .xlsx, without a password."
        ) from error
    if not tables:
        raise SourceError(f"{path.name}: no sheet has a header row.", "Hand in the export again.")
    return tables


def _refuse_bomb(path: Path) -> None:
    with zipfile.ZipFile(path) as archive:
        size = sum(part.file_size for part in archive.infolist())
    if size > _MOST_BYTES:
        raise SourceError(
            f"{path.name}: unpacked it has {size >> 20:,} MB, and at most {_MOST_BYTES >> 20} MB are read.",
            "Remove what is not the table (formatted empty rows, pictures), or hand it in as CSV or Parquet.",
        )


def _tables(path: Path, book: Any) -> list[TextTable]:
    tables: list[TextTable] = []
    for sheet in sorted(book.worksheets, key=lambda sheet: sheet.sheet_state != "visible"):
        sheet.reset_dimensions()
        rows = _rows(sheet)
        top = list(islice(rows, _HIGHEST_PREAMBLE + 1))
        if not top:
            continue
        skipped = _preamble([cells for _, cells in top])
        header = _trimmed(top[skipped][1])
        _refuse_merged(path, sheet, top[skipped][0])
        columns = Columns(path, [cell or "" for cell in header])
        for line, cells in chain(top[skipped + 1 :], rows):
            columns.add([*cells, *[None] * (len(header) - len(cells))], line)
        name = table_name(f"{path.stem} {sheet.title}") if tables else table_name(path.stem)
        note = f"sheet '{sheet.title}'" + (f", {skipped} row(s) above the header passed over" if skipped else "")
        tables.append(TextTable(name, path, columns.table(_REMEDY), note))
    return tables


def _preamble(top: list[list[str | None]]) -> int:
    """How many rows above the header are far too narrow to be one (a title, a date)."""
    filled = [sum(1 for cell in cells if cell) for cells in top]
    widest = max(filled)
    return next(place for place, count in enumerate(filled) if count > widest / 2) if widest > 2 else 0


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


def _refuse_merged(path: Path, sheet: Any, header: int) -> None:
    """Of merged cells only the first holds the value: the rows below would be without it."""
    with zipfile.ZipFile(path) as archive:
        written = archive.read(sheet._worksheet_path.lstrip("/"))
    merged = [area.decode() for area in re.findall(rb"<mergeCell [^>]*?ref=\"([A-Z0-9:$]+)\"", written)]
    below = [area for area in merged if int(re.findall(r"\d+", area)[-1]) > header]
    if below:
        more = f" and {len(below) - _SHOWN} more" if len(below) > _SHOWN else ""
        raise SourceError(
            f"{path.name}, sheet '{sheet.title}': cells are merged below the header "
            f"({', '.join(below[:_SHOWN])}{more}).",
            "Unmerge them and fill in every row: of merged cells only the first holds the value.",
        )


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
