"""A PostgreSQL source, against a real server."""

import datetime as dt
import threading

import pandas as pd
import pytest
import sqlalchemy as sa
from itss.errors import SourceChangedError, SourceDeniedError, SourceError, SourceUnreachableError
from itss.processes import PROCESSES
from itss.report_list.data_source import DataSource
from itss.sources.collect import collect
from itss.sources.snapshot import read_frame

START = dt.datetime(2026, 8, 31, 16, tzinfo=dt.UTC)
END = dt.datetime(2026, 9, 30, 16, tzinfo=dt.UTC)
TABLE = """
CREATE SEQUENCE numbers;
CREATE TABLE ticket (id bigint, title text, opened timestamptz, resolved timestamp, pause numeric(9,2), major boolean,
                     tags jsonb);
INSERT INTO ticket VALUES
    (12345678901234567, '100 % 邮件', '2026-09-30 15:59:59+00', '2026-10-01 09:00:00', 1.50, true, '["a"]'),
    (2, 'first', '2026-08-31 16:00:00+00', null, null, null, null),
    (3, 'after', '2026-09-30 16:00:00+00', null, null, false, null),
    (4, 'before', '2026-08-31 15:59:59+00', null, null, false, null);
"""


@pytest.fixture(scope="module")
def url(postgresql):
    """A database with the ticket table, as an account that may do everything: what it may not do is the session's."""
    postgresql.database("itsm", [TABLE])
    return postgresql.admin.set(database="itsm")


@pytest.fixture
def gather(url, tmp_path):
    def run(sql, zone="Asia/Shanghai", url=url, **more):
        path = tmp_path / "sql" / "pg" / "incident.sql"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(sql, encoding="utf-8")
        collected = collect(
            PROCESSES["incident"],
            DataSource(system="pg", connection="itsm", timezone=zone, **more),
            sql_file=path,
            base=tmp_path,
            start=START,
            end=END,
            connection_url=lambda _: url,
            to=tmp_path / "data" / "incident.parquet",
        )
        return read_frame(collected.path)

    return run


def test_types_binds_and_zones(gather):
    frame = gather(
        "SELECT id, title, opened AS opened_at, resolved AS resolved_at, pause AS pause_h, major AS is_major,"
        " tags AS cause FROM ticket WHERE opened >= :start AND opened < :end AND title NOT LIKE '%x: y%' -- :not this"
    ).set_index("id")
    assert list(frame.index) == ["12345678901234567", "2"]
    row = frame.loc["12345678901234567"]
    assert row["title"] == "100 % 邮件"
    assert row["opened_at"] == pd.Timestamp("2026-09-30T15:59:59Z")
    assert row["resolved_at"] == pd.Timestamp("2026-10-01T01:00Z")
    assert (row["pause_h"], row["is_major"], row["cause"]) == (1.5, True, '["a"]')
    assert frame["_unparsed"].isna().all()


@pytest.mark.parametrize(("zone", "ids"), [("Asia/Shanghai", ["5"]), ("UTC", [])])
def test_columns_without_zone_compare_in_the_sources_zone(gather, zone, ids):
    # 2026-10-01 00:00 of Shanghai is the end of the period
    sql = (
        "SELECT 5 AS id, t AS opened_at FROM (VALUES (TIMESTAMP '2026-09-30 23:59:59')) AS v (t)"
        " WHERE t >= :start AND t < :end"
    )
    assert list(gather(sql, zone)["id"]) == ids


@pytest.mark.parametrize(
    ("sql", "message"),
    [
        ("SELECT id, opened AS opened_at FROM nosuch", 'relation "nosuch" does not exist'),
        ("SELECT id, nosuch AS opened_at FROM ticket", 'column "nosuch" does not exist'),
        ("WITH x AS (DELETE FROM ticket RETURNING *) SELECT id, opened AS opened_at FROM x", "data-modifying"),
        ("SELECT nextval('numbers') AS id, now() AS opened_at", "read-only transaction"),
        ("SELECT id, 1 / 0 AS opened_at FROM ticket", "division by zero"),
    ],
)
def test_what_the_database_refuses_is_not_worth_a_retry(gather, sql, message):
    with pytest.raises(
        SourceError, match=r"connection itsm, .*sql/pg/incident\.sql(, line 1)?: .*" + message
    ) as raised:
        gather(sql)
    assert isinstance(raised.value, SourceChangedError) == ("nosuch" in message)
    assert not isinstance(raised.value, SourceUnreachableError)


