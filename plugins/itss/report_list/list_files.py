"""The files of the report list, and in which of them an entry may be.

The list has a head, ``report_list.yaml`` or whatever ``ITSS_REPORT_LIST`` names. Beside it there may be ``people.yaml``
(sections of the head that are better kept apart), ``defaults.yaml`` (what every entry says unless it says otherwise),
and the folder ``reports`` with one entry a file, or several. Its surprise: the name of a file is a hint only. An entry
is looked for in the file of its name first, and in the others by their bytes.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PEOPLE, DEFAULTS, FOLDER = "people.yaml", "defaults.yaml", "reports"
_KEY = re.compile(rb"(?:^|[\s{,])[\"']?key[\"']?\s*:")
_CLAIMED = re.compile(rb"(?:^|[\s{,])[\"']?(?:key|was)[\"']?\s*:\s*[\"']?(\w+)")
_EACH = re.compile(rb"(?:^|[\s{,])[\"']?for_each[\"']?\s*:\s*[\"']?([^\s\"'#,{}]+\.yaml)")


def is_there(head: Path) -> bool:
    """Whether there is a list: its head, or the folder of entries beside it."""
    return head.exists() or (head.parent / FOLDER).is_dir()


def entry_files(head: Path) -> list[Path]:
    """The files of the folder ``reports``, by name; hidden ones (of editors) are left out."""
    folder = head.parent / FOLDER
    try:
        names = os.listdir(folder)  # noqa: PTH208 - asked at every parse, of names alone
    except FileNotFoundError:
        return []
    return [folder / name for name in sorted(names) if name.endswith((".yaml", ".yml")) and not name.startswith(".")]


def customers_file(head: Path, name: str) -> Path:
    """The file that an entry names in ``for_each``."""
    return head.parent / name


def customers_files(head: Path) -> list[Path]:
    """The files beside the list that may have customers, whichever entry names them."""
    others = (head.name, PEOPLE, DEFAULTS)
    beside = sorted(head.parent.glob("*.yaml"))
    return [one for one in beside if one.name not in others and mentions(one, "customers")]


def all_files(head: Path) -> list[Path]:
    """Every file that the list may be made of, there or not."""
    beside = [one for one in sorted(head.parent.glob("*.yaml")) if one != head]
    try:
        return [head, *beside, *entry_files(head)]
    except OSError:  # of a folder that cannot be read; whoever reads it says so
        return [head, *beside]


def passed_over(head: Path) -> Iterator[tuple[Path, str]]:
    """What looks like a part of the list and is none, each with the place where it would be one."""
    for name in (PEOPLE, DEFAULTS):
        if (other := head.parent / name).with_suffix(".yml").exists():
            yield other.with_suffix(".yml"), f"Rename it to {name}."
    try:
        read = set(entry_files(head))
    except OSError:
        return
    for file in sorted((head.parent / FOLDER).rglob("*")):
        is_hidden = any(part.startswith(".") for part in file.relative_to(head.parent).parts)
        if file.suffix.lower() in (".yaml", ".yml") and file not in read and not is_hidden and not file.is_dir():
            yield file, f"Move it to {FOLDER}/{file.stem}.yaml, or remove it."


def mentions(file: Path, key: str) -> bool:
    """Whether the entry ``key`` may be in ``file``: it is named so, or holds the word, or may spell it by escapes."""
    return file.stem == key or key.encode() in (data := _bytes(file)) or b"\\" in data


@dataclass(frozen=True)
class Wanted:
    """The part of the list that somebody needs: by the file that an entry is in, and by what it says in the end."""

    is_file: Callable[[Path], bool] = lambda _: True
    is_entry: Callable[[Mapping[str, Any]], bool] = lambda _: True
    named: tuple[Path, ...] | None = None
    """The files, where they are known without a look into the folder."""

    def files(self, head: Path) -> list[Path]:
        """The files of the folder that are to be read."""
        return [file for file in (entry_files(head) if self.named is None else self.named) if self.is_file(file)]


EVERYTHING = Wanted()
NO_ENTRY = Wanted(is_entry=lambda _: False, named=())


def only(head: Path, key: str, *former: str) -> Wanted:
    """The entry ``key``, wherever it is: all files that have the word are read, and so a second one of the key.

    With ``former`` keys, which it had before, also whoever has one of them, or had.
    """
    words = {one.partition(".")[0] for one in (key, *former)}
    if former:  # the customers of an entry may say it, in a file of their own
        words |= {file.name for file in customers_files(head) if any(mentions(file, word) for word in words)}
    return Wanted(
        lambda file: any(mentions(file, word) for word in words),
        lambda entry: entry.get("key") in (key, *former) or entry.get("was") in former,
    )


def nearest(head: Path, key: str) -> Wanted:
    """The same in the file of its name, where there is one, and in the head: the others are not even looked into."""
    own = head.parent / FOLDER / f"{key.partition('.')[0]}.yaml"
    return Wanted(is_entry=lambda entry: entry.get("key") == key, named=(own,)) if own.exists() else only(head, key)


def in_doubt(head: Path) -> frozenset[str]:
    """Names of the files that claim a key which another one claims too, by the letters, as `count`."""
    files = {file: _bytes(file) for file in (head, head.parent / PEOPLE, *entry_files(head))}
    claimed = {file: {file.stem.encode(), *_CLAIMED.findall(data)} for file, data in files.items()}
    counts = Counter(key for keys in claimed.values() for key in keys)
    return frozenset(file.name for file, keys in claimed.items() if any(counts[key] > 1 for key in keys))


def count(file: Path, customers: Callable[[str], int]) -> int:
    """How many DAGs ``file`` makes, by its letters alone: a measure of its weight, right for what people write."""
    data = _bytes(file)
    entries = max(len(_KEY.findall(data)), 1)
    each = [name.decode(errors="replace") for name in _EACH.findall(data)]
    return max(entries - len(each), 0) + sum(customers(name) for name in each)


def _bytes(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError:
        return b""
