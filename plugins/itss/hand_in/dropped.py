"""Where something was dropped: asked of the inbox alone, so that a look at an empty one reads neither list nor record.

Names are taken as they are there, and mean nothing until they were looked up; one that cannot be a key is passed over.
What is below ``accepted`` and ``refused`` was judged before. Surprise: of an object store, which has no folders,
everything is listed at once; to ask for each place apart would take a request for each.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from itss.hand_in.drop import ACCEPTED, REFUSED, TAKEN, is_left_behind

_NAME = re.compile(r"\w[\w.-]{0,120}", re.ASCII)
_OURS = (ACCEPTED, REFUSED, TAKEN)


class Dropped(NamedTuple):
    """A place by its names: those of the key in the register."""

    report: str
    period: str
    process: str


def dropped(inbox: Path) -> Iterator[Dropped]:
    """The places with something that no scan has finished, be it at rest or not, in the order of their names."""
    yield from sorted(_in_folder(inbox) if isinstance(inbox, Path) else _in_store(inbox))


def _in_folder(inbox: Path) -> Iterator[Dropped]:
    for report in _folders(inbox):
        for period in _folders(inbox / report):
            for process in _folders(inbox / report / period):
                if _has_something(inbox / report / period / process):
                    yield Dropped(report, period, process)


def _folders(folder: Path) -> list[str]:
    try:
        with os.scandir(folder) as entries:
            return [one.name for one in entries if _NAME.fullmatch(one.name) and one.is_dir()]
    except FileNotFoundError:
        return []


def _has_something(folder: Path) -> bool:
    with os.scandir(folder) as entries:
        names = {one.name: one.is_dir(follow_symlinks=False) for one in entries}
    # a file that has the name of one of our folders was dropped, too
    if any(not is_left_behind(name) and not (is_dir and name in _OURS) for name, is_dir in names.items()):
        return True
    return names.get(TAKEN, False) and any(one.name != ".lock" for one in (folder / TAKEN).iterdir())


def _in_store(inbox: Path) -> set[Dropped]:
    store, root = inbox.fs, str(inbox.path).strip("/")  # type: ignore[attr-defined]
    store.invalidate_cache()
    keys = (key.strip("/").removeprefix(root).strip("/").split("/") for key in store.find(root))
    return {
        Dropped(*key[:3])
        for key in keys
        if len(key) > 3 and all(map(_NAME.fullmatch, key[:3])) and key[3] not in _OURS and not is_left_behind(key[3])
    }
