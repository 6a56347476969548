"""From a data source of the report list to the typed rows of a process, over real SQLite files and CSV."""

import datetime as dt
import sqlite3
from types import SimpleNamespace

import pandas as pd
import pytest
import sqlalchemy as sa
from itss.errors import SourceError, SourceUnreachableError
from itss.processes import PROCESSES
from itss.report_list.data_source import DataSource
from itss.sources.collect import collect
from itss.sources.snapshot import read_frame

START = dt.datetime(2026, 8, 31, 16, tzinfo=dt.UTC)
END = dt.datetime(2026, 9, 30, 16, tzinfo=dt.UTC)
ALL = "SELECT id, title, opened, resolved AS resolved_at, n AS reopen_count, major AS is_major FROM ticket"


@pytest.fixture
def database(tmp_path):
    path = tmp_path / "itsm.sqlite"
    connection = sqlite3.connect(path)
    connection.execute(
        "CREATE TABLE ticket (id INTEGER, title TEXT, opened TEXT, resolved TEXT, n INTEGER, major INTEGER)"
    )
    connection.executemany(
        "INSERT INTO ticket VALUES (?, ?, ?, ?, ?, ?)",
        [
            (12, "邮件无法发送", "2026-09-30 23:59:59", "2026-10-02 09:00:00", None, 0),
            (3, "=HYPERLINK(1)", "2026-09-01 00:00:00", "31/13/2016", 2, 1),
            (7, "before", "2026-08-31 23:59:59", None, 0, None),
            (8, "after", "2026-10-01 00:00:00", None, "many", 5),
        ],
    )
    connection.commit()
    connection.close()
    return path


@pytest.fixture
def gather(tmp_path, database):
    def run(sql, zone="Asia/Shanghai", url=None, **source):
        folder = tmp_path / "include" / "sql" / "itss"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "incident.sql").write_text(sql, encoding="utf-8")
        given = source or {"connection": "itsm_sample"}
        collected = collect(
            PROCESSES["incident"],
            DataSource(system="itss", timezone=zone, **given),
            sql_file=folder / "incident.sql",
            base=tmp_path,
            start=START,
            end=END,
            connection_url=lambda _: url or sa.URL.create("sqlite", database=str(database)),
            to=tmp_path / "data" / "incident.parquet",
        )
        return SimpleNamespace(**vars(collected), frame=read_frame(collected.path))

    return run


def test_rows_are_typed_sorted_and_told_where_they_came_from(gather):
    sql = ALL.replace("opened,", "opened AS opened_at,")
    collected = gather(sql)
    frame = collected.frame
    assert (collected.process, collected.rows, collected.sql) == ("incident", 4, sql)
    assert collected.source == "connection itsm_sample, include/sql/itss/incident.sql"
    assert list(frame.columns) == ["id", "title", "opened_at", "resolved_at", "reopen_count", "is_major", "_unparsed"]
    assert {name: str(kind) for name, kind in frame.dtypes.items()} == {
        "id": "str", "title": "str", "opened_at": "datetime64[us, UTC]", "resolved_at": "datetime64[us, UTC]",
        "reopen_count": "Int64", "is_major": "boolean", "_unparsed": "str",
    }  # fmt: skip
    assert list(frame["id"]) == ["12", "3", "7", "8"]
    assert frame["opened_at"][0] == pd.Timestamp("2026-09-30T15:59:59Z")
    assert frame["resolved_at"][0] == pd.Timestamp("2026-10-02T01:00:00Z")


def test_cells_that_do_not_parse_are_null_and_told(gather):
    frame = gather(ALL.replace("opened,", "opened AS opened_at,")).frame.set_index("id")
    assert pd.isna(frame.loc["3", "resolved_at"])
    assert pd.isna(frame.loc["8", "reopen_count"])
    assert frame["_unparsed"].dropna().to_dict() == {
        "3": "resolved_at='31/13/2016'",
        "8": "reopen_count='many'; is_major='5'",
    }


def test_binds_are_local_times_of_the_sources_zone(gather):
    sql = "SELECT id, opened AS opened_at FROM ticket WHERE opened >= :start AND opened < :end"
    assert sorted(gather(sql).frame["id"]) == ["12", "3"]
    # read as UTC, the same strings are eight hours later
    assert sorted(gather(sql, "UTC").frame["id"]) == ["3", "7"]


def test_nothing_is_written_into_the_source(gather, database):
    before = database.read_bytes()
    with pytest.raises(SourceError, match=r"include/sql/itss/incident\.sql: is not a SELECT"):
        gather("DELETE FROM ticket")
    with pytest.raises(SourceError, match=r"readonly|read-only"):
        gather("WITH gone AS (SELECT 1) DELETE FROM ticket")
    assert database.read_bytes() == before


@pytest.mark.parametrize(
    ("sql", "message"),
    [
        ("SELECT title FROM ticket", r"lacks the required id, opened_at"),
        ("SELECT id, opened AS opened_at, 1 AS colour FROM ticket", r"returns colour, which incident does not have"),
        ("SELECT id, id, opened AS opened_at FROM ticket", r"returns id more than once"),
        ("SELECT id, opened AS opened_at, nosuch AS title FROM ticket", r"no such column: nosuch"),
        ("SELECT id, opened AS opened_at FROM nosuch", r"no such table: nosuch"),
    ],
)
def test_an_unusable_query_names_connection_and_sql_file(gather, sql, message):
    with pytest.raises(SourceError, match=r"connection itsm_sample, include/sql/itss/incident\.sql: .*" + message):
        gather(sql)


