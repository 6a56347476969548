"""A file comes in: judged at once, then refused with its faults marked, or kept for good as the next version.

Works on a copy, so that nobody changes the bytes between judging and keeping. Nothing is lost: a file that was dropped
is removed only when it is kept or refused on record. Surprise: a kept file lies under its hash, so writing it twice is
writing it once, and a version that the register does not know is only a file.
"""

from __future__ import annotations

import datetime as dt
import logging
import os
import re
import shutil
import stat
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from itss.archive.store import digest, write
from itss.errors import HandInRefusedError, ItssError
from itss.hand_in.judging import Judged, judge
from itss.hand_in.marked import marked
from itss.hand_in.place import DROPPED, Place
from itss.hand_in.reading import Fault
from itss.register import HandIn, Register
from itss.register.hand_ins import Handed
from itss.settings import Settings
from itss.text import text

log = logging.getLogger(__name__)

_MARKED = ".errors.xlsx"
ACCEPTED, REFUSED = "accepted", "refused"
MAX_BYTES = 200 * 1024 * 1024
SETTLED_S = 30.0
"""A dropped file that was written to more recently may still be on its way."""
_UNSAFE = re.compile(r'[\x00-\x1f\x7f<>:"/\\|?*\u2028\u2029\u202a-\u202e\u2066-\u2069]+')
_NAME_BYTES = 150


@dataclass(frozen=True)
class Receipt:
    """What became of an accepted file; ``is_new`` is false when it is the newest version already."""

    version: HandIn
    is_new: bool
    warnings: tuple[str, ...]


class MarkedRefusalError(HandInRefusedError):
    """A refused file: its ``faults``, where its copy with the marks is, and the record of the refusal."""

    def __init__(self, name: str, faults: Sequence[Fault], copy: Path, record: HandIn) -> None:
        lines = "\n".join(fault.line() for fault in faults)
        super().__init__(
            f"{name} is refused, {len(faults)} error(s):\n{lines}\n", f"Mend it, or the marked copy: {copy.name}."
        )
        self.faults, self.copy, self.record = tuple(faults), copy, record


def hand_in(settings: Settings, register: Register, place: Place, file: Path, who: str, now: dt.datetime) -> Receipt:
    """Accept ``file`` for ``place`` as the next version, or raise `MarkedRefusalError`; ``who`` is a person's key.

    `HandInRefusedError` when that person may not hand in, or the file is none.
    """
    if who != DROPPED:
        place.refuse_stranger(who)
    _refuse_no_file(file)
    if (size := file.stat().st_size) > MAX_BYTES:
        handed = Handed(_clean(file.name), digest(file), 0, who, now, "")
        raise _refuse(settings, register, place, file, handed, Judged((_too_big(size),), is_read=False))
    with _copied(file, place.folder(settings.inbox)) as copy:
        handed = Handed(copy.name, digest(copy), 0, who, now, "")
        newest = register.newest_hand_in(place.key)
        if newest is not None and newest.sha256 == handed.sha256:
            return Receipt(newest, False, ())
        judged = _judge(copy, place, settings)
        if judged.faults:
            raise _refuse(settings, register, place, copy, handed, judged)
        return _accept(settings, register, place, copy, handed, judged)


def take_up(
    settings: Settings, register: Register, place: Place, now: dt.datetime
) -> Iterator[Receipt | MarkedRefusalError]:
    """Hand in what was dropped into the folder of ``place``, oldest first; what became of each."""
    for file in _dropped(place.folder(settings.inbox)):
        try:
            yield hand_in(settings, register, place, file, DROPPED, now)
        except MarkedRefusalError as refusal:
            yield refusal
        except FileNotFoundError:
            continue  # somebody else was faster
        file.unlink(missing_ok=True)


def marked_copy(settings: Settings, refused: HandIn) -> Path:
    """The marked copy of a refused file; its faults as lines of text lie beside it, with the suffix ``.txt``."""
    path = settings.inbox / refused.path
    return path.with_name(f"{path.stem}{_MARKED}")


