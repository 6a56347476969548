"""A register of each earlier version, with what real reports left in it, upgraded: nothing is lost, and it goes on.

The tables are built by the migrations up to that version, and filled with the rows of two sealed reports, as far as
they had a place then.
"""

import json
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from itss import register as room
from itss.audit.versions import Asked, audit
from itss.cli import main
from itss.errors import RegisterError
from itss.ref import Ref
from itss.register import Register, guards
from itss.register.schema import HEAD, VERSION_TABLE
from itss.settings import settings
from sqlalchemy.pool import NullPool
from walk import KEY, PERIOD, register, seal

BEFORE_THE_LEDGER = ("0001", "0002", "0003", "0004", "0005")
FORMER = {"statement_sha256": None, "said_sha256": "content_sha256"}
"""What a column of `revision` was called before the ledger; that of a decision had the other name, too."""


def url_of(where, request, tmp_path):
    if where == "sqlite":
        return f"sqlite:///{tmp_path / 'old' / 'register.sqlite'}"
    server = request.getfixturevalue("postgresql")
    server.database("older", [])
    return str(server.admin.set(database="older").render_as_string(hide_password=False))


def build(url, version):
    """Empty tables of a version, by the migrations that made them then."""
    engine = sa.create_engine(url, poolclass=NullPool)
    with engine.begin() as connection:
        config = Config()
        config.set_main_option("script_location", str(Path(room.__file__).with_name("migrations")))
        config.attributes["connection"] = connection
        command.upgrade(config, version)
    engine.dispose()


def content(url):
    engine = sa.create_engine(url, poolclass=NullPool)
    with engine.connect() as connection:
        metadata = sa.MetaData()
        metadata.reflect(connection)
        return {
            table.name: [dict(row) for row in connection.execute(sa.select(table)).mappings()]
            for table in metadata.sorted_tables
            if table.name != VERSION_TABLE
        }


def events(rows):
    """The log that was there before the ledger."""
    reports = {one["id"]: f"{one['key']}/{one['period']}" for one in rows["report"]}
    ids = {f"{reports[one['report_id']]}/r{one['number']:02d}": one["id"] for one in rows["revision"]}
    bodies = {one["seq"]: json.loads(one["body"]) for one in rows["payload"]}
    return [
        {
            "id": line["seq"], "revision_id": ids[line["ref"]], "at": line["at"], "who": line["who"],
            "what": line["kind"], "details": bodies[line["seq"]]["details"],
        }
        for line in rows["ledger"]
        if line["ref"] in ids
    ]  # fmt: skip


def older(rows, name, column):
    """What a column of an older table had, out of a row of today."""
    if column == "files":
        return lambda row: {}
    if column == "content_sha256":
        return lambda row: row["said_sha256" if name == "revision" else "statement_sha256"]
    return lambda row: row[column]


def begin_anew(connection):
    """An empty ledger, with its triggers."""
    guards.drop(connection)
    for name in guards.SQLITE if connection.dialect.name == "sqlite" else ():
        connection.execute(sa.text(f"DROP TRIGGER {name}"))
    for name in ("payload", "ledger"):
        connection.execute(sa.text(f"DELETE FROM {name}"))
    guards.make(connection)


def fill(url, rows):
    """Insert the rows as far as their table and columns were there."""
    engine = sa.create_engine(url, poolclass=NullPool)
    with engine.begin() as connection:
        metadata = sa.MetaData()
        metadata.reflect(connection)
        if "ledger" in metadata.tables:  # which the migration has begun by itself
            begin_anew(connection)
        for table in metadata.sorted_tables:
            if table.name == VERSION_TABLE:
                continue
            found = rows["event"] if table.name == "event" else rows[table.name]
            for row in found:
                values = {column.name: older(rows, table.name, column.name)(row) for column in table.columns}
                connection.execute(table.insert(), values)
        if connection.dialect.name == "postgresql":
            for table in metadata.sorted_tables:
                if "id" in table.c:
                    connection.execute(
                        sa.text(
                            f"SELECT setval(pg_get_serial_sequence('{table.name}', 'id'), max(id)) FROM {table.name}"
                        )
                    )
    engine.dispose()


