"""A register on SQLite always, and on PostgreSQL too where ``ITSS_TEST_POSTGRESQL`` names an empty database."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from itss.register import Register

POSTGRESQL = os.environ.get("ITSS_TEST_POSTGRESQL", "")


@pytest.fixture(params=["sqlite", "postgresql"] if POSTGRESQL else ["sqlite"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / '登记 50%' / 'register.sqlite'}"
        return
    yield POSTGRESQL
    engine = sa.create_engine(POSTGRESQL)
    with engine.begin() as connection:
        connection.execute(sa.text("DROP SCHEMA public CASCADE"))
        connection.execute(sa.text("CREATE SCHEMA public"))
    engine.dispose()


@pytest.fixture
def register(url: str) -> Register:
    made = Register(url)
    made.upgrade()
    return made
