"""Folders of workspace and archive: a `pathlib.Path`, or Airflow's `ObjectStoragePath` with the same methods.

Owns how bytes come to rest there: whole or not at all. Refuses relative ``file://`` URLs, and URLs that hold a
password. Its one surprise: an object store cannot rename, so there a file is one put under its final name.
"""

from __future__ import annotations

import errno
import hashlib
import io
import os
import secrets
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast
from urllib.parse import urlsplit

from itss.errors import ConfigurationError
from itss.settings import named

_CHUNK = 1024 * 1024
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_PAUSES_S = (0.1, 0.5, 2.0)
_UNANSWERED = ("botocore.exceptions.ConnectionError", "botocore.exceptions.HTTPClientError")


def open_store(url: str) -> Path:
    """The folder behind ``url``: ``file:///…`` (or a plain absolute path) as a `Path`, else an `ObjectStoragePath`."""
    try:
        parts = urlsplit(named(url))
    except ValueError:
        raise ConfigurationError(
            "The URL of a store cannot be read.", "Write it like s3://<bucket>/<folder>."
        ) from None
    if parts.password or (parts.scheme not in ("", "file") and (parts.query or parts.fragment)):
        raise ConfigurationError(
            f"The store URL with scheme '{parts.scheme}' holds a password, or a key.",
            f"Put it into an Airflow connection and write {parts.scheme}://<connection>@<bucket>/<folder>.",
        )
    if parts.scheme in ("", "file"):
        path = Path(url.removeprefix("file://"))
        if not path.is_absolute():
            raise ConfigurationError(f"The store '{url}' is not absolute.", "Write it like file:///srv/itss/archive.")
        return path
    from airflow.sdk import ObjectStoragePath  # costs seconds; only object stores need it

    try:
        return cast(Path, ObjectStoragePath(url))
    except ValueError:
        raise ConfigurationError(
            f"No library here can open a store with scheme '{parts.scheme}'.",
            "Write it like s3://<connection>@<bucket>/<folder>, or install the Airflow provider of the store.",
        ) from None


def write(path: Path, data: bytes) -> str:
    """Write ``data`` to ``path`` whole or not at all, making its folders; returns its sha256 in hex."""
    if isinstance(path, Path):
        with replacing(path) as temporary:
            temporary.write_bytes(data)
    else:
        _put(path, io.BytesIO(data))
    return hashlib.sha256(data).hexdigest()


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A local file to write in the block: it comes to lie at ``path`` when the block ends, and is gone if it raises."""
    if not isinstance(path, Path):
        with tempfile.TemporaryDirectory(prefix="itss-") as folder:
            local = Path(folder) / path.name
            yield local
            with local.open("rb") as source:
                _put(path, source)
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}-{secrets.token_hex(4)}.part")
    try:
        yield temporary
        _sync(temporary)
        temporary.replace(path)
    except BaseException as error:
        temporary.unlink(missing_ok=True)
        if isinstance(error, OSError) and error.errno in _NO_ROOM:  # which the system tells without saying where
            raise OSError(error.errno, f"{path}: {os.strerror(error.errno)}") from error
        raise
    # without it a power cut may forget the new name although the bytes are on disk
    _sync(path.parent)


def digest(path: Path) -> str:
    """The sha256 in hex of what lies at ``path``, read in pieces."""
    found = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            found.update(chunk)
    return found.hexdigest()


def is_away(error: BaseException) -> bool:
    """Whether a store did not take or give something, which may pass.

    s3fs makes an `OSError` of what a store answers, but lets through what botocore raises where none answers. By name,
    for it is not there where nobody uses S3.
    """
    kinds = {f"{kind.__module__}.{kind.__name__}" for kind in type(error).__mro__}
    return isinstance(error, OSError) or not kinds.isdisjoint(_UNANSWERED)


def is_leftover(name: str) -> bool:
    """Whether ``name`` is a temporary one of `replacing`, left by a killed process."""
    return name.startswith(".") and name.endswith(".part")


def _put(path: Path, source: BinaryIO) -> None:
    """One object, whole; a store that fails for a moment is asked again, for the same bytes may be put many times."""
    for pause_s in (*_PAUSES_S, None):
        source.seek(0)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("wb") as target:
                shutil.copyfileobj(source, target, _CHUNK)
            return
        except Exception as error:
            if pause_s is None or not is_away(error):
                raise
            time.sleep(pause_s)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
