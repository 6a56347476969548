"""Somebody who can write register and archive, has read the source, and makes both sides agree again.

They have a change in mind, and carry it on to wherever a hash of it is: statement, documents, released mails, manifest,
rows, payloads, and each line of the ledger up to the newest. What they lack is the key.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from itss.archive.version import canonical as written
from itss.ref import Ref
from itss.register import ledger, projection, signing
from itss.register.canonical import canonical, sha256_of
from itss.register.signing import Key
from itss.steps import sealing
from on_register import id_of
from place import House
from sqlalchemy import NullPool, create_engine
from sqlalchemy.orm import Session

Edit = Callable[[dict[str, Any], dict[str, Any]], None]
"""Takes a line of the ledger and its payload."""
TOLD = ("rendered", "released", "delivered", "reviewed", "minutes")
_AFTER_STATEMENT = ("decisions.json", "receipts.json", "review.json", "ledger.json", "manifest.json", "statement.json")


@dataclass(frozen=True)
class Target:
    """What somebody would like to be otherwise in one version: bytes of files, documents, rows, lines."""

    name: str
    ref: Ref
    files: Mapping[str, Callable[[bytes], bytes]] = field(default_factory=dict)
    documents: Mapping[str, Callable[[Any], Any]] = field(default_factory=dict)
    rows: tuple[str, ...] = ()
    """Statements; ``{rev}`` and ``{of}`` are conditions for the revision and for what is of it."""
    line: Edit | None = None


@dataclass
class Forger:
    """``swaps`` maps what must not be found any more to what is to be found in its place."""

    house: House
    sign: Callable[[str, dict[str, Any]], str]
    swaps: dict[str, str] = field(default_factory=dict)
    lines: list[dict[str, Any]] = field(default_factory=list)

    def swapped(self, text: str) -> str:
        """The text with everything in its new place."""
        for old, new in self.swaps.items():
            text = text.replace(old, new)
        return text

    def put(self, path: Path, data: bytes) -> None:
        """Write a file, and remember under which hash it goes now."""
        old = path.read_bytes()
        if old != data:
            path.chmod(0o644)
            path.write_bytes(data)
            self.swaps[_sha256(old)] = _sha256(data)

    def forge_archive(self, target: Target) -> None:
        """The version in the archive, up to the statement and what came of it."""
        folder = self.house.version(target.ref)
        for name, change in target.files.items():
            self.put(folder / name, change((folder / name).read_bytes()))
        for path in sorted(folder.rglob("*.json")):
            name = str(path.relative_to(folder))
            if name not in _AFTER_STATEMENT:
                self._document(path, target.documents.get(name))
        self._document(folder / "statement.json", lambda said: self._statement(folder, target, said))
        for path in sorted((folder / "released").rglob("*.html")):
            self.put(path, self.swapped(path.read_text()).encode())
        for name in ("decisions.json", "receipts.json", "review.json"):
            if (folder / name).exists():
                self._document(folder / name, target.documents.get(name))

    def reseal(self, ref: Ref) -> None:
        """The manifest as it would have been written."""
        path = self.house.version(ref) / "manifest.json"
        manifest = json.loads(self.swapped(path.read_text()))
        for entry in manifest["files"]:
            data = (path.parent / entry["name"]).read_bytes()
            entry |= {"bytes": len(data), "sha256": _sha256(data)}
        self.put(path, written(manifest))

    def forge_rows(self, target: Target) -> None:
        """The register's rows, and no line of its ledger."""
        with self.house.sql() as database:
            run_rows(database, target)
            for table in projection.ROW_NAMES:
                for row in database.execute(f"SELECT * FROM {table}").fetchall():
                    self._row(database, table, row)

    def forge_ledger(self, edit: Edit | None, drop: Callable[[dict[str, Any]], bool] = lambda _line: False) -> None:
        """Each line again, with its payload, its hashes, and whatever signature can be had; then the rows."""
        with self.house.sql() as database:
            found = database.execute("SELECT * FROM ledger JOIN payload USING (seq) ORDER BY seq").fetchall()
            known = {row["seq"]: (row["sha256"], row["signature"].split(" ")[-1]) for row in found}
            frames = self._frames()
            for row in found:
                if not drop(dict(row)):
                    self._line(dict(row), edit, frames, known)
            database.execute("DELETE FROM payload")
            database.execute("DELETE FROM ledger")
            for line in self.lines:
                body = line.pop("body")
                marks = ", ".join("?" * len(line))
                database.execute(f"INSERT INTO ledger ({', '.join(line)}) VALUES ({marks})", list(line.values()))
                database.execute("INSERT INTO payload (seq, body) VALUES (?, ?)", (line["seq"], body))
        rows_again(self.house)

    def _statement(self, folder: Path, target: Target, said: Any) -> Any:
        if change := target.documents.get("statement.json"):
            said = change(said)
        for name, entry in said["carried"]["files"].items():
            entry["bytes"] = (folder / name).stat().st_size
        return said

    def _document(self, path: Path, change: Callable[[Any], Any] | None) -> None:
        text = self.swapped(path.read_text())
        if change is None and text == path.read_text():
            return
        document = json.loads(text)
        document = change(document) if change else document
        is_statement = path.name == "statement.json"
        self.put(path, written(document) if is_statement else sealing._json(document))

    def _row(self, database: sqlite3.Connection, table: str, row: sqlite3.Row) -> None:
        new = {name: self.swapped(row[name]) for name in row.keys() if isinstance(row[name], str)}  # noqa: SIM118
        other = {name: value for name, value in new.items() if value != row[name]}
        for name, value in other.items():
            database.execute(f"UPDATE {table} SET {name} = ? WHERE id = ?", (value, row["id"]))

    def _frames(self) -> dict[tuple[str, int], str]:
        with self.house.register.reading() as session:
            names, connection = projection.FRAME_NAMES, session.connection()
            hashes = {name: projection.frame_hashes(connection, name) for name in names}
        return {(name, id_): sha256 for name, of in hashes.items() for id_, sha256 in of.items()}

    def _line(
        self,
        line: dict[str, Any],
        edit: Edit | None,
        frames: Mapping[tuple[str, int], str],
        known: Mapping[int, tuple[str, str]],
    ) -> None:
        seq = line["seq"]
        if line["body"] is not None:
            body = json.loads(line["body"])
            ref = _ref(line["ref"])
            if ref and line["kind"] == "released":
                self._released(ref, known)
            if ref and line["kind"] == "sealed":
                self._sealed(ref)
            body = json.loads(self.swapped(json.dumps(body)))
            for one in body["changes"]:
                if one["op"] == "frame":
                    one["sha256"] = frames.get((one["table"], one["revision_id"]), one["sha256"])
            if edit is not None:
                edit(line, body)
            line["body"] = canonical(body)
            line["payload_sha256"] = sha256_of(line["body"])
        last = self.lines[-1] if self.lines else None
        line["seq"] = last["seq"] + 1 if last else 1
        line["previous_sha256"] = last["sha256"] if last else ledger.FIRST
        line["sha256"] = ledger.line_sha256(line | {"at": _at(line["at"])})
        line["signature"] = self.sign(line["sha256"], line)
        self.lines.append(line)
        old, new = known[seq], (line["sha256"], line["signature"].split(" ")[-1])
        if old != new:
            self.swaps[f"ITSS-WITNESS {seq} {old[0]} {old[1]}"] = f"ITSS-WITNESS {line['seq']} {new[0]} {new[1]}"

    def _released(self, ref: Ref, known: Mapping[int, tuple[str, str]]) -> None:
        """The witness line in the archived mails; those that people hold nobody can reach."""
        for path in sorted((self.house.version(ref) / "released" / "mails").glob("*.html")):
            self.put(path, self.swapped(path.read_text()).encode())

    def _sealed(self, ref: Ref) -> None:
        of = [line for line in self.lines if line["ref"] == ref.path]
        last = max(number for number, line in enumerate(of, 1) if line["kind"] in TOLD)
        lines = [asdict(ledger.line_of(line | {"at": _at(line["at"])})) for line in of[:last]]
        self.put(self.house.version(ref) / "ledger.json", sealing._json(lines))
        self.reseal(ref)


