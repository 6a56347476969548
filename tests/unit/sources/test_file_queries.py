"""How the query meets the files: names, globs, binds, zones, and what it must not do."""

import datetime as dt
import os

import pytest
from itss.errors import ExportError, SourceError, SourceUnreachableError
from itss.sources.encoding import detect
from itss.sources.files import query_files
from itss.sources.statement import read_statement


def test_the_last_row_of_the_file_wins(put, ask):
    put("log.csv", "id,state\nA,new\nB,new\nA,closed\nB,open\nA,new\n")
    sql = "SELECT id, state FROM source QUALIFY row_number() OVER (PARTITION BY id ORDER BY _row DESC) = 1 ORDER BY id"
    assert ask("log.csv", sql) == [{"id": "A", "state": "new"}, {"id": "B", "state": "open"}]


def test_files_of_a_glob_are_one_source_in_the_order_of_their_names(put, ask):
    put("b 2026-02.csv", "state,id\nnew,3\n")
    put("a 2026-01.csv", "id,state\n1,new\n2,old\n")
    rows = ask("*.csv", "SELECT id, state, _row, _file FROM source ORDER BY _row")
    assert [tuple(row.values()) for row in rows] == [
        ("1", "new", 1, "a 2026-01.csv"), ("2", "old", 2, "a 2026-01.csv"), ("3", "new", 3, "b 2026-02.csv")
    ]  # fmt: skip
    assert ask("*.csv", "SELECT count(*) AS n FROM a_2026_01") == [{"n": 2}]


def test_files_that_differ_in_columns_are_no_common_source_but_can_be_joined(put, ask):
    put("tickets.csv", "id,customer\n1,A\n")
    put("customers.csv", "customer,name\nA,总部\n")
    assert ask("*.csv", "SELECT name FROM tickets JOIN customers USING (customer)") == [{"name": "总部"}]
    with pytest.raises(SourceError, match=r"differ in columns.*Table tickets has: id, customer"):
        ask("*.csv")


def test_two_files_of_one_name_are_refused(put, ask):
    put("a-b.csv", "id\n1\n")
    put("a_b.csv", "id\n1\n")
    with pytest.raises(SourceError, match=r"a-b\.csv and a_b\.csv would both be table a_b"):
        ask("*.csv")


@pytest.mark.parametrize("name", ["2026-09 导出", "order", "source", "über.backup"])
def test_any_file_name_is_a_table(put, ask, name):
    put(f"{name}.csv", "id\n1\n")
    assert ask(f"{name}.csv", "SELECT id FROM source") == [{"id": "1"}]


def test_binds_are_instants_in_the_zone_of_the_source(put, ask):
    # :end is 2026-10-01T00:00Z, in Shanghai 08:00 of that day
    put("a.csv", "id,day\n1,2026-10-01 07:59\n2,2026-10-01 08:00\n3,2026-08-31 23:00\n")
    sql = "SELECT id FROM source WHERE day::TIMESTAMP >= :start AND day::TIMESTAMP < :end"
    assert ask("a.csv", sql, "Asia/Shanghai") == [{"id": "1"}]
    assert [row["id"] for row in ask("a.csv", sql, "UTC")] == []


def test_as_instant_leaves_what_does_not_parse(put, ask):
    put("a.csv", 'day\n29/2/2016 01:16\n31/13/2016 01:16\n""\n9/1/2026 1:05 PM\n')
    sql = "SELECT as_instant(day, ['%d/%m/%Y %H:%M', '%m/%d/%Y %I:%M %p']) AS day FROM source"
    assert [row["day"] for row in ask("a.csv", sql)] == [
        "2016-02-29 01:16:00.000000", "31/13/2016 01:16", "2026-09-01 13:05:00.000000"
    ]  # fmt: skip


@pytest.mark.parametrize("form", ["'%d.%m.%Y'", "['%d/%m/%Y', '%d.%m.%Y']"])
def test_as_instant_makes_a_day_of_a_day(put, ask, form):
    put("a.csv", "day\n30.09.2026\n31.9.2026\n")
    rows = ask("a.csv", f"SELECT as_instant(day, {form}) AS day FROM source")
    assert [row["day"] for row in rows] == ["2026-09-30", "31.9.2026"]


