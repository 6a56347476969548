from __future__ import annotations

import multiprocessing
import threading
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

import pytest
from itss.errors import RegisterError, RevisionBusyError
from itss.register import Register
from walking import NOW, answer, draft, open_one, walk


def test_the_same_run_gets_the_same_revision_again(register: Register) -> None:
    first = open_one(register)
    assert (first.number, first.state, first.report, first.period) == (1, "open", "customer_monthly", "2026-09")
    assert open_one(register) == first
    assert [event.what for event in register.events(first.ref)] == ["open"]
    assert register.entry(first.ref)["title"] == "客户服务月报"


def test_a_failed_run_reopens_its_own_and_keeps_what_it_has(register: Register) -> None:
    first = open_one(register)
    walk(register, first, "submitted")
    answer(register, first, "initial_review")
    register.fail(first.ref, "approval: database went away")
    assert (register.revision(first.ref).state, register.revision(first.ref).reached) == ("failed", "submitted")
    again = open_one(register)
    assert (again.number, again.state, again.note) == (1, "open", "")
    assert [decision.level for decision in register.decisions(first.ref)] == ["initial_review"]
    assert "approval: database went away" in str(register.events(first.ref))


@pytest.mark.parametrize("end", ["failed", "unchanged"])
def test_another_run_takes_over_what_failed_or_was_unchanged(register: Register, end: str) -> None:
    sealed = open_one(register, "run-0")
    walk(register, sealed, "sealed")
    second = open_one(register, "run-a")
    if end == "failed":
        register.fail(second.ref, "collect: no such file")
    else:
        assert draft(register, second, "c" * 64)
    assert register.revision(second.ref).state == end
    taken = open_one(register, "run-b")
    assert (taken.number, taken.state, taken.run) == (2, "open", "run-b")


@pytest.mark.parametrize("state", ["open", "rendered", "submitted", "released", "delivered"])
def test_two_living_runs_on_one_report_are_refused(register: Register, state: str) -> None:
    first = open_one(register, "run-a")
    if state != "open":
        walk(register, first, state)
    with pytest.raises(RevisionBusyError, match=f"customer_monthly 2026-09 r01 is {state} in run run-a") as caught:
        open_one(register, "run-b")
    assert "python -m itss.register fail customer_monthly 2026-09 1" in caught.value.remedy
    assert len(register.revisions("customer_monthly", "2026-09")) == 1


def test_after_the_end_comes_the_next_number(register: Register) -> None:
    first = open_one(register, "run-a")
    walk(register, first, "submitted")
    answer(register, first, "initial_review", "reject")
    register.return_revision(first.ref, "图表缺失")
    register.rework(first.ref, {"a": "图表已补"}, keep_data=False, who="author")
    second = open_one(register, "run-b", number=2)
    walk(register, second, "sealed")
    third = open_one(register, "run-c")
    assert [(r.number, r.state, r.note) for r in register.revisions("customer_monthly", "2026-09")] == [
        (1, "returned", "图表缺失"),
        (2, "sealed", ""),
        (3, "open", ""),
    ]
    assert third.number == 3
    assert open_one(register, "run-x", period="2026-08").number == 1, "another period is another report"


def test_a_number_that_is_not_the_next_is_refused(register: Register) -> None:
    with pytest.raises(RegisterError, match="the next one is 1"):
        open_one(register, number=2)
    first = open_one(register)
    walk(register, first, "sealed")
    with pytest.raises(RegisterError, match="the next one is 2"):
        open_one(register, "run-b", number=1)


def test_a_run_cleared_after_it_was_sealed_works_on_the_next_revision(register: Register) -> None:
    walk(register, open_one(register, "run-a", number=1), "sealed")
    again = open_one(register, "run-a", number=1)
    assert (again.number, again.state, again.run) == (2, "open", "run-a")
    assert open_one(register, "run-a", number=1).number == 2, "its first task, tried again"


def test_one_that_failed_after_it_reached_somebody_is_not_taken_over(register: Register) -> None:
    first = open_one(register, "run-a")
    walk(register, first, "released")
    register.record_delivery(first.ref, "Customer", "customer@example.com", "sending", "", "m1", NOW)
    register.fail(first.ref, "deliver: connection lost")
    with pytest.raises(RevisionBusyError, match="reached at least one recipient"):
        open_one(register, "run-b")
    register.supersede(first.ref, "run-a was deleted", who="report_manager")
    assert open_one(register, "run-b").number == 2
    assert [(e.who, e.what) for e in register.events(first.ref)][-1] == ("report_manager", "superseded")


def test_only_a_failed_one_can_be_given_up(register: Register) -> None:
    first = open_one(register)
    with pytest.raises(RegisterError, match="is open, not failed"):
        register.supersede(first.ref, "by mistake")


def _race(url: str, run: str) -> tuple[str, int]:
    register = Register(url)
    register.upgrade()
    try:
        return "opened", open_one(register, run).number
    except RevisionBusyError:
        return "busy", 0


def test_of_processes_that_start_at_once_one_upgrades_and_one_opens(url: str) -> None:
    runs = [f"run-{number}" for number in range(6)]
    with ProcessPoolExecutor(6, mp_context=multiprocessing.get_context("spawn")) as pool:
        results = list(pool.map(_race, [url] * 6, runs))
    assert sorted(results) == [("busy", 0)] * 5 + [("opened", 1)]
    assert len(Register(url).revisions("customer_monthly", "2026-09")) == 1


def _race_of_25(url: str, group: str) -> list[tuple[int, str]]:
    """The revision number, or the refusal, of 25 runs that begin at one moment."""
    start = threading.Barrier(25)

    def begin(number: int) -> tuple[int, str]:
        register = Register(url)
        start.wait()
        try:
            return open_one(register, f"run-{group}-{number}").number, ""
        except RevisionBusyError as error:
            return 0, str(error)

    with ThreadPoolExecutor(25) as pool:
        return list(pool.map(begin, range(25)))


def test_of_50_runs_of_one_period_one_wins_and_the_others_say_so(register: Register, url: str) -> None:
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as pool:
        results = [result for half in pool.map(_race_of_25, [url] * 2, "ab") for result in half]
    assert sorted(number for number, _ in results) == [0] * 49 + [1]
    (only,) = register.revisions("customer_monthly", "2026-09")
    refusals = {words for _, words in results if words}
    assert len(refusals) == 1
    assert f"customer_monthly 2026-09 r01 is open in run {only.run}." in refusals.pop()
    assert [event.what for event in register.events(only.ref)] == ["open"], "the others left no trace"


def test_a_revision_that_was_never_opened_is_named(register: Register) -> None:
    with pytest.raises(RegisterError, match="customer_monthly 2026-09 r07 is not in the register"):
        register.submit(("customer_monthly", "2026-09", 7))
