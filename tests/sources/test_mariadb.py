"""A MariaDB source, against a real server."""

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
TABLES = [
    "CREATE TABLE ticket (id BIGINT, title VARCHAR(80), opened DATETIME, noted TIMESTAMP NULL, major BIT(1), late BOOL,"
    " pause DECIMAL(9,2)) DEFAULT CHARSET utf8mb4",
    "SET time_zone = '+00:00'",
    "INSERT INTO ticket VALUES (1, '100 % 邮件', '2026-09-30 23:59:59', '2026-09-30 15:59:59', b'1', true, 1.50),"
    " (2, 'after', '2026-10-01 00:00:00', '2026-09-30 16:00:00', b'0', false, null),"
    " (3, 'zero', '2026-09-01 00:00:00', null, null, null, null)",
]


@pytest.fixture(scope="module")
def url(mariadb):
    """A database with the ticket table, as an account that may do everything: what it may not do is the session's."""
    mariadb.database("itsm", TABLES)
    return mariadb.admin.set(database="itsm")


@pytest.fixture
def gather(url, tmp_path):
    def run(sql, zone="Asia/Shanghai", **more):
        path = tmp_path / "sql" / "maria" / "incident.sql"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(sql, encoding="utf-8")
        collected = collect(
            PROCESSES["incident"],
            DataSource(system="maria", connection="itsm", timezone=zone, **more),
            sql_file=path,
            base=tmp_path,
            start=START,
            end=END,
            connection_url=lambda _: url,
            to=tmp_path / "data" / "incident.parquet",
        )
        return read_frame(collected.path)

    return run


@pytest.mark.parametrize("column", ["opened", "noted"])
def test_types_binds_and_zones(gather, column):
    # DATETIME holds the local time of Shanghai, TIMESTAMP an instant: both are the same moment here
    frame = gather(
        f"SELECT id, title, {column} AS opened_at, pause AS pause_h, major AS is_major, late AS sla_met_recorded"
        f" FROM ticket WHERE {column} >= :start AND {column} < :end AND title LIKE '100 %'"
    )
    assert list(frame["id"]) == ["1"]
    row = frame.iloc[0]
    assert row["title"] == "100 % 邮件"
    assert row["opened_at"] == pd.Timestamp("2026-09-30T15:59:59Z")
    assert (row["pause_h"], row["is_major"], row["sla_met_recorded"]) == (1.5, True, True)


def test_the_end_is_exclusive_in_the_sources_zone(gather):
    sql = "SELECT id, opened AS opened_at FROM ticket WHERE opened >= :start AND opened < :end"
    assert list(gather(sql)["id"]) == ["1", "3"]
    # read as UTC, the same local times are eight hours later
    assert list(gather(sql, "UTC")["id"]) == ["3"]


@pytest.mark.parametrize(
    ("sql", "message"),
    [
        ("SELECT id, opened AS opened_at FROM nosuch", "nosuch"),
        ("SELECT id, nosuch AS opened_at FROM ticket", "nosuch"),
        ("SELECT id, opened AS opened_at FROM ticket INTO OUTFILE '/tmp/itss-must-not-exist'", ""),
    ],
)
def test_what_the_database_refuses_names_the_sql_file(gather, sql, message):
    with pytest.raises(SourceError, match=r"connection itsm, .*sql/maria/incident\.sql: .*" + message) as raised:
        gather(sql)
    assert isinstance(raised.value, SourceChangedError) == bool(message)
    assert not isinstance(raised.value, SourceUnreachableError)


def test_a_zone_with_summer_time_needs_the_servers_zone_tables(gather):
    with pytest.raises(SourceError, match=r"America/New_York.*Load the server's time zone tables"):
        gather("SELECT 1 AS id, now() AS opened_at", "America/New_York")


def test_a_query_that_runs_too_long_is_ended_by_a_limit_that_names_it(gather):
    with pytest.raises(SourceError, match=r"sql/maria/incident\.sql: .*time limit of 1 s.*`time_limit_s`") as raised:
        gather("SELECT SLEEP(60) AS id, now() AS opened_at", time_limit_s=1)
    assert not isinstance(raised.value, SourceUnreachableError)


def test_a_query_whose_connection_is_killed_is_worth_a_retry(gather, url):
    def kill():
        engine = sa.create_engine(url, isolation_level="AUTOCOMMIT")
        busy = "SELECT id FROM information_schema.processlist WHERE info LIKE '%%SLEEP(60)%%' AND id <> connection_id()"
        with engine.connect() as connection:
            while (found := connection.exec_driver_sql(busy).scalar()) is None:
                connection.exec_driver_sql("DO SLEEP(0.05)")
            connection.exec_driver_sql(f"KILL {found}")
        engine.dispose()

    killer = threading.Thread(target=kill)
    killer.start()
    with pytest.raises(SourceUnreachableError, match="connection itsm"):
        gather("SELECT SLEEP(60) AS id, now() AS opened_at")
    killer.join()


def test_a_wrong_password_tells_no_password(gather, url, monkeypatch, tmp_path):
    wrong = url.set(username="nobody", password="s3cret-pw")
    with pytest.raises(SourceDeniedError, match="Correct user, password or database name") as raised:
        collect(
            PROCESSES["incident"],
            DataSource(system="maria", connection="itsm"),
            sql_file=_written(tmp_path),
            base=tmp_path,
            start=START,
            end=END,
            connection_url=lambda _: wrong,
            to=tmp_path / "incident.parquet",
        )
    assert "s3cret-pw" not in str(raised.value)


def _written(folder):
    path = folder / "incident.sql"
    path.write_text("SELECT 1 AS id, now() AS opened_at")
    return path
