"""The drop of a place in an object store: an object that rests there is copied to this machine, and judged here.

A store has no locks and renames nothing, so two workers may judge one object at once: when it was written is what it is
on record by, and the register takes it once. It is deleted after that, unless it was written to since. What is too big
is refused where it is, unread.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from itss.archive.store import write
from itss.hand_in.drop import (
    A_FOLDER,
    ACCEPTED,
    REFUSED,
    SETTLED_S,
    TAKEN,
    Strange,
    is_left_behind,
    no_file,
    too_big,
)
from itss.hand_in.file_name import clean_name
from itss.text import Text

AT_WORK = dt.timedelta(minutes=15)
"""The mark of a younger try may be that of a process that still reads the object."""
_STAMP = "%Y%m%dT%H%M%S.%fZ"


class _Seen(NamedTuple):
    """One object as it was written once: written anew, it is another."""

    at: dt.datetime
    key: str
    size: int
    tag: str

    @property
    def name(self) -> str:
        return self.key.rpartition("/")[2]

    @property
    def identity(self) -> str:
        return hashlib.sha256(repr((self.key, self.at.isoformat(), self.size, self.tag)).encode()).hexdigest()


@dataclass(frozen=True)
class TakenObject:
    """The copy of an object; its marks are in the folder ``tries``, a name each."""

    file: Path
    seen: _Seen
    drop: DropStore
    now: dt.datetime

    @property
    def at(self) -> dt.datetime:
        """When it was written."""
        return self.seen.at

    @contextmanager
    def tried(self) -> Iterator[int]:
        """How many tries were cut off by the end of their process; one that ends in the block is none of them."""
        old = f"{self.now.astimezone(dt.UTC) - AT_WORK:{_STAMP}}"
        earlier = sum(name < old for name in self.drop.names(self._tries))
        mine = self._tries / f"{self.now.astimezone(dt.UTC):{_STAMP}}_{secrets.token_hex(4)}"
        write(mine, b"x")
        try:
            yield earlier
        finally:
            self.drop.delete(_key(mine))

    def finish(self) -> None:
        """Delete the object, unless it was written to since, and what killed tries left of it."""
        if self.drop.look(self.seen.key) == self.seen:
            self.drop.delete(self.seen.key)
        for name in self.drop.names(self._tries):
            self.drop.delete(_key(self._tries / name))

    @property
    def _tries(self) -> Path:
        return self.drop.folder / TAKEN / self.seen.identity[:16]


@dataclass(frozen=True)
class DropStore:
    """A drop below ``folder``, an `ObjectStoragePath`, of objects of at most ``most`` bytes."""

    folder: Path
    most: int

    @property
    def store(self) -> Any:
        """The file system behind it, of fsspec."""
        return self.folder.fs  # type: ignore[attr-defined]

    @contextmanager
    def opened(self) -> Iterator[bool]:
        """Nothing to open: each worker lists what there is."""
        yield True

    def take(self, now: dt.datetime) -> Iterator[TakenObject]:
        """A copy of each object at rest, oldest first."""
        for seen in sorted(self._objects()):
            if seen.size > self.most:
                continue
            with tempfile.TemporaryDirectory(prefix="itss-") as room:
                copy = Path(room) / clean_name(seen.name)
                try:
                    self.store.get_file(seen.key, str(copy))
                except FileNotFoundError:  # its owner, or another worker, was faster
                    continue
                if self.look(seen.key) == seen:
                    yield TakenObject(copy, seen, self, now)

    def strange(self) -> Iterator[Strange]:
        """What looks like a folder, and what is too big."""
        for one in self._listed():
            name = one["name"].rstrip("/").rpartition("/")[2]
            if one["type"] == "directory" and name not in (ACCEPTED, REFUSED) and not name.startswith("."):
                yield _strange(name, no_file(A_FOLDER), f"folder {name}")
        for seen in sorted(self._objects()):
            if seen.size > self.most:
                yield _strange(seen.name, too_big(seen.size, self.most), seen.identity)

    def look(self, key: str) -> _Seen | None:
        """The object as it is now."""
        self.store.invalidate_cache(_key(self.folder))
        try:
            found = self.store.info(key)
            at = self.store.modified(key).astimezone(dt.UTC)
        except FileNotFoundError:
            return None
        tag = found.get("ETag") or found.get("etag") or found.get("ino") or ""
        return _Seen(at, key, int(found["size"] or 0), str(tag))

    def names(self, folder: Path) -> list[str]:
        """The names of the objects in ``folder``."""
        return [one["name"].rpartition("/")[2] for one in self._listed(folder) if one["type"] == "file"]

    def delete(self, key: str) -> None:
        """Delete the object; another worker may have been faster."""
        with suppress(FileNotFoundError):
            self.store.rm_file(key)

    def _objects(self) -> Iterator[_Seen]:
        """The objects at rest, without what programs leave beside their files."""
        for one in self._listed():
            name = one["name"].rpartition("/")[2]
            if one["type"] != "file" or not name or is_left_behind(name):
                continue
            seen = self.look(one["name"])
            if seen and abs(dt.datetime.now(dt.UTC) - seen.at).total_seconds() >= SETTLED_S:
                yield seen

    def _listed(self, folder: Path | None = None) -> list[dict[str, Any]]:
        """What is directly below ``folder``, as the store says now: what others wrote is not in what it remembers."""
        path = _key(folder or self.folder)
        self.store.invalidate_cache(path)
        try:
            found = self.store.ls(path, detail=True)
        except FileNotFoundError:
            return []
        return [one for one in found if one["name"].strip("/") != path.strip("/")]


def _key(path: Path) -> str:
    """The path as the store knows it."""
    return str(path.path)  # type: ignore[attr-defined]


def _strange(name: str, what: Text, identity: str) -> Strange:
    return Strange(name, what, hashlib.sha256(identity.encode()).hexdigest())
