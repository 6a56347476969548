"""What of a YAML text would take the process down when it is built: endless nesting, and aliases that multiply.

Ten short lines can stand for a thousand million values, and some thousand brackets overflow the stack of the C parser.
Both are counted event by event, which builds nothing.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from itss.problems import Problem

MAX_DEPTH = 50
"""Levels of nesting, through aliases too; the list has some ten."""
MAX_VALUES = 200_000
"""Values when every alias is written out: about two thousand reports."""


def excess(path: Path, words: str, loader: Any) -> Problem | None:
    """The first thing that is too deep or too much, read with the class ``loader``; errors of YAML are raised."""
    done: dict[str, tuple[int, int]] = {}  # by anchor: values and levels of what it names
    open_: list[tuple[str | None, int, int]] = [(None, 0, 0)]
    for event in yaml.parse(words, loader):
        size, height = 1, 0
        if isinstance(event, yaml.CollectionStartEvent):
            open_.append((event.anchor, 1, 0))
        elif isinstance(event, yaml.CollectionEndEvent):
            anchor, size, height = open_.pop()
            done |= {anchor: (size, height)} if anchor else {}
        elif isinstance(event, yaml.AliasEvent):
            if event.anchor in {anchor for anchor, _, _ in open_}:
                remedy = "Write the thing out where it is needed."
                return Problem(path, _line(event), "", f"'*{event.anchor}' is inside of what it names.", remedy)
            size, height = done.get(event.anchor or "", (1, 0))
        elif isinstance(event, yaml.ScalarEvent):
            done |= {event.anchor: (1, 0)} if event.anchor else {}
        if len(open_) - 1 + height > MAX_DEPTH:
            return Problem(path, _line(event), "", f"More than {MAX_DEPTH} levels are nested here.", "Write it flat.")
        if isinstance(event, yaml.CollectionEndEvent | yaml.AliasEvent | yaml.ScalarEvent):
            anchor, values, levels = open_[-1]
            open_[-1] = anchor, values + size, max(levels, height + 1)
            if values + size > MAX_VALUES:
                message = f"With all aliases written out there are more than {MAX_VALUES:,} values."
                return Problem(path, _line(event), "", message, "Use fewer aliases, or split the list.")
    return None


def _line(event: yaml.Event) -> int:
    return event.start_mark.line + 1 if event.start_mark else 1
