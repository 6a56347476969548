"""Making a backup while reports run: the register first, in one transaction, then what it names.

What a register of that instant calls sealed is in the archive already, so the two agree. Whatever is not whole is
reported, and the state is then not completed: the earlier ones stay what they were. Refuses a register that does not
continue the newest state, such as an empty one: in a week it would have replaced every good state. Surprise: damage of
a version that is in the backup already is not noticed here but by the audit; the copy is still the one that was sealed.
"""

from __future__ import annotations

import datetime as dt
import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from itss import __version__
from itss.archive.folder import refuse_name
from itss.archive.store import digest, open_store, replacing
from itss.archive.version import MANIFEST, folder_of, sealed_folder, sizes
from itss.backup import layout
from itss.backup.copying import copy_file, copy_folder, copy_version, has_hash, remove_folder
from itss.backup.layout import State
from itss.errors import ArchiveError, BackupError, ConfigurationError
from itss.register import Register, signing
from itss.register.schema import HEAD
from itss.settings import Settings

Say = Callable[[str], None]
_LOCK = ".lock"


@dataclass
class Backup:
    """One backup in the making."""

    place: Settings
    root: Path
    folder: Path
    say: Say
    problems: list[str] = field(default_factory=list)
    copied: int = 0


def back_up(place: Settings, root: Path, now: dt.datetime, say: Say, *, keep: int, with_key: bool) -> State:
    """Write a state below ``root`` and remove all but the newest ``keep``; `BackupError` names what is not whole."""
    if with_key and not isinstance(root, Path):
        raise ConfigurationError("A key is not put into an object store.", "Leave out --with-key, and keep it apart.")
    with _alone(root, say):
        try:
            return _back_up(place, root, now, say, keep=keep, with_key=with_key)
        except OSError as error:
            raise BackupError(f"This backup is not complete: {error}.", "Correct this, then make it again.") from error


@contextmanager
def _alone(root: Path, say: Say) -> Iterator[None]:
    """One backup at a time in a folder: each removes what it takes for cut off. Nobody can be asked of a store."""
    if not isinstance(root, Path):
        yield
        return
    root.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (root / _LOCK).open("w") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BackupError(f"Another backup into {root} is running.", "Wait until it has ended.") from None
        except OSError as error:  # a file system without locks
            say(f"whether another backup is running is not known: {error.strerror}")
        yield


def _back_up(place: Settings, root: Path, now: dt.datetime, say: Say, *, keep: int, with_key: bool) -> State:
    name = layout.name_of(now)
    made = Backup(place, root, root / layout.STATES / name, say)
    for cut_off in layout.unfinished(root):
        remove_folder(cut_off)
    register = _register(place)
    key = register.key()
    if isinstance(made.folder, Path):  # it has comments, and addresses of people
        made.folder.mkdir(parents=True, mode=0o700)
    with replacing(made.folder / layout.REGISTER_FILE) as file:
        register.save(file)
        copy = Register(f"sqlite:///{file}", key=place.signing_key)
        made.problems += [f"register: {one}" for one in copy.problems()]
        say(f"register: copied, {file.stat().st_size:,} bytes, {'as it was signed' if not made.problems else 'BROKEN'}")
        state = named(copy, digest(file), name, now, signing.fingerprint(key.public))
        _refuse_another(copy, layout.read_states(root)[0])
        places = {one.ref.path: one.archive_path or "" for one in copy.sealed()}
    _versions(made, state, places)
    _inbox(made, state)
    _drafts(made, state)
    if made.problems:
        raise BackupError(
            f"{len(made.problems)} part(s) of the record are not whole, so this backup is not complete:\n"
            + "\n".join(f"  {one}" for one in made.problems)
            + "\n",
            "All others were copied, and earlier backups are as they were. Find out what changed them: python -m itss "
            "audit.",
        )
    if with_key:
        _write_key(made.folder, key)
    if digest(made.folder / layout.REGISTER_FILE) != state.register_sha256:  # as another backup into a store removes it
        raise BackupError(f"{made.folder} was changed while it was made.", "Make one backup at a time.")
    layout.write_state(made.folder, state)
    _prune(made, keep)
    say(f"complete: {made.folder}, {made.copied:,} bytes copied")
    return state


def _register(place: Settings) -> Register:
    register = Register(place.register_url)
    version = register.version()
    if version != HEAD:
        raise BackupError(
            f"The tables of the register are at version {version or 'none'}, not {HEAD}.",
            "Name the right one in ITSS_REGISTER_URL, or migrate it: python -m itss setup.",
        )
    return register


