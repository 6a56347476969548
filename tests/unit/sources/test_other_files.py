"""XLSX, Parquet and JSON files, and what the query sees of them."""

import datetime as dt
import json
import zipfile

import duckdb
import openpyxl
import pytest
from itss.errors import SourceError
from itss.sources.files import read_file


def save(path, rows, **sheets):
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    for name, other in sheets.items():
        sheet = book.create_sheet(name)
        for row in other:
            sheet.append(row)
    book.save(path)


def test_a_sheet_as_text(tmp_path, ask):
    moment = dt.datetime(2026, 9, 1, 8, 5, 30)  # noqa: DTZ001 - a spreadsheet has no zones
    save(
        tmp_path / "a.xlsx",
        [
            ["工单 编号", "n", "x", "at", "flag"],
            [7, 123456789012345, 1.5, moment, True],
            ["007", 3.0, None, None, False],
        ],
    )
    rows = ask("a.xlsx", "SELECT * EXCLUDE (_row, _file) FROM source ORDER BY _row")
    assert rows == [
        {"工单 编号": "7", "n": "123456789012345", "x": "1.5", "at": "2026-09-01 08:05:30", "flag": "true"},
        {"工单 编号": "007", "n": "3", "x": None, "at": None, "flag": "false"},
    ]


def test_rows_beyond_the_size_a_sheet_claims(tmp_path, ask):
    path = tmp_path / "a.xlsx"
    save(path, [["id"], *([n] for n in range(50))])
    written = {name: zipfile.ZipFile(path).read(name) for name in zipfile.ZipFile(path).namelist()}
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in written.items():
            archive.writestr(name, content.replace(b'ref="A1:A51"', b'ref="A1"'))
    assert b'ref="A1:A51"' in written["xl/worksheets/sheet1.xml"]
    assert ask("a.xlsx", "SELECT count(*) AS n FROM source") == [{"n": 50}]


def test_a_title_above_the_table_and_other_sheets(tmp_path, ask):
    save(
        tmp_path / "a.xlsx",
        [["工单导出"], [], ["id", "title", "state"], [1, "a", "b"]],
        Codes=[["code", "name"], [1, "x"]],
    )
    assert ask("a.xlsx", "SELECT s.id, c.name FROM source s JOIN a_Codes c ON c.code = s.id") == [
        {"id": "1", "name": "x"}
    ]


def test_a_formula_without_value_is_refused(tmp_path, ask):
    save(tmp_path / "a.xlsx", [["id", "n"], [1, "=1+1"]])
    with pytest.raises(SourceError, match=r"a\.xlsx: cell B2 has a formula"):
        ask("a.xlsx")


def test_a_cell_beside_the_table_is_refused(tmp_path, ask):
    save(tmp_path / "a.xlsx", [["id", "n"], [1, 2, "note"]])
    with pytest.raises(SourceError, match=r"a\.xlsx: the header has 2 fields, but line 2 has 3"):
        ask("a.xlsx")


@pytest.mark.parametrize("area", ["B2:B4", "A1:A2"])
def test_merged_cells_below_the_header_are_refused(tmp_path, ask, area):
    book = openpyxl.Workbook()
    for row in (["id", "service"], ["1", "ERP"], ["2", None], ["3", None]):
        book.active.append(row)
    book.active.merge_cells(area)
    book.save(tmp_path / "a.xlsx")
    with pytest.raises(
        SourceError, match=rf"a\.xlsx, sheet 'Sheet': cells are merged below the header \({area}\).*Unmerge"
    ):
        ask("a.xlsx")


def test_a_merged_title_above_the_header_is_fine(tmp_path, ask):
    book = openpyxl.Workbook()
    for row in (["工单导出", None, None], ["id", "title", "state"], ["1", "a", "b"]):
        book.active.append(row)
    book.active.merge_cells("A1:C1")
    book.save(tmp_path / "a.xlsx")
    assert ask("a.xlsx", "SELECT id, state FROM source") == [{"id": "1", "state": "b"}]


def test_numbers_as_text_and_days_as_numbers_stay_as_they_are(tmp_path, ask):
    save(tmp_path / "a.xlsx", [["n", "day"], ["007", 45901.5], [7, "45901"], ["1,5", "2026-09-01"]])
    assert ask("a.xlsx", "SELECT n, from_serial(day) AS day FROM source") == [
        {"n": "007", "day": "2025-09-01 12:00:00"},
        {"n": "7", "day": "2025-09-01"},
        {"n": "1,5", "day": "2026-09-01"},
    ]


def test_a_zip_bomb_is_refused_unopened(tmp_path, ask):
    path = tmp_path / "a.xlsx"
    save(path, [["id"], [1]])
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive, archive.open("xl/media/x", "w") as part:
        for _ in range(600):
            part.write(bytes(1 << 20))
    assert path.stat().st_size < 2 << 20
    with pytest.raises(SourceError, match=r"a\.xlsx: unpacked it has 600 MB, and at most 512 MB are read"):
        ask("a.xlsx")


