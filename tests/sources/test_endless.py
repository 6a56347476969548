"""A query that never ends is ended by the limit of its source, which is named; it is not retried like a lost host."""

import datetime as dt
import sqlite3
import time

import pytest
import sqlalchemy as sa
from itss.errors import SourceError, SourceUnreachableError
from itss.processes import PROCESSES
from itss.report_list.data_source import DataSource
from itss.sources.collect import collect

COUNT = "WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n) SELECT {id} AS id, {day} AS opened_at FROM n"
QUERIES = {
    "before its first row": COUNT.replace("{id}", "max(n)"),
    "in the middle of its rows": COUNT.replace("{id}", "n"),
    "without a new row": COUNT.replace("UNION ALL SELECT n + 1", "UNION ALL SELECT 1").replace("{id}", "n"),
}
DAYS = {"sqlite": "'2026-09-01'"}
LIMIT_S = 1


def place(server, folder, request):
    """A source without any rows of its own on ``server``, and its connection."""
    if server == "duckdb":
        (folder / "a.csv").write_text("id\n1\n")
        return {"file": "a.csv"}, None
    if server == "sqlite":
        with sqlite3.connect(folder / "itsm.sqlite") as database:
            database.execute("CREATE TABLE ticket (id TEXT)")
        return {"connection": "itsm"}, sa.make_url(f"sqlite:///{folder / 'itsm.sqlite'}")
    host = request.getfixturevalue(server)
    host.database("endless", [])
    return {"connection": "itsm"}, host.admin.set(database="endless")


@pytest.mark.parametrize("query", QUERIES)
@pytest.mark.parametrize("server", ["sqlite", "duckdb", "postgresql", "mariadb"])
def test_an_endless_query_is_ended_by_the_limit_that_is_named(request, tmp_path, server, query):
    where, url = place(server, tmp_path, request)
    path = tmp_path / "sql" / "live" / "incident.sql"
    path.parent.mkdir(parents=True)
    path.write_text(QUERIES[query].replace("{day}", DAYS.get(server, "TIMESTAMP '2026-09-01 00:00:00'")))
    began = time.monotonic()
    with pytest.raises(SourceError, match=rf"time limit of {LIMIT_S} s.*`time_limit_s`") as raised:
        collect(
            PROCESSES["incident"],
            DataSource(system="live", time_limit_s=LIMIT_S, **where),
            sql_file=path,
            base=tmp_path,
            start=dt.datetime(2026, 9, 1, tzinfo=dt.UTC),
            end=dt.datetime(2026, 10, 1, tzinfo=dt.UTC),
            connection_url=lambda _: url,
            to=tmp_path / "data" / "incident.parquet",
        )
    assert not isinstance(raised.value, SourceUnreachableError)
    assert time.monotonic() - began >= LIMIT_S
    assert not list((tmp_path / "data").glob("*")), "no half of the rows"
