"""A server that is busy and does not end a query: the limit of the step does, its process gone and the place named.

The limit of the source is a day here, as if the server knew none.
"""

import datetime as dt
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
import sqlalchemy as sa
from itss.processes import PROCESSES
from itss.report_list.data_source import DataSource
from itss.sources.collect import collect
from itss.time_limit import limited

LIMIT_S, GRACE_S, SLACK_S = 2, 2, 60
BEFORE = {
    "postgresql": "SELECT 1 AS id, now() AS opened_at FROM pg_sleep(3600)",
    "mysql": "SELECT SLEEP(3600) AS id, now() AS opened_at",
    "sqlite": "WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n)"
    " SELECT max(n) AS id, '2026-09-01' AS opened_at FROM n",
}
AMID = {
    "postgresql": "SELECT n AS id, now() AS opened_at, repeat('x', 200) AS title FROM generate_series(1, 200000) AS n"
    " WHERE n < 150000 OR pg_sleep(3600) IS NOT NULL",
    "mysql": "SELECT seq AS id, now() AS opened_at, REPEAT('x', 200) AS title FROM seq_1_to_200000"
    " WHERE seq < 150000 OR SLEEP(3600) = 0",
}
STEP = f"""
import sys
sys.path.insert(0, sys.argv[1])
import test_step_limit as test
from pathlib import Path
with test.limited("The step collect_incident of monthly", {LIMIT_S}, grace_s={GRACE_S}):
    test.gather(test.sa.make_url(sys.stdin.read()), Path(sys.argv[2]))
"""


def gather(url: sa.URL, sql: Path) -> None:
    """Collect what the query in the file gives, which it never does."""
    collect(
        PROCESSES["incident"],
        DataSource(system="live", connection="itsm", time_limit_s=86_400),
        sql_file=sql,
        base=sql.parent,
        start=dt.datetime(2026, 9, 1, tzinfo=dt.UTC),
        end=dt.datetime(2026, 10, 1, tzinfo=dt.UTC),
        connection_url=lambda _: url,
        to=sql.parent / "data" / "incident.parquet",
    )


def address(server: str, folder: Path, request: pytest.FixtureRequest) -> sa.URL:
    if server == "sqlite":
        (folder / "itsm.sqlite").touch()
        return sa.make_url(f"sqlite:///{folder / 'itsm.sqlite'}")
    host = request.getfixturevalue(server)
    host.database("busy", [])
    url: sa.URL = host.admin.set(database="busy")
    return url


@pytest.mark.parametrize(
    ("server", "queries"),
    [("postgresql", BEFORE), ("mariadb", BEFORE), ("sqlite", BEFORE), ("postgresql", AMID), ("mariadb", AMID)],
    ids=["postgresql", "mariadb", "sqlite", "postgresql amid its rows", "mariadb amid its rows"],
)
def test_a_busy_server_does_not_hold_a_step(
    request: pytest.FixtureRequest, tmp_path: Path, server: str, queries: dict[str, str]
) -> None:
    url = address(server, tmp_path, request)
    sql = tmp_path / "incident.sql"
    sql.write_text(queries[url.get_backend_name()], encoding="utf-8")
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", STEP, str(Path(__file__).parent), str(sql)],
        input=url.render_as_string(hide_password=False),
        capture_output=True,
        text=True,
        timeout=LIMIT_S + GRACE_S + SLACK_S,
        env={**os.environ, "PYTHONPATH": ":".join(sys.path)},
    )
    assert done.returncode == 1, done.stderr
    assert time.monotonic() - began >= LIMIT_S
    is_raised = "took longer than its limit of 2 s" in done.stderr
    assert is_raised != ("Timeout (" in done.stderr), "one of the two stages ended it"
    assert "in gather" in done.stderr, "where it was"
    assert not list((tmp_path / "data").glob("*.parquet"))
    if server == "postgresql":
        wait_until_free(url)


def wait_until_free(url: sa.URL) -> None:
    """Until the server has noticed that nobody wants its rows any more."""
    engine = sa.create_engine(url.set(database="postgres"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        end = time.monotonic() + SLACK_S
        while connection.exec_driver_sql("SELECT count(*) FROM pg_stat_activity WHERE datname = 'busy'").scalar():
            assert time.monotonic() < end, "the query goes on"
            connection.exec_driver_sql("SELECT pg_sleep(0.1)")
    engine.dispose()


__all__ = ["gather", "limited", "sa"]  # of which `STEP` makes use