def test_a_torn_workbook_is_refused_wherever_it_is_torn(tmp_path, put, ask):
    save(tmp_path / "whole.xlsx", [["id", "n"], *([n, n] for n in range(50))])
    content = (tmp_path / "whole.xlsx").read_bytes()
    for cut in range(0, len(content), 97):
        put("a.xlsx", content[:cut] or b"PK")
        with pytest.raises(SourceError, match=r"a\.xlsx: not a readable XLSX"):
            ask("a.xlsx")


@pytest.mark.parametrize("torn", [b"</sheetData>", b"</row>", b"<c "])
def test_a_workbook_whose_sheet_is_broken_is_refused(tmp_path, ask, torn):
    save(tmp_path / "whole.xlsx", [["id", "n"], [1, 2]])
    with zipfile.ZipFile(tmp_path / "whole.xlsx") as whole, zipfile.ZipFile(tmp_path / "a.xlsx", "w") as archive:
        for name in whole.namelist():
            archive.writestr(name, whole.read(name).split(torn)[0] if "sheet1" in name else whole.read(name))
    with pytest.raises(SourceError, match=r"a\.xlsx: not a readable XLSX"):
        ask("a.xlsx")


@pytest.mark.parametrize("content", [b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), b"<html><table></table></html>"])
def test_what_is_no_workbook_is_refused(put, ask, content):
    put("a.xlsx", content)
    with pytest.raises(SourceError, match=r"a\.xlsx: not a readable XLSX"):
        ask("a.xlsx")


def test_an_empty_workbook_is_refused(tmp_path, ask):
    save(tmp_path / "a.xlsx", [])
    with pytest.raises(SourceError, match=r"a\.xlsx: no sheet has a header"):
        ask("a.xlsx")


def test_parquet_as_text(tmp_path, ask):
    duckdb.sql(
        "COPY (SELECT 12345678901234567890::HUGEINT AS id, TIMESTAMPTZ '2026-09-01 08:00:00+08' AS day,"
        " [1, 2] AS l, 1.10::DECIMAL(9,2) AS d)"
        f" TO '{tmp_path / 'a.parquet'}' (FORMAT parquet)"
    )
    row = ask("a.parquet", "SELECT id, day, l, d, _row FROM a")[0]
    assert row["day"] == "2026-09-01 00:00:00+00"
    assert (row["l"], row["d"], row["_row"]) == ("[1,2]", "1.10", 1)


def test_a_broken_parquet_is_refused(put, ask):
    put("a.parquet", b"PAR1" + bytes(40))
    with pytest.raises(SourceError, match=r"a\.parquet"):
        ask("a.parquet")


def test_json_lines_keep_numbers_and_nesting(put, ask):
    put(
        "a.jsonl",
        '{"id": 12345678901234567890, "x": 0.10, "c": ["ß", "邮"]}\n\n{"id": 2, "late": true, "o": {"k": 1.50}}\n',
    )
    rows = ask("a.jsonl", "SELECT id, x, c, late, o, c->>0 AS first FROM source ORDER BY _row")
    assert rows == [
        {"id": "12345678901234567890", "x": "0.10", "c": '["ß", "邮"]', "late": None, "o": None, "first": "ß"},
        {"id": "2", "x": None, "c": None, "late": "true", "o": '{"k": 1.5}', "first": None},
    ]


def test_a_json_array(put, ask):
    put("a.json", json.dumps([{"id": "1"}, {"id": "2"}], indent=2))
    assert ask("a.json", "SELECT id FROM source ORDER BY _row DESC") == [{"id": "2"}, {"id": "1"}]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('{"id": 1}\n{"id": \n', "line 2: not JSON"),
        ('{"id": 1}\n[1]\n', "record 2: list"),
        ('{"a": 1, "a": 2}\n', "twice"),
        ("[]", "no records"),
        ('{"id": "\\ud84c"}', r"half a character"),
        ('{"id": ' + "[" * 100_000, "line 1: not JSON"),
    ],
)
def test_json_that_is_no_table_is_refused(put, ask, content, message):
    put("a.jsonl", content)
    with pytest.raises(SourceError, match=message):
        ask("a.jsonl")


def test_rows_out_of_order_are_refused(tmp_path, ask):
    """Of which a reader of rows would lose one."""
    path = tmp_path / "a.xlsx"
    save(path, [["id"], [1], [2]])
    written = {name: zipfile.ZipFile(path).read(name) for name in zipfile.ZipFile(path).namelist()}
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in written.items():
            archive.writestr(name, content.replace(b'<row r="3"', b'<row r="1"'))
    with pytest.raises(SourceError, match="row 1 of a sheet follows row 2"):
        ask("a.xlsx")


def test_hidden_rows_and_columns_are_read_and_on_record(tmp_path, ask):
    book = openpyxl.Workbook()
    for row in (["id", "n", "x"], [1, 2, 3], [4, 5, 6]):
        book.active.append(row)
    book.active.row_dimensions[3].hidden = True
    book.active.column_dimensions.group("B", "C", hidden=True)
    book.save(tmp_path / "a.xlsx")
    assert ask("a.xlsx", "SELECT id, n FROM source ORDER BY _row") == [{"id": "1", "n": "2"}, {"id": "4", "n": "5"}]
    (table,) = read_file(tmp_path / "a.xlsx")
    assert table.note == "sheet 'Sheet', 1 hidden row(s) and 2 hidden column(s) are read as data"
