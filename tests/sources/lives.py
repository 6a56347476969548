"""Lives of tickets, problems and changes by chance, told as events that a system writes down one after the other."""

import datetime as dt
import random
from collections.abc import Iterator
from dataclasses import dataclass

FIRST, LAST = dt.datetime(2026, 7, 20), dt.datetime(2026, 11, 1)  # noqa: DTZ001 - local times of the system
CUT = dt.datetime(2026, 10, 1)  # noqa: DTZ001
NEXT = {
    "open": ("paused", "solved", "solved", "solved", "closed", "cancelled"),
    "paused": ("open", "open", "solved"),
    "solved": ("closed", "closed", "open"),
    "closed": ("open", "", "", ""),
    "cancelled": ("open", "", ""),
}
"""What may follow a state; nothing ends the life."""
SIZES = {"incident": 90, "request": 40, "problem": 30, "change": 40}


@dataclass(frozen=True)
class Event:
    """``at`` is when it was written down (local); ``word`` what became of ``verb``; ``told_at`` when it is said to have
    happened, where that is another day."""

    at: dt.datetime
    kind: str
    id: int
    verb: str
    word: str = ""
    told_at: dt.datetime | None = None


def lives(seed: int) -> list[Event]:
    """All events of one company, in order of time."""
    chance = random.Random(seed)  # the same lives every time
    numbers = iter(range(1, 10_000))
    told = [event for kind, size in SIZES.items() for _ in range(size) for event in _life(chance, kind, next(numbers))]
    return sorted(told, key=lambda event: (event.at, event.id))


def _life(chance: random.Random, kind: str, number: int) -> Iterator[Event]:
    opened = FIRST + (LAST - FIRST) * chance.random()
    opened = opened.replace(microsecond=0)
    # some were entered late, with the day on which they happened: all of these in October
    is_late = kind == "incident" and number % 15 == 0
    at = CUT + dt.timedelta(days=chance.randint(1, 9), hours=3) if is_late else opened
    told = CUT - dt.timedelta(days=chance.randint(1, 20)) if is_late else None
    yield Event(at, kind, number, "opened", chance.choice("1234"), told)
    yield Event(at + dt.timedelta(hours=chance.randint(1, 40)), kind, number, "responded")
    state = "open"
    while state:
        at += dt.timedelta(hours=chance.choice((1, 5, 30, 100, 300)), minutes=chance.randint(1, 59))
        state = chance.choice(NEXT[state])
        if at >= LAST or not state:
            break
        yield Event(at, kind, number, "state", state)
        yield from _aside(chance, kind, number, at)


def _aside(chance: random.Random, kind: str, number: int, at: dt.datetime) -> Iterator[Event]:
    """What else is changed a little later."""
    at += dt.timedelta(minutes=chance.randint(1, 30))
    for verb, share, word in (
        ("priority", 0.3, chance.choice("1234")),
        ("service", 0.2, chance.choice(("mail", "erp"))),
        ("group", 0.2, chance.choice(("desk", "lab"))),
        ("type", 0.05, ""),
        ("purged", 0.02, ""),
    ):
        if chance.random() < share and (verb != "type" or kind in ("incident", "request")):
            yield Event(at, kind, number, verb, word)
