"""The ledger cut, spliced, exchanged and signed again, its triggers dropped first; and what passes the triggers."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from typing import Any

import forging
from attack import Attack
from building import CORRECTED, REMOVED, REWORKED, SEALED, WAITING
from forging import Forger
from itss.register import ledger, signing
from itss.register.canonical import canonical, sha256_of
from place import House

CUT = "the newest lines can be cut off until a later mail has left"


def attacks() -> Iterator[Attack]:
    """Every one."""
    for what, statement in _CUTS.items():
        yield Attack(what, "ledger: cut", partial(_run, statements=statement))
        yield Attack(f"{what}, renumbered", "ledger: cut", partial(_renumber, statements=statement))
    for what, plant in _MAILED.items():
        yield Attack(what, "ledger: cut with its versions", plant)
    yield Attack("the newest lines, with all that they say", "ledger: cut, not mailed yet", _cut_newest, CUT)
    yield Attack("a question, and what came after it", "ledger: cut, not mailed yet", _cut_question, CUT)
    for what, plant in _SPLICES.items():
        yield Attack(what, "ledger: spliced", plant)
    for what, change in _LINES.items():
        for signer in ("kept", "own key", "nobody"):
            yield Attack(f"{what}, signed: {signer}", "ledger: exchanged", partial(_line, change=change, signer=signer))
    for what, plant in _KEYS.items():
        yield Attack(what, "ledger: keys and genesis", plant)
    for what, sql in _THROUGH.items():
        yield Attack(what, "ledger: past its triggers", partial(_through, statements=sql))


_SEALED = f"(SELECT seq FROM ledger WHERE ref = '{CORRECTED.path}' AND kind = 'sealed')"
_SIGNED = f"(SELECT MAX(seq) FROM ledger WHERE ref = '{CORRECTED.path}' AND kind = 'decision')"
_CUTS = {
    "a line in the middle": f"DELETE FROM {{t}} WHERE seq = {_SIGNED}",
    "every line of a version": "DELETE FROM {t} WHERE seq IN (SELECT seq FROM ledger "
    f"WHERE ref = '{CORRECTED.path}')",
    "every line of a rejection": "DELETE FROM {t} WHERE seq IN (SELECT seq FROM ledger WHERE ref LIKE '%2026-09/r01')",
    "the first line": "DELETE FROM {t} WHERE seq = 1",
    "the first half": "DELETE FROM {t} WHERE seq < 90",
    "the line of the genesis": "DELETE FROM {t} WHERE seq = (SELECT seq FROM ledger WHERE kind = 'genesis')",
    "the newest lines up to the seal of a version": f"DELETE FROM {{t}} WHERE seq > {_SEALED}",
    "the newest lines from before the seal of a version": f"DELETE FROM {{t}} WHERE seq >= {_SEALED}",
    "every line": "DELETE FROM {t}",
}


def _run(house: House, statements: str) -> None:
    with house.sql() as database:
        assert database.execute(statements.format(t="payload")).rowcount > 0
        database.execute(statements.format(t="ledger"))


def _renumber(house: House, statements: str) -> None:
    """The lines that are left follow each other again, under the signatures that they had."""
    with house.sql() as database:
        before = {row[0] for row in database.execute("SELECT seq FROM ledger")}
        database.execute("CREATE TEMP TABLE left_over AS SELECT seq FROM ledger")
        database.execute(statements.format(t="left_over"))
        left = {row[0] for row in database.execute("SELECT seq FROM left_over")}
    gone = before - left
    Forger(house, forging.kept).forge_ledger(None, lambda line: line["seq"] in gone)


def _cut_after(house: House, seq: int) -> None:
    """Cut the lines after ``seq``, and make the rows what the lines that are left say."""
    with house.sql() as database:
        database.execute("DELETE FROM payload WHERE seq > ?", (seq,))
        database.execute("DELETE FROM ledger WHERE seq > ?", (seq,))
    forging.rows_again(house)


def _seq(house: House, condition: str) -> int:
    with house.sql() as database:
        return int(database.execute(f"SELECT MIN(seq) FROM ledger WHERE {condition}").fetchone()[0])


def _cut_question(house: House) -> None:
    """The second question was never asked."""
    _cut_after(house, _seq(house, f"ref = '{WAITING.path}' AND kind = 'decision'"))


def _cut_newest(house: House) -> None:
    """The revision that waits, as if it had never been opened."""
    _cut_after(house, _seq(house, f"ref = '{WAITING.path}'") - 1)
    shutil.rmtree(house.draft(WAITING))


def _cut_version(house: House, ref: Any) -> None:
    """All from its opening on: lines, rows, and every version that was sealed since."""
    first = _seq(house, f"ref = '{ref.path}'")
    with house.sql() as database:
        gone = {row[0] for row in database.execute("SELECT ref FROM ledger WHERE seq >= ?", (first,))}
    _cut_after(house, first - 1)
    for path in gone:
        for folder in (house.archive / path, house.var / "workspace" / path):
            if path.count("/") == 2:
                shutil.rmtree(folder, ignore_errors=True)


_MAILED: dict[str, Callable[[House], None]] = {
    f"everything since {ref} was opened": partial(_cut_version, ref=ref) for ref in SEALED
}


def _exchange(house: House, one: str, two: str) -> None:
    """Two payloads change places, with the hashes of them."""
    with house.sql() as database:
        rows = [
            database.execute(f"SELECT * FROM ledger JOIN payload USING (seq) WHERE seq = {seq}").fetchone()
            for seq in (one, two)
        ]
        for row, other in zip(rows, reversed(rows), strict=True):
            database.execute("UPDATE payload SET body = ? WHERE seq = ?", (other["body"], row["seq"]))
            database.execute(
                "UPDATE ledger SET payload_sha256 = ? WHERE seq = ?", (other["payload_sha256"], row["seq"])
            )


def _two_lines(house: House) -> None:
    """Two lines change places, signature and all."""
    with house.sql() as database:
        one, two = 100, 101
        for old, new in ((one, -1), (two, one), (-1, two)):
            database.execute("UPDATE ledger SET seq = ? WHERE seq = ?", (new, old))
            database.execute("UPDATE payload SET seq = ? WHERE seq = ?", (new, old))


def _again(house: House, kind: str) -> None:
    """A line is put in once more at the end, with the signature that it has."""
    with house.sql() as database:
        row = dict(
            database.execute(
                f"SELECT * FROM ledger JOIN payload USING (seq) WHERE kind = '{kind}' ORDER BY seq DESC"
            ).fetchone()
        )
        _append(database, row)


def _append(database: sqlite3.Connection, row: dict[str, Any], key: signing.Key | None = None) -> None:
    newest = database.execute("SELECT seq, sha256 FROM ledger ORDER BY seq DESC").fetchone()
    body = row.pop("body")
    row |= {"seq": newest["seq"] + 1, "previous_sha256": newest["sha256"], "payload_sha256": sha256_of(body)}
    row["sha256"] = ledger.line_sha256(row | {"at": forging._at(row["at"])})
    if key is not None:
        row["signature"] = key.sign(row["sha256"])
    marks = ", ".join("?" * len(row))
    database.execute(f"INSERT INTO ledger ({', '.join(row)}) VALUES ({marks})", list(row.values()))
    database.execute("INSERT INTO payload (seq, body) VALUES (?, ?)", (row["seq"], body))


def _forged_line(house: House, kind: str, **details: Any) -> None:
    """A line of one's own at the end, signed with one's own key."""
    key = forging.own_key(house)
    body = canonical({"details": details, "changes": []})
    row = {"at": "2026-11-04 07:00:00.000000", "kind": kind, "ref": CORRECTED.path, "who": "x", "body": body}
    with house.sql() as database:
        _append(database, row, key)


def _of_another_house(house: House) -> None:
    """The ledger of an empty register in place of this one."""
    with house.sql() as database:
        for table in ("payload", "ledger"):
            database.execute(f"DELETE FROM {table} WHERE seq > 2")


_SPLICES: dict[str, Callable[[House], None]] = {
    "two payloads exchanged": partial(_exchange, one="100", two="101"),
    "the payloads of two decisions exchanged": partial(
        _exchange,
        one=_SIGNED,
        two=f"(SELECT MAX(seq) FROM ledger WHERE ref = '{REWORKED.path}' AND kind = 'decision')",
    ),
    "two lines exchanged": _two_lines,
    "a decision once more": partial(_again, kind="decision"),
    "a removal once more": partial(_again, kind="removed"),
    "the key once more": partial(_again, kind="key"),
    "the genesis once more": partial(_again, kind="genesis"),
    "a line of one's own": partial(_forged_line, kind="decision", level="approval", answer="approve"),
    "a removal of one's own": partial(_forged_line, kind="removed", reason="over", kept_until="2026-01-01"),
    "a resending of one's own": partial(_forged_line, kind="resent", addresses={"data_provider": "e@example.com"}),
    "a voiding of one's own": partial(_forged_line, kind="voided", changed=[]),
    "only the first two lines are left": _of_another_house,
}


def _line(house: House, change: Callable[[dict[str, Any], dict[str, Any]], None], signer: str) -> None:
    """One line is another one; it and all after it are hashed again."""
    key = forging.own_key(house)
    signers = {"kept": forging.kept, "own key": forging.by(key), "nobody": lambda _sha256, _line: ""}

    def edit(line: dict[str, Any], body: dict[str, Any]) -> None:
        if line["ref"] == CORRECTED.path:
            change(line, body)

    Forger(house, signers[signer]).forge_ledger(edit)


def _on(kind: str, /, **values: Any) -> Callable[[dict[str, Any], dict[str, Any]], None]:
    def change(line: dict[str, Any], body: dict[str, Any]) -> None:
        if line["kind"] == kind:
            for name, value in values.items():
                (line if name in line else body["details"])[name] = value

    return change


_LINES = {
    "who decided": _on("decision", who="somebody"),
    "when it was decided": _on("decision", at="2026-10-04 08:00:00.000000"),
    "what a line is": _on("asked", kind="approved"),
    "about what a line is": _on("asked", ref=REWORKED.path),
    "what was released": _on("released", files={}),
    "what it was voided for": _on("rendered", kind="voided"),
}


def _key_line(house: House) -> None:
    """The first line names one's own key; the rest stays."""
    key = forging.own_key(house)
    with house.sql() as database:
        body = json.loads(database.execute("SELECT body FROM payload WHERE seq = 1").fetchone()[0])
        body["details"]["public"] = key.public
        database.execute("UPDATE payload SET body = ? WHERE seq = 1", (canonical(body),))
        database.execute("UPDATE ledger SET payload_sha256 = ? WHERE seq = 1", (sha256_of(canonical(body)),))