def rows_again(house: House) -> None:
    """The rows as the lines that are there say."""
    known = projection.project(house.register.lines()).rows["revision"]
    with house.sql() as database:
        for name in projection.FRAME_NAMES:
            database.execute(f"DELETE FROM {name} WHERE revision_id NOT IN ({', '.join(map(str, known)) or 0})")
    # a connection of one's own asks for no foreign keys
    with Session(create_engine(f"sqlite:///{house.database}", poolclass=NullPool)) as session, session.begin():
        projection.rebuild(session)


def run_rows(database: sqlite3.Connection, target: Target) -> None:
    """The statements of a target."""
    id_ = id_of(database, target.ref)
    for statement in target.rows:
        words = statement.replace("{rev}", f"WHERE id = {id_}").replace("{of}", f"WHERE revision_id = {id_}")
        assert database.execute(words).rowcount != 0, words


def kept(_sha256_hex: str, line: dict[str, Any]) -> str:
    """The signature that is there: over another hash."""
    return str(line["signature"])


def by(key: Key) -> Callable[[str, dict[str, Any]], str]:
    """The signature of a key that one has."""

    def sign(sha256: str, line: dict[str, Any]) -> str:
        return " ".join(key.sign(sha256) for _ in line["signature"].split(" "))

    return sign


def own_key(house: House) -> Key:
    """A key that somebody has made for themselves."""
    path = house.root / "elsewhere" / "own.pem"
    signing.make(path)
    return signing.load(str(path))


def brought_in(key: Key) -> Edit:
    """The key lines name another key."""

    def edit(line: dict[str, Any], body: dict[str, Any]) -> None:
        if line["kind"] == "key":
            body["details"] |= {"public": key.public, "fingerprint": signing.fingerprint(key.public)}

    return edit


def both(*edits: Edit | None) -> Edit:
    """One edit after the other."""

    def edit(line: dict[str, Any], body: dict[str, Any]) -> None:
        for one in edits:
            if one is not None:
                one(line, body)

    return edit


def _ref(path: str) -> Ref | None:
    parts = path.split("/")
    return Ref(parts[0], parts[1], int(parts[2][1:])) if len(parts) == 3 else None


def _at(text: Any) -> Any:
    return dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC) if isinstance(text, str) else text


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
