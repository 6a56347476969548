"""The shared folder (公共平台): the approved files under names that people read, whole or not at all.

They come to lie in ``<folder>/<report>/<period>/``. Refuses to replace any other file, to make the shared folder itself
(where the share is not mounted that would hide the report on the worker's own disk), and to leave it by a link. Its
one surprise: laying down again what lies there already is no error, so a copy that was cut off is simply finished.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from urllib.parse import urlsplit

from itss.archive.store import digest, open_store, replacing
from itss.delivery.mail import Attachment, Job, attachments, message_id
from itss.errors import DeliveryError, ItssError
from itss.settings import Settings, settings
from itss.text import text

SHARED = text("公共平台", "Shared folder")


@dataclass(frozen=True)
class Copy:
    """One report of one period for the shared folder at ``url``; ``address`` is where it lies, for people."""

    recipient: str
    url: str
    place: tuple[str, str]
    message_id: str
    attachments: tuple[Attachment, ...]

    @property
    def address(self) -> str:
        """Where the files come to lie."""
        return "/".join((self.url.rstrip("/"), *self.place))


def shared_copy(job: Job, *, is_correction: bool) -> Copy | None:
    """What is written into the folder of the entry; ``None`` where it names none."""
    url = job.entry.distribution.folder
    if url is None:
        return None
    return Copy(
        recipient=SHARED.of(job.entry.language),
        url=url,
        place=job.ref[:2],
        message_id=message_id(job.ref, url, "folder"),
        attachments=attachments(job, is_correction=is_correction),
    )


def put(copy: Copy, files: Sequence[Path]) -> str:
    """Lay down ``files``; the answer names each with its sha256. `DeliveryError` if not all of them lie there then."""
    try:
        return "; ".join(_put_all(_folder(copy), files))
    except ItssError as error:
        raise DeliveryError(error.what, error.remedy) from error
    except Exception as error:  # each object store has errors of its own, and the receipt must be written
        words = " ".join(str(error).split()) or type(error).__name__
        raise DeliveryError(
            f"The shared folder {copy.url} cannot be written: {words}.", "Check that it is there, and the rights on it."
        ) from error


def overlap(url: str, place: Settings) -> str:
    """Which folder of the product's own a shared folder at ``url`` would lie in, or hold; empty if none."""
    own = {"workspace": place.workspace_url, "archive": place.archive_url, "inbox": place.inbox_url}
    shared = _place(url)
    for name, other in ((name, _place(other)) for name, other in own.items()):
        if shared == other or shared.startswith(other + "/") or other.startswith(shared + "/"):
            return name
    return ""


def _folder(copy: Copy) -> Path:
    if name := overlap(copy.url, settings()):
        raise DeliveryError(f"The shared folder {copy.url} overlaps with the {name}.", "Name another folder.")
    base = open_store(copy.url)
    folder = base.joinpath(*copy.place)
    if isinstance(base, Path):
        if not base.is_dir():
            raise DeliveryError(f"The shared folder {base} is not there.", "Mount it, or make it once.")
        if not folder.resolve().is_relative_to(base.resolve()):
            raise DeliveryError(f"{folder} leads out of the shared folder.", "Remove the link that stands there.")
    return folder


def _put_all(folder: Path, files: Sequence[Path]) -> list[str]:
    sums = {file: sha256(file.read_bytes()).hexdigest() for file in files}
    for file in files:
        target = folder / file.name
        if target.exists() and digest(target) != sums[file]:
            raise DeliveryError(
                f"Another file lies at {target}; it is not replaced.", "Find out whose it is, and move it away."
            )
    for left in folder.glob(".*.part") if isinstance(folder, Path) else ():
        left.unlink()  # by a process that was killed while it wrote
    with ExitStack() as staged:  # every file is there under a temporary name before the first gets its own
        for file in files:
            if not (folder / file.name).exists():
                staged.enter_context(replacing(folder / file.name)).write_bytes(file.read_bytes())
    for file in files:
        if digest(folder / file.name) != sums[file]:
            raise DeliveryError(f"{folder / file.name} does not read back as it was written.", "Check the store.")
    return [f"{file.name} sha256 {sums[file]}" for file in files]


def _place(url: str) -> str:
    """A folder in one spelling: without the connection it is reached by, links followed."""
    parts = urlsplit(url)
    if parts.scheme in ("", "file"):
        return str(Path(url.removeprefix("file://")).resolve()).rstrip("/")
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}".rstrip("/")
