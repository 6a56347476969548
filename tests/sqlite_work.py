"""How much SQLite does for a piece of work, counted and not timed: the same on every machine, however busy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import Engine, event


def sqlite_work(work: Callable[[], object]) -> int:
    """The instructions of SQLite's virtual machine that ``work`` takes, in all of its connections."""
    count = 0

    def instruction() -> None:
        nonlocal count
        count += 1

    def count_in(connection: Any, _entry: Any) -> None:
        connection.set_progress_handler(instruction, 1)

    event.listen(Engine, "connect", count_in)
    try:
        work()
    finally:
        event.remove(Engine, "connect", count_in)
    return count
