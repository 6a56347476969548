"""What is where in the folder of backups, and the document that makes a state of it complete.

``archive/`` and ``inbox/`` have each sealed version and handed-in file once, for all states; ``states/<time>/`` has
the register and the drafts of one backup, and ``backup.json``. That is written last: a folder of ``states`` without it
was cut off, is no backup, and the next one removes it.
"""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import asdict, dataclass
from pathlib import Path

from itss.archive.store import write
from itss.errors import BackupError
from itss.ref import Ref

ARCHIVE, INBOX, STATES, WORKSPACE = "archive", "inbox", "states", "workspace"
SET_ASIDE = "set-aside"
"""In the workspace, by the time of the restore: what a restore has found in the place of a draft."""
REGISTER_FILE, KEY_FILE, COMPLETE = "register.sqlite", "signing_key.pem", "backup.json"
FORMAT = 1


@dataclass(frozen=True)
class State:
    """What a complete backup says of itself; ``versions`` maps the path of each sealed version to its manifest."""

    name: str
    at: str
    release: str
    register_version: str
    register_sha256: str
    head: int
    head_sha256: str
    key: str
    """Fingerprint of the key that signs the ledger."""
    revisions: int
    versions: dict[str, str]
    removed: list[str]
    """Those of the versions whose files retention has removed: their manifest is all that there is."""
    hand_ins: dict[str, str]
    drafts: list[str]
    format: int = FORMAT


def ref_of(path: str) -> Ref:
    """The revision whose folder this is."""
    report, period, number = path.split("/")
    return Ref(report, period, int(number[1:]))


def name_of(at: dt.datetime) -> str:
    """The folder of a state: its instant, in an order that is that of time."""
    return at.astimezone(dt.UTC).strftime("%Y%m%dT%H%M%S.%fZ")


def write_state(folder: Path, state: State) -> None:
    """Write the document that completes a state."""
    write(folder / COMPLETE, (json.dumps(asdict(state), ensure_ascii=False, indent=1) + "\n").encode())


def complete(root: Path) -> list[Path]:
    """The folders of complete states, oldest first; none is read: one that cannot be is no reason against others."""
    return sorted((one for one in _folders(root) if (one / COMPLETE).exists()), key=lambda one: one.name)


def unfinished(root: Path) -> list[Path]:
    """Folders of states that were cut off."""
    return [one for one in _folders(root) if not (one / COMPLETE).exists()]


def read_state(folder: Path) -> State:
    """The document of a complete state; `BackupError` where it cannot be read."""
    try:
        state = State(**json.loads((folder / COMPLETE).read_bytes()))
    except (OSError, ValueError, TypeError) as error:
        raise BackupError(f"{folder / COMPLETE} cannot be read: {error}.", "Name an earlier state by --at.") from error
    if state.name != folder.name:
        raise BackupError(f"{folder / COMPLETE} is of another state.", "Name an earlier state by --at.")
    if state.format != FORMAT:
        raise BackupError(f"{folder} has format {state.format}.", "Restore it by the release that made it.")
    return state


def read_states(root: Path) -> tuple[list[State], list[BackupError]]:
    """The complete states, oldest first, and why others cannot be read."""
    states, unreadable = [], []
    for folder in complete(root):
        try:
            states.append(read_state(folder))
        except BackupError as error:
            unreadable.append(error)
    return states, unreadable


def _folders(root: Path) -> list[Path]:
    place = root / STATES
    found = place.iterdir() if place.exists() else ()
    # a link leads out of the backup, and what is cut off is emptied
    return [one for one in found if one.is_dir() and not (isinstance(one, Path) and one.is_symlink())]
