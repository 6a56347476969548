"""The triggers of waiting reports, run as a triggerer runs them, over a real register in which things happen."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from airflow.sdk.module_loading import import_string
from itss.flow import rounds
from itss.flow.hand_in_trigger import HandInTrigger
from itss.flow.rounds import Rounds
from itss.flow.versions_trigger import VersionsTrigger
from itss.register import Register
from itss.register.hand_ins import Handed

HOUR = dt.timedelta(hours=1)
PLACE = ("supplier_monthly", "2026-09", "capacity")


@pytest.fixture
def register(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Register]:
    monkeypatch.setenv("ITSS_VAR", str(tmp_path))
    made = Register(f"sqlite:///{tmp_path / 'register.sqlite'}")
    made.upgrade()
    monkeypatch.setattr(Rounds, "ended_at", float("-inf"))  # of the looks of other tests
    yield made
    assert not Rounds.waiting, "whoever has ended waits no more"


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many waits each look at the register was for."""
    asked = rounds._there
    counted: list[int] = []

    def counting(places: frozenset[Any]) -> frozenset[Any]:
        counted.append(len(places))
        return asked(places)

    monkeypatch.setattr(rounds, "_there", counting)
    return counted


def trigger(place: tuple[str, str, str] = PLACE, left: dt.timedelta = HOUR, poke_s: float = 0.02) -> HandInTrigger:
    return HandInTrigger(*place, (dt.datetime.now(dt.UTC) + left).isoformat(), poke_s)


def give(register: Register, place: tuple[str, str, str] = PLACE) -> None:
    register.accept_hand_in(place, Handed("a.csv", "a" * 64, 1, "data_provider", dt.datetime.now(dt.UTC), "x/a.csv"))


async def fired(one: HandInTrigger) -> list[Any]:
    return [event.payload async for event in one.run()]


async def after_looks(looks: list[int], more: int) -> None:
    wanted = len(looks) + more
    while len(looks) < wanted:
        await asyncio.sleep(0.005)  # what is waited for is the look of another coroutine


def test_it_is_made_again_from_what_it_says() -> None:
    one = trigger()
    path, given = one.serialize()
    again = import_string(path)(**given)
    assert again.serialize() == (path, given)
    assert given == {"report": PLACE[0], "period": PLACE[1], "process": PLACE[2], "until": one.until, "poke_s": 0.02}


def test_it_fires_when_the_data_is_accepted_and_not_for_a_refusal(register: Register, looks: list[int]) -> None:
    async def scene() -> list[Any]:
        waits = asyncio.create_task(fired(trigger()))
        await after_looks(looks, 2)
        register.refuse_hand_in(PLACE, Handed("b.csv", "b" * 64, 1, "dropped", dt.datetime.now(dt.UTC), "x/b"), 3)
        await after_looks(looks, 2)
        assert not waits.done()
        give(register)
        return await asyncio.wait_for(waits, 30)

    assert asyncio.run(scene()) == ["accepted"]


def test_what_is_there_already_is_found_at_once(register: Register, looks: list[int]) -> None:
    give(register)
    assert asyncio.run(fired(trigger(poke_s=3600))) == ["accepted"]
    assert looks == [1]


def test_what_is_handed_in_under_a_former_key_counts(register: Register) -> None:
    give(register)
    register.rename("supplier_monthly", "supplier")
    assert asyncio.run(fired(trigger(("supplier", *PLACE[1:]), poke_s=3600))) == ["accepted"]
    for asked in (PLACE, ("supplier", *PLACE[1:]), ("supplier", "2026-08", "capacity"), ("other", *PLACE[1:])):
        assert bool(register.accepted_hand_ins({asked})) == (register.newest_hand_in(asked) is not None)


@pytest.mark.parametrize("left", [dt.timedelta(seconds=0.2), -HOUR])
def test_it_ends_when_the_data_is_due(register: Register, left: dt.timedelta) -> None:
    give(register, (*PLACE[:2], "availability"))
    assert asyncio.run(fired(trigger(left=left, poke_s=0.01))) == ["due"], "other data than this"


