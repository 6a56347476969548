"""The folder of one revision, in the workspace or in the archive: the one way in which its files are written and read.

Once a statement is signed the folder is *bound* to it: a file is given out only if it is named there, and only with the
very bytes that were signed. Refuses names that lead out of the folder. Its one surprise: it reads a file whole, because
what was verified and what is used must be the same bytes.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Any

from itss.archive.store import is_leftover, write
from itss.errors import ArchiveError, ContentChangedError

_CHUNK, _IN_MEMORY = 1024 * 1024, 8 * 1024 * 1024


@dataclass(frozen=True)
class RevisionFolder:
    """``bound`` maps the name of each signed file to its sha256; ``None`` while the revision is a draft."""

    root: Path
    bound: Mapping[str, str] | None = None

    def __str__(self) -> str:
        return str(self.root)

    def bind(self, files: Mapping[str, str]) -> RevisionFolder:
        """The same folder, which gives out these files and those it was bound to before, and no other."""
        return replace(self, bound={**(self.bound or {}), **files})

    def write(self, name: str, data: bytes) -> str:
        """Write a file whole or not at all; returns its sha256."""
        return write(self.target(name), data)

    def write_json(self, name: str, document: Any) -> str:
        """Write a JSON document, indented for people; instants and days in ISO format."""
        return self.write(name, json.dumps(document, ensure_ascii=False, indent=1, default=str).encode())

    def target(self, name: str) -> Path:
        """Where a file of this name is to be written; `ArchiveError` for a name that leads out of the folder."""
        refuse_name(name)
        return self.root / name

    def read(self, name: str) -> bytes:
        """The bytes of a file; `ContentChangedError` if they are not the signed ones, `FileNotFoundError` if none."""
        path = self.target(name)
        if self.bound is None:
            return _bytes(path)
        expected = self.bound.get(name)
        if expected is None:
            raise ContentChangedError(f"{path} is no file of the statement that was signed.")
        try:
            data = _bytes(path)
        except FileNotFoundError as error:
            raise ContentChangedError(f"{path} is missing; it was signed.") from error
        if hashlib.sha256(data).hexdigest() != expected:
            raise ContentChangedError(f"{path} is not the file that was signed.")
        return data

    def spooled(self, name: str) -> IO[bytes]:
        """The bytes that `read` gives, verified as a whole, in a temporary file: for those too large for the memory."""
        path, found = self.target(name), hashlib.sha256()
        if self.bound is not None and name not in self.bound:
            raise ContentChangedError(f"{path} is no file of the statement that was signed.")
        copy: IO[bytes] = tempfile.SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115 - it is the caller's to close
        try:
            _refuse_pipe(path)
            with path.open("rb") as file:
                while chunk := file.read(_CHUNK):
                    found.update(chunk)
                    copy.write(chunk)
            if self.bound is not None and found.hexdigest() != self.bound[name]:
                raise ContentChangedError(f"{path} is not the file that was signed.")
        except FileNotFoundError as error:
            copy.close()
            if self.bound is None:
                raise
            raise ContentChangedError(f"{path} is missing; it was signed.") from error
        except BaseException:
            copy.close()
            raise
        copy.seek(0)
        return copy

    def read_json(self, name: str) -> Any:
        """A JSON document."""
        return json.loads(self.read(name))

    def has(self, name: str) -> bool:
        """Whether there is such a file; in a bound folder, whether it was signed."""
        return self.target(name).is_file() if self.bound is None else name in self.bound

    def size(self, name: str) -> int:
        """How many bytes a file of a draft has; 0 where there is none."""
        path = self.target(name)
        return path.stat().st_size if path.is_file() else 0

    def names(self, below: str = "") -> list[str]:
        """The files (below a sub-folder) by name, in order, without what a killed writer left."""
        if self.bound is not None:
            found = sorted(self.bound)
        elif not self.root.exists():
            return []
        else:
            start = len(str(self.root).rstrip("/")) + 1
            found = sorted(str(path)[start:] for path in self.root.rglob("*") if path.is_file())
        return [
            name for name in found if name.startswith(below and f"{below}/") and not is_leftover(name.split("/")[-1])
        ]

    def remove(self, name: str) -> None:
        """Remove a file of a draft, if it is there."""
        self.target(name).unlink(missing_ok=True)


def _bytes(path: Path) -> bytes:
    """What lies there; `FileNotFoundError` also for a pipe, from which one would read for ever."""
    _refuse_pipe(path)
    return path.read_bytes()


def _refuse_pipe(path: Path) -> None:
    if isinstance(path, Path) and not path.is_file():
        raise FileNotFoundError(f"{path} is no file")


def refuse_name(name: str) -> None:
    """Raise `ArchiveError` for a name that is not a plain relative one inside the folder."""
    parts = name.split("/")
    if "\\" in name or "\0" in name or any(part in ("", ".", "..") for part in parts) or is_leftover(parts[-1]):
        raise ArchiveError(f"'{name}' cannot be a file of a version.", "Use a relative name inside the version.")