@pytest.fixture(params=[*BEFORE_THE_LEDGER, "0006"])
def version(request):
    return request.param


@pytest.mark.parametrize("where", ["sqlite", "postgresql"])
def test_a_register_of_each_version_keeps_every_row_and_the_next_report_runs(
    mail, sealed, request, tmp_path, monkeypatch, where, version
):
    rows = content(settings().register_url)
    assert len(rows["revision"]) == 2
    assert min(map(len, (rows["figure"], rows["finding"], rows["decision"], rows["delivery"]))) > 0
    rows["event"] = events(rows)
    url = url_of(where, request, tmp_path)
    if where == "sqlite":
        (tmp_path / "old").mkdir()
    build(url, version)
    fill(url, rows)
    before = content(url)
    monkeypatch.setenv("ITSS_REGISTER_URL", url)
    if where == "sqlite":
        assert main(["setup"]) == 0
    else:
        register().upgrade()
    after = content(url)
    renamed = {"revision", "decision", "event", "ledger", "payload"}
    kept = before.keys() - (renamed if version in BEFORE_THE_LEDGER else set())
    assert {name: after[name] for name in kept} == {name: before[name] for name in kept}
    assert {name: len(after[name]) for name in ("revision", "decision")} == {"revision": 2, "decision": 4}
    lines = list(register().lines())
    if version in BEFORE_THE_LEDGER:
        assert [line.kind for line in lines] == ["key", *(one["what"] for one in rows["event"]), "genesis"]
    else:
        assert len(lines) == len(rows["ledger"])
    assert register().verify() == register().differences()[0] == []
    log = settings().report_list.parent / "log.csv"
    log.write_text(log.read_text() + "INC4,2026-09-04 08:00,2026-09-04 10:00\n")
    seal("run-3")
    assert register().revision(Ref(KEY, PERIOD, 3)).state == "sealed"
    problems = audit(settings(), Asked(sample=3)).problems
    # the archive of this test was sealed with a ledger, whose lines a register of before it never had
    said = [one for one in problems if version == "0006" or not one.where.endswith(("r01", "r02"))]
    assert said == [], [one.what.en for one in said]


def test_older_code_refuses_a_newer_register_and_changes_nothing(sealed, capsys):
    file = settings().var / "register.sqlite"
    with sqlite3.connect(file) as newer:
        newer.execute(f"UPDATE {VERSION_TABLE} SET version_num = '9999'")
    before = content(settings().register_url)
    assert main(["setup"]) == 1
    assert "are at version 9999, which this code does not know" in capsys.readouterr().err
    with pytest.raises(RegisterError, match="Install the version of this package that wrote them"):
        register().upgrade()
    assert content(settings().register_url) == before


KILLED = """
import os, signal, sys
from alembic import op
from itss.register import ledger, Register
begun = ledger.append
def append(*given):  # the tables are made, the log is dropped, the lines are half written
    begun(*given)
    os.kill(os.getpid(), signal.SIGKILL)
ledger.append = append
Register(sys.argv[1]).upgrade()
"""


@pytest.mark.parametrize("where", ["sqlite", "postgresql"])
def test_a_migration_that_is_killed_in_the_middle_leaves_what_was_there(sealed, request, tmp_path, where):
    rows = content(settings().register_url)
    rows["event"] = events(rows)
    url = url_of(where, request, tmp_path)
    if where == "sqlite":
        (tmp_path / "old").mkdir()
    build(url, "0005")
    fill(url, rows)
    before = content(url)
    assert subprocess.run([sys.executable, "-c", KILLED, url], check=False).returncode == -9
    assert content(url) == before
    Register(url).upgrade()
    assert Register(url).version() == HEAD
    assert Register(url).verify() == []
