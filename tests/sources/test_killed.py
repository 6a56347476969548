"""A source that dies in the middle of its rows: the step fails, its next try has all of them, and no half file is read.

The query gives three quarters of its rows and then stalls, so that what is killed is killed in mid-stream.
"""

import contextlib
import datetime as dt
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
import sqlalchemy as sa
from itss.archive.store import is_leftover
from itss.errors import SourceUnreachableError
from itss.processes import PROCESSES
from itss.report_list.data_source import DataSource
from itss.sources import collect as collecting
from itss.sources.collect import collect
from itss.sources.snapshot import read_frame
from servers import run_mariadb

ROWS, STALLS_AT = 200_000, 150_000
STALL = ["CREATE TABLE stall (seconds INT)", "INSERT INTO stall VALUES (600)"]
QUERY = {
    "postgresql": f"""SELECT n AS id, TIMESTAMP '2026-09-01' AS opened_at, repeat('x', 200) AS title
        FROM generate_series(1, {ROWS}) AS n
        WHERE n < {STALLS_AT} OR pg_sleep((SELECT seconds FROM stall)) IS NOT NULL""",
    "mysql": f"""SELECT seq AS id, TIMESTAMP '2026-09-01 00:00:00' AS opened_at, REPEAT('x', 200) AS title
        FROM seq_1_to_{ROWS} WHERE seq < {STALLS_AT} OR SLEEP((SELECT seconds FROM stall)) = 0""",
}
STALLED = {
    "postgresql": "SELECT pid FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND query LIKE '%%generate_series%%'",
    "mysql": "SELECT id FROM information_schema.processlist WHERE state = 'User sleep'",
}
COLLECT = """
import os, sys
sys.path.insert(0, sys.argv[1])
import test_killed
from pathlib import Path
test_killed.gather(test_killed.sa.make_url(sys.stdin.read()), Path(sys.argv[2]))
"""


def gather(url, folder):
    """All rows of the query, into ``data`` of ``folder``."""
    path = folder / "sql" / "live" / "incident.sql"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(QUERY[url.get_backend_name()], encoding="utf-8")
    return collect(
        PROCESSES["incident"],
        DataSource(system="live", connection="itsm"),
        sql_file=path,
        base=folder,
        start=dt.datetime(2026, 9, 1, tzinfo=dt.UTC),
        end=dt.datetime(2026, 10, 1, tzinfo=dt.UTC),
        connection_url=lambda _: url,
        to=folder / "data" / "incident.parquet",
    )


@contextlib.contextmanager
def admin(url):
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        yield connection
    engine.dispose()


def stalled(connection):
    """The server's number of the query, as soon as it has given what it gives."""
    statement = STALLED[connection.dialect.name]
    while (found := connection.exec_driver_sql(statement).scalar()) is None:
        connection.exec_driver_sql({"postgresql": "SELECT pg_sleep(0.05)", "mysql": "DO 0"}[connection.dialect.name])
    return found


def terminate(connection, found):
    connection.exec_driver_sql(f"SELECT pg_terminate_backend({found})")


def kill_process(_, found):
    os.kill(found, signal.SIGKILL)  # PostgreSQL then ends every session and recovers as after a crash


def kill_connection(connection, found):
    connection.exec_driver_sql(f"KILL {found}")


@pytest.fixture
def seen(monkeypatch):
    """How many rows each try was given."""
    tries = []
    conform = collecting.conform_batch

    def counted(process, columns, zone, notes=None):
        tries[-1] += len(next(iter(columns.values())))
        return conform(process, columns, zone, notes)

    monkeypatch.setattr(collecting, "conform_batch", counted)
    return tries


def killed_in_mid_stream(url, folder, kill, seen):
    def strike():
        with contextlib.suppress(sa.exc.DBAPIError), admin(url) as connection:
            kill(connection, stalled(connection))

    seen.append(0)
    killer = threading.Thread(target=strike)
    killer.start()
    with pytest.raises(SourceUnreachableError, match="connection itsm"):
        gather(url, folder)
    killer.join()
    assert 0 < seen[-1] < ROWS
    assert not list((folder / "data").glob("*"))


@pytest.mark.parametrize(
    ("server", "kill"),
    [("postgresql", terminate), ("postgresql", kill_process), ("mariadb", kill_connection)],
)
def test_the_next_try_has_every_row(request, tmp_path, seen, server, kill):
    host = request.getfixturevalue(server)
    host.database("killed", STALL)
    url = host.admin.set(database="killed")
    killed_in_mid_stream(url, tmp_path, kill, seen)
    while True:  # a server that recovers refuses for a moment
        with contextlib.suppress(sa.exc.OperationalError), admin(url) as connection:
            connection.exec_driver_sql("UPDATE stall SET seconds = 0")
            break
    seen.append(0)
    assert gather(url, tmp_path).rows == ROWS
    frame = read_frame(tmp_path / "data" / "incident.parquet")
    assert sorted(frame["id"].astype(int)) == list(range(1, ROWS + 1))


def test_a_whole_server_that_is_killed_leaves_no_half_file(tmp_path, seen):
    with run_mariadb() as server:
        server.database("killed", STALL)
        with admin(server.admin) as connection:
            number = int(Path(connection.exec_driver_sql("SELECT @@pid_file").scalar()).read_text())
        killed_in_mid_stream(
            server.admin.set(database="killed"), tmp_path, lambda *_: os.kill(number, signal.SIGKILL), seen
        )


def test_a_collecting_process_that_is_killed_leaves_what_nobody_reads(postgresql, tmp_path, seen):
    postgresql.database("killed", STALL)
    url = postgresql.admin.set(database="killed")
    here = str(Path(__file__).parent)
    child = subprocess.Popen(
        [sys.executable, "-c", COLLECT, here, str(tmp_path)], stdin=subprocess.PIPE, text=True,
        env={**os.environ, "PYTHONPATH": str(Path(here).parent)},
    )  # fmt: skip
    child.stdin.write(url.render_as_string(hide_password=False))
    child.stdin.close()
    with admin(url) as connection:
        found = stalled(connection)
        child.kill()
        child.wait()
        assert all(is_leftover(path.name) for path in (tmp_path / "data").glob("*"))
        connection.exec_driver_sql(f"SELECT pg_terminate_backend({found})")
        connection.exec_driver_sql("UPDATE stall SET seconds = 0")
    seen.append(0)
    assert gather(url, tmp_path).rows == ROWS
