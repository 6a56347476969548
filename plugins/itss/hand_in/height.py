"""How high a row of wrapped words must be: not every spreadsheet program finds that by itself."""

from __future__ import annotations

import math
import unicodedata

LINE = 15
"""Points of one line of the default font."""


def lines(words: str, width: float) -> int:
    """How many lines ``words`` take in a column of ``width`` characters; a Chinese one is two wide."""
    wide = [sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in part) for part in words.split("\n")]
    return sum(max(1, math.ceil(one * 1.15 / width)) for one in wide)
