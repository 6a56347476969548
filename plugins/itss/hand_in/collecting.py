"""Step 2 for handed-in data: the newest accepted version as rows, with those of the periods before it.

Each period has a file of its own, so the history is put together: a record that is in several counts as the newest file
has it. Refuses a file that is not the one on record. The period's own file is kept in the revision as it came.
"""

from __future__ import annotations

import datetime as dt
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from itss.archive.store import digest
from itss.errors import ContentChangedError, DataMissingError, OtherCustomerError, SourceError
from itss.hand_in.place import Place, kept_at
from itss.hand_in.reading import OTHERS, Rows, read_rows
from itss.register import HandIn, Register
from itss.settings import Settings

FOLDER = "handed_in"
"""Where, in the folder of a revision, the files lie as they came: ``handed_in/<process>/<name>``."""


@dataclass(frozen=True)
class HandedIn:
    """``frame`` has the process's columns, typed, and ``_unparsed``; ``source`` says which file, version and person."""

    frame: pd.DataFrame
    source: str
    sql: str
    name: str
    data: bytes
    """The period's own file as it came."""
    empty: tuple[str, ...] = ()
    """The periods for which it was handed in that there was nothing."""
    absent: tuple[str, ...] = ()
    """The periods, after the first one handed in, for which nobody handed in anything."""


def collect_handed_in(place: Place, settings: Settings, newest: Callable[[str], HandIn | None]) -> HandedIn:
    """The rows for ``place``, and the file as it came; ``newest`` gives the version of a period.

    `SourceError` when nothing was accepted for the period.
    """
    version = newest(place.period.label)
    if version is None:
        raise SourceError(
            f"{place.process}: nothing was handed in for {place.period.label}.",
            f"Hand it in: python -m itss hand-in {' '.join(place.key)} FILE --by PERSON.",
        )
    with kept_file(settings, version) as kept:
        rows, data = read_kept(kept, place, settings), kept.read_bytes()
    frame = rows.frame
    known, absent = 0, list[str]()
    back, empty = 0, [place.period.label] if frame.empty else []
    for label in (place.period.shift(-n).label for n in range(1, place.entry.history)):
        before = newest(label)
        if before is None:
            absent.append(label)
            continue
        with kept_file(settings, before) as kept:
            earlier = read_kept(kept, place, settings).frame
        frame = pd.concat([earlier[~earlier["id"].isin(frame["id"])], frame], ignore_index=True)
        empty += [label] if earlier.empty else []
        back, known = back + 1, len(absent)
    # before the first one nothing was owed
    said = f"{rows.where}, version {version.number} by {version.who} at {version.at:%Y-%m-%d %H:%M} UTC"
    if back:
        said += f", with {back} earlier period(s)"
    return HandedIn(
        frame.sort_values("id", kind="stable", ignore_index=True),
        said,
        rows.sql,
        version.name,
        data,
        tuple(empty),
        tuple(absent[:known]),
    )


def awaited(place: Place, register: Register, now: dt.datetime) -> bool:
    """Whether the report may go on: its data is there; or is optional and was due.

    `DataMissingError`, naming who owes what, when mandatory data is not there though it was due.
    """
    if register.newest_hand_in(place.key) is not None:
        return True
    if now < place.due_at:
        return False
    if not place.source.mandatory:
        return True
    owing = ", ".join(f"{one.title.zh} {one.title.en} <{one.email}>" for one in place.collectors)
    raise DataMissingError(
        f"{' '.join(place.key)}: nothing was handed in by {place.due_words}. It is owed by {owing}.",
        "When it has been handed in and accepted, clear this task: the report goes on.",
    )


def read_kept(path: Path, place: Place, settings: Settings) -> Rows:
    rows = read_rows(path, place, settings)
    if rows.frame.columns.empty:  # its headers are not those of the process, which it was accepted with
        raise SourceError(
            f"{path.name}: its columns are not those of {place.process} any more.",
            "Hand it in again, in the new template.",
        )
    if any(fault.what == OTHERS for fault in rows.faults):  # the customer's spelling has changed since
        raise OtherCustomerError(
            f"{place.process}: {path.name}: of its {len(rows.frame):,} rows some are another customer's by their "
            "column 'customer'.",
            "Correct the file and hand it in again, or correct the customers file.",
        )
    return rows


@contextmanager
def kept_file(settings: Settings, version: HandIn) -> Iterator[Path]:
    """The accepted file on this machine: what is in an object store is copied, for the libraries that read it."""
    path = kept_at(settings.inbox, version.path)
    with tempfile.TemporaryDirectory(prefix="itss-") as folder:
        try:
            if not isinstance(path, Path):
                with path.open("rb") as source, (Path(folder) / version.name).open("wb") as copy:
                    shutil.copyfileobj(source, copy)
                path = Path(folder) / version.name
            found = digest(path)
        except OSError as error:
            raise SourceError(
                f"{version.path}: {error.strerror or error}.", "Restore it from the backup of the inbox."
            ) from error
        if found != version.sha256:
            raise ContentChangedError(
                f"{version.path} is not the file that was accepted as version {version.number}.",
                "Find out who changed it, restore it from the backup, or hand it in again.",
            )
        yield path
