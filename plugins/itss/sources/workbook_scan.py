"""A look over the parts of a workbook before a reader lays out its cells: what is too much, not seen, or would be lost.

Refuses unopened what would take minutes or all memory (formats, blanks and repeated texts compress to nothing), and
what a reader would lose without a word: rows out of order, formulas that were never computed. Says what a person does
not see on the screen, and what the reader says otherwise: errors, whole numbers too long for a real one. Its one
surprise: it counts elements, whatever they are called, since each costs time.
"""

from __future__ import annotations

import zipfile
from collections import Counter
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any
from xml.parsers.expat import ExpatError, ParserCreate

from itss.errors import SourceError
from itss.sources.limits import (
    MAX_BLANKS,
    MAX_ELEMENTS,
    MAX_FORMATS,
    MAX_SHEET_ROWS,
    MAX_TEXT,
    MAX_UNPACKED,
    blanks,
    refuse_wide,
    too_much,
    unpacked,
)
from itss.sources.workbook_index import Index, part_name, read_index
from itss.text import Text, text

_CHUNK = 1 << 20
_PER_VALUE = 8
"""Elements that a cell with a value may have: rich text has some for each run."""
_LONGEST = 8 << 20
"""Bytes of one tag or comment; texts come in pieces."""
_NOT_READ = frozenset({"pivotCacheRecords", "comments", "wsDr", "chartSpace", "xml", "externalLink"})
"""Roots of parts that are not read: pivot tables, comments, drawings, other workbooks."""
_SHEET, _STRINGS = "worksheet", "sst"
_DIGITS = "0123456789"
_TRUE = ("1", "true")
_MAIN = ("http://schemas.openxmlformats.org/spreadsheetml/2006/main", "http://purl.oclc.org/ooxml/spreadsheetml/main")
"""Of workbooks as all programs write them, and of strict ones."""
_PLAIN_DIGITS = 15
"""So many digits of a whole number a real one holds for certain."""


@dataclass
class Sheet:
    """What the XML of one sheet holds, beside its values."""

    width: int = 0
    """The rightmost column with a value, from 1."""
    height: int = 0
    """The last row with a value, from 1."""
    exact: dict[tuple[int, int], str] = field(default_factory=dict)
    """What stands in cells with an error, or with a whole number of very many digits, by row and column from 1."""
    hidden_rows: int = 0
    """Hidden rows with a value."""
    merged: list[str] = field(default_factory=list)
    filled: set[int] = field(default_factory=set)
    hidden: list[range] = field(default_factory=list)

    @property
    def hidden_columns(self) -> int:
        """Hidden columns with a value."""
        return sum(any(column in span for span in self.hidden) for column in self.filled)

    @property
    def hidden_words(self) -> Text | None:
        """How much of what is read nobody sees on the screen, if anything."""
        rows, columns = self.hidden_rows, self.hidden_columns
        if not rows and not columns:
            return None
        return text(
            f"隐藏的 {rows} 行、{columns} 列也作为数据读取",
            f"{rows} hidden row(s) and {columns} hidden column(s) are read as data",
        )


def scan_workbook(path: Path) -> tuple[Index, dict[str, Sheet]]:
    """The index, and what the sheets hold, by the name of their part; `SourceError` for what must not be read."""
    sheets: dict[str, Sheet] = {}
    strings: list[int] = []
    used: Counter[str] = Counter()
    values = elements = held = 0
    with zipfile.ZipFile(path) as archive:
        parts = archive.infolist()
        size = sum(part.file_size for part in parts)
        if size > MAX_UNPACKED:
            raise unpacked(path.name, size)
        for part in parts:
            scan = _Part(path, sheets.setdefault(part_name(part.filename), Sheet()), elements)
            with archive.open(part) as source:
                scan.read(source)
            if scan.root == _STRINGS:
                strings, held = scan.lengths, held + scan.elements
            used.update(scan.shared)
            values, elements = values + scan.values, elements + scan.elements * (scan.root == _SHEET)
        if held - _PER_VALUE * values > MAX_BLANKS:
            raise blanks(path.name)
        if _laid_out(used, strings) > MAX_TEXT:
            raise too_much(path.name, "characters in its cells", "单元格中的字符", MAX_TEXT)
        return read_index(archive), sheets


def _laid_out(used: Counter[str], lengths: list[int]) -> int:
    """The characters of all cells that show a shared text."""
    known = ((int(at), count) for at, count in used.items() if at.isdecimal())
    return sum(count * lengths[at] for at, count in known if at < len(lengths))


