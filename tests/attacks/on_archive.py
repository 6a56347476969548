"""Files of sealed versions: each kind changed, emptied, removed and replaced; and what lies beside them."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from attack import Attack
from building import ARCHIVED, CORRECTED, HANDED_IN, REMOVED, REVIEWED, REWORKED
from itss.ref import Ref
from place import House

KINDS: dict[str, Ref] = {
    **dict.fromkeys(("minutes.html", "minutes.xlsx", "review.json"), REVIEWED),
    "handed_in/capacity/in.xlsx": HANDED_IN,
    "data/availability.json": HANDED_IN,
    **dict.fromkeys(
        (
            *("template/0_internal/look.yaml", "template/0_internal/logo.svg", "template/1_internal/report.en.md.j2"),
            *("measures.yaml", "exclusions.yaml", "exclusions.parquet", "evidence/mail.eml", "previous_form.json"),
            "allowances.parquet",
            *("baselines.parquet", "before.parquet", "brief.md", "checks.html", "data/incident.json"),
            *("coverage.parquet", "proposals.parquet", "redefined.parquet"),
            *("data/incident.parquet", "decisions.json", "figures.csv", "figures.parquet", "findings.csv"),
            *("findings.parquet", "history.parquet", "improvements.json", "job.json", "ledger.json"),
            *("mails/process_manager.html", "major_events.parquet", "manifest.json", "nonconformities.parquet"),
            *("past.json", "previous.parquet", "previous_findings.parquet", "previous_nonconformities.parquet"),
            *("published.parquet", "quarantine.parquet", "receipts.json", "released/mails/process_manager.html"),
            *(
                "released/sign_off.html",
                "report.html",
                "report.pdf",
                "report.xlsx",
                "restatements.parquet",
                "revisions.json",
                "summary.json",
            ),
            *("sql/incident.sql", "statement.json", "trends.parquet"),
        ),
        CORRECTED,
    ),
}
"""Every kind of file, and a version that has one; a test compares it with what was sealed."""


def _changed(path: Path) -> None:
    """One bit in the middle; size and time stay."""
    before, data = path.stat(), bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def _linked(path: Path) -> None:
    """The very same bytes, but where somebody can change them later."""
    elsewhere = path.parents[5] / "elsewhere" / path.name
    elsewhere.parent.mkdir(exist_ok=True)
    shutil.move(path, elsewhere)
    path.symlink_to(elsewhere)


def _fifo(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def _folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


_DAMAGES: dict[str, Callable[[Path], object]] = {
    "changed": _changed,
    "longer": lambda path: path.write_bytes(path.read_bytes() + b" "),
    "emptied": lambda path: path.write_bytes(b""),
    "removed": Path.unlink,
    "a link": _linked,
    "a FIFO": _fifo,
    "a folder": _folder,
    "renamed": lambda path: path.rename(path.with_name(path.name.upper())),
}


def attacks() -> Iterator[Attack]:
    """Every one."""
    for name, ref in KINDS.items():
        for what, damage in _DAMAGES.items():
            yield Attack(f"{name}: {what}", f"archive: {what}", partial(_damage, name=name, ref=ref, damage=damage))
    for where in (".", "data", "released/mails", "template/0_internal", "evidence", "new/deep/er"):
        for name in ("extra.html", ".hidden", ".report.html.1-abc.part", "extra\udcff.txt", "manifest.json~"):
            yield Attack(f"{where}/{name!a}", "archive: added", partial(_add, name=f"{where}/{name}"))
    for what, plant in _ODD.items():
        yield Attack(what, "archive: folders", plant)
    for what, text in _MANIFESTS.items():
        yield Attack(f"manifest.json: {what}", "archive: malformed", partial(_write, name="manifest.json", text=text))
    for name in ("statement.json", "job.json", "decisions.json", "receipts.json", "ledger.json", "data/incident.json"):
        for what, text in _MALFORMED.items():
            yield Attack(f"{name}: {what}", "archive: malformed", partial(_write, name=name, text=text))


def _damage(house: House, name: str, ref: Ref, damage: Callable[[Path], object]) -> None:
    path = house.version(ref) / name
    path.chmod(0o644)
    damage(path)


def _add(house: House, name: str) -> None:
    path = house.version(CORRECTED) / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("?")


def _write(house: House, name: str, text: Callable[[str], str]) -> None:
    path = house.version(CORRECTED) / name
    path.chmod(0o644)
    path.write_text(text(path.read_text()))


def _swapped(house: House) -> None:
    one, two = house.version(REWORKED), house.version(CORRECTED)
    one.rename(one.with_name("aside"))
    two.rename(one)
    one.with_name("aside").rename(two)


def _linked_folder(house: House) -> None:
    folder = house.version(CORRECTED)
    shutil.move(folder, house.root / "elsewhere")
    folder.symlink_to(house.root / "elsewhere")


def _linked_archive(house: House) -> None:
    shutil.move(house.archive / CORRECTED.report, house.root / "elsewhere")
    (house.archive / CORRECTED.report).symlink_to(house.root / "elsewhere")


def _back(house: House, name: str, data: bytes = b"back again") -> None:
    path = house.version(REMOVED) / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def _removed_manifest(house: House) -> None:
    path = house.version(REMOVED) / "manifest.json"
    path.chmod(0o644)
    path.write_text(path.read_text().replace('"keep_until": "2025', '"keep_until": "2024'))


def _copied(house: House, name: str) -> None:
    shutil.copytree(house.version(CORRECTED), house.version(CORRECTED).with_name(name))


_ODD: dict[str, Callable[[House], object]] = {
    "a version removed": lambda house: shutil.rmtree(house.version(CORRECTED)),
    "a version for the archive alone removed": lambda house: shutil.rmtree(house.version(ARCHIVED)),
    "a version emptied": lambda house: [p.unlink() for p in house.version(CORRECTED).rglob("*") if p.is_file()],
    "all but the manifest removed": lambda house: [
        p.unlink() for p in house.version(CORRECTED).rglob("*") if p.is_file() and p.name != "manifest.json"
    ],
    "a period removed": lambda house: shutil.rmtree(house.version(CORRECTED).parent),
    "a report removed": lambda house: shutil.rmtree(house.archive / CORRECTED.report),
    "a version under the next number, too": lambda house: shutil.copytree(
        house.version(CORRECTED), house.version(CORRECTED).with_name("r04")
    ),
    **{
        f"a version under {name}, too": partial(_copied, name=name)
        for name in ("r003", "R03", "r3", "r03 ", "r03.bak", "r-3")
    },
    "a version under another period": lambda house: shutil.copytree(
        house.version(CORRECTED), house.archive / CORRECTED.report / "2026-05" / "r01"
    ),
    "a version moved to another number": lambda house: house.version(CORRECTED).rename(
        house.version(CORRECTED).with_name("r05")
    ),
    "two versions exchanged": _swapped,
    "a version is a link": _linked_folder,
    "a report is a link": _linked_archive,
    "a version is a file": lambda house: (
        shutil.rmtree(house.version(CORRECTED)),
        house.version(CORRECTED).write_text("?"),
    ),
    "an empty folder in a version": lambda house: (house.version(CORRECTED) / "empty").mkdir(),
    "a link to nowhere": lambda house: (house.version(CORRECTED) / "x").symlink_to("/nowhere"),
    "a link to itself": lambda house: (house.version(CORRECTED) / "x").symlink_to("."),
    "a FIFO beside the versions": lambda house: os.mkfifo(house.archive / "x"),
    "a file beside the versions": lambda house: (house.archive / "note.txt").write_text("?"),
    "a folder of a report that never was": lambda house: (house.archive / "other" / "2026-01" / "r01").mkdir(
        parents=True
    ),
    "a removed version's page is back": lambda house: _back(house, "report.html"),
    "a removed version has another file": lambda house: _back(house, "data/x.parquet"),
    "a removed version's manifest removed": lambda house: (house.version(REMOVED) / "manifest.json").unlink(),
    "a removed version's manifest says another day": _removed_manifest,
    "a version of a name that leads out": lambda house: (house.archive / "x..y" / "2026-01" / "r01").mkdir(
        parents=True
    ),
}

_NESTED = "[" * 20_000 + "]" * 20_000
_MALFORMED: dict[str, Callable[[str], str]] = {
    "no JSON": lambda _: "{",
    "nested deeply": lambda _: _NESTED,
    "null": lambda _: "null",
    "a list": lambda _: "[]",
    "a number": lambda _: "7",
    "NaN": lambda _: "NaN",
    "a number beyond all": lambda _: '{"format": 1e999}',
    "half a character": lambda _: '{"format": 1, "report": "\\ud800", "files": [{"name": "\\ud800"}]}',
    "a mark in front": lambda text: "\ufeff" + text,
    "written otherwise": lambda text: json.dumps(json.loads(text)),
}
_MANIFESTS: dict[str, Callable[[str], str]] = _MALFORMED | {
    "no files": lambda text: json.dumps(json.loads(text) | {"files": []}),
    "one file twice": lambda text: json.dumps(
        json.loads(text) | {"files": json.loads(text)["files"] + json.loads(text)["files"][:1]}
    ),
    "a name that leads out": lambda text: text.replace('"report.html"', '"../report.html"'),
    "another format": lambda text: text.replace('"format": 1', '"format": 2'),
    "another revision": lambda text: text.replace('"revision": 3', '"revision": 2'),
    "no version before it": lambda text: json.dumps(json.loads(text) | {"previous_manifest_sha256": None}),
    "a field more": lambda text: json.dumps(json.loads(text) | {"note": "?"}),
    "a key twice": lambda text: text.replace('"format": 1', '"format": 2, "format": 1'),
}
