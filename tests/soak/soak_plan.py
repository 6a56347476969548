"""What is disturbed in which period: drawn from a seed, so that two soaks of one seed plan the same.

A case is one report of one period. Disturbances of cases never meet in one case; those of services come in turns, each
once so many cases of its period are sealed.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

CUSTOMERS = ("north", "east", "south", "west", "centre")
ENTRIES = ("signed_monthly", "commented_monthly", "waiting_monthly", "brief_monthly")
OF_CASES = {
    "rejected": 2,
    "late_hand_in": 1,
    "mail_4xx": 1,
    "mail_5xx_corrected": 1,
    "mail_5xx_waived": 1,
    "same_moment": 2,
    "run_deleted": 1,
    "corrected": 1,
    "task_killed": 1,
}
"""How many cases of each period of twenty have it."""
OF_SERVICES = (
    "worker killed",
    "register stopped for a while",
    "API server killed",
    "source down for a while",
    "scheduler killed",
    "worker ended warm and started",
    "triggerer killed",
    "DAG processor restarted",
    "Redis stopped and started, empty",
)
SERVICES_A_PERIOD = 3
LATE_ENTRY = "waiting_monthly"
WORDS = {
    "rejected": "rejection, rework, next revision",
    "late_hand_in": "data handed in after the run has failed for want of it",
    "mail_4xx": "mail refused for a while (4xx) for one recipient",
    "mail_5xx_corrected": "mail refused (5xx) for one recipient, the cause corrected",
    "mail_5xx_waived": "mail refused for good (5xx) for one recipient, who is excused",
    "same_moment": "two approvers answer at the same moment",
    "run_deleted": "run deleted while its approval waits, taken over by the next",
    "corrected": "source corrected after the seal, reported again",
    "task_killed": "kill -9 of a task's process",
}


@dataclass(frozen=True)
class Case:
    """One report of one period."""

    report: str
    period: str


@dataclass(frozen=True)
class Disturbance:
    """``kind`` is a key of `OF_CASES`, of ``case``; or one of `OF_SERVICES`, once ``after`` cases are sealed."""

    kind: str
    period: str
    case: Case | None = None
    after: int = 0


def reports(customers: int = len(CUSTOMERS)) -> list[str]:
    """The keys of the list, for the first so many customers."""
    return [f"{entry}.{customer}" for entry in ENTRIES for customer in CUSTOMERS[:customers]]


def periods(count: int = 24, first: tuple[int, int] = (2024, 11)) -> list[str]:
    """The months, in their order."""
    begin = first[0] * 12 + first[1] - 1
    return [f"{month // 12}-{month % 12 + 1:02d}" for month in range(begin, begin + count)]


def plan(seed: str, months: Sequence[str], keys: Sequence[str]) -> list[Disturbance]:
    """All that is planned, in the order of the months."""
    found: list[Disturbance] = []
    for number, month in enumerate(months):
        found += _of_cases(random.Random(f"{seed} {month}"), month, keys)
        found += _of_services(number, month, len(keys))
    return found


def _of_cases(rng: random.Random, month: str, keys: Sequence[str]) -> Iterator[Disturbance]:
    """As many as the share says, at least one of a kind while there are cases left."""
    left = rng.sample(list(keys), len(keys))
    share = len(keys) / (len(ENTRIES) * len(CUSTOMERS))
    # what few cases fit goes first; of a short list other kinds are left out in each month
    for kind in ("late_hand_in", *(one for one in rng.sample(list(OF_CASES), len(OF_CASES)) if one != "late_hand_in")):
        fitting = [key for key in left if kind != "late_hand_in" or key.startswith(LATE_ENTRY)]
        if kind == "same_moment":  # two of them are needed at a level, and both levels ask
            fitting = [key for key in fitting if not key.startswith(LATE_ENTRY)]
        for key in fitting[: max(1, round(OF_CASES[kind] * share))]:
            left.remove(key)
            yield Disturbance(kind, month, Case(key, month))


def _of_services(number: int, month: str, cases: int) -> Iterator[Disturbance]:
    for turn in range(SERVICES_A_PERIOD):
        kind = OF_SERVICES[(number * SERVICES_A_PERIOD + turn) % len(OF_SERVICES)]
        yield Disturbance(kind, month, None, after=1 + turn * cases // SERVICES_A_PERIOD)


def counted(planned: Sequence[Disturbance]) -> Counter[str]:
    """How many of each kind."""
    return Counter(one.kind for one in planned)
