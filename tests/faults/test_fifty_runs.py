"""Fifty runs of one period at the same time, each a process that goes the whole way: one wins, the others say so."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from itss.errors import RevisionBusyError
from ledger import Injected
from servers import Server
from way import KEY, PERIOD, House, lost_and_doubled, opening, way, whole

RUNS = 50


def race(house: House, injected: Injected, what: str) -> None:
    # every run opens as itself; what it works on then is the revision that it was given
    steps = list(way().values())[1:]
    meeting = house.root / "opened"
    meeting.mkdir()
    meet = {"meet": {"folder": str(meeting), "count": RUNS}}
    orders = [house.order({"way": [opening(f"run-{number}") | meet, *steps]}) for number in range(RUNS)]
    with injected(what) as count:
        outcomes = house.tasks.all(orders)
        winners = [number for number, one in enumerate(outcomes) if one.is_done]
        assert len(winners) == 1, [f"{one.error}: {one.text}" for one in outcomes if one.error != "RevisionBusyError"]
        for one in outcomes:
            if not one.is_done:
                assert one.error == RevisionBusyError.__name__, one.trace
                assert f"in run run-{winners[0]}." in one.text, "it says which run has it"
        whole(house)
        with house.placed() as register:
            assert register.revisions(KEY, PERIOD)[0].run == f"run-{winners[0]}"
        count.lost, count.doubled = lost_and_doubled(house)


def test_fifty_runs_at_once(house: House, injected: Injected) -> None:
    race(house, injected, f"{RUNS} runs at once, SQLite")


@pytest.mark.faults
def test_fifty_runs_at_once_on_postgresql(house: House, postgresql: Server, injected: Injected) -> None:
    engine = sa.create_engine(postgresql.admin, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with engine.connect() as connection:
        connection.exec_driver_sql("DROP DATABASE IF EXISTS fifty_runs")
        connection.exec_driver_sql("CREATE DATABASE fifty_runs")
    url = postgresql.admin.set(database="fifty_runs").render_as_string(hide_password=False)
    house.extra = {"env": house.environment() | {"ITSS_REGISTER_URL": url}}
    race(house, injected, f"{RUNS} runs at once, PostgreSQL")
