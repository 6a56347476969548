"""An object store whose state is on disk, so that several processes reach it; each may be killed at any request.

A real fsspec file system behind Airflow's ObjectStoragePath. Objects appear whole, as on S3; folders are but names.
"""

from __future__ import annotations

import io
import os
import signal
import time
from pathlib import Path
from typing import Any

import pytest
from fsspec import register_implementation
from fsspec.implementations.dirfs import DirFileSystem
from fsspec.implementations.local import LocalFileSystem

URL = "bucket://store@inbox"


class Bucket(DirFileSystem):
    """Counts what changes or reads objects; the ``kill_at``-th such request is the end of its process."""

    protocol = "bucket"
    sep = "/"
    cachable = False

    def __init__(self, folder: str = "", **more: Any) -> None:
        super().__init__(path=folder, fs=LocalFileSystem(auto_mkdir=True), **more)
        self.kill_at, self.seen = -1, 0

    def reach(self) -> None:
        if self.seen == self.kill_at:
            os.kill(os.getpid(), signal.SIGKILL)
        self.seen += 1

    def open(self, path: str, mode: str = "rb", **more: Any) -> Any:
        self.reach()
        return super().open(path, mode, **more) if "r" in mode else _Upload(self, path)

    def get_file(self, path: str, to: str, **more: Any) -> Any:
        self.reach()
        return super().get_file(path, to, **more)

    def rm_file(self, path: str, **more: Any) -> Any:
        self.reach()
        return super().rm_file(path, **more)


class _Upload(io.BytesIO):
    """Becomes an object when it is closed."""

    def __init__(self, store: Bucket, path: str) -> None:
        super().__init__()
        self.store, self.path = store, path

    def close(self) -> None:
        if not self.closed:
            self.store.reach()
            whole = Path(self.store._join(self.path))
            whole.parent.mkdir(parents=True, exist_ok=True)
            part = whole.parent.parent / f"{os.getpid()}.upload"
            part.write_bytes(self.getvalue())
            part.replace(whole)
        super().close()


def install(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Bucket:
    """Make the inbox a bucket in ``folder``, in this process and those that it forks."""
    from airflow.sdk.io import attach, store

    store._STORE_CACHE.pop("bucket-store", None)  # of a test before
    register_implementation("bucket", Bucket, clobber=True)
    made = Bucket(str(folder))
    attach(protocol="bucket", conn_id="store", fs=made)
    monkeypatch.setenv("ITSS_INBOX", URL)
    return made


def put(path: Path, data: bytes, age_s: float = 60) -> None:
    """An object of ``data`` that was written ``age_s`` ago."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    os.utime(Path(path.fs._join(path.path)), (time.time() - age_s,) * 2)  # type: ignore[attr-defined]


def left(folder: Path) -> set[str]:
    """What was dropped and is still there, and the marks of tries."""
    found = {path.name for path in folder.iterdir() if path.name not in ("accepted", "refused", ".taken")}
    return found | {path.name for path in (folder / ".taken").glob("*/*")}
