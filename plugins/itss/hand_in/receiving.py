"""A file comes in: judged at once, then refused with its faults marked, or kept for good as the next version.

Works on a copy, so that nobody changes the bytes between judging and keeping. Nothing is lost: a file that was dropped
is moved away first, an object copied (`itss.hand_in.drop`), and it is removed only when it is kept or refused on
record. Surprise: a kept file lies under its hash, so writing it twice is writing it once, and a version that the
register does not know is only a file.
"""

from __future__ import annotations

import datetime as dt
import logging
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from itss.archive.store import digest, replacing, write
from itss.errors import HandInRefusedError, ItssError
from itss.hand_in.drop import ACCEPTED, MAX_BYTES, Drop, Taken, too_big
from itss.hand_in.dropping import DropFolder
from itss.hand_in.dropping_objects import DropStore
from itss.hand_in.file_name import clean_name
from itss.hand_in.judging import Judged, judge
from itss.hand_in.place import DROPPED, Place, kept_at
from itss.hand_in.reading import Fault
from itss.hand_in.refusals import MarkedRefusalError, marked_copy, refuse, refuse_strange, told_faults
from itss.register import HandIn, Register
from itss.register.hand_ins import Handed
from itss.settings import Settings
from itss.text import text

__all__ = ["MarkedRefusalError", "Receipt", "hand_in", "marked_copy", "take_up", "told_faults"]

log = logging.getLogger(__name__)

_WARNED = ".warnings.txt"
MOST_TRIES = 3
"""A file at which the process was killed so often is refused: it must not stop the others for ever."""
_UNFINISHED = Fault(
    text(
        f"处理该文件时进程 {MOST_TRIES} 次被终止，未能读完；文件可能过大。",
        f"The process was killed {MOST_TRIES} times while it read this file, which may be too big.",
    )
)


@dataclass(frozen=True)
class Receipt:
    """What became of an accepted file; ``is_new`` is false when it is the newest version already."""

    version: HandIn
    is_new: bool
    warnings: tuple[str, ...]


def hand_in(settings: Settings, register: Register, place: Place, file: Path, who: str, now: dt.datetime) -> Receipt:
    """Accept ``file`` for ``place`` as the next version, or raise `MarkedRefusalError`; ``who`` is a person's key.

    `HandInRefusedError` when that person may not hand in, or the file is none.
    """
    place.refuse_stranger(who)
    _refuse_no_file(file)
    folder = place.folder(settings.inbox)
    if isinstance(folder, Path):
        folder.mkdir(parents=True, exist_ok=True)
    return _receive(settings, register, place, file, folder if isinstance(folder, Path) else None, who, now)


def take_up(
    settings: Settings, register: Register, place: Place, now: dt.datetime
) -> Iterator[Receipt | MarkedRefusalError]:
    """Hand in what was dropped into the folder of ``place``, oldest first; what became of each.

    What is no file (a link, a folder) is refused once, unread, and stays where it is.
    """
    folder = place.folder(settings.inbox)
    drop: Drop = DropFolder(folder) if isinstance(folder, Path) else DropStore(folder, MAX_BYTES)
    with drop.opened() as is_there:
        if not is_there:
            return
        for taken in drop.take(now):
            outcome = None if _is_on_record(register, place, taken) else _received(settings, register, place, taken)
            taken.finish()
            if outcome:
                yield outcome
        for thing in drop.strange():
            if thing.sha256 not in {one.sha256 for one in _handed_in(register, place)}:
                yield refuse_strange(settings, register, place, thing, clean_name(thing.name), now)


def warnings_of(settings: Settings, accepted: HandIn) -> list[str]:
    """What was said about an accepted file that did not refuse it."""
    path = kept_at(settings.inbox, f"{accepted.path}{_WARNED}")
    return path.read_text(encoding="utf-8").splitlines() if path.exists() else []


