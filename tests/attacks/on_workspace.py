"""The workspace of a revision on its way: files exchanged, added and removed at every stage; its rows beside them."""

from __future__ import annotations

import hashlib
import io
import json
import os
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pandas as pd
from attack import GateAttack
from gate import STAGES, Way, Write, forget, waiting, walked
from on_register import id_of


def attacks() -> Iterator[GateAttack]:
    """Every one."""
    for stage, names in _FILES.items():
        for name in names:
            for what, write in _WRITES.items():
                walk = partial(walked, stage=stage, write=partial(_file, name=name, write=write))
                yield GateAttack(f"after {stage}: {name} {what}", f"workspace: {stage}", walk, stage)
    for stage, what, write in _CONSISTENT:
        walk = partial(walked, stage=stage, write=write)
        yield GateAttack(f"after {stage}: {what}", f"workspace: {stage}", walk, stage)
    for stage in STAGES[1:-1]:
        for name in (*_EXTRA, "template/0_internal/extra.png", "evidence/extra.eml"):
            walk = partial(walked, stage=stage, write=partial(_add, name=name))
            yield GateAttack(f"after {stage}: {name} added", "workspace: added", walk, stage)
    for what, write in _ROWS.items():
        walk = partial(waiting, write=partial(_rows, statements=write), stages=_REST)
        yield GateAttack(f"its second answer is to come: {what}", "gate: rows beside the ledger", walk)
    for what, (statements, stages) in _UNANSWERED.items():
        walk = partial(waiting, write=partial(_rows, statements=statements), stages=stages)
        yield GateAttack(f"nobody has answered yet: {what}", "gate: rows beside the ledger", walk)
    for stage, what, write in _TOGETHER:
        walk = partial(walked, stage=stage, write=write)
        yield GateAttack(f"after {stage}: {what}", "gate: rows and workspace together", walk, stage)


_REST = ("second answer", "release", "deliver", "seal")
_FORM = ("template/0_internal/look.yaml", "template/0_internal/logo.svg", "template/1_internal/report.en.md.j2")
_COPIED = (*_FORM, "measures.yaml", "exclusions.yaml", "evidence/mail.eml")
_FILES = {
    "open": _COPIED,
    "collect": ("data/incident.parquet", "data/incident.json", "sql/incident.sql", "job.json"),
    "check": ("data/incident.parquet", "findings.parquet", "findings.csv", "checks.html", "past.json"),
    "measure": (
        *_COPIED,
        "figures.parquet",
        "figures.csv",
        "trends.parquet",
        "nonconformities.parquet",
        "improvements.json",
    ),
    "render": (*_COPIED, "brief.md", "report.html", "report.xlsx", "mails/process_manager.html", "statement.json"),
    "second answer": (*_COPIED, "report.html", "figures.csv", "checks.html", "mails/report_manager.html", "job.json"),
    "release": ("report.xlsx", "report.html", "released/mails/process_manager.html", "released/sign_off.html"),
    "deliver": (*_FORM, "report.html", "data/incident.parquet", "released/sign_off.html", "statement.json", "brief.md"),
}


_EXTRA = ("extra.html", "data/extra.parquet", "mails/evil.html", "released/mails/evil.html")


def _longer(path: Any) -> None:
    path.write_bytes(path.read_bytes() + b" ")


def _link(path: Any) -> None:
    """The same bytes now; later, whatever somebody wants."""
    elsewhere = path.with_name(path.name + ".elsewhere")
    path.rename(elsewhere)
    path.symlink_to(elsewhere)


_WRITES: dict[str, Callable[[Any], Any]] = {
    "exchanged": _longer,
    "removed": forget,
    "emptied": lambda path: path.write_bytes(b""),
    "a link": _link,
    "a folder": lambda path: (forget(path), path.mkdir()),
    "a FIFO": lambda path: (forget(path), os.mkfifo(path)),
}


def _file(way: Way, name: str, write: Callable[[Any], Any]) -> None:
    path = way.file(name)
    if path.exists():
        write(path)


def _add(way: Way, name: str) -> None:
    path = way.file(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"PAR1")


def _one_row_less(data: bytes) -> bytes:
    frame = pd.read_parquet(io.BytesIO(data)).iloc[:-1]
    return bytes(frame.to_parquet(None, engine="pyarrow", compression="zstd", index=False))


def _data(way: Way) -> None:
    """A row less, and the file that counts them says so."""
    data = _one_row_less(way.file("data/incident.parquet").read_bytes())
    way.file("data/incident.parquet").write_bytes(data)
    said = json.loads(way.file("data/incident.json").read_text())
    said |= {"rows": said["rows"] - 1, "sha256": _sha256(data)}
    way.file("data/incident.json").write_text(json.dumps(said))


def _figures(way: Way) -> None:
    frame = pd.read_parquet(way.file("figures.parquet"))
    frame.loc[frame["measure"] == "opened", "value"] += 5
    frame.to_parquet(way.file("figures.parquet"), engine="pyarrow", compression="zstd", index=False)


