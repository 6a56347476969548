"""What a place where files are dropped gives to whoever hands them in: a folder (`dropping`), or objects in a store."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from itss.text import Text, text

ACCEPTED, REFUSED, TAKEN = "accepted", "refused", ".taken"
MAX_BYTES = 200 * 1024 * 1024
"""A bigger file is not taken."""
SETTLED_S = 30.0
"""A dropped file that was written to more recently may still be on its way."""
A_FOLDER = text("文件夹", "a folder")
_LEFT_BEHIND = (".part", ".tmp", ".crdownload")


class Taken(Protocol):
    """A dropped file to be judged: ``file`` is ours alone, and ``at`` is when it came, the same in every try."""

    @property
    def file(self) -> Path:
        """Where it is, on this machine."""
        ...

    @property
    def at(self) -> dt.datetime:
        """What tells it from a file of the same name and bytes that was dropped later."""
        ...

    def tried(self) -> AbstractContextManager[int]:
        """How many tries were cut off by the end of their process; one that ends in the block is none of them."""
        ...

    def finish(self) -> None:
        """Remove what was dropped, which is kept or refused on record; one that was written to since is not removed."""
        ...


@dataclass(frozen=True)
class Strange:
    """Something dropped that is not read and stays where it is; ``sha256`` is the same for as long as it lies there."""

    name: str
    what: Text
    sha256: str


class Drop(Protocol):
    """The drop of one place."""

    def opened(self) -> AbstractContextManager[bool]:
        """Work there in the block; false where nobody has ever dropped anything."""
        ...

    def take(self, now: dt.datetime) -> Iterator[Taken]:
        """What rests there, oldest first."""
        ...

    def strange(self) -> Iterator[Strange]:
        """What rests there and is no file that can be read."""
        ...


def no_file(kind: Text) -> Text:
    """What is wrong with a thing of this kind."""
    return text(
        f"这是{kind.zh}，不是可读取的文件，未读取其内容。请放入文件本身，并移除此项。",
        f"This is {kind.en}, not a file that can be read, and nothing of it was read. "
        "Put the file itself into the folder, and remove this.",
    )


def too_big(size: int, most: int) -> Text:
    """What is wrong with a file of ``size`` bytes."""
    return text(
        f"文件为 {size / 1024**2:.0f} MB，最多 {most // 1024**2} MB；可改为 Parquet。",
        f"The file has {size / 1024**2:.0f} MB, at most {most // 1024**2} MB are taken; as Parquet it is smaller.",
    )


def is_left_behind(name: str) -> bool:
    """Whether a program leaves such a name beside its files."""
    return name.startswith((".", "~$")) or Path(name).suffix.lower() in _LEFT_BEHIND
