"""Every migration up and down again, over a register that holds something."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from itss.register import Item, Register, Review
from itss.register.schema import VERSION_TABLE, Base
from test_database import MIGRATIONS
from walking import NOW, open_one, walk

REVIEW = Review(dt.date(2026, 10, 12), ("report_manager",), "gaps", "trends", "measures", "report_manager", NOW)
NEW = {"review", "improvement"}


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
        found = {name: connection.execute(sa.text(f"SELECT * FROM {name} ORDER BY id")).all() for name in tables}
    engine.dispose()
    return found


def test_what_was_on_record_before_reviews_is_there_after_them_and_again_without_them(
    url: str, down: Callable[[str], None]
) -> None:
    register = Register(url)
    register.upgrade()
    down("0003")
    walk(register, first := open_one(register), "delivered")
    before = _content(url)
    assert NEW.isdisjoint(before)
    register.upgrade()
    assert _content(url) == before | {name: [] for name in NEW}
    register.record_review(first.ref, REVIEW, [Item("Second mail server", "report_manager", NOW.date())], "UTC")
    events = len(before["event"])
    down("0003")
    after = _content(url)
    assert after | {"event": after["event"][:events]} == before
    register.upgrade()
    assert _content(url) == after | {name: [] for name in NEW}


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
    versions = [one.revision for one in ScriptDirectory(str(MIGRATIONS)).walk_revisions()][::-1]
    Register(url).upgrade()
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