def test_as_instant_keeps_the_zone_a_time_was_written_with(put, ask):
    # in New York 01:30 happened twice that night; written with its offset it is clear which one is meant
    put("a.csv", "day\n01/11/2026 01:30 -0400\n01/11/2026 01:30 -0500\n01/11/2026 05:30 +0000\n")
    rows = ask("a.csv", "SELECT as_instant(day, '%d/%m/%Y %H:%M %z') AS day FROM source", "America/New_York")
    assert [dt.datetime.fromisoformat(row["day"]).astimezone(dt.UTC).hour for row in rows] == [5, 6, 5]


@pytest.mark.parametrize(
    ("sql", "message"),
    [
        (
            "SELECT id,\n nosuch FROM source",
            r"a\.csv lacks the column\(s\) nosuch, which .*sql, line 2, reads",
        ),
        (
            "SELECT id,\n nosuch(id) FROM source",
            r"sql/incident\.sql, line 2 on a\.csv: .*Table a has: id, title",
        ),
        ("SELECT id FROM nosuch", r"sql/incident\.sql, line 1 on a\.csv: .*nosuch.*Table a has"),
        ("SELECT CAST(title AS INTEGER) AS id FROM source", r"sql/incident\.sql, line 1 on .*as_instant"),
        ("SELECT id FRM source", r"sql/incident\.sql"),
        ("DELETE FROM source", r"sql/incident\.sql: is not a SELECT"),
        ("SELECT 1; SELECT 2", r"more than one statement"),
        ("SELECT id FROM source WHERE title < :until", r"unknown parameter :until"),
        ("SELECT * FROM read_csv('/etc/passwd')", r"file system operations are disabled"),
        ("SELECT * FROM '/etc/passwd'", r"sql/incident\.sql"),
    ],
)
def test_an_unusable_query_names_the_sql_file_and_the_columns(put, ask, sql, message):
    put("a.csv", "id,title\n1,x\n")
    with pytest.raises(SourceError, match=message):
        ask("a.csv", sql)


def test_colons_in_strings_comments_and_casts_are_no_parameters(put, ask):
    put("a.csv", "id\n1\n")
    sql = "-- not :this; nor 'that\nSELECT id::INTEGER AS n, ' :no' AS s, '12:30' AS t /* :x; */ FROM source;\n-- end\n"
    assert ask("a.csv", sql) == [{"n": 1, "s": " :no", "t": "12:30"}]


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        ("missing.csv", r"missing\.csv: there is no such file"),
        ("*.csv", r"\*\.csv: there is no such file"),
        ("folder", r"folder: there is no such file"),
        ("notes.docx", r"notes\.docx: not a kind of file"),
    ],
)
def test_a_source_that_is_no_file_is_refused(tmp_path, ask, pattern, message):
    (tmp_path / "folder").mkdir()
    (tmp_path / "notes.docx").write_bytes(b"x")
    with pytest.raises(SourceError, match=message):
        ask(pattern)


def test_a_folder_is_all_files_that_lie_in_it(put, ask, tmp_path):
    (tmp_path / "in" / "old").mkdir(parents=True)
    for name, content in (
        ("b.csv", "id\n2\n"),
        ("a.csv", "id\n1\n"),
        (".a.csv.part", "id\n3\n"),
        ("old/c.csv", "id\n4\n"),
    ):
        put(f"in/{name}", content)
    assert ask("in", "SELECT id, _file FROM source ORDER BY _row") == [
        {"id": "1", "_file": "a.csv"},
        {"id": "2", "_file": "b.csv"},
    ]


def test_a_file_that_is_written_to_while_it_is_read_is_worth_a_retry(put, ask, monkeypatch):
    path = put("a.csv", "id\n1\n2\n3\n")

    def disturbed(path, _):
        name = detect(path)
        put("a.csv", "id\n1\n")  # between two looks of the reader: what is left parses perfectly
        return name

    monkeypatch.setattr("itss.sources.csv_file.detect", disturbed)
    with pytest.raises(SourceUnreachableError, match=r"a\.csv: was written to while it was read"):
        ask("a.csv")
    monkeypatch.undo()
    path.write_text("id\n1\n2\n3\n4\n")
    assert len(ask("a.csv")) == 4


