"""The board of 200 reports takes as many statements as that of 2, on either database."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from itss.register import Register
from itss.watch.board import board
from servers import Server
from sqlalchemy import Engine, event, text

sys.path.append(str(Path(__file__).parents[3]))

from benchmarks.crowd import NOW, crowded_list, fill


@contextmanager
def statements() -> Iterator[list[str]]:
    said: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        said.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield said
    finally:
        event.remove(Engine, "before_cursor_execute", note)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """How the register is called; ``{}`` is the name of one."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/{{}}.sqlite"
    server: Server = request.getfixturevalue("postgresql")
    for reports in (2, 200):
        server.database(f"board_{reports}", [])
    return server.admin.set(database="board_{}").render_as_string(hide_password=False).replace("%7B%7D", "{}")


def test_number_of_statements_does_not_grow_with_the_list(url: str, tmp_path: Path) -> None:
    counts = {}
    for reports in (2, 200):
        register = Register(url.format(reports))
        register.upgrade()
        loaded = fill(register, crowded_list(tmp_path / f"list{reports}", reports), periods=2)
        with register.reading() as session:  # PostgreSQL knows nothing of what was just written
            session.execute(text("ANALYZE"))
        with statements() as said:
            (table,) = board(loaded.list.reports, loaded.list, register, NOW)
        assert len(table.rows) == reports
        assert all(row.cells["2026-09"].state == "in_approval" for row in table.rows)
        assert all(row.cells["2026-09"].waiting.people[0].en == "Head of department" for row in table.rows)
        assert all(row.cells["2026-08"].state == "sealed" for row in table.rows)
        counts[reports] = sum(one.lstrip().startswith("SELECT") for one in said)
    assert counts[2] == counts[200] <= 12
