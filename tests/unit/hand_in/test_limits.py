"""Files that are too much, by mistake or on purpose: one error each, in both languages, in seconds.

The files are small and what they stand for is not, so each test would take minutes without its limit.
"""

from __future__ import annotations

import io
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet
import pytest
from handing import BAD, NOW, ROWS, place, register, rest, workbook
from itss.cli import main
from itss.hand_in.marked import ERRORS
from itss.hand_in.receiving import MarkedRefusalError, Receipt, hand_in, take_up
from itss.settings import settings

SECONDS = 60
"""Each takes less than five on an idle machine."""
SHEET = "xl/worksheets/sheet1.xml"
HEAD = "id,sampled_at,utilisation\n"


def give(path: Path) -> Receipt:
    return hand_in(settings(), register(), place(), path, "data_provider", NOW)


def with_part(path: Path, part: str, before: bytes, more: bytes) -> Path:
    """A template that is filled in, with ``more`` put before ``before`` in one of its parts."""
    whole = io.BytesIO(workbook(path, place()).read_bytes())
    with zipfile.ZipFile(whole) as source, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as target:
        for name in source.namelist():
            content = source.read(name)
            if name == part:
                assert before in content
                content = content.replace(before, more + before, 1)
            target.writestr(name, content)
    return path


def in_sheet(folder: Path, more: bytes) -> Path:
    return with_part(folder / "a.xlsx", SHEET, b"</sheetData>", more)


def in_part(folder: Path, part: str, before: bytes, more: bytes) -> Path:
    return with_part(folder / "a.xlsx", part, before, more)


def csv(folder: Path, content: str) -> Path:
    (folder / "a.csv").write_text(content, encoding="utf-8")
    return folder / "a.csv"


def json_lines(folder: Path, content: str) -> Path:
    return csv(folder, content).rename(folder / "a.jsonl")


def parquet(folder: Path, columns: int, rows: int) -> Path:
    cells = pa.array(["x"]).dictionary_encode().take(pa.array([0] * rows))
    pa.parquet.write_table(pa.table({f"c{number}": cells for number in range(columns)}), folder / "a.parquet")
    return folder / "a.parquet"


# made when it is given in: all of it at once is a GB
TOO_MUCH: dict[str, tuple[Callable[[Path], Path], str]] = {
    "100,000 columns in CSV": (lambda to: csv(to, ",".join(["c"] * 100_000) + "\n"), "100,000 columns"),
    "2,000 keys in JSON": (
        lambda to: json_lines(to, "{" + ",".join(f'"k{n}": 1' for n in range(2000)) + "}"),
        "2,000 columns",
    ),
    "other keys in each record": (
        lambda to: json_lines(to, "".join(f'{{"k{n % 999}": 1}}\n' for n in range(250_000))),
        "249,750,000 cells",
    ),
    "2,000 columns in Parquet": (lambda to: parquet(to, 2000, 1), "2,000 columns"),
    "300 million cells in Parquet": (lambda to: parquet(to, 300, 1_000_000), "300,000,000 cells"),
    "a line without end": (
        lambda to: csv(to, HEAD + "S1," + "x" * 30_000_000),
        "line 2: a line or cell has more than 10,000,000",
    ),
    "a line of delimiters": (
        lambda to: csv(to, HEAD + "," * 30_000_000),
        "line 2: a line or cell has more than 10,000,000",
    ),
    "a quote that is not closed": (
        lambda to: csv(to, HEAD + '"S1,\n' + "x\n" * 15_000_000),
        "a line or cell has more than",
    ),
    "empty lines": (lambda to: csv(to, HEAD + "\n" * 30_000_000), "more than 2,000,000 rows or cells are empty"),
    "empty rows": (lambda to: csv(to, HEAD + ",,\n" * 10_000_000), "more than 2,000,000 rows or cells are empty"),
    "a cell in the last column": (
        lambda to: in_sheet(to, b'<row r="9"><c r="XFD9" t="inlineStr"><is><t>x</t></is></c></row>'),
        "16,384 columns (the last cell is XFD9)",
    ),
    "empty formatted cells": (
        lambda to: in_sheet(to, b"<row>" + b'<c s="1"/>' * 20_000_000 + b"</row>"),
        "2,000,000 rows or cells",
    ),
    "empty formatted rows": (
        lambda to: in_sheet(to, b"<row/>" * 1_000_000 + b"<c/>" * 9_000_000),
        "2,000,000 rows or cells",
    ),
    "more rows than a sheet has": (
        lambda to: in_sheet(to, b'<row r="2000000000"><c><v>1</v></c></row>'),
        "row 2000000000",
    ),
    "a million formats": (
        lambda to: in_part(to, "xl/styles.xml", b"</cellXfs>", b"<xf/>" * 1_000_000),
        "250,000 formats",
    ),
    "a comment of 50 MB": (
        lambda to: in_sheet(to, b"<!--" + b"<mergeCell " * 5_000_000 + b"-->"),
        "bytes in one element",
    ),
    "a hundred million blanks of one cell": (
        lambda to: in_sheet(to, b'<row><c t="inlineStr"><is><t>' + b" " * 600_000_000 + b"</t></is></c></row>"),
        "unpacked it has 572 MB",
    ),
}


@pytest.mark.parametrize("name", TOO_MUCH)
def test_what_is_too_much_is_one_error_in_both_languages_and_soon(house: Path, name: str) -> None:
    make, words = TOO_MUCH[name]
    path = make(house)
    began = time.monotonic()
    with pytest.raises(MarkedRefusalError) as caught:
        give(path)
    assert time.monotonic() - began < SECONDS
    (fault,) = caught.value.faults
    assert words in fault.what.en
    assert fault.what.zh.startswith("文件无法读取：")
    assert fault.what.zh != fault.what.en
    assert openpyxl.load_workbook(caught.value.copy).sheetnames == [ERRORS]


