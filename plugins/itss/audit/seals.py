"""Whether a sealed version is still what was sealed. Reads, never repairs, and lists all problems, not the first."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from itss.archive.store import digest
from itss.archive.version import MANIFEST, canonical, names, read_manifest, wrong_files
from itss.errors import ArchiveError


def verify(folder: Path, manifest_sha256: str | None = None, *, is_removed: bool = False) -> list[str]:
    """What is wrong with the version in ``folder``; empty when nothing is.

    Compares every file with the manifest and the manifest with its place, with the version before it and, where
    given, with the register's ``manifest_sha256``: without that, somebody who rewrites file and manifest is not found.
    Of one that ``is_removed``, because its time was over, nothing but the manifest may be there.
    """
    try:
        manifest = read_manifest(folder)
    except ArchiveError as error:
        return [str(error)]
    problems = []
    if manifest_sha256 is not None and digest(folder / MANIFEST) != manifest_sha256:
        problems.append(f"{MANIFEST}: its sha256 is not the one in the register")
    if (folder / MANIFEST).read_bytes() != canonical(manifest):
        problems.append(f"{MANIFEST}: is not written as it was sealed")
    problems += _left_files(folder) if is_removed else wrong_files(folder, manifest)
    # a manifest that is not of this place cannot say what came before it
    return problems + (_wrong_place(folder, manifest) or _wrong_chain(folder, manifest))


def _wrong_place(folder: Path, manifest: dict[str, Any]) -> list[str]:
    said = (manifest["report"], manifest["period"], f"r{manifest['revision']:02d}")
    place = tuple(str(folder).rstrip("/").split("/")[-3:])
    return [] if said == place else [f"{MANIFEST}: is that of {'/'.join(map(str, said))}"]


def _left_files(folder: Path) -> list[str]:
    left = set(names(folder)) - {MANIFEST}
    return [f"{len(left)} file(s) are there, though it was removed: cut off, or put there since"] if left else []


def _wrong_chain(folder: Path, manifest: dict[str, Any]) -> list[str]:
    previous = manifest.get("previous_manifest_sha256")
    if previous is None:
        return []
    # of this report, or under the key that it had before it was renamed
    found = folder.parent.parent.parent.glob(f"*/{manifest['period']}/r*/{MANIFEST}")
    earlier = (path for path in found if path.parent.name < folder.name)
    if any(path.is_file() and digest(path) == previous for path in earlier):
        return []
    return [f"{MANIFEST}: no version before it has the manifest {previous}"]
