"""CSV files with the traps of real exports; what is expected is written out by hand."""

import csv
import io

import pytest
from itss.errors import SourceError

CHINESE = "编号,标题\nINC1,邮件无法发送\nINC2,打印机卡纸并离线\n"


def cells(rows):
    return [[value for name, value in row.items() if not name.startswith("_")] for row in rows]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk", "utf-16"])
def test_chinese_text_in_any_usual_encoding(put, ask, encoding):
    put("工单.csv", CHINESE.encode(encoding))
    rows = ask("工单.csv", 'SELECT "编号", 标题 FROM 工单 ORDER BY _row')
    assert rows == [{"编号": "INC1", "标题": "邮件无法发送"}, {"编号": "INC2", "标题": "打印机卡纸并离线"}]


@pytest.mark.parametrize("words", ["Größe,Café", "naïve,Zoë à Genève", "Überprüfung,façade"])
def test_western_accents_are_not_taken_for_chinese(put, ask, words):
    put("a.csv", f"id,title,more\n1,{words}\n".encode("cp1252"))
    assert cells(ask("a.csv")) == [["1", *words.split(",")]]


def test_an_odd_byte_in_utf8_is_an_error_with_its_line_and_not_another_encoding(put, ask):
    content = ("id,title\n" + "1,邮件无法发送\n" * 20).encode() + "2,邮".encode()[:-1] + b"\n"
    put("cut.csv", content)
    with pytest.raises(SourceError, match=r"cut\.csv: not valid UTF-8 in line 22"):
        ask("cut.csv")


@pytest.mark.parametrize(
    ("encoding", "text"),
    [("shift_jis", "これはメールの障害です"), ("cp1251", "Почта не отправляется"), ("big5", "郵件無法傳送請協助處理")],
)
def test_an_unknown_encoding_is_refused_instead_of_guessed(put, ask, encoding, text):
    put("a.csv", f"id,title\n1,{text}\n".encode(encoding))
    with pytest.raises(SourceError, match=r"a\.csv: neither UTF-8 nor GB18030"):
        ask("a.csv")


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_every_delimiter_and_line_end(put, ask, delimiter, line_end):
    table = [["id", "a,b", "c"], ["1", "x;y, z", "3,5"], ["2", 'say "hi"', "4|1"], ["3", "two\nlines", ""]]
    written = io.StringIO()
    csv.writer(written, delimiter=delimiter, lineterminator=line_end, quoting=csv.QUOTE_ALL).writerows(table)
    put("a.csv", written.getvalue())
    rows = ask("a.csv", "SELECT * EXCLUDE (_row, _file) FROM source ORDER BY _row")
    assert list(rows[0]) == table[0]
    assert [[value or "" for value in row.values()] for row in rows] == table[1:]


@pytest.mark.parametrize("columns", [1, 2, 3])
def test_decimal_commas_do_not_cut_a_semicolon_file(put, ask, columns):
    header = ";".join(["id", *"abc"[:columns]])
    put("a.csv", f"{header}\n" + "".join(f"{n}{';3,5' * columns}\n" for n in range(30)))
    assert cells(ask("a.csv"))[7] == ["7", *["3,5"] * columns]


def test_excels_separator_line_is_no_header(put, ask):
    put("a.csv", "sep=;\r\nid;title\r\n1;a,b\r\n")
    assert ask("a.csv", "SELECT id, title FROM source") == [{"id": "1", "title": "a,b"}]


def test_lines_are_counted_behind_a_separator_line(put, ask):
    put("a.csv", "sep=;\r\nid;title\r\n1;a\r\n2\r\n")
    with pytest.raises(SourceError, match=r"2 fields, but line 4 has 1"):
        ask("a.csv")


def test_a_title_above_the_header_is_passed_over_and_said(put, tmp_path):
    from itss.sources.csv_file import read_csv

    path = put("a.csv", "服务台工单导出\nGenerated 2026-10-01\n\nid,title,state\n1,a,b\n2,c,d\n")
    table = read_csv(path)[0]
    assert table.data.to_pylist() == [{"id": "1", "title": "a", "state": "b"}, {"id": "2", "title": "c", "state": "d"}]
    assert table.note == "2 line(s) above the header passed over"


def test_a_title_that_a_spreadsheet_filled_up_with_delimiters(put):
    from itss.sources.csv_file import read_csv

    path = put("a.csv", "九月工单;;;\n部门;IT;;\n;;;\nid;title;state;h\n1;a;;\n2;;;2,5\n")
    table = read_csv(path)[0]
    assert table.data.column_names == ["id", "title", "state", "h"]
    assert table.data["id"].to_pylist() == ["1", "2"]
    assert table.note == "2 line(s) above the header passed over"


def test_a_further_column_of_one_name_is_said(put):
    from itss.sources.csv_file import read_csv

    (table,) = read_csv(put("a.csv", "id,状态,时间,状态 \n1,a,b,c\n"))
    assert table.data.to_pylist() == [{"id": "1", "状态": "a", "时间": "b", "状态_2": "c"}]
    assert table.note == "a further column '状态' is read as '状态_2'"


