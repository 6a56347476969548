"""Files from one store to another, each verified as it is copied, and whole versions with their manifest last.

Refuses bytes that are not those whose hash is known, and to put a version in the place of another one: what the
register names now may be what somebody has made of it. Of a version that is there under the same manifest, which is
written when all of its files are there, names and sizes are compared, and what differs is copied again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path

from itss.archive.folder import refuse_name
from itss.archive.store import digest, is_leftover, replacing
from itss.archive.version import MANIFEST, names, read_manifest, sizes
from itss.errors import ArchiveError

_CHUNK = 1024 * 1024
_READ_ONLY = 0o444


def copy_file(source: Path, target: Path, sha256: str | None = None) -> int:
    """Copy one file, whole or not at all; its size. `ArchiveError` where it is not the one with this hash."""
    if isinstance(source, Path) and source.exists() and not source.is_file():
        raise ArchiveError(f"{source} is no file.", "Find out who changed it.")  # a pipe would be read for ever
    found, size = hashlib.sha256(), 0
    with replacing(target) as part:
        with source.open("rb") as file, part.open("wb") as copy:
            while chunk := file.read(_CHUNK):
                found.update(chunk)
                copy.write(chunk)
                size += len(chunk)
        if sha256 is not None and found.hexdigest() != sha256:
            raise ArchiveError(f"{source} is not the file that is on record.", "Find out who changed it.")
    return size


def has_hash(path: Path, sha256: str) -> bool:
    """Whether this very file is there."""
    with suppress(OSError):
        return not (isinstance(path, Path) and not path.is_file()) and digest(path) == sha256
    return False


def copy_version(source: Path, target: Path, manifest_sha256: str, *, is_removed: bool = False) -> int:
    """Copy what is not there of a sealed version; how many bytes. `ArchiveError` if it does not become whole."""
    is_there = _is_there(target, manifest_sha256)
    manifest, there = read_manifest(target if is_there else source), sizes(target)
    if not is_there and digest(source / MANIFEST) != manifest_sha256:
        raise ArchiveError(f"{source / MANIFEST} is not the one on record.", "Find out who changed it.")
    copied = 0
    for entry in [] if is_removed else manifest["files"]:
        refuse_name(entry["name"])
        # a copy that was cut off may have left any bytes; to read all that is there each time would take hours
        if there.get(entry["name"]) == entry["bytes"] and (
            is_there or has_hash(target / entry["name"], entry["sha256"])
        ):
            continue
        try:
            copied += copy_file(source / entry["name"], target / entry["name"], entry["sha256"])
        except FileNotFoundError as error:
            raise ArchiveError(f"{source / entry['name']} is missing.", "Restore it from an earlier backup.") from error
        protect(target / entry["name"])
    if not is_there:
        copied += copy_file(source / MANIFEST, target / MANIFEST, manifest_sha256)
        protect(target / MANIFEST)
    return copied


def _is_there(target: Path, manifest_sha256: str) -> bool:
    """Whether the version was copied before; `ArchiveError` where another one was."""
    with suppress(OSError):
        if digest(target / MANIFEST) == manifest_sha256:
            return True
        raise ArchiveError(
            f"{target} is another version than the one that the register names, and stays: earlier states need it.",
            "Find out which is right (python -m itss audit); then move this folder away, or name another for backups.",
        )
    return False


def copy_folder(source: Path, target: Path) -> int:
    """Copy what is in a folder now, but for what vanishes meanwhile and the leftovers of killed writers; its bytes.

    A link is none of our files, and may lead to anybody's.
    """
    copied = 0
    for name in names(source) if source.exists() else []:
        is_link = isinstance(source, Path) and (source / name).is_symlink()
        if not is_link and not is_leftover(name.rpartition("/")[2]):
            with suppress(FileNotFoundError):
                copied += copy_file(source / name, target / name)
    return copied


def remove_folder(folder: Path, kept: Collection[str] = ()) -> None:
    """Remove the files of a folder but those to be kept, and the folders that are empty then."""
    if not folder.exists():
        return
    for name in set(names(folder)) - set(kept):
        (folder / name).unlink()
    if isinstance(folder, Path):  # an object store has no folders
        below = sorted((path for path in folder.rglob("*") if path.is_dir()), reverse=True)
        for sub in [*below, folder]:
            with suppress(OSError):  # something is left in it
                sub.rmdir()


def protect(path: Path) -> None:
    """Against accidents, as the archive has its files."""
    if isinstance(path, Path):
        path.chmod(_READ_ONLY)
