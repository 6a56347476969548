"""A refusal: on record, with the file as it came, the copy in which its faults are marked, and their list beside it.

There are two forms of the list: as text for mails, and as JSON for the portal, with the cell of each fault.

What is no file is refused too, unread: its record has its identity, so it is reported once for as long as it is there.
"""

from __future__ import annotations

import datetime as dt
import json
import logging
import shutil
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath

from itss.archive.store import replacing, write
from itss.errors import HandInRefusedError
from itss.hand_in.drop import REFUSED, Strange
from itss.hand_in.judging import Judged
from itss.hand_in.marked import Marked, fault_list, marked
from itss.hand_in.place import DROPPED, Place, kept_at
from itss.hand_in.reading import Fault
from itss.register import HandIn, Register
from itss.register.hand_ins import Handed
from itss.settings import Settings

log = logging.getLogger(__name__)

_ERRORS = ".errors"
_SAID = 50
_LISTED = 1_000


@dataclass(frozen=True)
class FoundFault:
    """One thing wrong with a refused file, as it is shown: where, by the names of its workbook, and what."""

    sheet: str
    cell: str
    row: int | None
    column: str
    zh: str
    en: str


class MarkedRefusalError(HandInRefusedError):
    """A refused file: its ``faults``, where its copy with the marks is, and the record of the refusal."""

    def __init__(self, name: str, faults: Sequence[Fault], copy: Path, record: HandIn) -> None:
        lines = "\n".join(fault.line() for fault in faults[:_SAID])
        if len(faults) > _SAID:
            lines += f"\n… and {len(faults) - _SAID:,} more, all of them in {copy.with_suffix('.txt').name}"
        super().__init__(
            f"{name} is refused, {len(faults)} error(s):\n{lines}\n", f"Correct it, or the marked copy: {copy.name}."
        )
        self.faults, self.copy, self.record = tuple(faults), copy, record


def marked_copy(settings: Settings, refused: HandIn) -> Path:
    """The marked copy of a refused file; `SourceError` where a link stands there."""
    return _beside(settings, refused, ".xlsx")


def told_faults(settings: Settings, refused: HandIn) -> list[str]:
    """Its faults as lines of text."""
    return _beside(settings, refused, ".txt").read_text(encoding="utf-8").splitlines()


def found_faults(settings: Settings, refused: HandIn) -> list[FoundFault]:
    """The first thousand faults of a refused file; none where they were not listed, as before this was."""
    path = _beside(settings, refused, ".json")
    return [FoundFault(**one) for one in json.loads(path.read_bytes())] if path.exists() else []


def _beside(settings: Settings, refused: HandIn, suffix: str) -> Path:
    path = PurePosixPath(refused.path)
    return kept_at(settings.inbox, str(path.with_name(f"{path.stem}{_ERRORS}{suffix}")))


def refuse(
    settings: Settings, register: Register, place: Place, copy: Path | None, handed: Handed, judged: Judged
) -> MarkedRefusalError:
    """Put the refusal on record, with ``copy`` and its faults beside each other; ``None`` for what is no file."""
    stamp = f"{handed.at.astimezone(dt.UTC):%Y%m%dT%H%M%SZ}_{handed.sha256[:8]}"
    path = "/".join((*place.key, REFUSED, stamp, handed.name))
    original = kept_at(settings.inbox, path)
    if copy is not None:
        with replacing(original) as temporary:
            shutil.copyfile(copy, temporary)
    shown = original.with_name(f"{original.stem}{_ERRORS}.xlsx")
    made = _marked(copy, judged, place.source.encoding)
    write(shown, made.data)
    write(shown.with_suffix(".json"), json.dumps([asdict(one) for one in _found(judged.faults, made)]).encode())
    write(shown.with_suffix(".txt"), "\n".join(fault.line() for fault in judged.faults).encode())
    record = register.refuse_hand_in(
        place.key,
        Handed(handed.name, handed.sha256, judged.rows, handed.who, handed.at, path),
        len(judged.faults),
    )
    return MarkedRefusalError(handed.name, judged.faults, shown, record)


def _found(faults: Sequence[Fault], made: Marked) -> list[FoundFault]:
    return [
        FoundFault(*made.cells.get(one, ("", "")), one.row, one.column, one.what.zh, one.what.en)
        for one in faults[:_LISTED]
    ]


def _marked(copy: Path | None, judged: Judged, encoding: str | None) -> Marked:
    if copy is not None and judged.is_read:
        try:
            return marked(copy, judged.faults, encoding)
        except Exception:  # what can be read need not be such that openpyxl can write it again
            log.exception("%s could not be marked", copy.name)
    return fault_list(judged.faults)


def refuse_strange(
    settings: Settings, register: Register, place: Place, thing: Strange, name: str, now: dt.datetime
) -> MarkedRefusalError:
    """Refuse what is not read, under the ``name`` that goes on record."""
    handed = Handed(name, thing.sha256, 0, DROPPED, now, "")
    return refuse(settings, register, place, None, handed, Judged((Fault(thing.what),), is_read=False))