def _statement(way: Way, name: str = "report.html") -> dict[str, Any]:
    """A file is another one, and the statement says so."""
    path = way.file(name)
    path.write_bytes(path.read_bytes() + b" ")
    said: dict[str, Any] = json.loads(way.file("statement.json").read_text())
    data = path.read_bytes()
    said["carried"]["files"][name] = {"bytes": len(data), "sha256": _sha256(data)}
    return said


def _state(way: Way, said: dict[str, Any]) -> str:
    """Write a statement as the product writes it; its hash."""
    text = json.dumps(said, ensure_ascii=False, sort_keys=True, indent=1, allow_nan=False) + "\n"
    way.file("statement.json").write_text(text)
    return _sha256(text.encode())


def _job(way: Way, change: Callable[[Any], Any]) -> None:
    said = json.loads(way.file("job.json").read_text())
    change(said)
    way.file("job.json").write_text(json.dumps(said))


def _sealed_before(way: Way) -> None:
    """Somebody else's version lies in the archive, with a manifest and all."""
    folder = way.house.version(way.ref)
    folder.mkdir(parents=True)
    (folder / "report.html").write_text("forged")
    entry = {"name": "report.html", "bytes": 6, "sha256": _sha256(b"forged")}
    said = {"format": 1, "report": way.ref.report, "period": way.ref.period, "revision": 1, "files": [entry]}
    (folder / "manifest.json").write_text(json.dumps(said | {"facts": {}, "previous_manifest_sha256": None}))


def _strays_before(way: Way) -> None:
    folder = way.house.version(way.ref)
    (folder / "data").mkdir(parents=True)
    (folder / "data" / "extra.parquet").write_bytes(b"PAR1")
    (folder / "report.html").write_text("forged")


def _link_before(way: Way) -> None:
    """What is sealed comes to lie elsewhere."""
    (way.house.root / "elsewhere").mkdir()
    way.house.version(way.ref).parent.mkdir(parents=True)
    way.house.version(way.ref).symlink_to(way.house.root / "elsewhere")


def _file_link_before(way: Way) -> None:
    folder = way.house.version(way.ref)
    folder.mkdir(parents=True)
    (way.house.root / "elsewhere.html").write_text("forged")
    (folder / "report.html").symlink_to(way.house.root / "elsewhere.html")


def _fifo_before(way: Way) -> None:
    way.house.version(way.ref).mkdir(parents=True)
    os.mkfifo(way.house.version(way.ref) / "x")


def _address(way: Way) -> None:
    way.house.relist(lambda document: document["people"]["data_provider"].update(email="evil@example.com"))


def _recipients(way: Way) -> None:
    """The list sends it to one more."""
    evil = {"title": {"zh-CN": "x", "en": "x"}, "email": "evil@example.com"}
    way.house.relist(lambda document: document["people"].update(evil=evil))
    way.house.relist(lambda document: document["reports"][1]["distribution"]["recipients"].append("evil"))


_CONSISTENT: list[tuple[str, str, Write]] = [
    ("collect", "the data and what counts them", _data),
    ("check", "the data and what counts them", _data),
    ("measure", "the data and what counts them", _data),
    ("measure", "a figure", _figures),
    ("render", "a figure", _figures),
    ("render", "a page and the statement", lambda way: void(_state(way, _statement(way)))),
    ("second answer", "a page and the statement", lambda way: void(_state(way, _statement(way)))),
    ("release", "a page and the statement", lambda way: void(_state(way, _statement(way)))),
    *(
        (stage, what, write)
        for stage in ("open", "render", "first answer", "second answer", "release")
        for what, write in (("an address in the list", _address), ("a recipient in the list", _recipients))
    ),
    *(
        (stage, "recipients in the job", lambda way: _job(way, lambda said: said["entry"].update(distribution={})))
        for stage in ("open", "render", "second answer", "release")
    ),
    (
        "open",
        "made for the archive alone, says the job",
        lambda way: _job(way, lambda said: said.update(archive_only=True)),
    ),
    ("deliver", "a version that was sealed by another", _sealed_before),
    ("deliver", "files in the archive before it is sealed", _strays_before),
    ("deliver", "the version's folder is a link", _link_before),
    ("deliver", "a file of the version is a link", _file_link_before),
    ("deliver", "a FIFO in the version's folder", _fifo_before),
    ("second answer", "the whole folder is gone", lambda way: forget(way.file("."))),
    ("release", "the whole folder is gone", lambda way: forget(way.file("."))),
]


def void(_value: object) -> None:
    """Nothing is handed on."""


def _rows(way: Way, statements: tuple[str, ...]) -> None:
    with way.house.sql() as database:
        id_ = id_of(database, way.ref)
        for statement in statements:
            words = {"rev": f"WHERE id = {id_}", "of": f"WHERE revision_id = {id_}", "id": str(id_), "s": way.shown}
            assert database.execute(statement.format(**words)).rowcount != 0, statement