def test_a_query_that_runs_too_long_is_ended_by_a_limit_that_names_it(gather):
    with pytest.raises(SourceError, match=r"sql/pg/incident\.sql: .*time limit of 1 s.*`time_limit_s`") as raised:
        gather("SELECT 1 AS id, now() AS opened_at FROM pg_sleep(60)", time_limit_s=1)
    assert not isinstance(raised.value, SourceUnreachableError)


def test_a_query_whose_server_is_taken_away_is_worth_a_retry(gather, url):
    def kill():
        engine = sa.create_engine(url, isolation_level="AUTOCOMMIT")
        busy = (
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
            " WHERE query LIKE '%%pg_sleep(60)%%' AND state = 'active' AND pid <> pg_backend_pid()"
        )
        with engine.connect() as connection:
            while connection.exec_driver_sql(busy).scalar() == 0:
                connection.exec_driver_sql("SELECT pg_sleep(0.05)")
        engine.dispose()

    killer = threading.Thread(target=kill)
    killer.start()
    with pytest.raises(SourceUnreachableError, match="connection itsm"):
        gather("SELECT 1 AS id, now() AS opened_at FROM pg_sleep(60)")
    killer.join()


def test_a_server_that_is_not_there_is_worth_a_retry(gather, url):
    with pytest.raises(SourceUnreachableError):
        gather("SELECT 1 AS id, now() AS opened_at", url=url.set(port=9))


def test_a_wrong_password_is_told_without_it(gather, url):
    with pytest.raises(SourceDeniedError, match="Correct user, password or database name") as raised:
        gather("SELECT 1 AS id, now() AS opened_at", url=url.set(password="s3cret-pw"))
    with pytest.raises(SourceDeniedError, match="nosuch"):
        gather("SELECT 1 AS id, now() AS opened_at", url=url.set(database="nosuch"))
    assert "s3cret-pw" not in str(raised.value)


TEXTS = "(VALUES ('a', {0}), ('b', '2026-08-31 23:59:59'), ('c', '2026-10-01 00:00:00')) AS v (id, t)"


@pytest.mark.parametrize("kind", ["text", "varchar(30)"])
@pytest.mark.parametrize(("zone", "ids"), [("Asia/Shanghai", ["a"]), ("UTC", ["a", "b"])])
def test_texts_compare_as_local_times_of_the_source(gather, kind, zone, ids):
    inner = f"(SELECT id, t::{kind} AS t FROM {TEXTS.format(chr(39) + '2026-09-01 00:00:00' + chr(39))}) AS x"
    sql = f"-- texts\nSELECT id, t AS opened_at FROM {inner} WHERE t >= :start AND :end > t"
    assert list(gather(sql, zone)["id"]) == ids


@pytest.mark.parametrize(
    "written", ["2026-09-01T00:00:00Z", "2026-09-01T00:00", "2026-09-01 00:00:00+08", "2026/09/01 00:00"]
)
def test_texts_in_another_spelling_are_refused(gather, written):
    sql = f"SELECT id, t AS opened_at FROM {TEXTS.format(chr(39) + written + chr(39))} WHERE t >= :start"
    with pytest.raises(SourceError, match=r"its times are texts such as '2026.*YYYY-MM-DD HH:MM:SS.*timestamp"):
        gather(sql)


def test_a_list_of_times_is_no_other_spelling(gather):
    sql = (
        "SELECT 1 AS id, t AS opened_at, '2026-09-01T00:00:00Z/2026-09-01T01:00:00Z' AS pauses"
        " FROM (VALUES ('2026-09-02 08:00:00')) AS v (t) WHERE t < :end"
    )
    assert len(gather(sql)) == 1


def test_text_and_timestamps_in_one_query_are_an_error_with_its_line(gather):
    sql = "-- first\nSELECT id,\n opened AS opened_at FROM ticket\nWHERE title < :end\nAND opened < :end"
    with pytest.raises(SourceError, match=r"incident\.sql, line 5: operator does not exist.*Correct the SQL"):
        gather(sql)


def test_an_error_names_the_line_of_the_file(gather):
    with pytest.raises(SourceError, match=r"incident\.sql, line 4: column \"nosuch\" does not exist"):
        gather("/* two\nlines */\nSELECT id,\n nosuch AS opened_at FROM ticket;")
