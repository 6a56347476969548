"""Text that fits into a cell of a workbook, as Excel counts it: in UTF-16, after what XML cannot hold is escaped.

An emoji counts twice, a control character seven times (``_x0007_``). A program that is given more opens the workbook as
damaged, so the rest is cut, with a mark.
"""

from __future__ import annotations

import re
from itertools import accumulate

MAX_TEXT = 32_767
"""Excel's limit on the characters of a cell."""
MAX_NAME = 255
"""Its limit on the characters of a name in a chart."""
_MARK = "…"
CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]")
"""What no text for people has, and HTML must not have."""
_ESCAPED = re.compile("[\x00-\x08\x0b-\x1f\ufffe\uffff]")
_LITERAL = re.compile("_x[0-9a-fA-F]{4}_")
"""What reads like an escape is escaped itself."""
_LONGEST = 7


def clip(text: str, most: int = MAX_TEXT) -> str:
    """Text of at most ``most`` characters as Excel counts them; what is cut ends with an ellipsis."""
    if len(text) * _LONGEST <= most:  # nearly every text
        return text
    sizes = list(accumulate(_sizes(text)))
    if sizes[-1] <= most:
        return text
    return text[: sum(size < most for size in sizes)] + _MARK


def size_in_cell(text: str) -> int:
    """The characters of ``text`` as Excel counts them."""
    return sum(_sizes(text))


def without_escapes(text: str) -> str:
    """``text`` with nothing to escape, for cells of several pieces, which xlsxwriter escapes twice."""
    return _LITERAL.sub(lambda found: f"_\u200b{found[0][1:]}", _ESCAPED.sub("\ufffd", text))


def _sizes(text: str) -> list[int]:
    sizes = [2 if letter > "\uffff" else 1 for letter in text]
    for pattern in (_ESCAPED, _LITERAL):
        for found in pattern.finditer(text):
            sizes[found.start()] = _LONGEST
    return sizes
