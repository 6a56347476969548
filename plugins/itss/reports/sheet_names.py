"""Names of the sheets of a workbook: unique, at most 31 characters as Excel counts them, none that it refuses.

A title that is too long is cut with an ellipsis, so that the cut is seen; the whole title is on the sheet. Names that
would be the same get a number.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

MOST = 31
_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ufffe\uffff]")
_REFUSED = re.compile(r"[\[\]:*?/\\]")


class SheetNames:
    """The names that are taken, the ``reserved`` ones from the start."""

    def __init__(self, reserved: Iterable[str] = ()) -> None:
        self._taken = {name.casefold() for name in (*reserved, "History")}

    def take(self, title: str, ending: str = "") -> str:
        """A free name for a title, which keeps its ``ending``."""
        wanted = " ".join(_UNSEEN.sub(" ", _REFUSED.sub(" ", title)).split()).strip(" '") or "–"
        name, number = _cut(wanted, ending), 2
        while name.casefold() in self._taken:
            name, number = _cut(wanted, f" ({number}){ending}"), number + 1
        self._taken.add(name.casefold())
        return name

    def faults(self, name: str) -> Iterator[str]:
        """Why a name that a template gives a sheet cannot be one."""
        if found := _REFUSED.search(name):
            yield f"The name of a sheet cannot contain '{found.group()}'."
        if _UNSEEN.search(name):
            yield "The name of a sheet is one line."
        if name.startswith("'") or name.endswith("'"):
            yield "The name of a sheet cannot begin or end with an apostrophe."
        if units(name) > MOST:
            yield f"The name of a sheet has {MOST} characters at most, this one {units(name)}."
        if name.casefold() in self._taken:
            yield f"There is a sheet '{name}' already."


def units(text: str) -> int:
    """Its length as Excel counts: in units of UTF-16."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _cut(text: str, ending: str) -> str:
    room, kept = MOST - units(ending), text
    if units(text) > room:
        while units(kept) > room - 1:
            kept = kept[:-1]
        kept = kept.rstrip(" '") + "…"
    return kept + ending
