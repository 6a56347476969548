"""A register on SQLite, and the same on PostgreSQL."""

from __future__ import annotations

from pathlib import Path

import pytest
from itss.register import Register


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / '登记 50%' / 'register.sqlite'}"
    server = request.getfixturevalue("postgresql")
    server.database("register", [])
    return str(server.admin.set(database="register").render_as_string(hide_password=False))


@pytest.fixture
def register(url: str) -> Register:
    made = Register(url)
    made.upgrade()
    return made
