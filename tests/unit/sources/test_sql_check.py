"""What may stand in an SQL file is found without a database."""

from pathlib import Path

import pytest
from itss.processes.base import Column, Process
from itss.sources.sql_check import DATABASE_DIALECTS, FILE_DIALECTS, query_problems
from itss.text import text

WORDS = text("列", "column")
TICKET = Process(
    id="ticket",
    name=text("工单", "Ticket"),
    columns=(
        Column("id", "string", WORDS, required=True),
        Column("opened_at", "instant", WORDS, required=True),
        Column("title", "string", WORDS),
    ),
    expectations=(),
    measures=(),
)
SOUND = [
    "SELECT id, opened AS opened_at FROM t WHERE opened < :end AND closed >= :start",
    "select id, opened_at, title from t;",
    "SELECT id, try_strptime(opened, '%d/%m/%Y %H:%M') AS opened_at FROM source",
    "WITH last AS (SELECT * FROM t) SELECT id, opened_at FROM last",
    "SELECT id, opened_at FROM a UNION ALL SELECT id, created FROM b",
    "(SELECT id, opened_at FROM a)",
    "SELECT id, CAST(opened AS timestamp) AS opened_at FROM a -- :other in a comment",
    "SELECT id, opened::timestamp AS opened_at, ':other' AS title FROM a",
    "SELECT id, max(opened_at) AS opened_at, count(*) > 1 AS title FROM a GROUP BY id",
]


def told(tmp_path: Path, sql: str | bytes, dialects: tuple[str, ...] = DATABASE_DIALECTS) -> list[tuple[int, str]]:
    path = tmp_path / "ticket.sql"
    path.write_bytes(sql if isinstance(sql, bytes) else sql.encode())
    problems = query_problems(path, TICKET, dialects)
    assert all(problem.remedy and problem.file == path for problem in problems)
    return [(problem.line, problem.message) for problem in problems]


@pytest.mark.parametrize("sql", SOUND)
@pytest.mark.parametrize("dialects", [DATABASE_DIALECTS, FILE_DIALECTS], ids=["database", "file"])
def test_sound_queries(tmp_path: Path, sql: str, dialects: tuple[str, ...]) -> None:
    assert told(tmp_path, sql, dialects) == []


@pytest.mark.parametrize(
    ("sql", "line", "message"),
    [
        ("SELECT *\nFROM t", 1, "SELECT * is refused"),
        ("SELECT id, opened_at\nFROM a\nUNION ALL\nSELECT b.*\nFROM b", 4, "SELECT * is refused"),
        ("SELECT id,\n  opened_at,\n  nam AS titel\nFROM t", 3, "no column 'titel'"),
        ("SELECT ID, opened_at FROM t", 1, "no column 'ID'"),
        ("SELECT id,\n title\nFROM t", 1, "needs opened_at"),
        ("SELECT id, opened_at,\n max(a) FROM t", 2, "Column 3 has no name"),
        ("SELECT id, opened_at,\n x AS id FROM t", 2, "'id' is written twice"),
        ("SELECT id, opened_at\nFROM t\nWHERE a > :from_date", 3, "':from_date' is not known"),
        ("SELECT id, opened_at FROM t WHERE a > ?", 1, "bind without a name"),
        ("SELECT id, opened_at FROM a UNION\nSELECT id FROM b", 2, "Part 2 of the union has 1 columns"),
        ("DELETE FROM t", 1, "This is DELETE"),
        ("DROP TABLE t", 1, "This is DROP"),
        ("CREATE TABLE x AS SELECT id, opened_at FROM t", 1, "This is CREATE"),
        ("SELECT id, opened_at INTO x FROM t", 1, "This is INTO"),
        ("WITH d AS (DELETE FROM t RETURNING id) SELECT id, id AS opened_at FROM d", 1, "This is DELETE"),
        ("SELECT id, opened_at FROM t FOR UPDATE", 1, "This is LOCK"),
        ("VACUUM", 1, "This is COMMAND"),
        ("PRAGMA table_info(t)", 1, "not only a query"),
        ("SELECT id, opened_at FROM t;\nDELETE FROM t", 2, "There are 2 statements"),
        ("-- nothing yet\n", 1, "There is no statement"),
        ("", 1, "There is no statement"),
        ("SELEC id,\nopened_at FROM t", 1, "This is not"),
        ("SELECT id, opened_at\nFROM t\nWHERE (a = 1", 3, "This is not SQL"),
        ("SELECT 'open", 1, "This is not SQL"),
    ],
)
def test_unsound_queries(tmp_path: Path, sql: str, line: int, message: str) -> None:
    problems = told(tmp_path, sql)
    assert [(at, words) for at, words in problems if message in words and at == line], problems


def test_all_problems_of_a_query_are_told_at_once(tmp_path: Path) -> None:
    messages = " ".join(words for _, words in told(tmp_path, "SELECT titel, :a AS title FROM t"))
    assert all(part in messages for part in ("':a'", "'titel'", "needs id, opened_at"))


def test_encoding_and_missing_file(tmp_path: Path) -> None:
    assert told(tmp_path, "SELECT id AS 编号 FROM t".encode("gb18030")) == [(1, "This is not UTF-8 text.")]
    (problem,) = query_problems(tmp_path / "none.sql", TICKET, FILE_DIALECTS)
    assert "cannot be read" in problem.message
