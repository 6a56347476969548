"""Files of an object store, fetched into a temporary folder: any store that an installed Airflow provider knows.

Refuses web addresses and passwords in addresses. An object that changes while it is fetched is not half taken.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from fnmatch import fnmatchcase
from pathlib import Path

from itss.archive.store import open_store
from itss.errors import ConfigurationError, SourceError, SourceUnreachableError
from itss.sources.rows import RETRY


@contextmanager
def fetched(url: str) -> Iterator[Path]:
    """A folder with the objects of ``url`` (one, all directly in a folder, or a glob of its last part).

    Raises `SourceError` where there is none, `SourceUnreachableError` where the store does not answer.
    """
    with tempfile.TemporaryDirectory(prefix="itss-") as folder:
        try:
            _fetch(url, Path(folder))
        except (SourceError, ConfigurationError):
            raise
        except (FileNotFoundError, NotADirectoryError, PermissionError) as error:
            raise SourceError(
                f"{url}: {type(error).__name__}.", "Correct `file`, or what its connection may read."
            ) from error
        except (ImportError, ValueError) as error:
            raise SourceError(
                f"{url}: this store is not known here ({error}).", "Install the Airflow provider of the store."
            ) from error
        except Exception as error:  # every store has its own
            raise SourceUnreachableError(f"{url}: {type(error).__name__}: {error}.", RETRY) from error
        yield Path(folder)


def _fetch(url: str, to: Path) -> None:
    above, _, pattern = url.rstrip("/").rpartition("/")
    if any(mark in pattern for mark in "*?["):
        objects = [found for found in open_store(above).iterdir() if fnmatchcase(found.name, pattern)]
    else:
        named = open_store(url.rstrip("/"))
        objects = list(named.iterdir()) if named.is_dir() else [named]
    for found in objects:
        if found.is_dir():
            continue
        with found.open("rb") as source, (to / found.name).open("wb") as target:
            shutil.copyfileobj(source, target)
        if (to / found.name).stat().st_size != found.stat().st_size:
            raise SourceUnreachableError(f"{found}: was written to while it was read.", RETRY)
    if not any(to.iterdir()):
        raise SourceError(f"{url}: there is no such file.", "Hand it in, or correct `file` in the report list.")
