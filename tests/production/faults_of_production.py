"""The faults that were put into the house of several machines, as the table on the page has them."""

from __future__ import annotations

import os
from dataclasses import dataclass, field


@dataclass
class Fault:
    """One fault, once; ``seconds`` from its begin until all went on again."""

    name: str
    recovered: int = 0
    lost: int = 0
    doubled: int = 0
    seconds: float = 0.0

    def line(self) -> str:
        return f"| {self.name} | 1 | {self.recovered} | {self.lost} | {self.doubled} | {self.seconds:.0f} s |"


@dataclass
class Faults:
    """All of a session, and the settings of Airflow that were not as it ships."""

    all: list[Fault] = field(default_factory=list)
    settings: list[str] = field(default_factory=list)

    def table(self) -> list[str]:
        sums = [
            sum(column) for column in zip(*((1, one.recovered, one.lost, one.doubled) for one in self.all), strict=True)
        ]
        return [
            "| fault | injected | recovered | lost | doubled | until it went on |",
            "|---|---|---|---|---|---|",
            *(one.line() for one in self.all),
            f"| **total** | {' | '.join(map(str, sums))} | |",
        ]

    @staticmethod
    def cores() -> set[int]:
        return os.sched_getaffinity(0)


FAULTS = Faults()
