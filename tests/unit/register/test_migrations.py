"""Every migration up and down again, over a register that holds something; the ledger begins with what was there."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from itss.ref import Ref
from itss.register import Register
from itss.register.schema import VERSION_TABLE, Base
from test_database import MIGRATIONS
from walking import NOW, open_one, walk

BEFORE_THE_LEDGER = "0005"
SHORT = [("report", "key"), ("improvement", "key"), ("renaming", "old"), ("renaming", "new")]
SHORT += [(table, "report") for table in ("baseline", "hand_in", "notice", "improvement")]


@pytest.fixture
def down(url: str) -> Callable[[str], None]:
    """Take the tables down to a version."""
    return lambda version: _go(url, command.downgrade, version)


def _go(url: str, way: Callable[[Config, str], None], version: str) -> None:
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS))
        config.attributes["connection"] = connection
        way(config, version)
    engine.dispose()


def _content(url: str) -> dict[str, list[Any]]:
    """Every row of every table that is there."""
    engine = sa.create_engine(url)
    with engine.connect() as connection:
        tables = set(sa.inspect(engine).get_table_names()) - {VERSION_TABLE}
        found = {name: connection.execute(sa.text(f"SELECT * FROM {name} ORDER BY 1")).all() for name in tables}
    engine.dispose()
    return found


def test_all_the_way_down_nothing_is_left_and_up_again_it_works(
    register: Register, down: Callable[[str], None], url: str
) -> None:
    walk(register, open_one(register), "sealed")
    down("base")
    assert _content(url) == {}
    register.upgrade()
    assert set(_content(url)) == set(Base.metadata.tables)
    assert open_one(register).number == 1


def _fill(url: str) -> None:
    """Two rows in every table that is there: the largest text, number and instant that its columns hold."""
    engine = sa.create_engine(url)
    metadata = sa.MetaData()
    with engine.begin() as connection:
        metadata.reflect(connection)
        for table in metadata.sorted_tables:
            for number in (1, 2) if table.name != VERSION_TABLE else ():
                row = {column.name: _value(column, number) for column in table.columns if column.name != "id"}
                connection.execute(table.insert(), row)
    engine.dispose()


def _value(column: sa.Column[Any], number: int) -> Any:
    kind = column.type
    if column.foreign_keys:
        return number
    if isinstance(kind, sa.JSON):
        return {"词": [number, None, "'"]}
    if isinstance(kind, sa.DateTime):
        return NOW.replace(microsecond=number)
    if isinstance(kind, sa.Date):
        return NOW.date()
    if isinstance(kind, sa.Float):
        return number / 3
    if isinstance(kind, sa.Integer):
        return 2**31 - number
    return f"{number}" + "语" * ((getattr(kind, "length", None) or 5000) - 1)


def test_every_step_up_and_down_keeps_every_row_of_every_table_that_stays(url: str) -> None:
    """Up to the log's last version: what comes after it is a test of its own."""
    versions = [one.revision for one in ScriptDirectory(str(MIGRATIONS)).walk_revisions()][::-1]
    versions = versions[: versions.index(BEFORE_THE_LEDGER) + 1]
    Register(url).upgrade()
    _go(url, command.downgrade, BEFORE_THE_LEDGER)
    _fill(url)
    full = _content(url)
    assert {len(rows) for rows in full.values()} == {2}
    left = []
    for version in reversed(versions[:-1]):
        _go(url, command.downgrade, version)
        left.append(_content(url))
        assert left[-1] == {name: full[name] for name in left[-1]}
    for version in versions[1:]:
        before = _content(url)
        _go(url, command.upgrade, version)
        assert _content(url) == before | {name: [] for name in _content(url).keys() - before.keys()}
    assert _content(url).keys() == full.keys()
    assert all(rows == full[name] for name, rows in _content(url).items() if name in left[-1])


def _old(url: str) -> dict[str, list[Any]]:
    """A register as the release before the ledger left it; returns its rows."""
    Register(url).upgrade()
    _go(url, command.downgrade, BEFORE_THE_LEDGER)
    _fill(url)
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        connection.execute(sa.text("UPDATE revision SET number = id, files = :files"), {"files": '{"a.html": "f"}'})
        connection.execute(sa.text("UPDATE report SET key = 'customer_monthly', period = '2026-0' || id"))
    engine.dispose()
    return _content(url)


