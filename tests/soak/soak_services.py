"""What is done to services: killed, ended warm, started again, shut for a while; never two at the same time.

What ends by itself later (a source that opens again) is kept as something to do at a time; `tick` does it.
"""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import psutil
from itss.standalone import guard
from soak_plan import Disturbance
from soak_source import Source
from soak_tally import Book

AWAY_S = 20.0
"""How long something stays away."""


class Services:
    """Of one house."""

    def __init__(self, house: Any, source: Source, book: Book, seed: str) -> None:
        self._house = house
        self._source = source
        self._book = book
        self._rng = random.Random(f"{seed} services")
        self._later: list[tuple[float, str, Callable[[], object]]] = []

    @property
    def is_quiet(self) -> bool:
        """Whether everything runs."""
        return not self._later

    def tick(self) -> None:
        """Bring back what was away long enough."""
        now = time.monotonic()
        for one in [one for one in self._later if one[0] <= now]:
            self._later.remove(one)
            one[2]()
            self._book.note("back", service=one[1])

    def bring_back(self) -> None:
        """Everything at once, however short it was away."""
        self._later = [(0.0, name, work) for _, name, work in self._later]
        self.tick()

    def disturb(self, one: Disturbance) -> None:
        """Put it in."""
        name = self._chosen(one.kind)
        work = {
            "worker killed": self._kill,
            "scheduler killed": self._kill,
            "API server killed": self._kill,
            "triggerer killed": self._kill,
            "worker ended warm and started": self._restart,
            "DAG processor restarted": self._restart,
            "register stopped for a while": self._register,
            "source down for a while": self._shut,
            "Redis stopped and started, empty": self._redis,
        }[one.kind]
        self._book.happened(one.kind, period=one.period, said=name)
        work(name)

    def _chosen(self, kind: str) -> str:
        word = kind.split()[0].lower()
        names = {"api": "api-server", "dag": "dag-processor"}
        fitting = [name for name in self._house.services if name.startswith(names.get(word, word))]
        return self._rng.choice(fitting) if fitting else word

    def _after(self, name: str, work: Callable[[], object], seconds: float = AWAY_S) -> None:
        self._later.append((time.monotonic() + seconds, name, work))

    def _kill(self, name: str) -> None:
        self._house.kill(name)
        self._after(name, lambda: self._house.start(name), AWAY_S / 2)

    def _restart(self, name: str) -> None:
        self._house.stop(name)
        self._house.start(name)

    def _register(self, name: str) -> None:
        daemon = self._house.databases["register"].daemon
        daemon.stop()
        self._after(name, daemon.start)

    def _shut(self, name: str) -> None:
        self._source.shut()
        self._after(name, self._source.open, 2 * AWAY_S)

    def _redis(self, name: str) -> None:
        daemon = self._house.redis.daemon
        daemon.stop()
        self._after(name, daemon.start, AWAY_S / 2)

    def kill_task(self, instance: str) -> bool:
        """Kill -9 of the process that carries out a task instance, if one of the workers has it now."""
        for name, service in self._house.services.items():
            if not name.startswith("worker") or not service.is_running:
                continue
            for pid in guard.members(service._guard.pid):
                with suppress(psutil.Error, ProcessLookupError):
                    if instance in " ".join(psutil.Process(pid).cmdline()):
                        os.kill(pid, signal.SIGKILL)
                        return True
        return False