def test_a_header_with_few_names_is_one_where_no_row_has_more(put):
    from itss.sources.csv_file import read_csv

    table = read_csv(put("a.csv", "id,title,,\n1,a,,\n2,b,,\n"))[0]
    assert (table.data["id"].to_pylist(), table.note) == (["1", "2"], "")


def test_ragged_rows_are_refused_with_their_lines_and_number(put, ask):
    body = "".join(f"{n},a,b\n" for n in range(1, 30))
    put("a.csv", f"id,title,state\n{body}30,a\n31,a,b,c\n32,a,b\n33\n")
    with pytest.raises(
        SourceError, match=r"a\.csv: the header has 3 fields, but line 31 has 2, line 32 has 4, line 34 has 1\."
    ):
        ask("a.csv")


def test_ragged_rows_beyond_the_shown_ones_are_counted(put, ask):
    put("a.csv", "id,title,state\n" + "1,a,b\n" * 90 + "1,a\n" * 8)
    with pytest.raises(SourceError, match=r"\(and 3 more\)"):
        ask("a.csv")


def test_lines_are_those_of_the_file_even_behind_quoted_line_breaks(put, ask):
    put("a.csv", 'id,title\n1,"a\nb\nc"\n2\n')
    with pytest.raises(SourceError, match=r"line 5 has 1"):
        ask("a.csv")
    put("b.csv", "id,title\n1,a\n\n,\n(1 row)\n")
    with pytest.raises(SourceError, match=r"line 5 has 1"):
        ask("b.csv")
    put("c.csv", 'id,title\n\n1,"a" b\n')
    with pytest.raises(SourceError, match=r"c\.csv, line 3: the quotes do not match"):
        ask("c.csv")


def test_surplus_empty_fields_and_empty_lines_lose_nothing(put, ask):
    put("a.csv", "id;title\n1;a;;\n\n;\n2;b;\n")
    assert cells(ask("a.csv")) == [["1", "a"], ["2", "b"]]


@pytest.mark.parametrize("content", ['id,title\n1,"open\n2,b\n', 'id,title\n1,"a" b\n', 'id,title\n1,"x\n2,"y"\n'])
def test_quotes_that_do_not_match_are_refused(put, ask, content):
    put("a.csv", content)
    with pytest.raises(SourceError, match=r"a\.csv, line 2: the quotes do not match"):
        ask("a.csv")


def test_quotes_escaped_by_backslash(put, ask):
    put("a.csv", 'id,title\n1,"say \\"hi\\", please"\n')
    assert cells(ask("a.csv")) == [["1", 'say "hi", please']]


def test_backslashes_of_paths_are_left_alone(put, ask):
    put("a.csv", 'id,title\n1,"C:\\Temp\\"\n2,\\\\server\\share\n')
    assert cells(ask("a.csv")) == [["1", "C:\\Temp\\"], ["2", "\\\\server\\share"]]


def test_headers_become_usable_names(put, ask):
    put("a.csv", "id,Status,status,,  Opened\u00a0 At ,_row,状态 (当前)\n1,2,3,4,5,6,7\n")
    row = ask("a.csv")[0]
    assert list(row) == ["id", "Status", "status_2", "column_4", "Opened At", "_row_2", "状态 (当前)", "_row", "_file"]
    assert (row["_row"], row["_row_2"], row["_file"]) == (1, "6", "a.csv")


def test_everything_is_text_as_it_stands(put, ask):
    put("a.csv", "id,n,zero,date,flag\n12345678901234567890123,1e400,007,1/2/2016,TRUE\n")
    assert cells(ask("a.csv")) == [["12345678901234567890123", "1e400", "007", "1/2/2016", "TRUE"]]


def test_an_empty_cell_is_null(put, ask):
    put("a.csv", 'id,title\n1,\n2,""\n3," "\n')
    assert cells(ask("a.csv")) == [["1", None], ["2", None], ["3", " "]]


@pytest.mark.parametrize("content", [b"", b"\n\n  \n", b"\xef\xbb\xbf"])
def test_a_file_without_anything_is_refused(put, ask, content):
    put("a.csv", content)
    with pytest.raises(SourceError, match=r"a\.csv: the file (is empty|has no header)"):
        ask("a.csv")


def test_a_header_alone_is_no_rows(put, ask):
    put("a.csv", "id;title;state\n")
    assert ask("a.csv", "SELECT id, title FROM a") == []


def test_a_renamed_workbook_is_no_csv(put, ask):
    put("a.csv", b"PK\x03\x04\x14\x00\x06\x00\x08\x00" + bytes(60))
    with pytest.raises(SourceError, match=r"a\.csv: this is not a text file"):
        ask("a.csv")


def test_a_long_cell(put, ask):
    put("a.csv", f"id;title\n1;{'x' * 300_000}\n")
    assert ask("a.csv", "SELECT length(title) AS n FROM source") == [{"n": 300_000}]
