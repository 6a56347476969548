"""The customers of the canary test, and the words of each that must never be found in anything of another.

Two words a customer: its *name* (key, title, people, addresses, agreement) and its *song* (every text in its rows, what
its people write). Letters and digits alone, so that no encoding, escaping or hyphenation changes them.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256

ENTRY, PERIOD = "canary_monthly", "2026-09"
_WORD = re.compile(r"c\d{3}[0-9a-f]{8}|canary[0-9a-f]{20}")
_UNSEEN = re.compile("[\\s\u00ad\u200b-\u200f\ufeff]+")


@dataclass(frozen=True)
class Bird:
    """One customer by its number, counted from 1."""

    number: int

    @cached_property
    def name(self) -> str:
        """Its key, and the part of whatever is called after it."""
        return f"c{self.number:03d}{self._digest[:8]}"

    @cached_property
    def song(self) -> str:
        """The word in each of its rows."""
        return f"canary{self._digest[8:28]}"

    @property
    def report(self) -> str:
        """The key of its report."""
        return f"{ENTRY}.{self.name}"

    @property
    def value(self) -> str:
        """What the column ``customer`` says of its rows: the key, or (every second) something else."""
        return self.name if self.number % 2 else f"{self.song} 有限公司"

    @property
    def has_own_agreement(self) -> bool:
        """Every third has one; the others share theirs."""
        return self.number % 3 == 2

    @property
    def is_rejected_once(self) -> bool:
        """Every fifth report is returned to its author first."""
        return self.number % 5 == 4

    @property
    def fails_once(self) -> bool:
        """Every fifth report fails before it goes on, and its manager is notified."""
        return self.number % 5 == 0

    @property
    def people(self) -> dict[str, str]:
        """Its people by what they do: first and second level, recipient, owner of what is to be improved."""
        return {role: f"{role}_{self.name}" for role in ("head", "chief", "client", "owner")}

    @property
    def _digest(self) -> str:
        return sha256(f"canary customer {self.number}".encode()).hexdigest()


class Aviary:
    """All customers; knows whose words a text has."""

    def __init__(self, count: int) -> None:
        self.birds = [Bird(number) for number in range(1, count + 1)]
        self._owner = {word: bird for bird in self.birds for word in (bird.name, bird.song)}

    def heard(self, texts: Iterable[str]) -> Counter[tuple[int, str]]:
        """How often each customer's name and song are in ``texts``, also where blanks or line breaks are in a word."""
        found: Counter[tuple[int, str]] = Counter()
        for text in map(str.lower, texts):
            # a word that is broken at the end of a line or cell is nobody's until its parts are put together
            for said in (text, _UNSEEN.sub("", text)):
                for word in _WORD.findall(said):
                    if bird := self._owner.get(word):
                        found[bird.number, "song" if word == bird.song else "name"] += 1
        return found

    def of(self, text: str) -> Bird | None:
        """The customer whom a path or an address is called after."""
        return next((bird for word in _WORD.findall(text) if (bird := self._owner.get(word))), None)
