"""The drop folder of a place: a file that rests there is moved away before anybody looks into it.

What its owner does in the folder meanwhile is then another file. It lies in ``.taken/<instant>_<number>_<token>/``
under the name that it was dropped with, where the next scan finds it if the process is killed. One scan at a time works
in a folder, by a lock that ends with its process. Links, folders and the like are not followed, and stay.
"""

from __future__ import annotations

import datetime as dt
import fcntl
import hashlib
import os
import re
import secrets
import shutil
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from itss.hand_in.drop import A_FOLDER, ACCEPTED, REFUSED, SETTLED_S, TAKEN, Strange, is_left_behind, no_file
from itss.text import text

_TRIES = ".tries"
_STAMP = "%Y%m%dT%H%M%S.%fZ"
_ROOM = re.compile(r"\d{8}T\d{6}\.\d{6}Z_\d{6}_[0-9a-f]{8}")
_SHORT = 60
_KINDS = {
    stat.S_IFLNK: text("链接", "a link"),
    stat.S_IFDIR: A_FOLDER,
    stat.S_IFREG: text("无读取权限的文件", "a file without the permission to read it"),
}
_DEVICE = text("管道或设备", "a pipe or device")


@dataclass(frozen=True)
class TakenFile:
    """A file that was moved away at ``at``, in the folder made for it."""

    file: Path
    at: dt.datetime
    state: tuple[int, int, int]

    @contextmanager
    def tried(self) -> Iterator[int]:
        """How many tries were cut off by the end of their process; one that ends in the block is none of them."""
        mark = self.file.with_name(_TRIES)
        with open(mark, "a", opener=_no_link) as tries:
            count = tries.tell()
            tries.write("x")
        try:
            yield count
        finally:
            mark.unlink(missing_ok=True)

    def finish(self) -> None:
        """Remove the file, which is kept or refused on record; one that was written to since is judged once more."""
        if _state(self.file) == self.state:
            shutil.rmtree(self.file.parent)


@dataclass(frozen=True)
class DropFolder:
    """A drop folder on a disk that all workers reach."""

    folder: Path

    @contextmanager
    def opened(self) -> Iterator[bool]:
        """Work alone in the folder; whoever comes second waits."""
        if not self.folder.is_dir():
            yield False
            return
        _make_room(self.folder, TAKEN)
        (self.folder / TAKEN).mkdir(mode=0o700, exist_ok=True)
        with open(self.folder / TAKEN / ".lock", "a", opener=_no_link) as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            for name in (ACCEPTED, REFUSED):
                _make_room(self.folder, name)
            yield True

    def take(self, now: dt.datetime) -> Iterator[TakenFile]:
        """Move away what rests in the folder, oldest first; then give it, after what an earlier scan did not finish."""
        resting = sorted(
            (state.st_mtime, path)
            for path, state in _entries(self.folder)
            if stat.S_ISREG(state.st_mode) and _is_at_rest(state) and os.access(path, os.R_OK)
        )
        for number, (_, path) in enumerate(resting):
            stamp = now.astimezone(dt.UTC).strftime(_STAMP)
            room = self.folder / TAKEN / f"{stamp}_{number:06d}_{secrets.token_hex(4)}"
            room.mkdir()
            try:
                path.rename(room / path.name)
            except FileNotFoundError:  # its owner was faster
                room.rmdir()
        for room in sorted(path for path in (self.folder / TAKEN).iterdir() if _ROOM.fullmatch(path.name)):
            yield from _found(room)

    def strange(self) -> Iterator[Strange]:
        """What lies at rest in the folder and is no file that can be read."""
        for path, state in _entries(self.folder):
            kind = stat.S_IFMT(state.st_mode)
            is_file = kind == stat.S_IFREG and os.access(path, os.R_OK)
            if is_file or path.name in (ACCEPTED, REFUSED) or not _is_at_rest(state):
                continue
            leads_to = str(path.readlink()) if kind == stat.S_IFLNK else ""
            identity = (str(kind).encode(), os.fsencode(path.name), os.fsencode(leads_to))
            sha256 = hashlib.sha256(b"\0".join(identity)).hexdigest()
            yield Strange(path.name, no_file(_KINDS.get(kind, _DEVICE)), sha256)


def _no_link(path: str, flags: int) -> int:
    """What somebody has linked to one of our names is not written to."""
    return os.open(path, flags | os.O_NOFOLLOW, 0o666)


def _found(room: Path) -> Iterator[TakenFile]:
    """The file in ``room``, without the copies that a killed process left there; an empty room is removed."""
    for path in room.glob(".incoming-*"):
        shutil.rmtree(path)
    files = [path for path in room.iterdir() if path.name != _TRIES]
    if not files:
        shutil.rmtree(room)
    for path in files:
        state = path.lstat()
        if not stat.S_ISREG(state.st_mode):  # exchanged in the moment before it was moved
            path.rename(room.parent.parent / f"{secrets.token_hex(4)} {path.name}"[:_SHORT])
        elif _is_at_rest(state):
            at = dt.datetime.strptime(room.name.split("_")[0], _STAMP).replace(tzinfo=dt.UTC)
            yield TakenFile(path, at, _state(path))


def _entries(folder: Path) -> Iterator[tuple[Path, os.stat_result]]:
    """What lies in ``folder``, without what programs leave beside their files."""
    for path in folder.iterdir():
        if is_left_behind(path.name):
            continue
        try:
            yield path, path.lstat()
        except FileNotFoundError:
            continue


def _is_at_rest(state: os.stat_result) -> bool:
    return abs(time.time() - state.st_mtime) >= SETTLED_S


def _state(path: Path) -> tuple[int, int, int]:
    found = path.lstat()
    return found.st_ino, found.st_size, found.st_mtime_ns


def _make_room(folder: Path, name: str) -> None:
    """A dropped thing that has the name of one of our folders gets another; it is then seen like any other."""
    path = folder / name
    if os.path.lexists(path) and (path.is_symlink() or not path.is_dir()):
        path.rename(folder / f"{name.lstrip('.')} {secrets.token_hex(4)}")
