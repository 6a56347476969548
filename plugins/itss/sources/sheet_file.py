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
from itss.sources.limits import MAX_ELEMENTS, MAX_SHEETS, too_much
from itss.sources.text_table import Columns, TextTable, table_name
from itss.sources.workbook_index import Index, SheetEntry
from itss.sources.workbook_scan import Sheet, scan_workbook
from itss.text import Text, text

_HIGHEST_PREAMBLE = 10
_SHOWN = 5
_REMEDY = "Remove what stands beside the table, or give every column a header."


def read_xlsx(path: Path, _: str | None = None) -> list[TextTable]:
    """The sheets of a workbook that have rows; the first visible one under the name of the file."""
    import python_calamine

    try:
        index, scanned = scan_workbook(path)
        _refuse_size(path, index, scanned)
        with python_calamine.CalamineWorkbook.from_path(path) as book:
            tables = _tables(path, book, index, scanned)
    except SourceError:
        raise
    except BaseException as error:  # a torn workbook fails wherever a part of it is met, with that part's own error
        if not isinstance(error, Exception) and type(error).__name__ != "PanicException":
            raise
        raise SourceError(
            f"{path.name}: not a readable XLSX workbook ({error}).", "Save it as .xlsx, without a password."
        ) from error
    if not tables:
        raise SourceError(f"{path.name}: no sheet has a header row.", "Hand in the export again.")
    return tables


def unseen(path: Path) -> tuple[Text, ...]:
    """What nobody sees on the screen of a workbook that `read_xlsx` reads: hidden rows, columns and sheets."""
    index, scanned = scan_workbook(path)
    said = [
        text(f"工作表“{sheet.name}”：{words.zh}。", f"Sheet '{sheet.name}': {words.en}.")
        for sheet in index.sheets
        if (words := scanned[sheet.part].hidden_words) and sheet.is_visible
    ]
    hidden = [sheet.name for sheet in index.sheets if not sheet.is_visible and scanned[sheet.part].filled]
    if hidden:
        names = ", ".join(hidden)
        said.append(
            text(
                f"有内容的隐藏工作表 {len(hidden)} 个（{names}）：除来源的 SQL 指名外不读取。",
                f"{len(hidden)} hidden sheet(s) with content ({names}): not read, unless the source's SQL names them.",
            )
        )
    return tuple(said)


def _refuse_size(path: Path, index: Index, scanned: Mapping[str, Sheet]) -> None:
    parts, names = ({getattr(sheet, key) for sheet in index.sheets} for key in ("part", "name"))
    if len(index.sheets) > MAX_SHEETS or min(len(parts), len(names)) < len(index.sheets):
        raise too_much(path.name, "sheets", "工作表", MAX_SHEETS)
    # the rectangle around all values is laid out, however few they are
    if sum(scanned[part].width * scanned[part].height for part in parts) > MAX_ELEMENTS:
        raise too_much(
            path.name, "cells in the rectangles around the values of its sheets", "工作表数据区域的单元格", MAX_ELEMENTS
        )


def _tables(path: Path, book: Any, index: Index, scanned: Mapping[str, Sheet]) -> list[TextTable]:
    tables: list[TextTable] = []
    for sheet in sorted(index.sheets, key=lambda sheet: not sheet.is_visible):
        name = table_name(f"{path.stem} {sheet.name}") if tables else table_name(path.stem)
        found = _table(path, name, sheet, book.get_sheet_by_name(sheet.name), scanned[sheet.part], index)
        tables += [found] if found else []
    return tables


def _table(path: Path, name: str, entry: SheetEntry, sheet: Any, scan: Sheet, index: Index) -> TextTable | None:
    rows = _rows(sheet, scan)
    top = list(islice(rows, _HIGHEST_PREAMBLE + 1))
    if not top:
        return None
    skipped = _preamble([cells for _, cells in top])
    header = _trimmed(top[skipped][1])
    _refuse_merged(path, entry.name, scan.merged, top[skipped][0])
    columns = Columns(path, [cell or "" for cell in header])
    for line, cells in chain(top[skipped + 1 :], rows):
        columns.add([*cells, *[None] * (len(header) - len(cells))], line)
    notes = [f"sheet '{entry.name}'"]
    notes += [f"{skipped} row(s) above the header passed over"] if skipped else []
    notes += [scan.hidden_words.en] if scan.hidden_words else []
    notes += ["days counted from 1904"] if index.counts_from_1904 else []
    notes += columns.notes
    return TextTable(name, path, columns.table(_REMEDY), ", ".join(notes), index.counts_from_1904)


def _preamble(top: list[list[str | None]]) -> int:
    """How many rows above the header are far too narrow to be one (a title, a date)."""
    filled = [sum(1 for cell in cells if cell) for cells in top]
    widest = max(filled)
    return next(place for place, count in enumerate(filled) if count > widest / 2) if widest > 2 else 0


def _rows(sheet: Any, scan: Sheet) -> Iterator[tuple[int, list[str | None]]]:
    """The rows that hold anything, from the first column with a value on; each with its number."""
    if sheet.start is None:
        return
    first = sheet.start[1] + 1
    exact: dict[int, dict[int, str]] = {}
    for (line, column), written in scan.exact.items():
        exact.setdefault(line, {})[column - first] = written
    for line, cells in enumerate(sheet.iter_rows(), start=1):
        texts = [_text(cell) for cell in cells]
        for place, written in exact.get(line, {}).items():
            texts[place] = written
        if any(texts):
            yield line, texts


def _trimmed(cells: Sequence[str | None]) -> Sequence[str | None]:
    last = max((position for position, cell in enumerate(cells) if cell), default=-1)
    return cells[: last + 1]


def _text(cell: Any) -> str | None:
    """A cell as text: times in ISO form, durations as h:mm:ss, numbers without `.0`, booleans as true and false."""
    if isinstance(cell, str):
        return cell or None
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    if isinstance(cell, dt.datetime):
        # Excel's day fractions come back a few microseconds off
        rounded = cell + dt.timedelta(milliseconds=0.5)
        return rounded.isoformat(" ", "seconds" if rounded.microsecond < 1000 else "milliseconds")
    if isinstance(cell, dt.date):
        return cell.isoformat()  # of midnight, too: Excel does not tell the two apart
    return _duration(cell) if isinstance(cell, dt.timedelta) else str(cell)


def _duration(size: dt.timedelta) -> str:
    """``30:00:00`` of a cell that is shown as ``[h]:mm``: as a number it would be a share of a day."""
    thousandths = round(abs(size) / dt.timedelta(milliseconds=1))
    seconds, rest = divmod(thousandths, 1000)
    written = f"{seconds // 3600}:{seconds // 60 % 60:02d}:{seconds % 60:02d}" + (f".{rest:03d}" if rest else "")
    return f"-{written}" if size < dt.timedelta() else written


def _refuse_merged(path: Path, title: str, merged: Sequence[str], header: int) -> None:
    """Of merged cells only the first holds the value: the rows below would be without it."""
    below = [area for area in merged if int(re.findall(r"\d+", area)[-1]) > header]
    if below:
        more = f" and {len(below) - _SHOWN} more" if len(below) > _SHOWN else ""
        raise SourceError(
            f"{path.name}, sheet '{title}': cells are merged below the header ({', '.join(below[:_SHOWN])}{more}).",
            "Unmerge them and fill in every row: of merged cells only the first holds the value.",
        )
