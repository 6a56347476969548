"""What a task asks of Airflow about a run, and what it makes of the answer."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace
from typing import Any

import pytest
from itss.flow.runs import asking

NOON = dt.datetime(2026, 10, 1, 12, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)


def context(known: dict[str, str], **own: Any) -> dict[str, Any]:
    """A task of ``dag``, run ``own``, in an Airflow that has the runs of ``known``, each with its state."""

    def get_dr_count(dag_id: str, run_ids: list[str], states: list[str] | None = None) -> int:
        assert dag_id == "dag"
        return sum(run in run_ids and (states is None or state in states) for run, state in known.items())

    run = {"dag_id": "dag", "run_id": "own", "clear_number": 0, "start_date": NOON} | own
    return {"ti": SimpleNamespace(get_dr_count=get_dr_count), "dag_run": SimpleNamespace(**run)}


@pytest.mark.parametrize(
    ("state", "expected"),
    [("queued", "alive"), ("running", "alive"), ("success", "ended"), ("failed", "ended"), ("", "gone")],
)
def test_another_run(state: str, expected: str) -> None:
    ask = asking(context({"other": state} if state else {}))
    assert ask("dag", "other", NOON) == expected


@pytest.mark.parametrize(
    ("own", "since", "expected"),
    [
        ({}, NOON + HOUR, "alive"),  # its first task, tried again
        ({}, NOON - HOUR, "gone"),  # a run of its name had the revision before it began
        ({"clear_number": 1}, NOON - HOUR, "alive"),  # itself, cleared
        ({"start_date": None}, NOON - HOUR, "alive"),
    ],
)
def test_a_run_of_the_same_name(own: dict[str, Any], since: dt.datetime, expected: str) -> None:
    assert asking(context({"own": "running"}, **own))("dag", "own", since) == expected


def test_an_api_that_does_not_answer_has_said_nothing() -> None:
    def get_dr_count(**_: Any) -> int:
        raise OSError("timed out")

    given = context({}) | {"ti": SimpleNamespace(get_dr_count=get_dr_count)}
    with pytest.raises(OSError, match="timed out"):
        asking(given)("dag", "other", NOON)
