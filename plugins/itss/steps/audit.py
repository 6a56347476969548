"""The report manager's audit (定期审核): is every sealed version still what was signed, and does it still add up.

Reads archive and register, changes neither. All versions are compared with their manifests and with the record; of a
sample the figures are computed again from the version's own data, and page and workbook are rendered again and compared
byte by byte. Its one surprise: a version made by another release of this program is computed again, but its bytes are
not compared, since another release may well print otherwise.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Hashable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import itss
from itss.archive.store import open_store, write
from itss.archive.verify import verify
from itss.archive.version import MANIFEST, Ref, folder_of, names, read_manifest
from itss.errors import ArchiveError, ItssError
from itss.register import Register
from itss.register.records import Revision
from itss.settings import Settings
from itss.steps import produce
from itss.steps.job import job_of
from itss.steps.reviewing import DOCUMENTS, REVIEW_FILE, review_on_record

if TYPE_CHECKING:
    import pandas as pd

_KEYS = ["measure", "process", "dimension", "member"]
_FIGURE = ["value", "numerator", "denominator", "n", "status"]


@dataclass(frozen=True)
class Problem:
    """``what`` is not as it should be; ``where`` names the version, or a path below the archive's root."""

    where: str
    what: str


@dataclass(frozen=True)
class Audit:
    """How many versions are sealed, which of them were made again, and what is wrong (nothing, if all is well)."""

    sealed: int
    made_again: tuple[str, ...]
    problems: tuple[Problem, ...]


def audit(
    place: Settings, report: str | None = None, period: str | None = None, *, sample: int = 3, seed: str = ""
) -> Audit:
    """Audit every sealed version of ``report`` and ``period`` (default: of all), and make ``sample`` of them again.

    Which are made again follows from ``seed`` alone: another seed, e.g. the month, looks at others.
    """
    register, root = Register(place.register_url), open_store(place.archive_url)
    sealed = register.sealed(report, period)
    problems: list[Problem] = []
    whole: list[Revision] = []
    for revision in sealed:
        found = [*_as_sealed(root, revision, sealed), *_as_recorded(root, register, revision)]
        problems += [Problem(name(revision.ref), what) for what in found]
        whole += [] if found else [revision]
    if report is None:
        problems += _unregistered(root, register)
    chosen = sorted(whole, key=lambda one: hashlib.sha256(f"{seed} {one.ref}".encode()).digest())[:sample]
    for revision in sorted(chosen, key=lambda one: one.ref):
        problems += [Problem(name(revision.ref), what) for what in made_again(place, folder_of(root, revision.ref))]
    return Audit(len(sealed), tuple(name(one.ref) for one in chosen), tuple(problems))


def name(ref: Ref) -> str:
    """A version as people call it."""
    return f"{ref[0]} {ref[1]} r{ref[2]:02d}"


def _as_sealed(root: Path, revision: Revision, sealed: list[Revision]) -> Iterator[str]:
    """Every file against the manifest, the manifest against the register, and both chains against each other."""
    folder = folder_of(root, revision.ref)
    found = verify(folder, revision.manifest_sha256)
    yield from found
    if found:
        return
    before = [one for one in sealed if one.ref[:2] == revision.ref[:2] and one.number < revision.number]
    expected = before[-1].manifest_sha256 if before else None
    if read_manifest(folder)["previous_manifest_sha256"] != expected:
        yield f"{MANIFEST}: does not follow the version that the register has before it"


def _as_recorded(root: Path, register: Register, revision: Revision) -> Iterator[str]:
    """What the version says about approvals, mails and the review is what the register says."""
    folder = folder_of(root, revision.ref)
    decisions, receipts = register.all_decisions(revision.ref), register.deliveries(revision.ref)
    recorded = (("decisions", map(asdict, decisions)), ("receipts", map(asdict, receipts)))
    for kind, rows in recorded:
        path = folder / f"{kind}.json"
        if not path.exists():
            continue  # told as a missing file already, where it was sealed
        if json.loads(path.read_bytes()) != _as_json(list(rows)):
            yield f"{kind}.json: is not what the register says"
    if (folder / MANIFEST).exists():  # told already, where it does not
        yield from _minutes(folder, review_on_record(register, revision.ref))


def _minutes(folder: Path, review: dict[str, Any] | None) -> Iterator[str]:
    """The sealed minutes are those that the register is bound to; where it has none, there are none."""
    sealed = {entry["name"]: entry["sha256"] for entry in read_manifest(folder)["files"]}
    path, bound = folder / REVIEW_FILE, review["files"] if review else {}
    if review is None and path.exists():
        yield f"{REVIEW_FILE}: the register knows of no review"
    elif review and (not path.exists() or json.loads(path.read_bytes()) != _as_json(review)):
        yield f"{REVIEW_FILE}: is not what the register says"
    for name in sorted({*DOCUMENTS} & {*sealed} | {*bound}):
        if sealed.get(name) != bound.get(name):
            yield f"{name}: is not the document that the register is bound to"


def _as_json(rows: Any) -> Any:
    """Rows as JSON has them, instants included."""
    return json.loads(json.dumps(rows, default=str))


def _unregistered(root: Path, register: Register) -> Iterator[Problem]:
    """Files of the archive that belong to no sealed version of the register."""
    known = {f"{report}/{period}/r{number:02d}" for report, period, number in (one.ref for one in register.sealed())}
    strays: dict[str, int] = {}
    for path in names(root) if root.exists() else ():
        folder = "/".join(path.split("/")[:3])
        if folder not in known:
            strays[folder] = strays.get(folder, 0) + 1
    for folder, count in sorted(strays.items()):
        yield Problem(folder, f"{count} file(s) of no sealed version: put there by somebody, or a seal was cut off")


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


def refuse(found: Audit) -> None:
    """Raise `ArchiveError` with a line a problem; do nothing when there is none."""
    if found.problems:
        raise ArchiveError(
            f"{len(found.problems)} problem(s) in {found.sealed} sealed version(s):\n"
            + "\n".join(f"{one.where}: {one.what}" for one in found.problems)
            + "\n",
            "Find out who changed them and restore them from a backup; nothing is repaired by the audit.",
        )
