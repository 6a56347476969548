"""What DuckDB would refuse at night is found by the check, with its line."""

import pytest
from itss.report_list.data_source import DataSource
from itss.sources.file_check import file_problems

HEAD = "id,Opened At,state\n1,2026-09-01 08:00,open\n"


def told(tmp_path, sql, file="a.csv", **options):
    path = tmp_path / "incident.sql"
    path.write_text(sql, encoding="utf-8")
    source = DataSource(system="mine", file=file, **options) if file else DataSource(system="mine", hand_in=True)
    problems = list(file_problems(path, source, tmp_path))
    assert all(problem.file == path and problem.remedy for problem in problems)
    return [(problem.line, f"{problem.message} {problem.remedy}") for problem in problems]


@pytest.mark.parametrize(
    ("sql", "line", "words"),
    [
        ("-- one\n/* two\nthree */\nSELECT id,\n  order AS opened_at\nFROM source", 5, "syntax error at or near"),
        ("SELECT id,\n 'open AS state FROM source", 2, "unterminated"),
        ("SELECT id\nFROM source WHERE (state = 'a'", 2, "syntax error"),
        ("\n\nSELECT id FROM source;\nSELECT id FROM source", 1, "more than one statement"),
        ('-- x\nSELECT id,\n "Opened_At" AS opened_at\nFROM source', 3, 'a.csv lacks the column(s) Opened_At, which'),
        ("SELECT s.id,\n s.urgency, s.impact\nFROM source s", 2, "a.csv lacks the column(s) urgency, impact, which"),
        ("SELECT id,\n COLUMNS('(?i)^created$') AS opened_at FROM source", 2, "lacks the column(s) (?i)^created$"),
        ("SELECT id,\n nosuch(state) AS state FROM source", 2, "nosuch does not exist"),
        ("SELECT id FROM\n tickets", 2, "Table with name tickets does not exist"),
        ("WITH x AS (SELECT id FROM source)\nSELECT id, state FROM x", 2, 'Referenced column "state" not found'),
        ("SELECT id, count(*) AS n\nFROM source", 1, "must appear in the GROUP BY"),
        ("SELECT id FROM source\nWHERE state < :end", 2, "Cannot compare values"),
    ],
)  # fmt: skip
def test_what_is_refused(tmp_path, put, sql, line, words):
    put("a.csv", HEAD)
    ((at, message),) = told(tmp_path, sql)
    assert at == line
    assert words in message


def test_an_export_that_lacks_columns_is_a_matter_of_whoever_exports_it(tmp_path, put):
    put("a.csv", HEAD)
    ((_, message),) = told(tmp_path, "SELECT id, urgency FROM source")
    assert "It has: id, Opened At, state." in message
    assert "The person who exports the file adds them" in message
    assert "Correct the SQL" not in message


def test_a_query_in_order_says_nothing(tmp_path, put):
    put("a.csv", HEAD)
    sql = """
    SELECT id, as_instant("Opened At", ['%d.%m.%Y', '%d/%m/%Y']) AS opened_at, from_serial(state) AS state
    FROM source WHERE (try_strptime("Opened At", '%d/%m/%Y') < :end) IS NOT FALSE AND _row > 0
    """
    assert told(tmp_path, sql) == []
    assert told(tmp_path, sql, file="nothing_yet_*.csv") == []
    assert told(tmp_path, sql, file=None) == []


@pytest.mark.parametrize("file", ["nothing_yet_*.csv", None, "s3://conn@bucket/*.csv", "broken.csv"])
def test_without_a_file_at_hand_it_is_parsed_all_the_same(tmp_path, put, file):
    put("broken.csv", 'a,b\n"x\n')
    ((line, message),) = told(tmp_path, "SELECT id,\n user AS customer, end AS x FROM source", file)
    assert (line, "syntax error" in message) == (2, True)
    assert told(tmp_path, "SELECT id, urgency FROM source", file) == []


def test_rows_are_not_read_for_it(tmp_path, put):
    put("a.csv", "id,n\nA,not a number\n")
    assert told(tmp_path, "SELECT id, CAST(n AS INTEGER) AS n FROM source") == []


def test_tables_of_several_files_and_sheets(tmp_path, put):
    put("tickets.csv", "id,customer\n1,A\n")
    put("customers.csv", "customer,name\nA,B\n")
    sql = "SELECT t.id, c.name,\n c.region FROM tickets t JOIN customers c USING (customer)"
    ((line, message),) = told(tmp_path, sql, file="*.csv")
    assert (line, "lacks the column(s) region" in message) == (2, True)
    ((_, message),) = told(tmp_path, "SELECT id FROM source", file="*.csv")
    assert "query them by name. Table customers has: customer, name" in message
