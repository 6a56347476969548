"""An object store that fails on every third write: a real fsspec filesystem behind Airflow's ObjectStoragePath.

Objects appear whole when they are closed, as on S3; folders are but names. The count of writes lies in a file, for each
step is another process.
"""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

from fsspec import register_implementation
from fsspec.implementations.dirfs import DirFileSystem
from fsspec.implementations.local import LocalFileSystem

SLOW_DOWN = "503 SlowDown: please reduce your request rate"


class FlakyStore(DirFileSystem):
    """``when`` the third write fails: at its begin, at its end, or after it when the answer is lost."""

    protocol = "flaky"
    sep = "/"
    cachable = False

    def __init__(self, folder: str = "", when: str = "", every: int = 3, **more: Any) -> None:
        super().__init__(path=folder, fs=LocalFileSystem(auto_mkdir=True), **more)
        self.folder, self.when, self.every = folder, when, every

    def open(self, path: str, mode: str = "rb", **more: Any) -> Any:
        if "r" in mode:
            return super().open(path, mode, **more)
        is_bad = self.count() % self.every == 0
        if is_bad and self.when == "begin":
            raise OSError(f"{SLOW_DOWN} ({path})")
        return Upload(self, path, self.when if is_bad else "")

    def count(self) -> int:
        """The number of this write, from 1."""
        counter = Path(f"{self.folder}.writes")
        number = 1 + (int(counter.read_text()) if counter.exists() else 0)
        counter.write_text(str(number))
        return number


class Upload(io.BytesIO):
    """Becomes an object when it is closed without an error."""

    def __init__(self, store: FlakyStore, path: str, fault: str) -> None:
        super().__init__()
        self.store, self.path, self.fault = store, path, fault

    def __exit__(self, kind: Any, *_: object) -> None:
        if kind is None:
            self.close()

    def close(self) -> None:
        if self.closed:
            return
        data = self.getvalue()
        super().close()
        if self.fault != "end":
            self.store.fs.pipe_file(self.store._join(self.path), data)
        if self.fault:
            raise OSError(f"{SLOW_DOWN} ({self.path})")


def install(folder: str, when: str, every: int = 3) -> None:
    """Make ``flaky://store@…`` mean this store in the calling process."""
    from airflow.sdk.io import attach, store

    store._STORE_CACHE.pop("flaky-store", None)  # of a test before
    register_implementation("flaky", FlakyStore, clobber=True)
    attach(protocol="flaky", conn_id="store", fs=FlakyStore(folder, when, every))
