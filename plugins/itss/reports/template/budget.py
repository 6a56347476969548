"""How much a template may do: steps of its loops and macros, characters that it puts together, seconds.

A template that runs away is refused in the words of its owner. Every loop, macro and block spends a step; every text
that is put together spends its characters, also those that are thrown away again.
"""

from __future__ import annotations

import time

MAX_STEPS, MAX_TEXT, MAX_CHARACTERS, MAX_SECONDS = 20_000, 500_000, 5_000_000, 60
MAX_ITEMS = 10_000


class RefusedError(Exception):
    """What a template may not do, in words; whoever knows file and line adds them."""

    def __init__(self, message: str, remedy: str = "") -> None:
        super().__init__(message)
        self.message, self.remedy = message, remedy


class Budget:
    """What is left of it."""

    def __init__(self) -> None:
        self._steps, self._characters = MAX_STEPS, MAX_CHARACTERS
        self._until = time.monotonic() + MAX_SECONDS

    def step(self) -> str:
        """One turn of a loop, one call of a macro; an empty text, so that it can stand in an output."""
        self._steps -= 1
        if self._steps < 0:
            raise RefusedError(f"The template takes more than {MAX_STEPS:,} steps.", "Make its loops shorter.")
        if time.monotonic() > self._until:
            raise RefusedError(f"The template takes more than {MAX_SECONDS} seconds.", "Make its loops shorter.")
        return ""

    def join(self, parts: object) -> str:
        """Texts in one; refused before it is put together where it becomes too long."""
        found, length = [], 0
        for part in parts:  # type: ignore[attr-defined]
            length += len(part)
            self._characters -= len(part)
            if length > MAX_TEXT or self._characters < 0:
                raise RefusedError(f"The text becomes longer than {MAX_TEXT:,} characters.", "Make its loops shorter.")
            found.append(part)
        return "".join(found)
