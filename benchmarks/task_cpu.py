"""CPU seconds by task, from ``/proc``: what the processes have used that a LocalExecutor's workers started and ended.

A worker runs one task at a time, and says in its title which one; the kernel adds to it what its ended children used.
"""

from __future__ import annotations

import os
import threading
from collections import defaultdict
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from types import TracebackType

EVERY_S = 0.05
_TITLE = "airflow worker -- LocalExecutor:"
_IDLE = "<idle>"
_TICKS = os.sysconf("SC_CLK_TCK")


class TaskCpu:
    """Use as a context manager; afterwards `by_task` has what was used meanwhile."""

    def __init__(self) -> None:
        self._used: dict[str, float] = defaultdict(float)
        self._before: dict[int, float] = {}
        self._working: dict[int, str] = {}
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look_on, daemon=True)

    def __enter__(self) -> TaskCpu:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()

    def by_task(self, names: Mapping[str, str]) -> dict[str, float]:
        """CPU seconds by task id, of the task instances whose ids are the keys of ``names``."""
        return {names[one]: seconds for one, seconds in self._used.items() if one in names}

    def _look_on(self) -> None:
        while self._look() or not self._over.is_set():  # the last task's process ends a moment after its run
            self._over.wait(EVERY_S)

    def _look(self) -> bool:
        """Count what was used since; whether a worker is at work."""
        is_at_work = False
        for pid in (int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit()):
            with suppress(OSError):  # ended meanwhile
                title = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode().strip()
                if title.startswith(_TITLE):
                    self._count(pid, title.removeprefix(_TITLE).strip())
                    is_at_work |= not title.endswith(_IDLE)
        return is_at_work

    def _count(self, pid: int, title: str) -> None:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        used = (int(fields[13]) + int(fields[14])) / _TICKS  # cutime, cstime
        if pid in self._working:
            self._used[self._working[pid]] += used - self._before.get(pid, used)
        self._before[pid] = used
        if title != _IDLE:
            self._working[pid] = title
