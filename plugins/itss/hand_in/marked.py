"""The copy of a refused file in which every fault is marked: coloured cells with comments, and a sheet that lists all.

A workbook is copied with all its sheets; any other kind of file becomes one. The copy can be corrected and handed in
itself, so the list stands last. Surprise: only so many faults are marked and listed that it opens quickly, and a big
workbook is not copied: to change it takes many times what it takes to read it. The text beside it has all faults.
"""

from __future__ import annotations

import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any

import openpyxl
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, PatternFill

from itss.hand_in.reading import Fault
from itss.hand_in.template import column_of
from itss.reports.drawing.cell_text import clip
from itss.sources.files import read_file
from itss.sources.text_table import TextTable
from itss.text import text

ERRORS = "错误 errors"
_AUTHOR = "itss"
_RED = PatternFill("solid", fgColor="FFF6C7C3")
_MARKED = 2000
_LISTED = 5_000
_COPIED_BYTES, _COPIED_CELLS = 32 << 20, 500_000
"""Up to so many bytes, unpacked, a workbook is copied, and up to so many cells another file."""


@dataclass(frozen=True)
class Marked:
    """A workbook as bytes, and the sheet and cell of each fault that has one."""

    data: bytes
    cells: Mapping[Fault, tuple[str, str]] = field(default_factory=dict)


def marked(path: Path, faults: Sequence[Fault], encoding: str | None = None) -> Marked:
    """The workbook at ``path``, which has been read; where it is too big to be copied, only the list."""
    table = read_file(path, encoding)[0]
    if _is_big(path, table):
        return fault_list(faults)
    book = _copy(path, table, openpyxl.Workbook())
    sheet = next(one for one in book.worksheets if one.sheet_state == "visible")
    return _listed(book, faults, _mark(sheet, table.data.num_rows, faults))


def fault_list(faults: Sequence[Fault]) -> Marked:
    """A workbook with the list of ``faults`` alone, for what cannot be read."""
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    return _listed(book, faults, {})


def _listed(book: Any, faults: Sequence[Fault], cells: Mapping[Fault, Any]) -> Marked:
    _list(book, faults, cells)
    buffer = BytesIO()
    book.save(buffer)
    at = {fault: (cell.parent.title, cell.coordinate) for fault, cell in cells.items()}
    return Marked(buffer.getvalue(), at)


def _is_big(path: Path, table: TextTable) -> bool:
    if path.suffix.lower() != ".xlsx":
        return bool(table.data.num_rows * table.data.num_columns > _COPIED_CELLS)
    with zipfile.ZipFile(path) as archive:
        return sum(part.file_size for part in archive.infolist()) > _COPIED_BYTES


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
    # of the cells that there are: the rectangle around them may have millions more
    filled = sorted({cell.row for cell in sheet._cells.values() if _is_filled(cell)})
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
            sheet.row_dimensions[line].hidden = False
            cell.comment = Comment(ILLEGAL_CHARACTERS_RE.sub("\ufffd", words)[:2000], _AUTHOR, height=120, width=320)
    columns = {column for _, column in said}
    for span in sheet.column_dimensions.values():
        if span.hidden and any(span.min <= column <= span.max for column in columns):
            span.hidden = False  # what is marked must be seen
    return cells


def _forget_old_marks(sheet: Any) -> None:
    """A marked copy that was corrected in part and handed in again has marks of corrected cells."""
    for cell in sheet._cells.values():
        if cell.comment is not None and cell.comment.author == _AUTHOR:
            cell.comment, cell.fill = None, PatternFill()


def _list(book: Any, faults: Sequence[Fault], cells: Mapping[Fault, Any]) -> None:
    sheet = book.create_sheet(ERRORS)
    for number, (title, width) in enumerate((("单元格 cell", 14), ("列 column", 22), ("错误", 60), ("error", 80)), 1):
        cell = _write(sheet, 1, number, title)
        cell.font = Font(bold=True, color="FFFFFFFF")
        cell.fill = PatternFill("solid", fgColor="FF17496E")
        sheet.column_dimensions[cell.column_letter].width = width
    shown = list(faults[:_LISTED])
    if len(faults) > _LISTED:
        more = f"{len(faults) - _LISTED:,}"
        shown.append(Fault(text(f"另有 {more} 处错误，见同名 .txt 文件。", f"{more} more; all are in the .txt file.")))
    for row, fault in enumerate(shown, 2):
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
        cell.value = clip(ILLEGAL_CHARACTERS_RE.sub("\ufffd", value))
        cell.data_type = "s"  # never a formula, whatever it begins with
    return cell


def _is_filled(cell: Any) -> bool:
    return cell.value is not None and cell.value != ""
