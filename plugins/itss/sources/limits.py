"""How much of a file is read at most, and the one error for each limit, in both languages.

A limit is met before the work that it spares is done: whoever hands in a hostile file, or the wrong one, is answered in
seconds. docs/hand-in.md lists the numbers.
"""

from __future__ import annotations

from itss.errors import TooLargeError

MAX_COLUMNS = 1_000
"""Columns of a table. The widest process has some forty; exports of whole systems have a few hundred."""
MAX_CELLS = 200_000_000
"""Rows times columns of a Parquet or JSON file, in which a few bytes may stand for any number of cells."""
MAX_LINE = 10_000_000
"""Characters of one line, and of one cell, of a CSV file."""
MAX_BLANKS = 2_000_000
"""Empty rows of a CSV file; elements of a workbook (rows, cells, formats) that hold no value."""
MAX_ELEMENTS = 25_000_000
"""Elements of all sheets of a workbook: about ten million cells."""
MAX_TEXT = 1_000_000_000
"""Characters in the cells of a workbook, in which one text may stand in any number of cells."""
MAX_FORMATS = 250_000
"""Elements of any other part of a workbook that is read: formats, names of areas."""
MAX_SHEETS = 255
MAX_SHEET_ROWS = 1_048_576
"""Of a sheet, by the format."""
MAX_UNPACKED = 512 << 20
"""Bytes of a workbook unpacked, by its own directory, which binds: about a million rows of ten columns."""


def refuse_wide(name: str, columns: int, last: str = "") -> None:
    """`TooLargeError` if a table has more ``columns`` than are read; ``last`` is the cell furthest to the right."""
    if columns <= MAX_COLUMNS:
        return
    zh, en = (f"（最右的单元格为 {last}）", f" (the last cell is {last})") if last else ("", "")
    raise TooLargeError(
        f"{name}: there are {columns:,} columns{en}, and at most {MAX_COLUMNS:,} are read.",
        "Clear what stands to the right of the table, or export the columns that are needed.",
        f"{name}：共 {columns:,} 列{zh}，最多读取 {MAX_COLUMNS:,} 列。请清除表格右侧的内容，或只导出需要的列。",
    )


def refuse_cells(name: str, rows: int, columns: int) -> None:
    """`TooLargeError` if a file of ``rows`` and ``columns`` would fill more cells than are read."""
    if rows * columns > MAX_CELLS:
        raise TooLargeError(
            f"{name}: {rows:,} rows of {columns:,} columns are {rows * columns:,} cells, "
            f"and at most {MAX_CELLS:,} are read.",
            "Export the period only, and the columns that are needed.",
            f"{name}：{rows:,} 行 × {columns:,} 列共 {rows * columns:,} 个单元格，最多读取 {MAX_CELLS:,} 个。"
            "请只导出本报告期和需要的列。",
        )


def long_line(name: str, line: int) -> TooLargeError:
    """The error for a line, or a cell, that is too long."""
    return TooLargeError(
        f"{name}, line {line}: a line or cell has more than {MAX_LINE:,} characters.",
        "Look for a quote that is not closed or a line break that was lost, and export the file again.",
        f"{name}，第 {line} 行：一行或一个单元格超过 {MAX_LINE:,} 个字符。请检查未闭合的引号或丢失的换行，并重新导出。",
    )


def blanks(name: str) -> TooLargeError:
    """The error for a file that is mostly nothing."""
    return TooLargeError(
        f"{name}: more than {MAX_BLANKS:,} rows or cells are empty.",
        "Delete the empty formatted rows and columns around the table, and save the file again.",
        f"{name}：空行或空单元格超过 {MAX_BLANKS:,} 个。请删除表格周围带格式的空行和空列，并重新保存。",
    )


def unpacked(name: str, size: int) -> TooLargeError:
    """The error for a workbook of ``size`` bytes when unpacked."""
    return TooLargeError(
        f"{name}: unpacked it has {size >> 20:,} MB, and at most {MAX_UNPACKED >> 20} MB are read.",
        "Remove what is not the table (formatted empty rows, pictures), or hand it in as CSV or Parquet.",
        f"{name}：解压后为 {size >> 20:,} MB，最多读取 {MAX_UNPACKED >> 20} MB。"
        "请删除表格以外的内容（带格式的空行、图片），或改交 CSV、Parquet。",
    )


def too_much(name: str, what: str, what_zh: str, most: int) -> TooLargeError:
    """The error for more than ``most`` of something in a workbook."""
    return TooLargeError(
        f"{name}: there are more than {most:,} {what}.",
        "Hand in the table alone, as a new workbook, CSV or Parquet.",
        f"{name}：{what_zh}超过 {most:,}。请只提交该表格（新工作簿、CSV 或 Parquet）。",
    )
