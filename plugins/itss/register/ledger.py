"""The ledger: one line for everything that happens, each chained to the one before it and signed.

Owns the order of lines (``seq`` is head + 1 under a lock that is taken last) and their form. Refuses to sign with a key
that is not the one of this register. A line's hash covers its own columns and the hash of its payload, so a payload may
be emptied by retention while the line, and all that follow it, stay as they were signed.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, select, text
from sqlalchemy.orm import Session

from itss.errors import LedgerError
from itss.register import guards, signing
from itss.register.canonical import canonical, instant, sha256_of
from itss.register.columns import UNSTORABLE
from itss.register.desk import REGISTER, Desk, Entry
from itss.register.schema import Base

KEY, GENESIS, REMOVED = "key", "genesis", "removed"
REVISION_DEPTH = 2
"""Slashes in the ``ref`` of a line about a revision: report, period, number."""
FIRST = "0" * 64
"""What the first line has for the hash of the line before it."""
_OF_STEPS = ("open", "rendered", "released", "delivered")
_LOCK = 0x17_56  # any number; the same in every process
_TOKEN = re.compile(r"ITSS-WITNESS (\d{1,10}) ([0-9a-f]{64}) ([A-Za-z0-9+/]{86}==)")
_LEDGER, _PAYLOAD = Base.metadata.tables["ledger"], Base.metadata.tables["payload"]


@dataclass(frozen=True)
class Line:
    """A line with what it says; ``changes`` and ``holds`` are ``None`` once its payload was emptied."""

    seq: int
    at: dt.datetime
    kind: str
    ref: str
    who: str
    payload_sha256: str
    previous_sha256: str
    sha256: str
    signature: str
    body: str | None
    details: dict[str, Any]
    changes: list[dict[str, Any]] | None
    holds: dict[str, Any] | None


@dataclass(frozen=True)
class Witness:
    """The newest line as a mail carries it out of the house; ``at`` is not in the text."""

    seq: int
    at: dt.datetime | None
    sha256: str
    signature: str

    @property
    def text(self) -> str:
        """One line of ASCII."""
        return f"ITSS-WITNESS {self.seq} {self.sha256} {self.signature}"

    @staticmethod
    def read(text: str) -> list[Witness]:
        """Every such line in a text."""
        return [Witness(int(seq), None, sha256, signature) for seq, sha256, signature in _TOKEN.findall(text)]


@dataclass(frozen=True)
class Signed:
    """What is needed to append to a ledger: the key, and the other key when that one takes its place."""

    key: signing.Key
    next: signing.Key | None = None

    def sign(self, sha256: str) -> str:
        """The signature of a line: by both keys, where one follows the other."""
        return " ".join(key.sign(sha256) for key in (self.key, self.next) if key)


def close(desk: Desk) -> None:
    """End a writing transaction: write its lines, and what has changed. No line where nothing happened."""
    changes = desk.changes()
    if not desk.entries:
        return
    signed = Signed(desk.key())
    connection = desk.session.connection()
    lock(connection)
    if found := guards.strangers(connection):
        raise LedgerError(
            f"Somebody has put {', '.join(found)} into the register: what is written may not be what is kept.",
            "Find out who, drop it, then: python -m itss.register rebuild --check.",
        )
    present = public_key(connection)
    if signed.key.public != present:
        raise LedgerError(
            f"The signing key {signing.fingerprint(signed.key.public)} is not the one of this register, "
            f"{signing.fingerprint(present) if present else 'which has none'}.",
            "Name the right one in ITSS_SIGNING_KEY; a new key is brought in by: python -m itss.register key --new.",
        )
    _refuse_unsigned(connection, present)
    append(connection, desk.entries, changes, signed)


def _refuse_unsigned(connection: Connection, present: str) -> None:
    """`LedgerError` where the newest line is none of ours: the next one would be chained to it, and be signed."""
    newest = select(_LEDGER).order_by(_LEDGER.c.seq.desc()).limit(1)
    for line in connection.execute(newest).mappings():
        # of a line that brings a key the last signature is that of the key
        signature = line["signature"].split(" ")[-1]
        if line_sha256(dict(line)) != line["sha256"] or not signing.is_signed(line["sha256"], signature, present):
            raise LedgerError(
                f"The newest line of the ledger, {line['seq']}, is not signed by the key of this register.",
                "Find out who has written it: python -m itss.register rebuild --check. Nothing is put on record "
                "until it is gone.",
            )


def append(connection: Connection, entries: Sequence[Entry], changes: Sequence[Any], signed: Signed) -> None:
    """Write lines, with what has changed, under the lock that the caller holds."""
    seq, previous = _head(connection)
    # a revision is proven by its own lines, so what has changed is never with a line about something else
    own = [entry for entry in entries if entry.ref.count("/") == REVISION_DEPTH]
    with_changes = (own or entries)[-1]
    lines, payloads = [], []
    for entry in entries:
        seq += 1
        payload: dict[str, Any] = {"details": dict(entry.details), "changes": changes if entry is with_changes else []}
        body = canonical(payload if entry.holds is None else payload | {"holds": entry.holds})
        line = {
            "seq": seq,
            "at": entry.at,
            "kind": entry.kind,
            "ref": entry.ref,
            "who": _words(entry.who),
            "payload_sha256": sha256_of(body),
            "previous_sha256": previous,
        }
        previous = line_sha256(line)
        lines.append(line | {"sha256": previous, "signature": signed.sign(previous)})
        payloads.append({"seq": seq, "body": body})
    # one by one: the triggers compare each with the one before it
    for row, payload in zip(lines, payloads, strict=True):
        connection.execute(_LEDGER.insert(), row)
        connection.execute(_PAYLOAD.insert(), payload)


def line_sha256(line: dict[str, Any]) -> str:
    """The hash of a line: of all its columns but the hash itself and the signature over it."""
    names = ("seq", "kind", "ref", "who", "payload_sha256", "previous_sha256")
    return sha256_of(canonical({"at": instant(line["at"]), **{name: line[name] for name in names}}))


def lock(connection: Connection) -> None:
    """Wait for whoever else is appending. On SQLite a writer is alone anyhow."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})


