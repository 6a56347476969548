"""Bringing a state back: everything it names is verified first, then archive, inbox and drafts, the register last.

Refuses a register with anything on record, an archive with anything in it unless it is to stay, and a key that is not
the register's. The register comes last, so that a restore that was cut off leaves it empty and is simply begun again.
Its one surprise: a register of an earlier release is migrated on the way, in a copy; the state stays as it was.
"""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from itss.archive.store import digest, open_store
from itss.archive.version import MANIFEST, folder_of, names, read_manifest
from itss.backup import layout
from itss.backup.copying import copy_file, copy_folder, copy_version, has_hash, remove_folder
from itss.backup.layout import State
from itss.backup.saving import named
from itss.errors import BackupError, ConfigurationError, ItssError
from itss.register import Register, signing
from itss.settings import Settings
from itss.sources.connections import is_absent, register_url

Say = Callable[[str], None]
_PROVEN = ("versions", "removed", "hand_ins", "drafts")


@dataclass(frozen=True)
class Restore:
    """Which state goes where; ``is_register_only`` where the archive has survived and stays as it is."""

    place: Settings
    root: Path
    state: State
    is_register_only: bool
    say: Say

    @property
    def folder(self) -> Path:
        """The folder of the state."""
        return self.root / layout.STATES / self.state.name

    @property
    def archive(self) -> Path:
        """The archive of the settings."""
        return open_store(self.place.archive_url)


def chosen(root: Path, at: str) -> State:
    """The newest complete state, or the newest whose name begins with ``at``."""
    found = [one for one in layout.complete(root) if one.name.startswith(at)]
    if not found:
        which = f"that begins with {at}" if at else "that is complete"
        raise BackupError(f"{root} has no state {which}.", f"See {root}/{layout.STATES}.")
    return layout.read_state(found[-1])


def restore(asked: Restore, who: str, *, dry_run: bool) -> None:
    """Restore it, or say what would be; `BackupError` with every reason why not, before anything is written."""
    try:
        _restore(asked, who, dry_run=dry_run)
    except OSError as error:
        raise BackupError(f"It is not restored: {error}.", "Correct this, then begin again.") from error


def _restore(asked: Restore, who: str, *, dry_run: bool) -> None:
    with tempfile.TemporaryDirectory(prefix="itss-") as folder:
        copy = _copy(asked, Path(folder))
        wrong_key = _wrong_key(asked)
        problems = [*wrong_key, *_not_empty(asked), *_not_whole(asked)]
        problems += [] if wrong_key else _broken(copy, asked.state)
        if problems:
            raise BackupError(
                "It is not restored:\n" + "\n".join(f"  {one}" for one in problems) + "\n",
                "Correct this, then begin again; nothing was written.",
            )
        _say_what(asked, dry_run=dry_run)
        if dry_run:
            return
        try:
            _files(asked)
            said = {name: getattr(asked.state, name) for name in ("at", "release", "register_sha256")}
            Register(asked.place.register_url).load(copy, who, {"from": asked.state.name, **said})
        except (OSError, ItssError) as error:
            left = "" if asked.is_register_only else "empty the archive and the inbox, "
            what = f"It is not restored: {str(error).rstrip('.')}."
            raise BackupError(what, f"Correct this, {left}then begin again.") from error
    asked.say(f"register: restored, {asked.state.revisions:,} revisions, {asked.state.head:,} lines")


def _copy(asked: Restore, folder: Path) -> Path:
    """The register of the state on this machine, at today's version."""
    file = folder / layout.REGISTER_FILE
    copy_file(asked.folder / layout.REGISTER_FILE, file)
    if digest(file) != asked.state.register_sha256:
        raise BackupError(f"{asked.folder / layout.REGISTER_FILE} was changed.", "Name an earlier state by --at.")
    if not _wrong_key(asked):
        Register(f"sqlite:///{file}").upgrade()
    return file


def _wrong_key(asked: Restore) -> list[str]:
    """Without making one: a key that is made now is not the one that signed."""
    named, wanted = asked.place.signing_key, asked.state.key
    if named == str(asked.place.default_signing_key) and not Path(named).exists():
        return [f"key: {named} is not there; put the key {wanted} there, of mode 0600, or name it in ITSS_SIGNING_KEY"]
    try:
        found = signing.fingerprint(signing.load(named).public)
    except ConfigurationError as error:
        return [f"key: {error}"]
    return [] if found == wanted else [f"key: {named} is {found}, and the register was signed by {wanted}"]


