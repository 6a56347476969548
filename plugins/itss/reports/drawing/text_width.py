"""How wide a text is in a workbook, in characters of its columns, estimated generously.

Latin letters are narrower than a digit, by which Excel measures; Chinese ones are twice as wide.
"""

from __future__ import annotations

import math
import re

LATIN, WIDE = 0.86, 2.0
_NARROW = re.compile("[\x00-\u10ff\u2000-\u2bff]+")


def width(text: str) -> float:
    """The width of one line."""
    if text.isascii():
        return LATIN * len(text)
    wide = len(_NARROW.sub("", text))
    return WIDE * wide + LATIN * (len(text) - wide)


def of_number(text: str) -> float:
    """The width of a number with its unit, in whole digits: one that does not fit is shown as ``#####``."""
    return len(text) + len(_NARROW.sub("", text)) + 1.5


def lines(text: str, room: float) -> int:
    """How many lines ``text`` takes in a column that is ``room`` wide; at least one."""
    if "\n" not in text:
        return max(1, math.ceil(width(text) / room))
    return sum(max(1, math.ceil(width(line) / room)) for line in text.split("\n"))


def pieces(text: str, room: float, most: int) -> list[str]:
    """``text`` in pieces of at most ``most`` lines each, cut behind a blank where there is one near the cut."""
    if lines(text, room) <= most:
        return [text]
    found: list[str] = []
    while text:
        size = max(1, int(len(text) * min(1.0, most / lines(text, room))))
        while size > 1 and lines(text[:size], room) > most:
            size = size * 4 // 5
        at = _blank(text, size)
        found.append(text[:at].removesuffix("\n"))
        text = text[at:]
    return found


def _blank(text: str, size: int) -> int:
    """Where to cut: behind the last line or blank of the last third of ``text[:size]``, else at ``size``."""
    if size >= len(text):
        return len(text)
    for mark in ("\n", " ", "。"):
        at = text.rfind(mark, size * 2 // 3, size)
        if at >= 0:
            return at + 1
    return size
