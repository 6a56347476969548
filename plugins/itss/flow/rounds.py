"""The question to the register that all waits of one triggerer share: is what they wait for there?

Asked every ``ITSS_POKE_S`` seconds by the first of them, in a thread of its own, about every place that anybody waits
for. A register that does not answer ends no wait: it is logged, and asked again.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
import time
from collections import Counter
from collections.abc import AsyncIterator, Collection
from typing import ClassVar

from airflow.triggers.base import BaseTrigger, TriggerEvent

from itss.settings import settings

log = logging.getLogger(__name__)

Place = tuple[str, ...]
"""Report and period of a sealed version; with a process behind them, of data that is handed in."""
_OF_VERSION = 2


class Rounds:
    """The looks of one process: who waits, and what the last look found."""

    waiting: ClassVar[Counter[Place]] = Counter()
    asked: ClassVar[frozenset[Place]] = frozenset()
    """The places that the last look was about."""
    found: ClassVar[frozenset[Place]] = frozenset()
    ended_at: ClassVar[float] = float("-inf")
    look: ClassVar[asyncio.Task[None] | None] = None

    @classmethod
    async def are_found(cls, places: frozenset[Place], poke_s: float) -> bool:
        """Whether there is something at all ``places``, which wait, by a look that is younger than ``poke_s``."""
        if not places <= cls.asked or cls.next_in(poke_s) <= 0:
            await cls._looked()
            if not places <= cls.asked:  # that look had begun before these waited
                await cls._looked()
        return places <= cls.found

    @classmethod
    def next_in(cls, poke_s: float) -> float:
        """Seconds until the next look."""
        return cls.ended_at + poke_s - time.monotonic()

    @classmethod
    async def _looked(cls) -> None:
        """One look to its end, for all that wait when it begins."""
        if cls.look is None or cls.look.done() or cls.look.get_loop() is not asyncio.get_running_loop():
            cls.look = asyncio.create_task(cls._look(frozenset(cls.waiting)))
        # a wait that is cancelled must not take along the look that others wait for
        await asyncio.shield(cls.look)

    @classmethod
    async def _look(cls, places: frozenset[Place]) -> None:
        try:
            cls.found = await asyncio.to_thread(_there, places)
        except Exception as error:  # whatever it is, who waits has nowhere else to ask
            log.warning("The register did not say what is there by now, and is asked again: %s", error)
            cls.found = frozenset()
        cls.asked, cls.ended_at = places, time.monotonic()


def _there(places: frozenset[Place]) -> frozenset[Place]:
    """Those of ``places`` where a version is sealed, or data was accepted; a question only for what is waited for."""
    from itss.register import Register

    register = Register(settings().register_url)
    versions = {(place[0], place[1]) for place in places if len(place) == _OF_VERSION}
    data = {(place[0], place[1], place[2]) for place in places if len(place) > _OF_VERSION}
    sealed = register.newest_versions(versions).keys() if versions else ()
    return frozenset([*sealed, *(register.accepted_hand_ins(data) if data else ())])


class RegisterTrigger(BaseTrigger):  # type: ignore[misc]
    """Fires once when there is something at all its ``places``, at the latest at ``until`` (an ISO instant)."""

    found = "found"
    """What its event says where that was so; it is for the log, since the task asks the register again."""

    def __init__(self, places: Collection[Place], until: str, poke_s: float) -> None:
        super().__init__()
        self.places, self.until, self.poke_s = frozenset(places), until, poke_s

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Wait."""
        until = dt.datetime.fromisoformat(self.until)
        Rounds.waiting.update(self.places)
        try:
            is_there = await Rounds.are_found(self.places, self.poke_s)
            while not is_there and (left_s := (until - dt.datetime.now(dt.UTC)).total_seconds()) > 0:
                await asyncio.sleep(min(left_s, max(Rounds.next_in(self.poke_s), 0.0)))
                is_there = await Rounds.are_found(self.places, self.poke_s)
        finally:
            Rounds.waiting.subtract(self.places)
            Rounds.waiting += Counter()  # without those that nobody waits for any more
        yield TriggerEvent(self.found if is_there else "due")
