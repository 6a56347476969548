"""Names of sheets that Excel takes: up to 31 characters as it counts them, no two that are equal but for case.

What does not fit ends with an ellipsis, and the second of two equal names with a number: no sheet is ever left out.
"""

from __future__ import annotations

import re

from itss.reports.drawing.cell_text import CONTROL

MAX_SHEET_NAME = 31
_FORBIDDEN = re.compile(r"[\[\]:*?/\\]")
_RESERVED = frozenset({"history"})  # Excel keeps it for the list of tracked changes


class SheetNames:
    """The names of one workbook's sheets."""

    def __init__(self) -> None:
        self._taken: set[str] = set(_RESERVED)

    def unique(self, wish: str, ending: str = "") -> str:
        """A name as near to ``wish`` as may be, which keeps ``ending``; it is taken from now on."""
        plain = _FORBIDDEN.sub("-", CONTROL.sub("", " ".join(wish.split()))).strip("'") or "-"
        number, name = 1, _fitting(plain, ending)
        while name.lower() in self._taken:
            number += 1
            name = _fitting(plain, f" ({number}){ending}")
        self._taken.add(name.lower())
        return name


def _fitting(plain: str, ending: str) -> str:
    room = MAX_SHEET_NAME - _units(ending)
    if _units(plain) > room:
        while _units(plain) > room - 1:
            plain = plain[:-1]
        plain = plain.rstrip(" '") + "…"
    return plain + ending


def _units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
