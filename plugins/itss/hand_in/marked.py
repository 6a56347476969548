"""The copy of a refused file in which every fault is marked: coloured cells with comments, and a sheet that lists all.

A workbook is copied with all its sheets; any other kind of file becomes one. The copy can be mended and handed in
itself, so the list stands last. Surprise: only so many cells are marked that it opens quickly; the list is whole.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

import openpyxl
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, PatternFill

from itss.hand_in.reading import Fault
from itss.hand_in.template import column_of
from itss.sources.files import read_file
from itss.sources.text_table import TextTable

ERRORS = "错误 errors"
_AUTHOR = "itss"
_RED = PatternFill("solid", fgColor="FFF6C7C3")
_MARKED = 2000


def marked(path: Path, faults: Sequence[Fault], *, is_read: bool = True) -> bytes:
    """The workbook; where the file is too broken, or too big, to be read, only the list of what is wrong."""
    book = openpyxl.Workbook()
    cells: Mapping[Fault, Any] = {}
    if not is_read:
        book.remove(book.worksheets[0])
    else:
        table = read_file(path)[0]
        book = _copy(path, table, book)
        sheet = next(one for one in book.worksheets if one.sheet_state == "visible")
        cells = _mark(sheet, table.data.num_rows, faults)
    _list(book, faults, cells)
    buffer = BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def _copy(path: Path, table: TextTable, fresh: Any) -> Any:
    if path.suffix.lower() == ".xlsx":
        book = openpyxl.load_workbook(path)
        if ERRORS in book.sheetnames and len(book.sheetnames) > 1:
            book.remove(book[ERRORS])
        return book
    sheet = fresh.worksheets[0]
    for number, name in enumerate(table.data.column_names, 1):
        _write(sheet, 1, number, name)
        for row, value in enumerate(table.data.column(name).to_pylist(), 2):
            _write(sheet, row, number, value)
    return fresh


def _mark(sheet: Any, count: int, faults: Sequence[Fault]) -> dict[Fault, Any]:
    """Colour the cell of each fault and comment on it; returns the cells. ``count`` rows stand below the header."""
    filled = [number for number, row in enumerate(sheet.iter_rows(), 1) if any(_is_filled(cell) for cell in row)]
    _forget_old_marks(sheet)
    header, *lines = filled[len(filled) - count - 1 :]
    places = {column_of(str(cell.value)): cell.column for cell in sheet[header] if cell.value is not None}
    said: dict[tuple[int, int], list[Fault]] = {}
    for fault in faults:
        if fault.row is None and fault.column not in places:
            continue
        line = header if fault.row is None else lines[fault.row]
        said.setdefault((line, places.get(fault.column, 1)), []).append(fault)
    cells: dict[Fault, Any] = {}
    for number, ((line, column), here) in enumerate(said.items()):
        cell = sheet.cell(line, column)
        cells |= dict.fromkeys(here, cell)
        if number < _MARKED:
            words = "\n".join(f"{fault.what.zh}\n{fault.what.en}" for fault in here)
            cell.fill = _RED
            cell.comment = Comment(ILLEGAL_CHARACTERS_RE.sub("\ufffd", words)[:2000], _AUTHOR, height=120, width=320)
    return cells


def _forget_old_marks(sheet: Any) -> None:
    """A marked copy that was mended in part and handed in again has marks of mended cells."""
    for row in sheet.iter_rows():
        for cell in row:
            if cell.comment is not None and cell.comment.author == _AUTHOR:
                cell.comment, cell.fill = None, PatternFill()


def _list(book: Any, faults: Sequence[Fault], cells: Mapping[Fault, Any]) -> None:
    sheet = book.create_sheet(ERRORS)
    for number, (title, width) in enumerate((("单元格 cell", 14), ("列 column", 22), ("错误", 60), ("error", 80)), 1):
        cell = _write(sheet, 1, number, title)
        cell.font = Font(bold=True, color="FFFFFFFF")
        cell.fill = PatternFill("solid", fgColor="FF17496E")
        sheet.column_dimensions[cell.column_letter].width = width
    for row, fault in enumerate(faults, 2):
        place = cells.get(fault)
        values = (place.coordinate if place is not None else "", fault.column, fault.what.zh, fault.what.en)
        for number, value in enumerate(values, 1):
            _write(sheet, row, number, value).alignment = Alignment(wrap_text=True, vertical="top")
        if place is not None:
            sheet.cell(row, 1).hyperlink = f"#'{place.parent.title}'!{place.coordinate}"
    sheet.freeze_panes = "A2"
    book.active = len(book.worksheets) - 1


def _write(sheet: Any, row: int, column: int, value: str | None) -> Any:
    cell = sheet.cell(row, column)
    if value:
        cell.value = ILLEGAL_CHARACTERS_RE.sub("\ufffd", value)
        cell.data_type = "s"  # never a formula, whatever it begins with
    return cell


def _is_filled(cell: Any) -> bool:
    return cell.value is not None and cell.value != ""