def _refuse_another(copy: Register, states: list[State]) -> None:
    """`BackupError` unless the ledger goes on from that of the newest state, or says that it was restored since."""
    for newest in states[-1:]:
        found, restored_at = copy.sha256_at(newest.head), copy.restored_at()
        if found != newest.head_sha256 and (restored_at is None or layout.name_of(restored_at) < newest.name):
            raise BackupError(
                f"This is another register than that of {newest.name}, the newest state, or an older one: line "
                f"{newest.head:,} of its ledger is {'another one' if found else 'not in it'}. So no state is removed.",
                "Correct ITSS_REGISTER_URL, or restore the register. Where it was brought back to before that state, "
                "put this on record: python -m itss.register restored --reason '…'. For a new register name another "
                "folder for backups.",
            )


def named(copy: Register, sha256: str, name: str, now: dt.datetime, key: str) -> State:
    """What the register of that instant names."""
    sealed, head, removed = copy.sealed(), copy.head(), copy.removed()
    return State(
        name=name,
        at=now.isoformat(),
        release=__version__,
        register_version=HEAD,
        register_sha256=sha256,
        head=head.seq if head else 0,
        head_sha256=head.sha256 if head else "",
        key=key,
        revisions=copy.count(),
        versions={one.ref.path: one.manifest_sha256 or "" for one in sealed},
        removed=sorted(one.ref.path for one in sealed if one.ref in removed),
        hand_ins={one.path: one.sha256 for one in copy.hand_ins() if one.status == "accepted"},
        drafts=sorted(ref.path for ref in copy.drafts()),
    )


def _versions(made: Backup, state: State, places: dict[str, str]) -> None:
    archive, was_there = open_store(made.place.archive_url), 0
    for number, (path, sha256) in enumerate(state.versions.items(), 1):
        target = made.root / layout.ARCHIVE / path
        try:
            is_there = (target / MANIFEST).exists()
            source = sealed_folder(archive, layout.ref_of(path), places[path])
            size = copy_version(source, target, sha256, is_removed=path in state.removed)
        except (ArchiveError, OSError) as error:
            made.problems.append(f"{path}: {error}")
            continue
        was_there += is_there
        made.copied += size
        if is_there and size:
            made.say(f"archive: {path} was not whole in the backup: {size:,} bytes are copied again")
        if number % 100 == 0:
            made.say(f"archive: {number:,} of {len(state.versions):,} versions")
    made.say(f"archive: {len(state.versions):,} versions, {was_there:,} of them there already")


def _inbox(made: Backup, state: State) -> None:
    """The accepted files, each by its hash: what was refused, or waits unjudged, no report stands on."""
    inbox, target = made.place.inbox, made.root / layout.INBOX
    here, there = sizes(inbox), sizes(target)
    for path, sha256 in state.hand_ins.items():
        try:
            refuse_name(path)  # the register may be one that somebody has changed
            if path in there and (here.get(path) in (None, there[path]) or has_hash(target / path, sha256)):
                continue
            made.copied += copy_file(inbox / path, target / path, sha256)
        except (ArchiveError, OSError) as error:
            made.problems.append(f"inbox: {path}: {error}")
    made.say(f"inbox: {len(state.hand_ins):,} accepted files")


def _drafts(made: Backup, state: State) -> None:
    workspace = open_store(made.place.workspace_url)
    for path in state.drafts:
        made.copied += copy_folder(folder_of(workspace, layout.ref_of(path)), made.folder / layout.WORKSPACE / path)
    made.say(f"workspace: {len(state.drafts):,} drafts")


def _write_key(folder: Path, key: signing.Key) -> None:
    with os.fdopen(os.open(folder / layout.KEY_FILE, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(key.pem)


def _prune(made: Backup, keep: int) -> None:
    """Remove older states, and the files of versions that retention has removed in every state that is left.

    Never the one that was ``made`` just now, also where the clock was set back, nor one that cannot be read: nobody
    knows which versions it needs.
    """
    found, unreadable = layout.read_states(made.root)
    old = [one for one in found[:-keep] if one.name != made.folder.name]
    for one in old:
        folder = made.root / layout.STATES / one.name
        (folder / layout.COMPLETE).unlink()  # first: it is none any more
        remove_folder(folder)
    for error in unreadable:
        made.say(f"{error.what} It stays, and so do the files of all versions: remove its folder, or correct it.")
    left = [] if unreadable else [set(one.removed) for one in found if one not in old]
    for path in set.intersection(*left) if left else ():
        remove_folder(folder_of(made.root / layout.ARCHIVE, layout.ref_of(path)), (MANIFEST,))
