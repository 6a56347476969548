"""The files of a version as an auditor reads them: whatever lies there, without trusting any of it.

Never follows a link, never opens what is no plain file (a FIFO would wait for ever), reads each file once and hashes it
while it is read. Refuses nothing: what is odd is listed, so that the version can be judged all the same.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import BinaryIO

from itss.text import Text, text

_CHUNK = 1024 * 1024
_KEPT = 32 * _CHUNK
"""Of a file up to this size the bytes are kept, since a rule may want to read them; no document is larger."""
_LARGEST = 4096 * _CHUNK
"""A file larger than that is not hashed: a sparse one costs its author nothing, and its reader hours."""

_LINK = text("是链接，未跟随", "is a link, which was not followed")
_OTHER = text("既不是文件也不是文件夹，未打开", "is neither a file nor a folder, and was not opened")
_EMPTY = text("是空文件夹", "is an empty folder")
_CLOSED = text("无法读取", "cannot be read")


@dataclass(frozen=True)
class Listing:
    """The size of every plain file by its name below a folder, and what is odd about everything else there."""

    files: dict[str, int] = field(default_factory=dict)
    odd: dict[str, Text] = field(default_factory=dict)


@dataclass(frozen=True)
class VersionFiles:
    """The files below ``folder``, listed once and each read once."""

    folder: Path
    _sums: dict[str, str] = field(default_factory=dict, repr=False)
    _bytes: dict[str, bytes] = field(default_factory=dict, repr=False)

    @cached_property
    def listing(self) -> Listing:
        """What lies there."""
        return listing(self.folder)

    def sha256(self, name: str) -> str:
        """The hash of a listed file; `OSError` if it cannot be read."""
        if name not in self._sums:
            self._read(name)
        return self._sums[name]

    def read(self, name: str) -> bytes:
        """The bytes of a listed file; `OSError` if there is none, or it is larger than any document is."""
        if name not in self.listing.files:
            raise FileNotFoundError(f"there is no file {name}")
        if self.listing.files[name] > _KEPT:
            raise OSError(f"it is larger than {_KEPT // _CHUNK} MB")
        self.sha256(name)
        if name not in self._bytes:
            raise OSError("it grew while it was read")
        return self._bytes[name]

    def opened(self, name: str) -> BinaryIO:
        """A listed file to read from, for what is too large to be held."""
        return _opened(self.folder / name)

    def copy(self, name: str, target: Path) -> None:
        """Copy a listed file; its bytes may be other ones now, which whoever made the copy finds."""
        target.parent.mkdir(parents=True, exist_ok=True)
        with _opened(self.folder / name) as source, target.open("wb") as to:
            shutil.copyfileobj(source, to, _CHUNK)

    def _read(self, name: str) -> None:
        found, pieces, size = hashlib.sha256(), [], 0
        if self.listing.files.get(name, 0) > _LARGEST:
            raise OSError(f"it is larger than {_LARGEST // _CHUNK} MB")
        with _opened(self.folder / name) as file:
            while chunk := file.read(_CHUNK):
                found.update(chunk)
                size += len(chunk)
                if size > _LARGEST:
                    raise OSError(f"it is larger than {_LARGEST // _CHUNK} MB")
                if size <= _KEPT:
                    pieces.append(chunk)
        self._sums[name] = found.hexdigest()
        if size <= _KEPT:
            self._bytes[name] = b"".join(pieces)


def listing(folder: Path) -> Listing:
    """Everything below ``folder``; an object store has neither links nor folders."""
    found = Listing()
    if isinstance(folder, Path):
        if folder.is_symlink():
            found.odd[""] = _LINK
        elif folder.is_dir():
            _list_local(folder, found)
        elif os.path.lexists(folder):
            found.odd[""] = _OTHER
        return found
    start = len(str(folder).rstrip("/")) + 1
    for path in folder.rglob("*"):
        if path.is_file():
            found.files[str(path)[start:]] = path.stat().st_size
    return found


def _list_local(root: Path, found: Listing) -> None:
    waiting = [""]
    while waiting:  # not by recursion: somebody may nest folders as deep as the file system lets them
        below = waiting.pop()
        entries = _entries(root / below)
        if entries is None:
            found.odd[below] = _CLOSED
        elif not entries and below:
            found.odd[below] = _EMPTY
        for entry in entries or ():
            name = f"{below}/{entry.name}" if below else entry.name
            if entry.is_symlink():
                found.odd[name] = _LINK
            elif entry.is_dir(follow_symlinks=False):
                waiting.append(name)
            elif entry.is_file(follow_symlinks=False):
                found.files[name] = entry.stat(follow_symlinks=False).st_size
            else:
                found.odd[name] = _OTHER


def _entries(folder: Path) -> list[os.DirEntry[str]] | None:
    try:
        with os.scandir(folder) as entries:
            return sorted(entries, key=lambda entry: entry.name)
    except OSError:
        return None


def _opened(path: Path) -> BinaryIO:
    if not isinstance(path, Path):
        stream: BinaryIO = path.open("rb")
        return stream
    # it may have become another thing since it was listed
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise OSError(f"{path} is no plain file")
    return os.fdopen(handle, "rb")
