"""XLSX: every sheet with content is a table; the first visible one is the file's own.

Refuses what would read as empty: merged cells below the header, and what the scan of the parts finds. Its one surprise:
the size a sheet claims to have is ignored, because some exporters write it wrong and rows would be lost. Hidden rows
and columns are read like any other, title rows above the header are passed over; the record says how many.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain, islice
from pathlib import Path
from typing import Any

from itss.errors import SourceError
from itss.sources.limits import MAX_SHEETS, too_much
from itss.sources.text_table import Columns, TextTable, table_name
from itss.sources.workbook_scan import Sheet, scan_workbook
from itss.text import Text, text

_HIGHEST_PREAMBLE = 10
_SHOWN = 5
_REMEDY = "Remove what stands beside the table, or give every column a header."


def read_xlsx(path: Path) -> list[TextTable]:
    """The sheets of a workbook that have rows; the first visible one under the name of the file."""
    import openpyxl

    try:
        scanned = scan_workbook(path)
        book = openpyxl.load_workbook(path, read_only=True, data_only=True, keep_links=False)
        try:
            tables = _tables(path, book, scanned)
        finally:
            book.close()
    except SourceError:
        raise
    except Exception as error:  # a torn workbook fails wherever a part of it is met, with that part's own error
        raise SourceError(
            f"{path.name}: not a readable XLSX workbook ({error}).", "Save it as .xlsx, without a password."
        ) from error
    if not tables:
        raise SourceError(f"{path.name}: no sheet has a header row.", "Hand in the export again.")
    return tables


def unseen(path: Path) -> tuple[Text, ...]:
    """What nobody sees on the screen of a workbook that `read_xlsx` reads: hidden rows, columns and sheets."""
    import openpyxl

    scanned = scan_workbook(path)
    book = openpyxl.load_workbook(path, read_only=True, keep_links=False)
    try:
        sheets = [(sheet, scanned[_part(sheet)]) for sheet in book.worksheets]
    finally:
        book.close()
    said = [
        text(f"工作表“{sheet.title}”：{words.zh}。", f"Sheet '{sheet.title}': {words.en}.")
        for sheet, scan in sheets
        if (words := scan.hidden_words) and sheet.sheet_state == "visible"
    ]
    hidden = [sheet.title for sheet, scan in sheets if sheet.sheet_state != "visible" and scan.filled]
    if hidden:
        names = ", ".join(hidden)
        said.append(
            text(
                f"有内容的隐藏工作表 {len(hidden)} 个（{names}）：除来源的 SQL 指名外不读取。",
                f"{len(hidden)} hidden sheet(s) with content ({names}): not read, unless the source's SQL names them.",
            )
        )
    return tuple(said)


def _part(sheet: Any) -> str:
    return str(sheet._worksheet_path).lstrip("/")


def _tables(path: Path, book: Any, scanned: Mapping[str, Sheet]) -> list[TextTable]:
    parts = [_part(sheet) for sheet in book.worksheets]
    if len(parts) > MAX_SHEETS or len(set(parts)) < len(parts):
        raise too_much(path.name, "sheets", "工作表", MAX_SHEETS)
    tables: list[TextTable] = []
    for sheet in sorted(book.worksheets, key=lambda sheet: sheet.sheet_state != "visible"):
        sheet.reset_dimensions()
        scan = scanned[_part(sheet)]
        rows = _rows(sheet, scan.width)
        top = list(islice(rows, _HIGHEST_PREAMBLE + 1))
        if not top:
            continue
        skipped = _preamble([cells for _, cells in top])
        header = _trimmed(top[skipped][1])
        _refuse_merged(path, sheet.title, scan.merged, top[skipped][0])
        columns = Columns(path, [cell or "" for cell in header])
        for line, cells in chain(top[skipped + 1 :], rows):
            columns.add([*cells, *[None] * (len(header) - len(cells))], line)
        name = table_name(f"{path.stem} {sheet.title}") if tables else table_name(path.stem)
        notes = [f"sheet '{sheet.title}'"]
        notes += [f"{skipped} row(s) above the header passed over"] if skipped else []
        notes += [scan.hidden_words.en] if scan.hidden_words else []
        tables.append(TextTable(name, path, columns.table(_REMEDY), ", ".join(notes)))
    return tables


def _preamble(top: list[list[str | None]]) -> int:
    """How many rows above the header are far too narrow to be one (a title, a date)."""
    filled = [sum(1 for cell in cells if cell) for cells in top]
    widest = max(filled)
    return next(place for place, count in enumerate(filled) if count > widest / 2) if widest > 2 else 0


def _rows(sheet: Any, width: int) -> Iterator[tuple[int, list[str | None]]]:
    """The rows that hold anything, as wide as the rightmost value: formatted cells beyond it are not laid out."""
    for line, cells in enumerate(sheet.iter_rows(values_only=True, max_col=width or 1), start=1):
        if cells.count(None) == len(cells):
            continue
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


def _refuse_merged(path: Path, title: str, merged: Sequence[str], header: int) -> None:
    """Of merged cells only the first holds the value: the rows below would be without it."""
    below = [area for area in merged if int(re.findall(r"\d+", area)[-1]) > header]
    if below:
        more = f" and {len(below) - _SHOWN} more" if len(below) > _SHOWN else ""
        raise SourceError(
            f"{path.name}, sheet '{title}': cells are merged below the header ({', '.join(below[:_SHOWN])}{more}).",
            "Unmerge them and fill in every row: of merged cells only the first holds the value.",
        )