def _not_empty(asked: Restore) -> list[str]:
    problems = []
    url = asked.place.register_url
    if not is_absent(register_url(url)) and not Register(url).is_empty():
        problems.append("register: it has something on record; name an empty one in ITSS_REGISTER_URL")
    if asked.is_register_only:
        return problems + [
            f"archive: {path} is another one than the register will name"
            for path, sha256 in asked.state.versions.items()
            if (manifest := asked.archive / path / MANIFEST).exists() and digest(manifest) != sha256
        ]
    for what, root in (("archive", asked.archive), ("inbox", asked.place.inbox)):
        # a restore that was cut off may have left files of the inbox, the very same
        wanted = asked.state.hand_ins if what == "inbox" else {}
        known = {path for path, sha256 in wanted.items() if has_hash(root / path, sha256)}
        strangers = set(names(root)) - known if root.exists() else set()
        if strangers:
            problems.append(f"{what}: {root} is not empty: {sorted(strangers)[0]} and {len(strangers) - 1} more")
    return problems


def _not_whole(asked: Restore) -> list[str]:
    """What the state names and the folder of backups does not have, byte for byte."""
    if asked.is_register_only:
        return []
    archive, inbox = asked.root / layout.ARCHIVE, asked.root / layout.INBOX
    lacking = [one for path in asked.state.versions for one in _lacking(asked, archive, path)]
    return [f"archive: {path} is not in the backup as it was sealed" for path in lacking] + [
        f"inbox: {path} is not in the backup as it was handed in"
        for path, sha256 in asked.state.hand_ins.items()
        if not has_hash(inbox / path, sha256)
    ]


def _lacking(asked: Restore, archive: Path, path: str) -> list[str]:
    """The version, or those of its files, that are missing or changed."""
    folder = archive / path
    if not has_hash(folder / MANIFEST, asked.state.versions[path]):
        return [path]
    wanted = [] if path in asked.state.removed else read_manifest(folder)["files"]
    return [f"{path}/{one['name']}" for one in wanted if not has_hash(folder / one["name"], one["sha256"])]


def _broken(copy: Path, state: State) -> list[str]:
    """What the register has otherwise than it was signed, and ``state``, which nobody signs, than the register."""
    register = Register(f"sqlite:///{copy}")
    try:
        problems = [f"register: {one}" for one in register.problems()]
        proven = named(register, state.register_sha256, state.name, dt.datetime.now(dt.UTC), state.key)
    except ItssError as error:
        return [f"register: {error}"]
    changed = [one for one in _PROVEN if getattr(proven, one) != getattr(state, one)]
    return problems + [f"{layout.COMPLETE}: {one} are not those of the register" for one in changed]


def _say_what(asked: Restore, *, dry_run: bool) -> None:
    state, would = asked.state, "would be restored" if dry_run else "is restored"
    asked.say(
        f"{state.name} {would}: made {state.at} by {state.release}; {state.revisions:,} revisions, "
        f"{state.head:,} lines, "
        f"{len(state.versions):,} sealed versions, {len(state.hand_ins):,} hand-ins, {len(state.drafts):,} drafts"
    )
    if asked.is_register_only:
        there = {name.rpartition("/")[0] for name in names(asked.archive) if name.endswith(f"/{MANIFEST}")}
        for path in sorted(there - state.versions.keys()):
            asked.say(f"archive: {path} is newer than this state; read what to do in docs/how-to/backup.md")
        for path in sorted(state.versions.keys() - there):
            asked.say(f"archive: {path} is missing; the audit will say so")


def _files(asked: Restore) -> None:
    state = asked.state
    if not asked.is_register_only:
        for number, (path, sha256) in enumerate(state.versions.items(), 1):
            source, target = asked.root / layout.ARCHIVE / path, folder_of(asked.archive, layout.ref_of(path))
            copy_version(source, target, sha256, is_removed=path in state.removed)
            if number % 100 == 0:
                asked.say(f"archive: {number:,} of {len(state.versions):,} versions")
        for path, sha256 in state.hand_ins.items():
            copy_file(asked.root / layout.INBOX / path, asked.place.inbox / path, sha256)
        asked.say(f"archive, inbox: restored to {asked.place.archive_url}, {asked.place.inbox_url}")
    workspace, found_at = open_store(asked.place.workspace_url), layout.name_of(dt.datetime.now(dt.UTC))
    for path in state.drafts:
        draft, target = asked.folder / layout.WORKSPACE / path, folder_of(workspace, layout.ref_of(path))
        _set_aside(asked, draft, target, workspace / layout.SET_ASIDE / found_at / path)
        copy_folder(draft, target)
    asked.say(f"workspace: {len(state.drafts):,} drafts restored")


def _set_aside(asked: Restore, draft: Path, target: Path, aside: Path) -> None:
    """Move away what a workspace that has survived has of a draft, unless the backup has the very same files."""
    there = names(target) if target.exists() else []
    if all(has_hash(draft / name, digest(target / name)) for name in there):
        return
    copy_folder(target, aside)
    remove_folder(target)
    asked.say(f"workspace: {target} was there with other files; they are in {aside} now")
