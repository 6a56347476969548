"""The driver's own book: what it did and saw, line by line, from nothing that the product says of itself afterwards.

Every line goes to ``events.jsonl`` with its time at once, so that a soak that is interrupted leaves all of it.
"""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path

from soak_plan import Case, Disturbance


@dataclass
class Told:
    """What the driver knows of one case."""

    case: Case
    kinds: set[str]
    run: str = ""
    runs: int = 0
    rejections: int = 0
    answers: list[tuple[str, str, str]] = field(default_factory=list)
    """(level, user, option) of each answer that was taken with 200."""
    unsure: list[tuple[str, str, str]] = field(default_factory=list)
    """The same of those whose reply was lost or an error of the server: they may be on record."""
    waived: set[str] = field(default_factory=set)
    """Addresses that were excused for the revision that is sealed."""
    revisions_sealed: list[int] = field(default_factory=list)
    clears: int = 0
    done: set[str] = field(default_factory=set)
    """Kinds that happened."""
    office: Future[None] | None = None
    """A command that a person runs meanwhile."""
    is_over: bool = False
    is_lost: str = ""

    def wants(self, kind: str) -> bool:
        """Whether a planned disturbance of this kind is still to come."""
        return kind in self.kinds and kind not in self.done


@dataclass
class Counts:
    """Of one kind of disturbance."""

    planned: int = 0
    happened: int = 0
    recovered: int = 0


class Book:
    """All of it, and the file."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.counts: dict[str, Counts] = {}
        self.unplanned: Counter[str] = Counter()
        self.statuses: Counter[str] = Counter()
        """HTTP statuses that answers got, but for 200."""
        self.moments: list[tuple[dt.datetime, str]] = []
        """When which kind of disturbance was put in."""
        self.open: list[tuple[str, str]] = []
        """(kind, period) of what happened to services and is not yet recovered."""
        self._file = folder / "events.jsonl"

    def plan(self, planned: list[Disturbance]) -> None:
        """Of a period that begins: what is not begun was not planned."""
        for one in planned:
            self.counts.setdefault(one.kind, Counts()).planned += 1

    def happened(self, kind: str, told: Told | None = None, period: str = "", said: str = "") -> None:
        """A disturbance was put in now."""
        self.counts.setdefault(kind, Counts()).happened += 1
        self.moments.append((dt.datetime.now(dt.UTC), kind))
        if told is None:
            self.open.append((kind, period))
        else:
            told.done.add(kind)
        self.note("disturbed", told.case if told else None, kind=kind, period=period, said=said)

    def recovered_case(self, told: Told) -> None:
        """A case is over: what happened to it is recovered."""
        for kind in told.done:
            self.counts[kind].recovered += 1

    def recovered_period(self, period: str) -> None:
        """Every case of a period is sealed: so what happened to services in it is recovered."""
        for kind, _ in [one for one in self.open if one[1] == period]:
            self.counts[kind].recovered += 1
        self.open = [one for one in self.open if one[1] != period]

    def note(self, what: str, case: Case | None = None, **said: object) -> None:
        """One line."""
        at = dt.datetime.now(dt.UTC).isoformat(timespec="milliseconds")
        line = {"at": at, "what": what, **({"report": case.report, "period": case.period} if case else {}), **said}
        with self._file.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line, ensure_ascii=False, default=str) + "\n")
        print(" ".join(map(str, line.values()))[:300], flush=True)
