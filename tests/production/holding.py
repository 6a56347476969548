"""Holds a step of the product at one certain point, by locks in databases: no hook in the product, no sleep.

``held(house, "sealed", "2026-08")``: whoever writes that line of the period into the ledger waits. ``source_held``:
whoever reads the source waits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import sqlalchemy as sa

if TYPE_CHECKING:
    from production_house import House

_KEY = 4711
_DDL = (
    "CREATE TABLE IF NOT EXISTS held (kind text, period text)",
    f"""CREATE OR REPLACE FUNCTION hold() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF EXISTS (SELECT 1 FROM held WHERE kind = NEW.kind AND position(period IN NEW.ref) > 0)
        THEN PERFORM pg_advisory_xact_lock_shared({_KEY}); END IF; RETURN NEW; END $$""",
    "DROP TRIGGER IF EXISTS hold ON ledger",
    "CREATE TRIGGER hold BEFORE INSERT ON ledger FOR EACH ROW EXECUTE FUNCTION hold()",
)
_WAIT_KEY = f"SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = {_KEY} AND NOT granted"
_WAIT_TABLE = "SELECT count(*) FROM pg_locks WHERE relation = 'incident'::regclass AND NOT granted"


@contextmanager
def held(house: House, kind: str, period: str) -> Iterator[Callable[[], bool]]:
    """Let nobody write a line ``kind`` about the period in the block; gives whether somebody waits to."""
    with _session(house.register_url) as own:
        for statement in _DDL:
            own.exec_driver_sql(statement)
        own.execute(sa.text("INSERT INTO held VALUES (:kind, :period)"), {"kind": kind, "period": period})
        own.exec_driver_sql(f"SELECT pg_advisory_lock({_KEY})")
        try:
            yield lambda: bool(own.exec_driver_sql(_WAIT_KEY).scalar())
        finally:
            own.exec_driver_sql("DELETE FROM held")
            own.exec_driver_sql(f"SELECT pg_advisory_unlock({_KEY})")


@contextmanager
def source_held(house: House) -> Iterator[Callable[[], bool]]:
    """Let nobody read the incidents in the block; gives whether somebody waits to."""
    with _session(house.source_url) as own:
        own.exec_driver_sql("BEGIN")
        own.exec_driver_sql("LOCK TABLE incident IN ACCESS EXCLUSIVE MODE")
        try:
            yield lambda: bool(own.exec_driver_sql(_WAIT_TABLE).scalar())
        finally:
            own.exec_driver_sql("ROLLBACK")


@contextmanager
def _session(url: str) -> Iterator[sa.Connection]:
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with engine.connect() as connection:
        yield connection
