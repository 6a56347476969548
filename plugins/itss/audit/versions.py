"""The report manager's audit (定期审核): is every sealed version still what was signed, and does it still add up.

Reads archive and register, changes neither. All versions are compared with their manifests and with the record; of
those that were removed after their time the manifest alone may be there. Of a sample the figures are computed again
from the version's own data, and page and workbook are rendered again and compared byte by byte. Its one surprise: a
version made by another release of this program is computed again, but its bytes are not compared, since another release
may well print otherwise.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import tempfile
from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import itss
from itss.archive.store import open_store, write
from itss.archive.version import MANIFEST, folder_of, names, read_manifest
from itss.audit.record import differences
from itss.audit.seals import verify
from itss.errors import ItssError
from itss.register import Event, Register, Revision
from itss.settings import Settings
from itss.steps import produce
from itss.steps.job import job_of

if TYPE_CHECKING:
    import pandas as pd

_KEYS = ["measure", "process", "dimension", "member"]
_FIGURE = ["value", "numerator", "denominator", "n", "status"]

UNSEALED = dt.timedelta(days=31)
"""So long may a delivered report wait for its review before its absence from the archive is a problem."""


@dataclass(frozen=True)
class Problem:
    """``what`` is not as it should be; ``where`` names the version, or a path below the archive's root."""

    where: str
    what: str


@dataclass(frozen=True)
class Audit:
    """How many versions are sealed, which of them were made again, and what is wrong (nothing, if all is well).

    ``removed`` of them have no files any more, because their retention was over.
    """

    sealed: int
    removed: int
    made_again: tuple[str, ...]
    problems: tuple[Problem, ...]


def audit(
    place: Settings,
    report: str | None = None,
    period: str | None = None,
    *,
    sample: int = 3,
    seed: str = "",
    now: dt.datetime | None = None,
) -> Audit:
    """Audit every sealed version of ``report`` and ``period`` (default: of all), and make ``sample`` of them again.

    Which are made again follows from ``seed`` alone: another seed, e.g. the month, looks at others. Given ``now``, what
    was delivered long before and never sealed is a problem, too.
    """
    register, root = Register(place.register_url), open_store(place.archive_url)
    sealed, removed = register.sealed(report, period), register.removed()
    problems: list[Problem] = []
    whole: list[Revision] = []
    for revision in sealed:
        gone = removed.get(revision.ref)
        found = [*_as_sealed(root, revision, sealed, gone)]
        if not found and gone is not None:
            found += _as_removed(root, register, revision, gone)
        elif not found:
            found += differences(folder_of(root, revision.ref), register, revision)
            whole += [] if found else [revision]
        problems += [Problem(str(revision.ref), what) for what in found]
    if report is None:
        problems += [*_unregistered(root, register), *(_unsealed(register, now) if now else ())]
    chosen = sorted(whole, key=lambda one: hashlib.sha256(f"{seed} {one.ref}".encode()).digest())[:sample]
    for revision in sorted(chosen, key=lambda one: one.ref):
        problems += [Problem(str(revision.ref), what) for what in made_again(place, folder_of(root, revision.ref))]
    gone_now = sum(one.ref in removed for one in sealed)
    return Audit(len(sealed), gone_now, tuple(str(one.ref) for one in chosen), tuple(problems))


def _as_sealed(root: Path, revision: Revision, sealed: list[Revision], gone: Event | None) -> Iterator[str]:
    """Every file against the manifest, the manifest against the register, and both chains against each other."""
    folder = folder_of(root, revision.ref)
    found = verify(folder, revision.manifest_sha256, is_removed=gone is not None)
    yield from found
    if found:
        return
    manifest = read_manifest(folder)
    before = [one for one in sealed if one.ref[:2] == revision.ref[:2] and one.number < revision.number]
    expected = before[-1].manifest_sha256 if before else None
    if manifest["previous_manifest_sha256"] != expected:
        yield f"{MANIFEST}: does not follow the version that the register has before it"


def _as_removed(root: Path, register: Register, revision: Revision, gone: Event) -> Iterator[str]:
    """It was not removed before its own manifest allows it."""
    until = read_manifest(folder_of(root, revision.ref))["facts"].get("keep_until", "")
    zone = ZoneInfo(register.entry(revision.ref)["entry"]["period"]["timezone"])
    day = gone.at.astimezone(zone).date().isoformat()
    if day <= until:
        yield f"was removed on {day} by {gone.who}, and is to be kept until {until}"


def _unregistered(root: Path, register: Register) -> Iterator[Problem]:
    """Files of the archive that belong to no sealed version of the register."""
    known = {one.ref.path for one in register.sealed()}
    strays: dict[str, int] = {}
    for path in names(root) if root.exists() else ():
        folder = "/".join(path.split("/")[:3])
        if folder not in known:
            strays[folder] = strays.get(folder, 0) + 1
    for folder, count in sorted(strays.items()):
        yield Problem(folder, f"{count} file(s) of no sealed version: put there by somebody, or a seal was cut off")


def _unsealed(register: Register, now: dt.datetime) -> Iterator[Problem]:
    """Reports that people have and the archive has not, though there was time for a review."""
    for revision in register.unsealed(now - UNSEALED):
        yield Problem(str(revision.ref), f"was delivered on {revision.delivered_at:%Y-%m-%d} and never sealed")


def made_again(place: Settings, folder: Path) -> Iterator[str]:
    """What comes out otherwise when the version in ``folder`` is measured and rendered again from its own data."""
    from itss.sources.snapshot import read_frame

    manifest = read_manifest(folder)
    with tempfile.TemporaryDirectory() as copy:
        for entry in manifest["files"]:
            write(Path(copy) / entry["name"], (folder / entry["name"]).read_bytes())
        try:
            job = job_of(place, json.loads((Path(copy) / "job.json").read_bytes()), Path(copy))
            sealed = read_frame(job.folder / "figures.parquet")
            again = produce.measure_again(job).figures
            yield from _other_figures(sealed, again, manifest["facts"]["measures"])
            if manifest["facts"]["code_version"] != itss.__version__:
                return
            _, files = produce.render_report(job, produce.inputs(job, preview=False))
        except (ItssError, OSError, ValueError, KeyError, TypeError) as error:
            yield f"cannot be made again: {type(error).__name__}: {error}"
            return
        hashes = {entry["name"]: entry["sha256"] for entry in manifest["files"]}
        yield from (f"{name}: rendered again, it has other bytes" for name in files if files[name] != hashes[name])


def _other_figures(sealed: pd.DataFrame, again: pd.DataFrame, versions: dict[str, int]) -> Iterator[str]:
    """Figures whose definition is the same and whose value is another."""
    was, now = (_by_key(frame) for frame in (sealed, again))
    for key, row in was.items():
        other = now.get(key)
        if other is not None and other["version"] != versions.get(f"{row['process']}.{row['measure']}"):
            continue
        differing = [part for part in _FIGURE if other is None or other[part] != row[part]]
        if differing:
            member = f" ({row['dimension']} {row['member']})" if row["dimension"] else ""
            told = "is not computed any more" if other is None else f"is {other[differing[0]]} now"
            yield f"{row['process']}.{row['measure']}{member}: {differing[0]} was {row[differing[0]]} and {told}"


def _by_key(figures: pd.DataFrame) -> dict[tuple[Any, ...], dict[Hashable, Any]]:
    plain = figures.astype(object).where(figures.notna(), None)
    return {tuple(row[key] for key in _KEYS): row for row in plain.to_dict("records")}