def test_days_that_a_spreadsheet_counts(put, ask):
    put("a.csv", 'id\n45901\n45901.5\n45901.3472222222\n12-2026\n""\nINC7\n2026-09-01\n')
    assert [row["at"] for row in ask("a.csv", "SELECT from_serial(id) AS at FROM source ORDER BY _row")] == [
        "2025-09-01",
        "2025-09-01 12:00:00",
        "2025-09-01 08:20:00",
        "12-2026",
        "INC7",
        "2026-09-01",
    ]


def test_a_query_that_runs_too_long_is_ended_and_named(tmp_path, put):
    put("a.csv", "id\n1\n")
    sql = tmp_path / "incident.sql"
    sql.write_text("SELECT sum(sqrt(a.range + b.range)) AS id FROM range(1000000) AS a, range(1000000) AS b")
    with (
        pytest.raises(
            SourceError, match=r"incident\.sql on a\.csv: the query was ended after its time limit of 1 s.*time_limit_s"
        ),
        query_files("a.csv", tmp_path, read_statement(sql, "incident.sql"), {}, "UTC", 1) as rows,
    ):
        list(rows.batches)


def test_a_relative_path_may_lead_out_of_the_folder_of_the_list(tmp_path, put, ask):
    (tmp_path / "list").mkdir()
    put("a.csv", "id\n1\n")
    assert ask("list/../a.csv", "SELECT id FROM a") == [{"id": "1"}]
    assert ask("list/../*.csv", "SELECT id FROM a") == [{"id": "1"}]


def test_a_file_whose_name_is_not_utf8_is_told(tmp_path, put, ask):
    put("a.csv", "id\n1\n")
    (tmp_path / os.fsdecode("九月.csv".encode("gb18030"))).write_text("id\n2\n")
    with pytest.raises(SourceError, match=r"\*\.csv: the name of .*\.csv is not UTF-8. Rename the file"):
        ask("*.csv")
    assert ask("a.csv", "SELECT id FROM a") == [{"id": "1"}]


def test_an_error_in_the_middle_of_the_rows_names_the_sql_file(tmp_path, put):
    put("a.csv", "id\n1\n")
    sql = tmp_path / "incident.sql"
    sql.write_text("SELECT CAST(CASE WHEN range > 900000 THEN 'x' ELSE '1' END AS INTEGER) AS id FROM range(1000000)")
    with (
        pytest.raises(SourceError, match=r"incident\.sql on a\.csv: .*Could not convert string"),
        query_files("a.csv", tmp_path, read_statement(sql, "incident.sql"), {}, "UTC", 60) as rows,
    ):
        list(rows.batches)


def test_columns_that_stand_in_a_second_row_of_the_header_are_seen_there(put, ask):
    put("a.csv", "编号,时间,,级别\nid,Opened_At,resolved_at,priority\n1,2026-09-01,,High\n")
    with pytest.raises(ExportError, match="the header takes two rows") as refused:
        ask("a.csv", "SELECT id, opened_at FROM source")
    assert "合并为一行" in refused.value.zh
    with pytest.raises(ExportError, match=r"级别\. The person"):
        ask("a.csv", "SELECT id, urgency FROM source")


def test_columns_that_stand_on_another_sheet_are_seen_there(tmp_path, ask):
    import xlsxwriter

    with xlsxwriter.Workbook(str(tmp_path / "a.xlsx")) as book:
        book.add_worksheet("cover").write_row(0, 0, ["Report", "September"])
        book.add_worksheet("data").write_row(0, 0, ["id", "opened_at"])
    with pytest.raises(ExportError, match=r"Table a_data has them") as refused:
        ask("a.xlsx", "SELECT id, opened_at FROM source")
    assert "a_data" in refused.value.zh
