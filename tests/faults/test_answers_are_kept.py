"""Answered human tasks killed, adopted by another process, or answered twice: no answer is lost, nobody is asked again.

Below Airflow: what the API server does with an answer, and what a task does with it, each a process that is killed at
every point. What comes after is what comes after in Airflow: the person sends again, the task is tried again.
"""

from __future__ import annotations

import signal
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pytest
from itss.choices import COLLECT
from ledger import Injected
from way import JOB, KEY, REF, House, said, way

HEAD, CHIEF, AUTHOR = "head_of_department", "management_representative", "report_author"


@dataclass(frozen=True)
class Asking:
    """One question: what came before it, what is answered, and the line by which its task settles the answer."""

    name: str
    kept: str
    before: Sequence[dict[str, Any]]
    answer: tuple[str, str, dict[str, Any]]
    line: str

    @property
    def received(self) -> dict[str, Any]:
        return {"call": "receive", "args": [KEY, "run-1", self.name, *self.answer]}

    @property
    def settled(self) -> dict[str, Any]:
        return {"call": "settle", "args": [JOB, self.name]}


REJECTED = {
    "call": "decide",
    "args": [JOB, "initial_review", said(HEAD, "Reject", comment="why?")],
}
ASKED = [way()["ask the first"]]
ASKING = {
    "comment": Asking(
        "comment",
        "comment",
        [{"call": "figures_brief", "args": [JOB]}],
        (AUTHOR, "OK", {"comment": "x"}),
        "commented",
    ),
    "approve": Asking("initial_review", "ask the first", ASKED, (HEAD, "Approve", {"comment": "well"}), "decision"),
    "reject": Asking("initial_review", "ask the first", ASKED, (HEAD, "Reject", {"comment": "why?"}), "decision"),
    "second level": Asking("approval", "ask the second", [way()["ask the second"]], (CHIEF, "Approve", {}), "decision"),
    "rework": Asking(
        "rework",
        "first answer",
        [REJECTED, {"call": "return_to_author", "args": [JOB]}],
        (AUTHOR, "OK", {"data": COLLECT, "section_a": "an answer"}),
        "reworked",
    ),
}


@pytest.fixture(params=ASKING)
def asking(walked: House, request: pytest.FixtureRequest) -> Asking:
    """A question that waits for its answer, in a house that can go back to that moment."""
    one = ASKING[request.param]
    walked.back_to(one.kept)
    walked.run(one.before)
    walked.keep("asked")
    return one


def counted(house: House, asking: Asking) -> Counter[str]:
    """The lines about the question: how often it was asked, answered, taken back and settled; and what it waits for."""
    with house.placed() as register:
        found = Counter(
            event.what
            for event in register.events(REF)
            if event.details.get("question", event.details.get("level", asking.name)) == asking.name
        )
        waiting = sum(one.level == asking.name for one in register.asked())
        held = sum(one.question == asking.name for one in register.unsettled())
    kinds = ("asked", "answered", "answer_cancelled", asking.line)
    return Counter({kind: found[kind] for kind in kinds}) + Counter(waiting=waiting, held=held)


def whole(house: House, asking: Asking) -> tuple[int, int]:
    """How many answers were lost, and how often people were asked again or their answer counted again."""
    found = counted(house, asking)
    asked = found["asked"] + (asking.name == "rework")  # the line that returns the report asks for its rework
    lost = (found["answered"] < 1) + (found[asking.line] < 1) + found["waiting"] + found["held"]
    return lost, abs(asked - 1) + max(0, found["answered"] - 1) + max(0, found[asking.line] - 1)


def some(points: Sequence[str], *, all_of_them: bool) -> list[int]:
    """Every point; or the one before the last commit, and the one behind it."""
    commits = [at for at, what in enumerate(points) if what.endswith("commit")]
    return list(range(len(points))) if all_of_them else commits[-2:]


@pytest.mark.parametrize("times", [1, 2], ids=["once", "twice"])
def test_the_api_server_is_killed_while_it_takes_an_answer(
    walked: House, asking: Asking, injected: Injected, thorough: bool, times: int
) -> None:
    points = walked.task(asking.received).points
    for at in some(points, all_of_them=thorough):
        walked.back_to("asked")
        with injected(f"answer: API server killed, {times}×") as count:
            killed(walked, asking.received, at, times)
            is_on_record = counted(walked, asking)["answered"] == 1
            (again,) = walked.tasks.all([walked.order(asking.received)])  # the person saw no end of it
            assert again.is_done != is_on_record, (at, points[at], again)
            assert again.error in ("", "AnswerRefusedError")
            walked.run([asking.settled])
            count.lost, count.doubled = whole(walked, asking)


@pytest.mark.parametrize("times", [1, 2], ids=["once", "twice"])
def test_the_task_is_killed_while_it_settles_an_answer(
    walked: House, asking: Asking, injected: Injected, thorough: bool, times: int
) -> None:
    walked.run([asking.received])
    walked.keep("answered")
    points = walked.task(asking.settled).points
    for at in some(points, all_of_them=thorough):
        walked.back_to("answered")
        with injected(f"answer: task killed while it settles, {times}×") as count:
            killed(walked, asking.settled, at, times)
            again = walked.task(asking.settled)
            assert again.is_done, again.trace
            assert again.value is not None, "the task that is tried again finds the answer, and asks nobody"
            count.lost, count.doubled = whole(walked, asking)


def killed(house: House, call: dict[str, Any], at: int, times: int) -> None:
    """Killed at the point, and at the same one when it is tried again, unless it was over before that."""
    first, *later = (house.tasks.all([house.order(call, at=at)])[0] for _ in range(times))
    assert first.signal == signal.SIGKILL
    assert all(one.signal == signal.SIGKILL or one.is_done or one.error == "AnswerRefusedError" for one in later)


def test_two_processes_settle_the_same_answer(walked: House, asking: Asking, injected: Injected) -> None:
    """An adopted task: the first process lives on beside the second."""
    walked.run([asking.received])
    with injected("answer: settled by two at once") as count:
        for outcome in walked.tasks.all([walked.order(asking.settled)] * 2):
            assert outcome.is_done, outcome.trace
            assert outcome.value is not None
        count.lost, count.doubled = whole(walked, asking)


def test_it_is_answered_twice_at_the_same_moment(walked: House, asking: Asking, injected: Injected) -> None:
    with injected("answer: two clicks at once") as count:
        outcomes = walked.tasks.all([walked.order(asking.received)] * 4)
        assert sorted(one.error for one in outcomes) == ["", *["AnswerRefusedError"] * 3]
        walked.run([asking.settled])
        count.lost, count.doubled = whole(walked, asking)


def test_the_task_is_tried_again_and_again(walked: House, asking: Asking, injected: Injected) -> None:
    """Airflow empties the question of a task that it tries again; the record is what the task reads."""
    walked.run([asking.received])
    with injected("answer: task tried five times") as count:
        walked.run([asking.settled] * 5)
        count.lost, count.doubled = whole(walked, asking)
