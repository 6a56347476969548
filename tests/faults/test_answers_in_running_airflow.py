"""In a running Airflow: whatever happens between a click and the next task, the answer counts once, and for good.

Minutes, so `make faults` only. API server and scheduler stand under keepers that start them again.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress

import pytest
from house import GOOD, USERS
from itss.errors import StandaloneError
from itss.standalone.progress import Watch
from itss.standalone.rest import RestError
from ledger import Injected
from test_running_airflow import Flow, flow

__all__ = ["flow"]
pytestmark = [pytest.mark.faults, pytest.mark.flow]

LEVELS = ("initial_review", "approval")


def lines(flow: Flow, period: str, level: str, kind: str) -> list[str]:
    """Who wrote the lines of a kind about a level."""
    found = flow.register.events((GOOD, period, 1))
    name = "question" if kind.startswith("answer") else "level"
    return [one.who for one in found if one.what == kind and one.details[name] == level]


def click(flow: Flow, watch: Watch, level: str) -> None:
    """As the person of the level; what a browser that sees no end of it does, is nothing."""
    with suppress(StandaloneError):
        flow.airflow.client(USERS[level]).answer(watch.dag, watch.run, level, "Approve", f"seen by {level}")


def answered(flow: Flow, period: str, level: str) -> Callable[[], bool]:
    return lambda: bool(lines(flow, period, level, "answered"))


def killed_as_it_goes_on(flow: Flow, watch: Watch, period: str, level: str) -> None:
    """The process that is resumed is killed, and the one that is tried after it."""
    watch.until_parked(flow.task(watch, level))
    click(flow, watch, level)
    for number in (1, 2):
        with suppress(AssertionError):  # it was faster
            flow.kill(watch, level, lambda: True, number)


def adopted(flow: Flow, watch: Watch, period: str, level: str) -> None:
    """The scheduler dies with all its tasks as the answer arrives; the task is an orphan, or never was begun."""
    watch.until_parked(flow.task(watch, level))
    click(flow, watch, level)
    with flow.without_scheduler():
        assert lines(flow, period, level, "answered")


def cut_off(flow: Flow, watch: Watch, period: str, level: str) -> None:
    """The API server dies between the line of the answer and Airflow's word."""
    watch.until_parked(flow.task(watch, level))
    client = flow.airflow.client(USERS[level])
    client.get("/version")  # signed in
    person = threading.Thread(target=click, args=(flow, watch, level))
    person.start()
    flow.airflow.wait(answered(flow, period, level), 60, "the line of the answer", every_s=0.002)
    flow.kill_api_server()
    person.join()


def too_soon(flow: Flow, watch: Watch, period: str, level: str) -> None:
    """The answer overtakes the scheduler's note of the question; Airflow fails the task for that."""
    click(flow, watch, level)


def twice(flow: Flow, watch: Watch, period: str, level: str) -> None:
    """Two clicks at once: one is taken, and the other is told so."""
    watch.until_parked(flow.task(watch, level))
    said: list[int] = []

    def once() -> None:
        try:
            flow.airflow.client(USERS[level]).answer(watch.dag, watch.run, level, "Approve", f"seen by {level}")
            said.append(200)
        except RestError as error:
            said.append(error.status)

    people = [threading.Thread(target=once) for _ in range(2)]
    for one in people:
        one.start()
    for one in people:
        one.join()
    assert sorted(said) == [200, 409]


PLANS = {
    "2026-01": (killed_as_it_goes_on, too_soon),
    "2026-02": (adopted, killed_as_it_goes_on),
    "2026-03": (cut_off, cut_off),
    "2026-04": (twice, adopted),
    "2026-05": (too_soon, twice),
    "2026-06": (cut_off, too_soon),
}


@pytest.mark.parametrize("period", PLANS)
def test_no_answer_is_lost_and_nobody_is_asked_again(flow: Flow, injected: Injected, period: str) -> None:
    watch = flow.start(GOOD, period)
    for level, harm in zip(LEVELS, PLANS[period], strict=True):
        with injected(f"Airflow: answer {harm.__name__.replace('_', ' ')}") as count:
            flow.airflow.wait(flow.is_at(watch, level, "awaiting_input"), 300, level, every_s=0.05)
            harm(flow, watch, period, level)
            flow.airflow.wait(flow.is_at(watch, level, "success"), 300, f"{level} to go on")
            assert [lines(flow, period, level, kind) for kind in ("answered", "decision")] == [[USERS[level]]] * 2
            count.lost = len(lines(flow, period, level, "answer_cancelled"))
            count.doubled = len(lines(flow, period, level, "asked")) - 1
    flow.ends(watch, "success")
    assert [(one.who_id, one.comment) for one in flow.register.decisions((GOOD, period, 1))] == [
        (USERS[level], f"seen by {level}") for level in LEVELS
    ]
