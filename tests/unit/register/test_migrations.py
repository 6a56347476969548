"""Every migration up and down again, over a register that holds something."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from itss.register import Item, Register, Review
from itss.register.schema import VERSION_TABLE, Base
from test_database import MIGRATIONS
from walking import NOW, open_one, walk

REVIEW = Review(dt.date(2026, 10, 12), ("report_manager",), "gaps", "trends", "measures", "report_manager", NOW)
NEW = {"review", "improvement"}


@pytest.fixture
def down(url: str) -> Callable[[str], None]:
    """Take the tables down to a version."""

    def to(version: str) -> None:
        engine = sa.create_engine(url)
        with engine.begin() as connection:
            config = Config()
            config.set_main_option("script_location", str(MIGRATIONS))
            config.attributes["connection"] = connection
            command.downgrade(config, version)
        engine.dispose()

    return to


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
