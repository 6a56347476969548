"""How a sealed version lies in the archive: its folder, its names, its manifest. Seals and verifies nothing."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from itss.archive.store import digest, open_store
from itss.errors import ArchiveError
from itss.ref import KEY, Ref

MANIFEST = "manifest.json"
FORMAT = 1


_PARTS = (re.compile(KEY), re.compile(r"[0-9][0-9A-Z-]{3,9}"))


def folder_of(root: Path, ref: Ref) -> Path:
    """The folder of a version; `ArchiveError` for a reference that could lead anywhere else."""
    report, period, number = ref
    is_plain = all(pattern.fullmatch(part) for pattern, part in zip(_PARTS, (report, period), strict=True))
    if not is_plain or number < 1:
        raise ArchiveError(f"{ref!r} does not name a version.", "Name report, period and revision, as in the register.")
    return root / Ref(*ref).path


def sealed_folder(root: Path, ref: Ref, recorded: str) -> Path:
    """Where a version lies that was sealed at ``recorded``: below ``root`` if its archive was moved there."""
    now = folder_of(root, ref)
    return now if str(now) == recorded or (now / MANIFEST).exists() else open_store(recorded)


def names(folder: Path) -> list[str]:
    """Every file of a version by its name relative to ``folder``, leftovers of killed writers too."""
    start = len(str(folder).rstrip("/")) + 1
    return sorted(str(path)[start:] for path in folder.rglob("*") if path.is_file())


def sizes(folder: Path) -> dict[str, int]:
    """The bytes of every file in ``folder`` by its name; one that vanishes meanwhile is left out."""
    if not isinstance(folder, Path):  # asked one by one, each file of a store is a request
        root = folder.path.strip("/")
        found = folder.fs.find(folder.path, detail=True)
        return {key.strip("/").removeprefix(root).strip("/"): one["size"] for key, one in found.items()}
    there = {}
    for name in names(folder):
        with suppress(FileNotFoundError):
            there[name] = (folder / name).stat().st_size
    return there


def canonical(document: Mapping[str, Any]) -> bytes:
    """The one way a manifest is written: sorted keys, UTF-8, indented for people."""
    return (json.dumps(document, ensure_ascii=False, sort_keys=True, indent=1, allow_nan=False) + "\n").encode()


def read_manifest(folder: Path) -> dict[str, Any]:
    """The manifest; `ArchiveError` when the version is not complete or its manifest cannot be read."""
    path = folder / MANIFEST
    if isinstance(path, Path) and path.exists() and not path.is_file():
        raise ArchiveError(f"{path}: is no file.", "Restore this version from a backup.")  # it might be a pipe
    try:
        manifest = json.loads(path.read_bytes())
        manifest["revision"] = int(manifest["revision"])
        manifest["report"], manifest["period"]
        for entry in manifest["files"]:
            entry["name"], entry["bytes"], entry["sha256"]
        if manifest["format"] != FORMAT:
            raise ArchiveError(
                f"{path}: has format {manifest['format']}.", "Verify it with the version that sealed it."
            )
    except OSError as error:
        raise ArchiveError(f"{folder}: is not complete: no {MANIFEST}.", "Run the step that seals it again.") from error
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise ArchiveError(f"{path}: cannot be read: {error!r}.", "Restore this version from a backup.") from error
    return dict(manifest)


def wrong_files(folder: Path, manifest: Mapping[str, Any]) -> list[str]:
    """Every file that is missing, added or changed, a line each."""
    sealed = {entry["name"]: entry for entry in manifest["files"]}
    present = set(names(folder)) - {MANIFEST}
    problems = [f"{name}: is missing" for name in sorted(sealed.keys() - present)]
    problems += [f"{name}: was not sealed" for name in sorted(present - sealed.keys())]
    for name in sorted(sealed.keys() & present):
        if digest(folder / name) != sealed[name]["sha256"]:
            problems.append(f"{name}: was changed")
    return problems