def test_a_missing_sql_file_is_named(tmp_path):
    with pytest.raises(SourceError, match=r"sql/itss/incident\.sql: there is no such SQL file"):
        collect(
            PROCESSES["incident"],
            DataSource(system="itss", connection="x"),
            sql_file=tmp_path / "sql/itss/incident.sql",
            base=tmp_path,
            start=START,
            end=END,
            connection_url=lambda _: sa.URL.create("sqlite"),
            to=tmp_path / "incident.parquet",
        )


def test_a_missing_database_file_is_refused_and_not_created(gather, tmp_path):
    missing = tmp_path / "missing.sqlite"
    with pytest.raises(SourceError, match=r"Connection itsm_sample: there is no database file missing\.sqlite"):
        gather(ALL, url=sa.URL.create("sqlite", database=str(missing)))
    assert not missing.exists()


def test_a_zero_byte_or_foreign_database_is_an_error(gather, tmp_path):
    (tmp_path / "empty.sqlite").touch()
    with pytest.raises(SourceError, match="no such table"):
        gather(ALL, url=sa.URL.create("sqlite", database=str(tmp_path / "empty.sqlite")))
    (tmp_path / "text.sqlite").write_text("id,title\n" * 200)
    with pytest.raises(SourceError, match="not a database"):
        gather(ALL, url=sa.URL.create("sqlite", database=str(tmp_path / "text.sqlite")))


@pytest.mark.parametrize("driver", ["postgresql+psycopg", "mysql+pymysql"])
def test_a_server_that_is_down_is_worth_a_retry_and_no_password_is_told(gather, driver):
    # port 9 (discard) is closed on any machine that runs tests
    url = sa.URL.create(driver, "reader", "s3cret-pw", "127.0.0.1", 9, "itsm")
    with pytest.raises(SourceUnreachableError, match="connection itsm_sample") as raised:
        gather(ALL, url=url)
    assert "s3cret-pw" not in str(raised.value)


def test_a_locked_database_is_worth_a_retry(gather, database, monkeypatch):
    monkeypatch.setattr("itss.sources.database.TIMEOUT_S", 0)
    holder = sqlite3.connect(database)
    holder.execute("BEGIN EXCLUSIVE")
    try:
        with pytest.raises(SourceUnreachableError, match="locked"):
            gather(ALL)
    finally:
        holder.close()


def test_a_query_that_runs_too_long_is_ended_by_a_limit_that_names_it(gather):
    endless = (
        "WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n) SELECT max(n) AS id, 1 AS opened_at FROM n"
    )
    with pytest.raises(SourceError, match=r"sql/itss/incident\.sql: .*time limit of 1 s.*`time_limit_s`") as raised:
        gather(endless, connection="itsm_sample", time_limit_s=1)
    assert not isinstance(raised.value, SourceUnreachableError)


def test_an_unknown_zone_is_refused(gather):
    with pytest.raises(SourceError, match="'Mars/Base' is not a time zone"):
        gather(ALL, "Mars/Base")


def test_a_file_source_says_file_and_what_was_assumed(gather, tmp_path):
    (tmp_path / "工单.csv").write_bytes("编号,提出时间\nA,2026/9/1 8:05\nB,1/9/2026\n".encode("gb18030"))
    collected = gather('SELECT 编号 AS id, "提出时间" AS opened_at FROM source', file="工单.csv")
    assert collected.source == "工单.csv (read as gb18030), include/sql/itss/incident.sql"
    assert collected.frame["opened_at"][0] == pd.Timestamp("2026-09-01T00:05Z")
    assert list(collected.frame["_unparsed"].dropna()) == ["opened_at='1/9/2026'"]


def test_typed_results_of_a_file_query_keep_their_meaning(gather, tmp_path):
    (tmp_path / "a.csv").write_text("k\n1\n")
    sql = (
        "SELECT 12345678901234567890::HUGEINT AS id, TIMESTAMP '2026-09-01 08:00:00' AS opened_at,"
        " TIMESTAMPTZ '2026-09-01 08:00:00+00' AS closed_at, 3::BIGINT AS reopen_count, 1.5::DECIMAL(9,2) AS pause_h,"
        " true AS is_major FROM a"
    )
    row = gather(sql, file="a.csv").frame.iloc[0]
    assert row["id"] == "12345678901234567890"
    assert row["opened_at"] == pd.Timestamp("2026-09-01T00:00Z")
    assert row["closed_at"] == pd.Timestamp("2026-09-01T08:00Z")
    assert (row["reopen_count"], row["pause_h"], row["is_major"]) == (3, 1.5, True)


def test_a_header_without_rows_is_an_empty_frame(gather, tmp_path):
    (tmp_path / "a.csv").write_text("id,opened\n")
    collected = gather("SELECT id, opened AS opened_at FROM source", file="a.csv")
    assert (collected.rows, list(collected.frame.columns)) == (0, ["id", "opened_at", "_unparsed"])
    assert str(collected.frame["opened_at"].dtype) == "datetime64[us, UTC]"


def test_equal_rows_give_equal_frames_whatever_their_order(gather, tmp_path):
    (tmp_path / "a.csv").write_text("id,opened\nB,2026-09-02\nA,2026-09-01\nA,2026-08-01\n")
    (tmp_path / "b.csv").write_text("id,opened\nA,2026-08-01\nB,2026-09-02\nA,2026-09-01\n")
    sql = "SELECT id, opened AS opened_at FROM source"
    pd.testing.assert_frame_equal(gather(sql, file="a.csv").frame, gather(sql, file="b.csv").frame)