def _key_after(house: House, signer: str) -> None:
    """A new key is brought in at the end: by nobody, by itself, or with the signature of an older line."""
    key = forging.own_key(house)
    said = {"public": key.public, "fingerprint": signing.fingerprint(key.public)}
    body = canonical({"details": said, "changes": []})
    row = {"at": "2026-11-04 07:00:00.000000", "kind": "key", "ref": "register", "who": "x", "body": body}
    with house.sql() as database:
        old = database.execute("SELECT signature FROM ledger ORDER BY seq DESC").fetchone()[0]
        _append(database, row, key)
        alone = database.execute("SELECT signature FROM ledger ORDER BY seq DESC").fetchone()[0]
        signatures = {"itself": alone, "itself twice": f"{alone} {alone}", "an old one": f"{old} {alone}", "nobody": ""}
        database.execute(
            "UPDATE ledger SET signature = ? WHERE seq = (SELECT MAX(seq) FROM ledger)", (signatures[signer],)
        )
    if signer != "nobody":  # and its file put in the place of the right one
        house.key.write_bytes((house.root / "elsewhere" / "own.pem").read_bytes())


def _from_there(house: House) -> None:
    """One's own key from the middle on, as if it had been brought in by the right one."""
    key = forging.own_key(house)

    def sign(sha256: str, line: dict[str, Any]) -> str:
        return str(line["signature"]) if line["seq"] < 100 else key.sign(sha256)

    Forger(house, sign).forge_ledger(lambda line, body: body["details"].update(x=1) if line["seq"] >= 100 else None)