def public_key(connection: Connection) -> str:
    """The key whose signature counts now; empty where there is no line yet."""
    newest = (
        select(_PAYLOAD.c.body)
        .join(_LEDGER, _LEDGER.c.seq == _PAYLOAD.c.seq)
        .where(_LEDGER.c.ref == REGISTER, _LEDGER.c.kind == KEY)
        .order_by(_LEDGER.c.seq.desc())
    )
    body = connection.execute(newest.limit(1)).scalar()
    return str(json.loads(body)["details"]["public"]) if body else ""


def begin(connection: Connection, key: signing.Key, at: dt.datetime) -> None:
    """The first line of a ledger: the key that signs it."""
    append(connection, [key_entry(key, at, "register")], [], Signed(key))


def key_entry(key: signing.Key, at: dt.datetime, who: str, **details: Any) -> Entry:
    """The line by which a key comes into force."""
    said = {"public": key.public, "fingerprint": signing.fingerprint(key.public), **details}
    return Entry(KEY, REGISTER, who, at, said)


def rotate(desk: Desk, old: signing.Key, new: signing.Key, who: str) -> None:
    """Bring in a new key by one line that is signed by both."""
    connection = desk.session.connection()
    lock(connection)
    if public_key(connection) != old.public:
        raise LedgerError("The present key is not the one of this register.", "Name the right one in ITSS_SIGNING_KEY.")
    if new.public == old.public:
        raise LedgerError("The new key is the present one.", "Name another file.")
    append(connection, [key_entry(new, desk.clock(), who, replaces=old.public)], [], Signed(old, new))


def head(session: Session) -> Witness | None:
    """The newest line, to be carried out of the house."""
    for line in session.execute(select(_LEDGER).order_by(_LEDGER.c.seq.desc()).limit(1)).mappings():
        return Witness(line["seq"], line["at"], line["sha256"], line["signature"].split(" ")[-1])
    return None


def sha256_at(session: Session, seq: int) -> str | None:
    """The hash of a line; ``None`` where there is none of this number."""
    return session.scalars(select(_LEDGER.c.sha256).where(_LEDGER.c.seq == seq)).one_or_none()


def lines(session: Session, ref: str | None = None, kinds: Sequence[str] = ()) -> Iterator[Line]:
    """The lines in their order: of all, or of one revision (or place), or of some kinds."""
    found: Select[Any] = select(_LEDGER, _PAYLOAD.c.body).join(_PAYLOAD, _PAYLOAD.c.seq == _LEDGER.c.seq, isouter=True)
    if ref is not None:
        found = found.where(_LEDGER.c.ref == ref)
    if kinds:
        found = found.where(_LEDGER.c.kind.in_(kinds))
    result = session.execute(found.order_by(_LEDGER.c.seq), execution_options={"yield_per": 500})
    for row in result.mappings():
        yield line_of(dict(row))


def line_of(row: dict[str, Any]) -> Line:
    """A line with its payload read; one that cannot be read says nothing, and `verification` finds it."""
    try:
        payload = json.loads(row["body"]) if row["body"] else {}
    except (ValueError, RecursionError):
        payload = {}
    payload = payload if isinstance(payload, dict) else {}
    details, changes, holds = (payload.get(name) for name in ("details", "changes", "holds"))
    return Line(
        **row,
        details=details if isinstance(details, dict) else {},
        changes=[one for one in changes if isinstance(one, dict)] if isinstance(changes, list) else None,
        holds=holds if isinstance(holds, dict) else None,
    )


def bundle_versions(lines: Iterable[Line]) -> dict[str, Any]:
    """The version of the DAG bundle that some steps ran from, where it had one, by the kind of their last line."""
    return {line.kind: line.details["bundle"] for line in lines if line.kind in _OF_STEPS and "bundle" in line.details}


def _head(connection: Connection) -> tuple[int, str]:
    newest = select(_LEDGER.c.seq, _LEDGER.c.sha256).order_by(_LEDGER.c.seq.desc()).limit(1)
    found = connection.execute(newest).one_or_none()
    return (found.seq, found.sha256) if found else (0, FIRST)


def _words(said: str) -> str:
    """As the column keeps it: what cannot be stored must not be signed either."""
    return UNSTORABLE.sub("\ufffd", said)
