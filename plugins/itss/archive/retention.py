"""Sealed versions whose time is over (保存期限): which they are, and, when a person says so, taking their files away.

Nothing is removed before its date, and nothing by itself. The date is the later of what the entry said when the version
was opened, what the list says today and what the version's own manifest says. Put on record before the first file goes,
so one that was cut off is finished by the next call.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from itss.archive.store import open_store
from itss.archive.version import MANIFEST, folder_of, names, read_manifest
from itss.audit.seals import verify
from itss.errors import ArchiveError, ConfigurationError
from itss.ref import Ref
from itss.register import Register, Revision
from itss.report_list.loader import load
from itss.report_list.models import Entry
from itss.settings import Settings


@dataclass(frozen=True)
class Kept:
    """A version that need not be kept after ``until``; ``is_cut_off`` where its removal has begun and not ended."""

    ref: Ref
    folder: Path
    manifest_sha256: str
    sealed_on: dt.date
    until: dt.date
    files: tuple[str, ...]
    size: int
    is_cut_off: bool


def past_retention(place: Settings, now: dt.datetime, report: str | None, period: str | None) -> list[Kept]:
    """The sealed versions whose date is over and whose files are still there.

    `ArchiveError` for a manifest that cannot be read: what it says of the date is not known then.
    """
    register = Register(place.register_url)
    register.upgrade()
    years = {entry.key: entry.retention_years for entry in load(place.report_list).list.reports}
    root, removed = open_store(place.archive_url), register.removed()
    found = []
    for revision in register.sealed(report, period):
        zone = ZoneInfo(_entry(register, revision).period.timezone)
        begun = revision.ref in removed
        kept = _kept(root, revision, _years(register, revision, years), zone, is_cut_off=begun)
        if now.astimezone(zone).date() > kept.until and not (begun and not kept.files):
            found.append(kept)
    return found


def remove(place: Settings, past: list[Kept], who: str, reason: str) -> Iterator[str]:
    """Take the files of these versions away, also those in the workspace; a line for each as it is done.

    `ConfigurationError` while the list has problems, for an entry that cannot be read may ask for more years;
    `ArchiveError`, at the end, for every version that is not what was sealed: it may be evidence.
    """
    if load(place.report_list).problems:
        raise ConfigurationError(
            "The report list has problems, so it is not known how long its entries want to be kept.",
            "Mend them: python -m itss check.",
        )
    register = Register(place.register_url)
    spared: list[str] = []
    for kept in past:
        # the files that are left of one that was cut off are named by its manifest; the others it has no more
        problems = verify(kept.folder, kept.manifest_sha256) if not kept.is_cut_off else []
        if problems:
            spared.append(f"{kept.ref} is not what was sealed, so its files stay: {'; '.join(problems)}.")
            continue
        register.remove(kept.ref, who, reason, kept.until)
        remove_files(kept.folder, kept.files)
        draft = folder_of(open_store(place.workspace_url), kept.ref)
        remove_files(draft, names(draft) if draft.exists() else ())
        yield f"{kept.ref}: {len(kept.files)} file(s) removed; {MANIFEST} stays."
    if spared:
        raise ArchiveError("\n".join(spared), "Find out who changed them: python -m itss audit.")


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


def _kept(root: Path, revision: Revision, years: int, zone: ZoneInfo, *, is_cut_off: bool) -> Kept:
    folder = folder_of(root, revision.ref)
    manifest = read_manifest(folder)
    sealed_at = revision.sealed_at or revision.opened_at
    said = manifest["facts"].get("keep_until")
    until = keep_until(sealed_at, zone, years)
    present = set(names(folder))
    left = [entry for entry in manifest["files"] if entry["name"] in present]
    return Kept(
        ref=revision.ref,
        folder=folder,
        manifest_sha256=revision.manifest_sha256 or "",
        sealed_on=sealed_at.astimezone(zone).date(),
        until=max(until, dt.date.fromisoformat(said)) if said else until,
        files=tuple(entry["name"] for entry in left),
        size=sum(entry["bytes"] for entry in left),
        is_cut_off=is_cut_off,
    )


def _entry(register: Register, revision: Revision) -> Entry:
    try:
        return Entry.model_validate(register.entry(revision.ref)["entry"])
    except (KeyError, ValidationError) as error:
        raise ConfigurationError(
            f"{revision.ref}: the entry it was opened with cannot be read, nor how long it is to be kept.",
            "Ask the release of this program that sealed it.",
        ) from error


def _years(register: Register, revision: Revision, today: dict[str, int]) -> int:
    """The later of the entry as it was opened and as it is; a withdrawn one counts as it was."""
    return max(_entry(register, revision).retention_years, today.get(revision.report, 0))