def test_a_register_that_is_away_for_a_time_ends_no_wait(
    register: Register, looks: list[int], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file, away = tmp_path / "register.sqlite", tmp_path / "away"

    async def scene() -> list[Any]:
        waits = asyncio.create_task(fired(trigger()))
        await after_looks(looks, 1)
        file.rename(away)
        file.mkdir()
        await after_looks(looks, 3)
        assert not waits.done()
        file.rmdir()
        away.rename(file)
        give(register)
        return await asyncio.wait_for(waits, 30)

    with caplog.at_level(logging.WARNING, logger=rounds.__name__):
        assert asyncio.run(scene()) == ["accepted"]
    assert "asked again" in caplog.text


def test_two_hundred_waits_are_one_question(register: Register, looks: list[int]) -> None:
    places = [("supplier_monthly", "2026-09", f"process_{number}") for number in range(200)]

    async def scene() -> list[list[Any]]:
        waits = [asyncio.create_task(fired(trigger(place, poke_s=0.2))) for place in places]
        await after_looks(looks, 2)
        assert looks[:2] == [1, 200], "all that came while the first one was asked"
        await after_looks(looks, 2)
        assert looks[2:] == [200] * len(looks[2:])
        for place in places:
            give(register, place)
        return await asyncio.wait_for(asyncio.gather(*waits), 60)

    assert asyncio.run(scene()) == [["accepted"]] * 200


def test_one_that_is_cancelled_takes_no_other_along(register: Register, looks: list[int]) -> None:
    async def scene() -> list[Any]:
        first = asyncio.create_task(fired(trigger()))
        other = asyncio.create_task(fired(trigger((*PLACE[:2], "availability"))))
        await asyncio.sleep(0)
        first.cancel()  # in the middle of the look that it has begun
        await after_looks(looks, 2)
        assert first.cancelled()
        assert list(Rounds.waiting) == [(*PLACE[:2], "availability")]
        give(register, (*PLACE[:2], "availability"))
        return await asyncio.wait_for(other, 30)

    assert asyncio.run(scene()) == ["accepted"]


def test_a_slow_register_does_not_hold_up_the_loop(register: Register, monkeypatch: pytest.MonkeyPatch) -> None:
    began, release = threading.Event(), threading.Event()

    def slow(places: frozenset[Any]) -> frozenset[Any]:
        began.set()
        release.wait(30)
        return places

    monkeypatch.setattr(rounds, "_there", slow)

    async def scene() -> list[Any]:
        waits = asyncio.create_task(fired(trigger()))
        assert await asyncio.to_thread(began.wait, 30)
        assert not waits.done(), "nobody could come here before the end if the loop was held"
        release.set()
        return await asyncio.wait_for(waits, 30)

    assert asyncio.run(scene()) == ["accepted"]


MONTHS = [("customer_monthly", f"2026-0{month}") for month in (7, 8, 9)]


def seal(register: Register, report: str, period: str) -> None:
    """A version as a backfill makes it for the archive, which takes the fewest steps."""
    now = dt.datetime.now(dt.UTC)
    given = {"due_at": now, "run": "run-1", "agreement_version": "", "code_version": "0", "now": now}
    ref = register.open_revision(report=report, period=period, entry={"archive_only": True}, **given).ref
    register.record_draft(ref, said_sha256="c" * 64, statement_sha256="c" * 64)
    register.seal(ref, f"/archive/{ref.path}", "5" * 64, now)


def for_versions(*places: tuple[str, str], left: dt.timedelta = HOUR, poke_s: float = 0.02) -> VersionsTrigger:
    return VersionsTrigger(places, (dt.datetime.now(dt.UTC) + left).isoformat(), poke_s)


def test_one_for_versions_is_made_again_from_what_it_says() -> None:
    one = for_versions(*reversed(MONTHS))
    path, given = one.serialize()
    assert import_string(path)(**given).serialize() == (path, given)
    assert given == {"versions": [list(month) for month in MONTHS], "until": one.until, "poke_s": 0.02}


def test_it_fires_once_all_versions_are_sealed_under_whatever_key(register: Register, looks: list[int]) -> None:
    seal(register, "monthly", "2026-07")

    async def scene() -> list[Any]:
        waits = asyncio.create_task(fired(for_versions(*MONTHS)))
        await after_looks(looks, 2)
        register.rename("monthly", "customer_monthly")
        seal(register, "customer_monthly", "2026-08")
        await after_looks(looks, 2)
        assert not waits.done()
        seal(register, "customer_monthly", "2026-09")
        return await asyncio.wait_for(waits, 60)

    assert asyncio.run(scene()) == ["sealed"]


def test_versions_and_data_are_asked_for_together(register: Register, looks: list[int]) -> None:
    async def scene() -> list[list[Any]]:
        ones = (trigger(poke_s=0.2), for_versions(*MONTHS, poke_s=0.2), for_versions(MONTHS[0], poke_s=0.2))
        waits = [asyncio.create_task(fired(one)) for one in ones]
        await after_looks(looks, 2)
        assert looks[:2] == [1, 4], "one place that two wait for is asked about once"
        give(register)
        for month in MONTHS:
            seal(register, *month)
        return await asyncio.wait_for(asyncio.gather(*waits), 60)

    assert asyncio.run(scene()) == [["accepted"], ["sealed"], ["sealed"]]


def test_it_ends_when_the_report_is_due(register: Register) -> None:
    seal(register, *MONTHS[0])
    assert asyncio.run(fired(for_versions(*MONTHS, left=dt.timedelta(seconds=0.2), poke_s=0.01))) == ["due"]