def _genesis(house: House) -> None:
    """The genesis holds a row that was never written since."""
    with house.sql() as database:
        body = json.loads(database.execute("SELECT body FROM payload WHERE seq = 2").fetchone()[0])
        body["holds"] = {"decision": {"99": "0" * 64}}
        database.execute("UPDATE payload SET body = ? WHERE seq = 2", (canonical(body),))
        database.execute("UPDATE ledger SET payload_sha256 = ? WHERE seq = 2", (sha256_of(canonical(body)),))


_KEYS: dict[str, Callable[[House], None]] = {
    "the first line names another key": _key_line,
    "a key brought in by itself": partial(_key_after, signer="itself"),
    "a key brought in by itself, twice": partial(_key_after, signer="itself twice"),
    "a key brought in with an old signature": partial(_key_after, signer="an old one"),
    "a key brought in by nobody": partial(_key_after, signer="nobody"),
    "another key from the middle on": _from_there,
    "the genesis holds another row": _genesis,
    "no key line, and another is first": partial(_run, statements="DELETE FROM {t} WHERE seq = 1"),
}

# without dropping a trigger: what they let through, or what goes around them
_THROUGH = {
    "a payload emptied": f"UPDATE payload SET body = NULL WHERE seq = {_SIGNED}",
    "a payload of a place emptied": "UPDATE payload SET body = NULL WHERE seq = (SELECT MAX(seq) FROM ledger "
    "WHERE kind = 'hand_in')",
    "the payload of the key emptied": "UPDATE payload SET body = NULL WHERE seq = 1",
    "the payload of the genesis emptied": "UPDATE payload SET body = NULL WHERE seq = 2",
    "the payload of a removal emptied": "UPDATE payload SET body = NULL WHERE seq = (SELECT seq FROM ledger "
    f"WHERE kind = 'removed' AND ref = '{REMOVED.path}')",
    "every payload emptied": "UPDATE payload SET body = NULL",
    "a row without a line": "INSERT INTO renaming (old, new) VALUES ('a', 'b')",
    "the next line, signed by nobody": "INSERT INTO ledger SELECT seq + 1, at, kind, ref, who, payload_sha256, sha256, "
    "sha256, signature FROM ledger ORDER BY seq DESC LIMIT 1",
    "the next line without a payload": "INSERT INTO ledger SELECT seq + 1, at, 'removed', ref, who, payload_sha256, "
    "sha256, sha256, signature FROM ledger ORDER BY seq DESC LIMIT 1",
    "a payload of no line": "INSERT INTO payload (seq, body) VALUES (9999, NULL)",
    "the tables renamed and made again": "ALTER TABLE ledger RENAME TO old_ledger; CREATE TABLE ledger AS "
    "SELECT * FROM old_ledger; UPDATE ledger SET who = 'x' WHERE kind = 'decision'",
}


def _through(house: House, statements: str) -> None:
    with closing(sqlite3.connect(house.database)) as database:
        database.executescript(statements)
