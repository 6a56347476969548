"""Whether the register says of a sealed version what the version says of itself: somebody may change either of them.

Asked of versions whose files are as they were sealed, so what is read here can be read.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from itss.archive.version import read_manifest
from itss.register import Register, Revision
from itss.steps.reviewing import DOCUMENTS, REVIEW_FILE, review_on_record

if TYPE_CHECKING:
    import pandas as pd

_FACTS = ("content_sha256", "run", "agreement_version", "code_version")
_ENTRY = ("entry", "people", "agreement", "period")
_FIGURE_KEYS = ["measure", "process", "period", "dimension", "member"]
_FIGURE = ["value", "numerator", "denominator", "n", "target", "status", "version"]


def differences(folder: Path, register: Register, revision: Revision) -> Iterator[str]:
    """A line for everything in which the version in ``folder`` and the register differ."""
    yield from _facts(folder, revision)
    for name, is_recorded in (
        ("job.json", _is_entry(folder, register, revision)),
        ("decisions.json", _is_same(folder / "decisions.json", map(asdict, register.all_decisions(revision.ref)))),
        ("receipts.json", _is_same(folder / "receipts.json", map(asdict, register.deliveries(revision.ref)))),
        ("data/*.json", _is_collected(folder, register, revision)),
        ("findings.parquet", _is_found(folder, register, revision)),
        ("figures.parquet", _is_figured(folder, register, revision)),
    ):
        if not is_recorded:
            yield f"{name}: is not what the register says"
    yield from _minutes(folder, review_on_record(register, revision.ref))
    yield from _delivered(register, revision)


def _facts(folder: Path, revision: Revision) -> Iterator[str]:
    """What the manifest says of the revision as a whole, and which files were rendered."""
    manifest = read_manifest(folder)
    recorded = {name: getattr(revision, name) for name in _FACTS} | {"due_at": revision.due_at.isoformat()}
    facts = manifest["facts"]
    for name in (name for name, value in recorded.items() if facts.get(name) != value):
        yield f"{name}: was {facts.get(name)} when it was sealed, and is {recorded[name]} in the register"
    sealed = {entry["name"]: entry["sha256"] for entry in manifest["files"]}
    for name in (name for name, sha256 in revision.files.items() if sealed.get(name) != sha256):
        yield f"{name}: is not the file that the register says was approved"


def _is_entry(folder: Path, register: Register, revision: Revision) -> bool:
    sealed, recorded = _json(folder / "job.json"), register.entry(revision.ref)
    return all(sealed.get(name) == recorded.get(name) for name in _ENTRY)


def _is_same(path: Path, rows: Iterator[dict[str, Any]]) -> bool:
    return bool(_json(path) == _as_json(list(rows)))


def _is_collected(folder: Path, register: Register, revision: Revision) -> bool:
    for item in register.submissions(revision.ref):
        sealed = _json(folder / "data" / f"{item.process}.json")
        said = (sealed["source"], sealed["rows"], sealed["sha256"], sealed.get("missing", ""))
        if said != (item.source, item.rows, item.sha256, item.missing):
            return False
    return True


def _is_found(folder: Path, register: Register, revision: Revision) -> bool:
    from itss.checks.findings_frame import findings_from_frame
    from itss.sources.snapshot import read_frame

    sealed = [replace(one, since="") for one in findings_from_frame(read_frame(folder / "findings.parquet"))]
    return sealed == register.findings(revision.ref)


def _is_figured(folder: Path, register: Register, revision: Revision) -> bool:
    from itss.sources.snapshot import read_frame

    return _by_key(read_frame(folder / "figures.parquet")) == _by_key(register.figures(revision.ref))


def _by_key(figures: pd.DataFrame) -> dict[tuple[Any, ...], tuple[Any, ...]]:
    plain = figures.astype(object).where(
        figures.notna(), ""
    )  # the register keeps a text that is missing as an empty one
    return {
        tuple(row[key] for key in _FIGURE_KEYS): tuple(row[name] for name in _FIGURE)
        for row in plain.to_dict("records")
    }


def _minutes(folder: Path, review: dict[str, Any] | None) -> Iterator[str]:
    """The sealed minutes are those that the register is bound to; where it has none, there are none."""
    sealed = {entry["name"]: entry["sha256"] for entry in read_manifest(folder)["files"]}
    path, bound = folder / REVIEW_FILE, review["files"] if review else {}
    if review is None and path.exists():
        yield f"{REVIEW_FILE}: the register knows of no review"
    elif review and (not path.exists() or _json(path) != _as_json(review)):
        yield f"{REVIEW_FILE}: is not what the register says"
    for name in sorted({*DOCUMENTS} & {*sealed} | {*bound}):
        if sealed.get(name) != bound.get(name):
            yield f"{name}: is not the document that the register is bound to"


def _delivered(register: Register, revision: Revision) -> Iterator[str]:
    """The instant by which on-time delivery is judged is that of the last receipt."""
    accepted = [one.at for one in register.deliveries(revision.ref) if one.status == "accepted"]
    if revision.delivered_at != max(accepted, default=None):
        yield "delivered_at: is not when the last recipient got it"


def _as_json(rows: Any) -> Any:
    """Rows as JSON has them, instants included."""
    return json.loads(json.dumps(rows, default=str))


def _json(path: Path) -> Any:
    return json.loads(path.read_bytes())
