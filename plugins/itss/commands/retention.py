"""`python -m itss retention`: which sealed versions need not be kept any longer (保存期限), and, on demand, their end.

Without ``--delete`` it only lists. Nothing is removed before its date, and nothing by itself. The date is the later of
what the entry said when the version was opened, what the list says today and what the version's own manifest says. Put
on record before the first file is removed, so one that was cut off is finished by the next call.
"""

from __future__ import annotations

import datetime as dt
import sys
from argparse import Namespace
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from itss.archive.retention import keep_until, remove_files
from itss.archive.store import open_store
from itss.archive.version import MANIFEST, folder_of, names, read_manifest
from itss.audit.seals import verify
from itss.errors import ArchiveError, ConfigurationError, LedgerError
from itss.os_user import os_user
from itss.ref import Ref
from itss.register import Register, Revision
from itss.report_list.loader import load
from itss.report_list.models import Entry
from itss.settings import Settings, head_of_list, settings


def main(args: Namespace, now: dt.datetime | None = None) -> int:
    """List what is past its date, or remove it; 0 done, 1 refused, with the reason, 2 wrongly called."""
    if args.delete and not args.reason.strip():
        print("retention: --delete needs --reason '…', which goes on record.", file=sys.stderr)
        return 2
    place = settings()
    if args.list:
        place = replace(place, report_list=head_of_list(Path(args.list).resolve()))
    past = past_retention(place, now or dt.datetime.now(dt.UTC), args.report, args.period)
    for kept in past:
        began = " (its removal was cut off)" if kept.is_cut_off else ""
        print(
            f"{kept.ref}: sealed on {kept.sealed_on}, kept until {kept.until}; "
            f"{len(kept.files)} file(s), {kept.size:,} bytes{began}"
        )
    print(f"{len(past)} sealed version(s) past their date.")
    if args.delete:
        for line in remove(place, past, os_user(), args.reason.strip()):
            print(line)
    return 0


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
    `ArchiveError`, at the end, for every version that is not what was sealed, or is on record otherwise than its lines
    say: it may be evidence.
    """
    if load(place.report_list).problems:
        raise ConfigurationError(
            "The report list has problems, so it is not known how long its entries want to be kept.",
            "Correct them: python -m itss check.",
        )
    register = Register(place.register_url)
    spared: list[str] = []
    for kept in past:
        # the files that are left of one that was cut off are named by its manifest; the others it has no more
        problems = verify(kept.folder, kept.manifest_sha256) if not kept.is_cut_off else []
        if problems:
            spared.append(f"{kept.ref} is not what was sealed, so its files stay: {'; '.join(problems)}.")
            continue
        try:
            register.remove(kept.ref, who, reason, kept.until)
        except LedgerError as error:
            spared.append(f"Its files stay: {error}")
            continue
        remove_files(kept.folder, kept.files)
        draft = folder_of(open_store(place.workspace_url), kept.ref)
        remove_files(draft, names(draft) if draft.exists() else ())
        yield f"{kept.ref}: {len(kept.files)} file(s) removed; {MANIFEST} stays."
    if spared:
        raise ArchiveError("\n".join(spared), "Find out who changed them: python -m itss audit.")


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