def test_each_limit_is_in_the_docs() -> None:
    from itss.sources import limits

    docs = (Path(__file__).resolve().parents[3] / "docs" / "hand-in.md").read_text(encoding="utf-8")
    shown = {name: value for name, value in vars(limits).items() if name.startswith("MAX_")}
    shown["MAX_UNPACKED"] >>= 20
    assert [name for name, value in shown.items() if f"{value:,}" not in docs] == []


def test_formats_far_to_the_right_and_a_stray_cell_far_below_are_no_columns_and_rows(house: Path) -> None:
    """What a person does by a slip, and what reading laid out cell by cell."""
    many = b"".join(b'<row r="%d"><c r="XFD%d" s="1"/></row>' % (n, n) for n in range(10, 2000))
    path = with_part(house / "a.xlsx", SHEET, b"</sheetData>", many + b'<row r="1048576"><c r="A1048576"/></row>')
    assert give(path).version.rows == len(ROWS)


def test_the_marked_copy_of_such_a_workbook_is_made_as_soon(house: Path) -> None:
    path = workbook(house / "a.xlsx", place(), BAD)
    book = openpyxl.load_workbook(path)
    corner = book.worksheets[0].cell(1_048_576, 900)
    corner.font = openpyxl.styles.Font(bold=True)
    book.save(path)
    with pytest.raises(MarkedRefusalError) as caught:
        give(path)
    sheet = openpyxl.load_workbook(caught.value.copy, read_only=False).worksheets[0]
    assert sum(cell.comment is not None for cell in sheet._cells.values()) == 4


def test_of_very_many_errors_the_first_are_said_and_the_text_has_all(house: Path) -> None:
    path = house / "a.csv"
    path.write_text(HEAD + "".join(f"S{n},2026-09-01 08:00,x\n" for n in range(6_000)))
    with pytest.raises(MarkedRefusalError) as caught:
        give(path)
    assert len(str(caught.value).splitlines()) < 60
    assert "and 5,950 more" in str(caught.value)
    book = openpyxl.load_workbook(caught.value.copy)
    *_, last = book[ERRORS].iter_rows(values_only=True)
    assert last[3] == "1,000 more; all are in the .txt file."
    assert len(caught.value.copy.with_suffix(".txt").read_text(encoding="utf-8").splitlines()) == 6_000


def hidden(path: Path) -> Path:
    """A template with three rows, of which one is hidden, a hidden column, and a hidden sheet."""
    rows = [*ROWS, ROWS[0] | {"id": "S3"}]
    book = openpyxl.load_workbook(workbook(path, place(), rows))
    sheet = book.worksheets[0]
    sheet.row_dimensions[3].hidden = sheet.row_dimensions[50].hidden = True
    sheet.column_dimensions["B"].hidden = True
    more = book.create_sheet("old")
    more["A1"] = "x"
    more.sheet_state = "hidden"
    book.create_sheet("empty").sheet_state = "veryHidden"
    book.save(path)
    return path


def test_hidden_rows_and_columns_are_data_and_said(house: Path, caplog: pytest.LogCaptureFixture) -> None:
    receipt = give(hidden(house / "a.xlsx"))
    assert receipt.version.rows == 3
    assert "Sheet '数据 data': 1 hidden row(s) and 1 hidden column(s) are read as data." in receipt.warnings[0]
    assert "隐藏的 1 行、1 列也作为数据读取" in receipt.warnings[0]
    assert "1 hidden sheet(s) with content (old): not read" in receipt.warnings[1]
    beside = settings().inbox / receipt.version.path
    assert beside.with_name("a.xlsx.warnings.txt").read_text(encoding="utf-8").splitlines() == list(receipt.warnings)


def test_it_is_said_to_who_hands_in_by_command_and_in_the_log(
    house: Path, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    from itss.hand_in.inbox import scan

    path = hidden(house / "a.xlsx")
    call = ["hand-in", *place().key[:2], "capacity", str(path), "--by", "data_provider"]
    assert main(call) == 0
    assert "1 hidden row(s) and 1 hidden column(s) are read as data" in capsys.readouterr().out
    folder = place().folder(settings().inbox)
    workbook(folder / "plain.xlsx", place())
    hidden(folder / "b.xlsx")
    for name, age in (("plain.xlsx", 90), ("b.xlsx", 60)):
        rest(folder / name, age)
    scan([place()], register(), settings(), NOW)
    assert caplog.text.count("hidden row(s)") == 1


def test_a_fault_in_a_hidden_row_is_seen_in_the_marked_copy(house: Path) -> None:
    path = hidden(house / "a.xlsx")
    book = openpyxl.load_workbook(path)
    book.worksheets[0]["B3"] = "x"
    at = next(cell for cell in book.worksheets[0][1] if str(cell.value).startswith("utilisation"))
    book.worksheets[0].cell(3, at.column).value = "half"
    book.worksheets[0].column_dimensions[at.column_letter].hidden = True
    book.save(path)
    folder = place().folder(settings().inbox)
    folder.mkdir(parents=True)
    path = path.rename(folder / "a.xlsx")
    rest(path)
    (refusal,) = take_up(settings(), register(), place(), NOW)
    assert isinstance(refusal, MarkedRefusalError)
    sheet = openpyxl.load_workbook(refusal.copy).worksheets[0]
    assert not sheet.row_dimensions[3].hidden
    assert not sheet.column_dimensions[at.column_letter].hidden
    assert sheet.column_dimensions["B"].hidden
