"""Sealed versions: what was reported, with everything it stands on, and a manifest that proves it.

A version is the folder ``<report>/<period>/r<NN>``; it is complete when its ``manifest.json`` is there, which is
therefore written last and names every file with size and sha256, the facts, and the manifest of the version before.
Refuses names that lead out of the archive, and to change anything in a complete version. Its one surprise: an
incomplete version is finished, and what an earlier attempt left there and nobody asks for any more is removed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from itss.archive.folder import refuse_name
from itss.archive.store import digest, is_away, write
from itss.archive.version import FORMAT, MANIFEST, canonical, folder_of, names, read_manifest, wrong_files
from itss.errors import ArchiveError, ArchiveUnreachableError
from itss.ref import Ref

_READ_ONLY = 0o444


@dataclass(frozen=True)
class Sealed:
    """Where a sealed version lies, and the sha256 of its manifest: the one number that stands for all of it."""

    path: Path
    manifest_sha256: str


def seal(
    root: Path,
    ref: Ref,
    files: Mapping[str, Callable[[], bytes]],
    facts: Mapping[str, Any],
    previous_sha256: str | None,
) -> Sealed:
    """Write ``files`` (how to read each, by its name in the version) below ``root`` and seal them.

    A complete version is verified. `ArchiveError` when a name is not allowed, or a complete version holds something
    else; the version is then not sealed.
    """
    folder = folder_of(root, ref)
    for name in files:
        refuse_name(name)
        if name == MANIFEST:
            raise ArchiveError(f"'{name}' cannot be a file of a version.", "It is written last, and names the others.")
    try:
        if (folder / MANIFEST).exists():
            return _confirm(folder, files)
        entries = [_copy(folder, name, files[name]()) for name in sorted(files)]
        _remove_strays(folder, files)
        manifest = _manifest(ref, entries, facts, previous_sha256)
        sha256 = write(folder / MANIFEST, manifest)
        _protect(folder, [*files, MANIFEST])
    except Exception as error:
        if not is_away(error):
            raise
        raise ArchiveUnreachableError(
            f"{folder}: {error}.", "Check the archive's place and rights, then clear the task: it goes on from there."
        ) from error
    return Sealed(folder, sha256)


def _copy(folder: Path, name: str, data: bytes) -> dict[str, Any]:
    sha256 = hashlib.sha256(data).hexdigest()
    target = folder / name
    if not target.exists() or digest(target) != sha256:
        write(target, data)
        if digest(target) != sha256:
            raise ArchiveError(
                f"{target} does not read back as it was written.", "Check the store, then clear the task."
            )
    return {"name": name, "bytes": len(data), "sha256": sha256}


def _manifest(ref: Ref, entries: list[dict[str, Any]], facts: Mapping[str, Any], previous: str | None) -> bytes:
    report, period, number = ref
    document = {
        "format": FORMAT,
        "report": report,
        "period": period,
        "revision": number,
        "files": entries,
        "facts": dict(facts),
        "previous_manifest_sha256": previous,
    }
    try:
        return canonical(document)
    except (TypeError, ValueError) as error:
        raise ArchiveError(
            f"The facts of {report} {period} r{number} are no JSON: {error}.", "Pass plain values."
        ) from error


def _confirm(folder: Path, files: Mapping[str, Callable[[], bytes]]) -> Sealed:
    manifest = read_manifest(folder)
    problems = wrong_files(folder, manifest)
    if problems:
        raise ArchiveError(
            f"{folder} is sealed and does not verify: {'; '.join(problems)}.", "Restore this version from a backup."
        )
    sealed = {entry["name"]: entry["sha256"] for entry in manifest["files"]}
    given = {name: hashlib.sha256(read()).hexdigest() for name, read in files.items()}
    other = sorted(name for name in sealed.keys() | given.keys() if sealed.get(name) != given.get(name))
    if other:
        raise ArchiveError(
            f"{folder} is sealed with other content in {', '.join(other)}.",
            "The sealed version stands; trigger the report anew for the next revision.",
        )
    return Sealed(folder, digest(folder / MANIFEST))


def _remove_strays(folder: Path, files: Iterable[str]) -> None:
    for name in set(names(folder)) - set(files):
        (folder / name).unlink()


def _protect(folder: Path, kept: Iterable[str]) -> None:
    # against accidents, such as saving the archived workbook from the spreadsheet program
    if isinstance(folder, Path):
        for name in kept:
            (folder / name).chmod(_READ_ONLY)