def test_the_log_becomes_lines_and_every_row_is_held_by_its_hash(url: str) -> None:
    before = _old(url)
    register = Register(url)
    register.upgrade()
    after = _content(url)
    lines = list(register.lines())
    assert [line.kind for line in lines] == ["key", *(row.what for row in before["event"]), "genesis"]
    assert [line.ref for line in lines[1:3]] == ["customer_monthly/2026-01/r01", "customer_monthly/2026-02/r02"]
    assert [(line.at, line.who) for line in lines[1:3]] == [(NOW.replace(microsecond=n), row.who) for n, row in
                                                            zip((1, 2), before["event"], strict=True)]  # fmt: skip
    assert lines[1].details == {"词": [1, None, "'"]}
    assert register.verify() == []
    assert register.differences() == ([], 2 * len(before.keys() - {"event"}))
    same = before.keys() - {"event", "revision", "decision"}
    assert {name: after[name] for name in same} == {name: before[name] for name in same}
    (first, _) = after["revision"]
    assert (first.said_sha256, first.statement_sha256) == (before["revision"][0].content_sha256,) * 2
    assert [row.statement_sha256 for row in after["decision"]] == [row.content_sha256 for row in before["decision"]]


@pytest.mark.parametrize("table", ["report", "revision", "submission", "decision", "notice", "improvement", "figure"])
def test_a_row_that_is_older_than_the_ledger_is_compared_by_its_hash(url: str, table: str) -> None:
    _old(url)
    register = Register(url)
    register.upgrade()
    column = {"report": "key", "revision": "note", "submission": "source", "decision": "comment"}.get(table, "unit")
    column = {"notice": "answer", "improvement": "title"}.get(table, column)
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        connection.execute(sa.text(f"UPDATE {table} SET {column} = 'x' WHERE id = 2"))
    engine.dispose()
    assert [(one.table, one.id) for one in register.differences()[0]] == [(table, 2)]


def test_what_was_released_before_the_ledger_has_the_files_of_its_draft(url: str, down: Callable[[str], None]) -> None:
    register = Register(url)
    register.upgrade()
    walk(register, first := open_one(register), "released")
    down(BEFORE_THE_LEDGER)
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        event = sa.Table("event", sa.MetaData(), autoload_with=connection)
        connection.execute(event.update().where(event.c.what == "released").values(details={}))
        drawn = {"content_sha256": "c" * 64, "files": {"report.xlsx": "f" * 64}}
        connection.execute(event.update().where(event.c.what == "rendered").values(details=drawn))
    engine.dispose()
    register.upgrade()
    assert register.released_files(Ref(*first.ref)) == {"report.xlsx": "f" * 64}
    assert register.differences()[0] == register.verify() == []


def test_down_again_the_log_is_as_it_was_with_what_came_since(url: str, down: Callable[[str], None]) -> None:
    register = Register(url)
    register.upgrade()
    walk(register, first := open_one(register), "delivered")
    said = [(event.what, event.who, event.details) for event in register.events(first.ref)]
    down(BEFORE_THE_LEDGER)
    assert [(row.what, row.who) for row in _content(url)["event"]] == [(what, who) for what, who, _ in said]
    register.upgrade()
    assert [(event.what, event.who, event.details) for event in register.events(first.ref)] == said
    walk_on = register.revision(first.ref)
    register.seal(walk_on.ref, "/archive/r01", "5" * 64, NOW)
    assert register.differences()[0] == register.verify() == []


def test_a_key_of_two_names_has_room_beside_what_was_there_and_the_ledger_goes_on(url: str, short_keys: None) -> None:
    before, register = _content(url), Register(url)
    lines = list(register.lines())
    register.upgrade()
    assert _content(url) == before
    assert list(register.lines()) == lines
    key = f"{'r' * 50}.{'c' * 50}"
    register.rename("customer_monthly", key)
    (was,) = register.revisions(key, "2026-09")
    assert was.report == "customer_monthly"
    new = register.open_revision(
        report=key, period="2026-10", due_at=NOW, run="run-b", entry={"key": key}, agreement_version="2026",
        code_version="0.5.0", now=NOW, number=None,
    )  # fmt: skip
    assert new.ref == Ref(key, "2026-10", 1)
    assert register.verify() == register.differences()[0] == []


@pytest.fixture
def short_keys(url: str) -> None:
    """A sealed report in the tables as the release before customers made them: keys of 50 characters."""
    register = Register(url)
    register.upgrade()
    walk(register, open_one(register), "sealed")
    _go(url, command.downgrade, "0006")
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        for table, column in SHORT if connection.dialect.name == "postgresql" else ():
            connection.execute(sa.text(f"ALTER TABLE {table} ALTER COLUMN {column} TYPE VARCHAR(50)"))
    engine.dispose()


def _upgrade(url: str) -> int:
    register = Register(url)
    register.upgrade()
    return len(list(register.lines()))


def test_of_processes_that_start_at_once_one_begins_the_ledger(url: str) -> None:
    _old(url)
    with ProcessPoolExecutor(4, mp_context=multiprocessing.get_context("spawn")) as pool:
        assert list(pool.map(_upgrade, [url] * 4)) == [4] * 4
    assert Register(url).verify() == []