def _dropped(folder: Path) -> list[Path]:
    """Files that have come to rest, without what programs leave beside them."""
    if not folder.is_dir():
        return []
    found: list[tuple[float, Path]] = []
    for path in folder.iterdir():
        if path.name.startswith((".", "~$")) or path.suffix.lower() in (".part", ".tmp", ".crdownload"):
            continue
        state = path.lstat()
        if not stat.S_ISREG(state.st_mode):
            continue  # a link could lead anywhere
        if abs(time.time() - state.st_mtime) >= SETTLED_S:
            found.append((state.st_mtime, path))
    return [path for _, path in sorted(found)]


def _too_big(size: int) -> Fault:
    most = f"{MAX_BYTES // 1024**2} MB"
    return Fault(
        text(
            f"文件为 {size / 1024**2:.0f} MB，最多 {most}；可改为 Parquet。",
            f"The file has {size / 1024**2:.0f} MB, at most {most} are taken; as Parquet it is smaller.",
        )
    )


def _refuse_no_file(file: Path) -> None:
    try:
        state = file.stat()
    except OSError as error:
        raise HandInRefusedError(f"{file.name}: {error.strerror or error}.", "Name a file that can be read.") from error
    if not stat.S_ISREG(state.st_mode):
        raise HandInRefusedError(f"{file.name} is not a file.", "Hand in one file.")


@contextmanager
def _copied(file: Path, folder: Path) -> Iterator[Path]:
    """A copy of ``file`` under a name that every file system takes, beside where it will lie."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".incoming-", dir=folder) as workroom:
        yield Path(shutil.copyfile(file, Path(workroom) / _clean(file.name)))


def _clean(name: str) -> str:
    clean = " ".join(_UNSAFE.sub(" ", name).split()).strip(" .") or "file"
    stem, suffix = os.path.splitext(clean)  # noqa: PTH122 - of a name, not of a path
    return stem.encode()[:_NAME_BYTES].decode(errors="ignore").rstrip() + suffix[:10]


def _judge(copy: Path, place: Place, settings: Settings) -> Judged:
    try:
        return judge(copy, place, settings)
    except ItssError:
        raise
    except Exception as error:  # whatever a file does to a library, it is the file that is refused
        log.exception("%s could not be judged", copy.name)
        said = " ".join(f"{type(error).__name__}: {error}".split())[:300]
        return Judged((Fault(text(f"文件无法处理：{said}", f"The file cannot be processed: {said}")),), is_read=False)


def _accept(
    settings: Settings, register: Register, place: Place, copy: Path, handed: Handed, judged: Judged
) -> Receipt:
    kept = place.folder(settings.inbox) / ACCEPTED / handed.sha256[:16] / copy.name
    if not kept.exists():
        write(kept, copy.read_bytes())
        kept.chmod(0o444)
    path = kept.relative_to(settings.inbox).as_posix()
    version, is_new = register.accept_hand_in(
        place.key, Handed(handed.name, handed.sha256, judged.rows, handed.who, handed.at, path)
    )
    return Receipt(version, is_new, judged.warnings)


def _refuse(
    settings: Settings, register: Register, place: Place, copy: Path, handed: Handed, judged: Judged
) -> MarkedRefusalError:
    stamp = f"{handed.at.astimezone(dt.UTC):%Y%m%dT%H%M%SZ}_{handed.sha256[:8]}"
    folder = place.folder(settings.inbox) / REFUSED / stamp
    folder.mkdir(parents=True, exist_ok=True)
    original = Path(shutil.copyfile(copy, folder / handed.name))
    shown = folder / f"{original.stem}{_MARKED}"
    write(shown, marked(copy, judged.faults, is_read=judged.is_read))
    write(shown.with_suffix(".txt"), "\n".join(fault.line() for fault in judged.faults).encode())
    path = original.relative_to(settings.inbox).as_posix()
    record = register.refuse_hand_in(
        place.key,
        Handed(handed.name, handed.sha256, judged.rows, handed.who, handed.at, path),
        len(judged.faults),
    )
    return MarkedRefusalError(handed.name, judged.faults, shown, record)