_ANSWER = (
    "INSERT INTO decision (revision_id, level, run, title, answer, who_id, who_name, at, comment, statement_sha256) "
    "VALUES ({id}, 'approval', 'run-oct', 'Approval', 'approve', 'management_representative', "
    "'management_representative', '2026-11-03 09:00:00.000000', '', '{s}')"
)
_SUBMITTED = "UPDATE revision SET state='released', reached='released', released_at='2026-11-03 09:00:00.000000' {rev}"
# rows with which the way must go on as if they were not there, or be refused
_ROWS = {
    "its first answer deleted": ("DELETE FROM decision {of}",),
    "its first answer is another person's": ("UPDATE decision SET who_id = 'report_author' {of}",),
    "its due date": ("UPDATE revision SET due_at = '2027-01-01 00:00:00.000000' {rev}",),
    "its said hash": ("UPDATE revision SET said_sha256 = '" + "0" * 64 + "' {rev}",),
    "its figures": ("UPDATE figure SET value = 99 {of}",),
    "its submissions": ("UPDATE submission SET rows = 99 {of}",),
    "its entry": ("UPDATE revision SET entry = replace(entry, 'data_provider@', 'evil@') {rev}",),
    "a receipt before there is one": (
        "INSERT INTO delivery (revision_id, message_id, recipient, address, status, answer, attempts, at) "
        "SELECT {id}, replace(message_id, '2026-09.r03', '2026-10.r01'), recipient, address, 'accepted', '250 ok', 1, "
        "at FROM delivery WHERE address = 'data_provider@example.com' AND message_id LIKE '%servicenow%2026-09.r03%'",
    ),
}
_UNANSWERED: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "an answer in the register": ((_ANSWER,), ("release", "deliver", "seal")),
    "a released state": ((_SUBMITTED,), ("release", "deliver", "seal")),
    "an answer and a released state": ((_ANSWER, _SUBMITTED), ("release", "deliver", "seal")),
    "a delivered state": (
        ("UPDATE revision SET state='delivered', reached='delivered', released_at=opened_at {rev}",),
        ("deliver", "seal"),
    ),
    "made for the archive alone": (
        ("UPDATE revision SET entry = replace(entry, '\"archive_only\": false', '\"archive_only\": true') {rev}",),
        ("release", "seal"),
    ),
    "its only level is answered": (
        ("UPDATE decision SET level = 'approval', who_id = 'management_representative' {of}",),
        ("release", "deliver", "seal"),
    ),
    "no level is asked for": (
        ("UPDATE revision SET entry = json_set(entry, '$.entry.approval', json('[]')) {rev}",),
        ("release", "deliver", "seal"),
    ),
}


def _restated(way: Way, with_decisions: bool = True) -> None:
    """A page, the statement, and in the register the statement that was signed."""
    sha256 = _state(way, _statement(way))
    with way.house.sql() as database:
        id_ = id_of(database, way.ref)
        database.execute("UPDATE revision SET statement_sha256 = ? WHERE id = ?", (sha256, id_))
        if with_decisions:
            database.execute("UPDATE decision SET statement_sha256 = ? WHERE revision_id = ?", (sha256, id_))


def _readdressed(way: Way) -> None:
    """A line that says that an address was corrected; signed by nobody, for the key is not at hand."""
    body = json.dumps({"details": {"addresses": {"data_provider": "evil@example.com"}, "only": ""}, "changes": []})
    with way.house.sql() as database:
        newest = dict(database.execute("SELECT * FROM ledger ORDER BY seq DESC").fetchone())
        newest |= {"seq": newest["seq"] + 1, "kind": "resent", "ref": way.ref.path, "previous_sha256": newest["sha256"]}
        marks = ", ".join("?" * len(newest))
        database.execute(f"INSERT INTO ledger ({', '.join(newest)}) VALUES ({marks})", list(newest.values()))
        database.execute("INSERT INTO payload (seq, body) VALUES (?, ?)", (newest["seq"], body))


def _filled(way: Way) -> None:
    """A released mail, and the line of the release that holds its hash."""
    name = "released/mails/process_manager.html"
    path = way.file(name)
    path.write_text(path.read_text().replace("incident", "accident"))
    with way.house.sql() as database:
        found = "SELECT seq FROM ledger WHERE kind = 'released' AND ref = ?"
        (seq,) = database.execute(found, (way.ref.path,)).fetchone()
        body = json.loads(database.execute("SELECT body FROM payload WHERE seq = ?", (seq,)).fetchone()[0])
        body["details"]["files"][name] = _sha256(path.read_bytes())
        database.execute("UPDATE payload SET body = ? WHERE seq = ?", (json.dumps(body), seq))


_TOGETHER: list[tuple[str, str, Write]] = [
    *(
        (stage, "page, statement, and the hash in the register", _restated)
        for stage in ("render", "first answer", "second question", "second answer", "release", "deliver")
    ),
    *(
        (
            stage,
            "page, statement, and the hash in the register, but no decision",
            partial(_restated, with_decisions=False),
        )
        for stage in ("second answer", "release", "deliver")
    ),
    *((stage, "a corrected address", _readdressed) for stage in ("second answer", "release")),
    ("release", "a released mail and its line", _filled),
]


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