class _Part:
    """One part of a workbook, as it is parsed; ``before`` is how many elements the sheets before it have."""

    def __init__(self, path: Path, sheet: Sheet, before: int) -> None:
        self.path, self.sheet = path, sheet
        self.root = ""
        self.elements = self.values = self.row = self.column = 0
        self._before = before
        self.shared: Counter[str] = Counter()  # how often a sheet shows each shared text
        self.lengths: list[int] = []  # characters of each shared text
        self._cell = self._formula = self._kind = ""
        self._written: list[str] | None = None
        self._is_hidden = False
        self._parser: Any = ParserCreate(namespace_separator=" ")
        self._parser.StartElementHandler = self._root
        self._parser.StartDoctypeDeclHandler = self._doctype

    def read(self, source: Any) -> None:
        """Parse until the end, or until it is clear that the part is no XML, or is not read."""
        read = 0
        try:
            while chunk := source.read(_CHUNK):
                self._parser.Parse(chunk, False)
                read += len(chunk)
                if read - self._parser.CurrentByteIndex > _LONGEST:  # which is read from its beginning for each chunk
                    raise too_much(self.path.name, "bytes in one element", "单个元素的字节数", _LONGEST)
                if self.root in _NOT_READ or not self.root:
                    return
                self._refuse_much()
            self._parser.Parse(b"", True)
        except ExpatError as error:
            if self.root in (_SHEET, _STRINGS):
                raise SourceError(
                    f"{self.path.name}: not a readable XLSX workbook ({error}).",
                    "Save it as .xlsx, without a password.",
                ) from error
            return  # a picture
        self._end_of_cell()

    def _refuse_much(self) -> None:
        name, before = self.path.name, self._before
        if self.root in (_SHEET, _STRINGS):
            if before + self.elements > MAX_ELEMENTS:
                raise too_much(
                    name, "elements (cells, texts) in its sheets", "工作表中的元素（单元格、文本）", MAX_ELEMENTS
                )
            # texts are counted against the values of all sheets, which may stand behind them
            if self.root == _SHEET and self.elements - _PER_VALUE * self.values > MAX_BLANKS:
                raise blanks(name)
        elif self.elements > MAX_FORMATS:
            raise too_much(
                name, "formats, names or other things beside its sheets", "工作表以外的格式、名称等", MAX_FORMATS
            )

    def _doctype(self, *_: Any) -> None:
        raise SourceError(f"{self.path.name}: a part of it declares a document type.", "Save it anew as .xlsx.")

    def _root(self, name: str, _: dict[str, str]) -> None:
        self.root = name.rpartition(" ")[2]
        self._parser.StartElementHandler = self._in_sheet if self.root == _SHEET else self._count
        if self.root == _SHEET:
            self._parser.CharacterDataHandler = self._on_text
        elif self.root == _STRINGS:
            self._parser.StartElementHandler = self._in_strings
            self._parser.CharacterDataHandler = self._on_shared

    def _count(self, *_: Any) -> None:
        self.elements += 1

    def _in_strings(self, name: str, _: dict[str, str]) -> None:
        self.elements += 1
        if name.endswith(" si"):
            self.lengths.append(0)

    def _on_shared(self, written: str) -> None:
        if self.lengths:
            self.lengths[-1] += len(written)

    def _in_sheet(self, name: str, given: dict[str, str]) -> None:
        self.elements += 1
        if self._written is not None and self._kind != "inlineStr":
            self._end_of_cell()
        step = _STEPS.get(name)
        if step is not None:
            step(self, given)

    def _on_row(self, given: dict[str, str]) -> None:
        self._end_of_cell()
        number = int(float(given["r"])) if "r" in given else self.row + 1
        if not self.row < number <= MAX_SHEET_ROWS:
            raise SourceError(
                f"{self.path.name}: row {number} of a sheet follows row {self.row}; they must ascend, "
                f"up to {MAX_SHEET_ROWS}.",
                "Open it in a spreadsheet program and save it.",
            )
        self.elements += (number - self.row) // _PER_VALUE  # rows that are left out are read as empty ones
        self.row, self.column = number, 0
        self._is_hidden = given.get("hidden") in _TRUE or given.get("ht") == "0"

    def _on_cell(self, given: dict[str, str]) -> None:
        self._end_of_cell()
        self._cell = given.get("r", "")
        self.column = _column_number(self._cell.rstrip(_DIGITS)) if self._cell else self.column + 1
        self._kind = given.get("t", "n")

    def _on_value(self, _: dict[str, str]) -> None:
        self.values += 1
        sheet = self.sheet
        sheet.filled.add(self.column)
        sheet.height = self.row
        if self.column > sheet.width:
            refuse_wide(self.path.name, self.column, self._cell)
            sheet.width = self.column
        if self._is_hidden:
            sheet.hidden_rows, self._is_hidden = sheet.hidden_rows + 1, False
        self._written = []

    def _on_formula(self, _: dict[str, str]) -> None:
        self._formula = self._cell or f"in row {self.row}"

    def _on_text(self, written: str) -> None:
        if self._written is not None:
            self._written.append(written)

    def _end_of_cell(self) -> None:
        """What became of the cell before: most need no second look."""
        formula, self._formula = self._formula, ""
        written, self._written = self._written, None
        if written is None and not formula:
            return
        value = "".join(written or ()).strip()
        if formula and self._kind != "str" and not value:  # a computed text may be empty
            raise SourceError(
                f"{self.path.name}: cell {formula} has a formula whose value was never computed.",
                "Open the workbook in a spreadsheet program and save it, or paste the values.",
            )
        if self._kind == "s":
            self.shared[value] += 1
        elif self._kind == "e" or (self._kind == "n" and len(value) > _PLAIN_DIGITS and value.lstrip("-").isdecimal()):
            self.sheet.exact[self.row, self.column] = value
            if len(self.sheet.exact) > MAX_BLANKS:
                raise too_much(self.path.name, "errors and very long numbers", "错误值和超长数字", MAX_BLANKS)

    def _on_column(self, given: dict[str, str]) -> None:
        if given.get("hidden") in _TRUE or given.get("width") == "0":
            self.sheet.hidden.append(range(int(given["min"]), int(given["max"]) + 1))

    def _on_merged(self, given: dict[str, str]) -> None:
        self.sheet.merged.append(given.get("ref", ""))


@cache
def _column_number(letters: str) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - ord("A") + 1
    return number


_STEPS = {
    f"{main} {name}": step
    for main in _MAIN
    for name, step in {
        "row": _Part._on_row,
        "c": _Part._on_cell,
        "v": _Part._on_value,
        "is": _Part._on_value,
        "f": _Part._on_formula,
        "col": _Part._on_column,
        "mergeCell": _Part._on_merged,
    }.items()
}