def _is_on_record(register: Register, place: Place, taken: Taken) -> bool:
    """Whether an earlier scan got so far with this file, and was then killed."""
    found = (clean_name(taken.file.name), digest(taken.file), DROPPED, taken.at)
    return any((one.name, one.sha256, one.who, one.at) == found for one in _handed_in(register, place))


def _received(settings: Settings, register: Register, place: Place, taken: Taken) -> Receipt | MarkedRefusalError:
    try:
        with taken.tried() as tries:
            if tries >= MOST_TRIES:
                judged = Judged((_UNFINISHED,), is_read=False)
                handed = Handed(clean_name(taken.file.name), digest(taken.file), 0, DROPPED, taken.at, "")
                return refuse(settings, register, place, taken.file, handed, judged)
            return _receive(settings, register, place, taken.file, taken.file.parent, DROPPED, taken.at)
    except MarkedRefusalError as refusal:
        return refusal


def _receive(
    settings: Settings, register: Register, place: Place, file: Path, room: Path | None, who: str, now: dt.datetime
) -> Receipt:
    if (size := file.stat().st_size) > MAX_BYTES:
        handed = Handed(clean_name(file.name), digest(file), 0, who, now, "")
        raise refuse(settings, register, place, file, handed, Judged((Fault(too_big(size, MAX_BYTES)),), is_read=False))
    with _copied(file, room) as copy:
        handed = Handed(copy.name, digest(copy), 0, who, now, "")
        newest = register.newest_hand_in(place.key)
        if newest is not None and newest.sha256 == handed.sha256:
            return Receipt(newest, False, ())
        judged = _judge(copy, place, settings, register, now)
        if judged.faults:
            raise refuse(settings, register, place, copy, handed, judged)
        return _accept(settings, register, place, copy, handed, judged)


def _handed_in(register: Register, place: Place) -> list[HandIn]:
    report, period, process = place.key
    return [one for one in register.hand_ins(report, period) if one.process == process]


def _refuse_no_file(file: Path) -> None:
    try:
        state = file.stat()
    except OSError as error:
        raise HandInRefusedError(f"{file.name}: {error.strerror or error}.", "Name a file that can be read.") from error
    if not stat.S_ISREG(state.st_mode):
        raise HandInRefusedError(f"{file.name} is not a file.", "Hand in one file.")


@contextmanager
def _copied(file: Path, folder: Path | None) -> Iterator[Path]:
    """A copy of ``file`` in ``folder``, under a name that every file system takes; else where temporary files are."""
    with tempfile.TemporaryDirectory(prefix=".incoming-", dir=folder) as workroom:
        yield Path(shutil.copyfile(file, Path(workroom) / clean_name(file.name)))


def _judge(copy: Path, place: Place, settings: Settings, register: Register, now: dt.datetime) -> Judged:
    report, _, process = place.key
    try:
        return judge(copy, place, settings, lambda period: register.newest_hand_in((report, period, process)), now)
    except ItssError:
        raise
    except Exception as error:  # whatever a file does to a library, it is the file that is refused
        log.exception("%s could not be judged", copy.name)
        said = " ".join(f"{type(error).__name__}: {error}".split())[:300]
        return Judged((Fault(text(f"文件无法处理：{said}", f"The file cannot be processed: {said}")),), is_read=False)


def _accept(
    settings: Settings, register: Register, place: Place, copy: Path, handed: Handed, judged: Judged
) -> Receipt:
    path = "/".join((*place.key, ACCEPTED, handed.sha256[:16], copy.name))
    kept = kept_at(settings.inbox, path)
    if not kept.exists():
        with replacing(kept) as temporary:
            shutil.copyfile(copy, temporary)
        if isinstance(kept, Path):
            kept.chmod(0o444)
    if judged.warnings:  # who drops a file reads it here only
        write(kept.with_name(f"{kept.name}{_WARNED}"), "\n".join(judged.warnings).encode())
    version, is_new = register.accept_hand_in(
        place.key, Handed(handed.name, handed.sha256, judged.rows, handed.who, handed.at, path)
    )
    return Receipt(version, is_new, judged.warnings)
