from __future__ import annotations

import socket
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from itss.errors import ConfigurationError, RegisterError, RegisterUnreachableError
from itss.register import Register
from itss.register.columns import Instant, Words
from itss.register.database import NOTICED_WITHIN
from itss.register.schema import HEAD, VERSION_TABLE, Base
from walking import open_one

MIGRATIONS = Path(sys.modules["itss.register"].__file__ or "").parent / "migrations"


def test_the_migrations_make_the_very_tables_of_the_schema(register: Register, url: str) -> None:
    engine = sa.create_engine(url)
    options = {"version_table": VERSION_TABLE, "compare_type": _is_other_type}
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, Base.metadata) == []
        assert context.get_current_revision() == HEAD == ScriptDirectory(str(MIGRATIONS)).get_current_head()
    engine.dispose()


def _is_other_type(
    context: MigrationContext, _column: object, _other: object, found: object, wanted: object
) -> bool | None:
    if isinstance(wanted, Words):
        return not isinstance(found, sa.Text)
    if isinstance(wanted, sa.String) and context.dialect.name == "sqlite":  # it holds no text to its length
        return not isinstance(found, sa.String)
    return not isinstance(found, sa.DateTime) if isinstance(wanted, Instant) else None


def test_an_upgrade_of_what_is_up_to_date_changes_nothing(register: Register) -> None:
    first = open_one(register)
    register.upgrade()
    assert register.revision(first.ref) == first


def test_tables_of_a_newer_version_are_left_alone(register: Register, url: str) -> None:
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        connection.execute(sa.text(f"UPDATE {VERSION_TABLE} SET version_num = '9999'"))
    engine.dispose()
    with pytest.raises(RegisterError, match="9999, which this code does not know"):
        register.upgrade()


@pytest.mark.parametrize(("given", "own"), [("", 2), ("?connect_timeout=2", 3600)], ids=["own", "of the URL"])
def test_a_server_that_takes_the_call_and_says_nothing_is_noticed(
    monkeypatch: pytest.MonkeyPatch, given: str, own: int
) -> None:
    monkeypatch.setitem(NOTICED_WITHIN, "connect_timeout", own)
    with socket.create_server(("127.0.0.1", 0)) as server:
        silent = Register(f"postgresql+psycopg://user@127.0.0.1:{server.getsockname()[1]}/register{given}")
        with pytest.raises(RegisterUnreachableError, match="timeout"):
            silent.version()


def test_a_register_without_tables_says_how_to_make_them(url: str) -> None:
    with pytest.raises(RegisterError, match=r"itss\.register upgrade"):
        Register(url).delivered_reports()


def test_a_killed_upgrade_leaves_nothing_half_done(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'register.sqlite'}"
    code = (
        "import os, sys; from itss.register import Register; from alembic import op\n"
        "made = op.create_table\n"
        "def create(name, *rest, **more):\n"
        "    if name == 'figure': os._exit(9)\n"
        "    return made(name, *rest, **more)\n"
        "op.create_table = create\n"
        "Register(sys.argv[1]).upgrade()"
    )
    assert subprocess.run([sys.executable, "-c", code, url], check=False).returncode == 9
    with sqlite3.connect(tmp_path / "register.sqlite") as connection:
        assert connection.execute("SELECT name FROM sqlite_master").fetchall() == []
    register = Register(url)
    register.upgrade()
    assert open_one(register).number == 1


def test_what_a_database_cannot_store_is_made_visible_and_the_rest_survives(register: Register) -> None:
    first = open_one(register, "run-🔧")
    register.fail(first.ref, "bad\x00byte, half \ud83d pair, 中文, 'quote'; DROP TABLE event")
    assert register.revision(first.ref).note == "bad\ufffdbyte, half \ufffd pair, 中文, 'quote'; DROP TABLE event"
    assert register.revision(first.ref).run == "run-🔧"


@pytest.mark.parametrize("url", ["nonsense", "oracle9://u:secret@h/x", "sqlite://", "postgresql+nix://u:secret@h/x"])
def test_an_unusable_url_is_refused_without_its_password(url: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        Register(url)
    assert "secret" not in str(caught.value)


def test_a_database_that_does_not_answer_is_told_without_the_password() -> None:
    register = Register("postgresql+psycopg://itss:secret@127.0.0.1:9/register?connect_timeout=2")
    with pytest.raises(RegisterError, match="ITSS_REGISTER_URL") as caught:
        register.revisions("customer_monthly", "2026-09")
    assert "secret" not in str(caught.value)


def test_the_register_costs_neither_pandas_nor_alembic_until_needed(tmp_path: Path) -> None:
    code = (
        "import sys; from itss.register import Register; r = Register(sys.argv[1]); r.revisions('a', 'b')\n"
        "print(sorted({'pandas', 'alembic', 'airflow'} & set(sys.modules)))"
    )
    url = f"sqlite:///{tmp_path / 'register.sqlite'}"
    Register(url).upgrade()
    done = subprocess.run([sys.executable, "-c", code, url], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
