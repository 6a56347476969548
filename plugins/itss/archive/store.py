"""Folders of workspace and archive: a `pathlib.Path`, or Airflow's `ObjectStoragePath` with the same methods.

Owns how bytes come to rest there: whole or not at all. Refuses relative ``file://`` URLs, and URLs that hold a
password. Its one surprise: an object store cannot rename, so there a file is one put under its final name.
"""

from __future__ import annotations

import hashlib
import os
import secrets
from pathlib import Path
from typing import cast
from urllib.parse import urlsplit

from itss.errors import ConfigurationError

_CHUNK = 1024 * 1024


def open_store(url: str) -> Path:
    """The folder behind ``url``: ``file:///…`` (or a plain absolute path) as a `Path`, else an `ObjectStoragePath`."""
    scheme = urlsplit(url).scheme
    if scheme in ("", "file"):
        path = Path(url.removeprefix("file://"))
        if not path.is_absolute():
            raise ConfigurationError(f"The store '{url}' is not absolute.", "Write it like file:///srv/itss/archive.")
        return path
    if urlsplit(url).password:
        raise ConfigurationError(
            f"The store URL with scheme '{scheme}' holds a password.",
            f"Put it into an Airflow connection and write {scheme}://<connection>@<bucket>/<folder>.",
        )
    from airflow.sdk import ObjectStoragePath  # costs seconds; only object stores need it

    return cast(Path, ObjectStoragePath(url))


def write(path: Path, data: bytes) -> str:
    """Write ``data`` to ``path`` whole or not at all, making its folders; returns its sha256 in hex."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(path, Path):
        _replace(path, data)
    else:
        path.write_bytes(data)
    return hashlib.sha256(data).hexdigest()


def digest(path: Path) -> str:
    """The sha256 in hex of what lies at ``path``, read in pieces."""
    found = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            found.update(chunk)
    return found.hexdigest()


def is_leftover(name: str) -> bool:
    """Whether ``name`` is a temporary one of `write`, left by a killed process."""
    return name.startswith(".") and name.endswith(".part")


def _replace(path: Path, data: bytes) -> None:
    temporary = path.with_name(f".{path.name}.{os.getpid()}-{secrets.token_hex(4)}.part")
    try:
        with temporary.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    # without it a power cut may forget the new name although the bytes are on disk
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
