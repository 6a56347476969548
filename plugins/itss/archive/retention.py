"""How long a sealed version is kept, and removing its files afterwards. Pure dates and paths; asks nobody.

Its one surprise: the manifest is never removed. It is the tombstone that keeps the chain of versions verifiable.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from itss.archive.version import names


def keep_until(sealed_at: dt.datetime, zone: dt.tzinfo, years: int) -> dt.date:
    """The last local day on which it is kept: the day of its sealing so many years later; of 29 February, 1 March."""
    day = sealed_at.astimezone(zone).date()
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return dt.date(day.year + years, 3, 1)


def remove_files(folder: Path, wanted: Iterable[str]) -> int:
    """Remove these files of ``folder`` and the folders that are empty then; returns how many were there."""
    there = set(names(folder)) & set(wanted) if folder.exists() else set()
    for name in sorted(there):
        (folder / name).unlink()
    if isinstance(folder, Path):  # an object store has no folders
        for sub in sorted((path for path in folder.rglob("*") if path.is_dir()), reverse=True):
            with suppress(OSError):  # something is left in it, which the audit will tell
                sub.rmdir()
    return len(there)
