"""The canonical tables in PostgreSQL and MariaDB: the same SQL gives the same rows there as in the sample's SQLite."""

import contextlib
import datetime as dt
import os
import re
import sqlite3
import subprocess
import sys

import pandas as pd
import pytest
import sqlalchemy as sa
from itss.processes import PROCESSES
from itss.sample import TABLES, generate
from measured import ROOT

START = dt.datetime(2026, 5, 31, 16, tzinfo=dt.UTC)
END = dt.datetime(2026, 8, 31, 16, tzinfo=dt.UTC)
MOMENT = {"postgresql": "TIMESTAMP(0)", "mariadb": "DATETIME"}
NAMES = [name for name in PROCESSES if name != "reporting"]


@pytest.fixture(scope="module")
def sample(tmp_path_factory):
    path = tmp_path_factory.mktemp("sample") / "itsm.sqlite"
    generate(path, dt.date(2026, 9, 1), months=5)  # more than is asked for, at both ends
    return path


@pytest.fixture(scope="module", params=["postgresql", "mariadb"])
def url(request, sample):
    server = request.getfixturevalue(request.param)
    with contextlib.closing(sqlite3.connect(sample)) as source:
        tables = {table: source.execute(f"SELECT * FROM {table}").fetchall() for table in TABLES}
    columns = {table: _columns(table, rows, MOMENT[request.param]) for table, rows in tables.items()}
    # MariaDB's own default is Latin 1
    option = "DEFAULT CHARSET utf8mb4" if request.param == "mariadb" else ""
    ddl = [f"CREATE TABLE {table} ({', '.join(given)}) {option}" for table, given in columns.items()]
    reader = server.database("canonical", ddl)
    engine = sa.create_engine(server.admin.set(database="canonical"))
    with engine.begin() as target:
        for table, rows in tables.items():
            marks = ", ".join(["%s"] * len(columns[table]))
            target.exec_driver_sql(f"INSERT INTO {table} VALUES ({marks})", rows)
    engine.dispose()
    return reader


def _columns(table, rows, moment):
    """The sample's columns with the types a database has that has some: moments are no text, a key has a length."""
    declared = [column.split() for column in TABLES[table].split(",")]
    held = zip(*rows, strict=True)
    return [_column(name, kind, values, moment) for (name, kind, *_), values in zip(declared, held, strict=True)]


def _column(name, kind, values, moment):
    texts = [value for value in values if isinstance(value, str)]
    if texts and all(re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", text) for text in texts):
        return f"{name} {moment}"
    kinds = {"TEXT": "VARCHAR(400)", "REAL": "DOUBLE PRECISION", "INTEGER": "INTEGER"}
    return f"{name} {kinds[kind]}"


@pytest.mark.parametrize("process", NAMES)
def test_the_rows_are_those_of_sqlite(rows_of, url, sample, process):
    here = rows_of("itss", process, sa.URL.create("sqlite", database=str(sample)), "UTC", START, END)
    assert len(here) > 10
    assert here["_unparsed"].isna().all()
    pd.testing.assert_frame_equal(rows_of("itss", process, url, "UTC", START, END), here)


@pytest.fixture(scope="module")
def url_of_texts(postgresql, sample):
    """The sample in PostgreSQL as it is in SQLite: times are texts."""
    with contextlib.closing(sqlite3.connect(sample)) as source:
        tables = {table: source.execute(f"SELECT * FROM {table}").fetchall() for table in TABLES}
    columns = {table: _columns(table, rows, "VARCHAR(40)") for table, rows in tables.items()}
    reader = postgresql.database(
        "texts", [f"CREATE TABLE {name} ({', '.join(kept)})" for name, kept in columns.items()]
    )
    engine = sa.create_engine(postgresql.admin.set(database="texts"))
    with engine.begin() as target:
        for table, rows in tables.items():
            target.exec_driver_sql(f"INSERT INTO {table} VALUES ({', '.join(['%s'] * len(columns[table]))})", rows)
    engine.dispose()
    return reader


@pytest.mark.parametrize("process", NAMES)
def test_times_may_be_texts_in_postgresql(rows_of, url_of_texts, sample, process):
    here = rows_of("itss", process, sa.URL.create("sqlite", database=str(sample)), "UTC", START, END)
    pd.testing.assert_frame_equal(rows_of("itss", process, url_of_texts, "UTC", START, END), here)


def test_the_products_own_list_previews_against_the_live_server(url, tmp_path):
    plain = url.set(drivername=url.get_backend_name()).render_as_string(False)
    done = subprocess.run(
        [sys.executable, "-m", "itss", "preview", "--list", ROOT / "include" / "report_list.yaml",
         "--report", "customer_monthly", "--period", "2026-08", "--out", tmp_path],
        capture_output=True, text=True, check=False, env={**os.environ, "AIRFLOW_CONN_ITSM_SAMPLE": plain}, cwd=ROOT,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert url.password not in done.stdout + done.stderr
    assert "connection itsm_sample, include/sql/itss/incident.sql" in done.stdout
    made = {path.name for path in tmp_path.iterdir()}
    assert {"report.xlsx", "report.html", "checks.html", "figures.csv", "findings.csv"} <= made
