"""The ledger: every change has its line, every line its place, and whatever is changed in it is found."""

from __future__ import annotations

import base64
import datetime as dt
import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from itss.errors import LedgerError
from itss.ref import Ref
from itss.register import Notice, Register, Witness, ledger, signing
from itss.register.__main__ import main
from itss.register.canonical import sha256_of
from itss.register.schema import NoticeRow
from walking import NOW, answer, leave, open_one, walk

REF = Ref("customer_monthly", "2026-09", 1)


class Tables:
    """The tables behind the register's back, as who owns the database may write them."""

    def __init__(self, url: str) -> None:
        self.engine = sa.create_engine(url, poolclass=sa.NullPool)

    def execute(self, statement: str, **values: Any) -> None:
        with self.engine.begin() as connection:
            connection.execute(sa.text(statement), values)

    def rows(self, table: str) -> list[Any]:
        with self.engine.connect() as connection:
            return list(connection.execute(sa.text(f"SELECT * FROM {table} ORDER BY 1")).mappings())

    def without_guards(self, *statements: str, **values: Any) -> None:
        """Run statements as the owner can, with the triggers out of the way."""
        with self.engine.begin() as connection:
            if connection.dialect.name == "sqlite":
                named = sa.text("SELECT name FROM sqlite_master WHERE type = 'trigger'")
                for name in connection.scalars(named).all():
                    connection.execute(sa.text(f"DROP TRIGGER {name}"))
            else:
                connection.execute(sa.text("SET session_replication_role = replica"))
            for statement in statements:
                connection.execute(sa.text(statement), values)


@pytest.fixture
def tables(url: str, register: Register) -> Tables:
    return Tables(url)


def test_a_revision_is_proven_also_where_notices_are_planned_in_its_transaction(register: Register) -> None:
    ref = open_one(register).ref
    walk(register, register.revision(ref), "released")
    notice = Notice(*ref[:2], "asked", "r01", "Report manager", "report_manager@example.com", "<1@example.com>", NOW)
    for status in ("sending", "accepted"):
        register.record_delivery(ref, "Customer", "customer@example.com", status, "250 OK", "m1", NOW)
    register.delivered(ref, notices=[notice])
    register.prove(ref)
    assert register.differences()[0] == []


@pytest.fixture
def sealed(register: Register) -> Register:
    walk(register, open_one(register), "sealed")
    return register


def problems(register: Register) -> set[int]:
    return {one.seq for one in register.verify()}


def test_an_empty_register_begins_with_its_key(register: Register) -> None:
    key, genesis = register.lines()
    assert (key.seq, key.kind, key.previous_sha256) == (1, "key", "0" * 64)
    assert key.details["public"] == register.key().public
    assert (genesis.kind, genesis.holds, genesis.previous_sha256) == ("genesis", {}, key.sha256)
    assert register.verify() == []


def test_a_line_is_the_hash_of_its_columns_as_anybody_can_compute_it(sealed: Register, tables: Tables) -> None:
    rows, bodies = tables.rows("ledger"), {row["seq"]: row["body"] for row in tables.rows("payload")}
    public = Ed25519PublicKey.from_public_bytes(base64.b64decode(sealed.key().public))
    previous = "0" * 64
    for number, row in enumerate(rows, 1):
        at = row["at"] if isinstance(row["at"], dt.datetime) else dt.datetime.fromisoformat(row["at"])
        at = at.astimezone(dt.UTC) if at.tzinfo else at.replace(tzinfo=dt.UTC)
        said = {name: row[name] for name in ("seq", "kind", "ref", "who", "payload_sha256", "previous_sha256")}
        said["at"] = at.strftime("%Y-%m-%dT%H:%M:%S.%f+00:00")
        assert row["seq"] == number
        assert row["previous_sha256"] == previous
        assert row["payload_sha256"] == sha256_of(bodies[number])
        assert row["sha256"] == sha256_of(json.dumps(said, sort_keys=True, separators=(",", ":")))
        public.verify(base64.b64decode(row["signature"]), row["sha256"].encode())
        previous = row["sha256"]


def test_what_is_done_again_and_changes_nothing_writes_no_line(sealed: Register) -> None:
    before = sealed.head()
    sealed.seal(REF, "/archive/r01", "5" * 64, NOW)
    answer(sealed, sealed.revision(REF), "approval")
    sealed.plan_notices([])
    sealed.upgrade()
    assert sealed.head() == before


def test_a_change_without_a_line_is_refused(register: Register) -> None:
    row = NoticeRow(report="a", period="b", kind="c", about="", recipient="", address="", message_id="", status="",
                    answer="", attempts=0, at=NOW)  # fmt: skip
    with pytest.raises(LedgerError, match="notice would change without a line"), register.writing() as desk:
        desk.session.add(row)
    with pytest.raises(LedgerError, match="that no line of the ledger is about"), register.writing() as desk:
        desk.session.execute(sa.update(NoticeRow).values(answer="x"))
    assert register.notices() == []


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE ledger SET who = 'x' WHERE seq = 3",
        "UPDATE ledger SET seq = 99 WHERE seq = 12",
        "DELETE FROM ledger WHERE seq = 12",
        "DELETE FROM payload WHERE seq = 12",
        "UPDATE payload SET body = '{}' WHERE seq = 12",
        "UPDATE payload SET seq = 99 WHERE seq = 12",
        "INSERT INTO ledger SELECT seq + 2, at, kind, ref, who, payload_sha256, sha256, sha256, signature FROM ledger "
        "WHERE seq = 12",
        "INSERT INTO ledger SELECT seq + 1, at, kind, ref, who, payload_sha256, previous_sha256, sha256, signature "
        "FROM ledger WHERE seq = 12",
        "INSERT OR REPLACE INTO ledger SELECT seq, at, kind, ref, 'x', payload_sha256, previous_sha256, sha256, "
        "signature FROM ledger WHERE seq = 12",
        "INSERT OR REPLACE INTO ledger SELECT NULL, at, kind, ref, 'x', payload_sha256, sha256, sha256, signature "
        "FROM ledger WHERE seq = 3",
        "REPLACE INTO payload VALUES (12, '{}')",
        "INSERT INTO payload VALUES (12, '{}') ON CONFLICT (seq) DO UPDATE SET body = '{}'",
        "TRUNCATE ledger CASCADE",
        "TRUNCATE payload",
    ],
)
def test_the_triggers_refuse(sealed: Register, tables: Tables, statement: str) -> None:
    if ("REPLACE" in statement and tables.engine.dialect.name == "postgresql") or (
        "TRUNCATE" in statement and tables.engine.dialect.name == "sqlite"
    ):
        pytest.skip("this database has no such statement")
    before = tables.rows("ledger"), tables.rows("payload")
    with pytest.raises(sa.exc.DBAPIError, match=r"a line of the ledger|a payload can only be emptied"):
        tables.execute(statement)
    assert (tables.rows("ledger"), tables.rows("payload")) == before


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ("UPDATE ledger SET who = 'x' WHERE seq = 6", {6}),
        ("UPDATE ledger SET at = '2020-01-01 00:00:00.000000' WHERE seq = 6", {6}),
        ("UPDATE ledger SET signature = (SELECT signature FROM ledger WHERE seq = 7) WHERE seq = 6", {6}),
        ("UPDATE payload SET body = replace(body, 'approve', 'approvE') WHERE seq = 6", {6}),
        ("UPDATE payload SET body = NULL WHERE seq = 6", {6}),
        ("UPDATE payload SET body = 'no JSON' WHERE seq = 6", {6}),
        ("DELETE FROM payload WHERE seq = 6; DELETE FROM ledger WHERE seq = 6", {7}),
        ("DELETE FROM payload WHERE seq = 1; DELETE FROM ledger WHERE seq = 1", set(range(2, 13)) | {0}),
        ("DELETE FROM payload WHERE seq = 2; DELETE FROM ledger WHERE seq = 2", {0, 3}),
    ],
)
def test_whatever_is_changed_in_a_line_is_found(
    sealed: Register, tables: Tables, statement: str, found: set[int]
) -> None:
    assert len(tables.rows("ledger")) == 12
    tables.without_guards(*statement.split("; "))
    assert problems(sealed) == found


def test_the_newest_lines_cut_off_are_found_by_their_witness_alone(sealed: Register, tables: Tables) -> None:
    witness = sealed.head()
    assert witness is not None
    tables.without_guards("DELETE FROM payload WHERE seq > 10", "DELETE FROM ledger WHERE seq > 10")
    assert problems(sealed) == set()
    (read,) = Witness.read(f"> Dear all,\n> {witness.text}\r\nRegards ITSS-WITNESS 1 2 3")
    assert (read.seq, read.sha256, read.signature) == (12, witness.sha256, witness.signature)
    assert len(witness.text) < 200
    assert read.seq not in {line.seq for line in sealed.lines()}


def test_a_ledger_written_again_with_another_key_is_found(sealed: Register, tables: Tables, tmp_path: Path) -> None:
    entries = [(line, line.changes) for line in sealed.lines()]
    tables.without_guards("DELETE FROM payload", "DELETE FROM ledger")
    signing.make(tmp_path / "forged.pem")
    forged = signing.load(str(tmp_path / "forged.pem"))
    with tables.engine.begin() as connection:
        ledger.begin(connection, forged, NOW)
        for line, changes in entries[1:]:
            entry = ledger.Entry(line.kind, line.ref, line.who, line.at, line.details, line.holds)
            ledger.append(connection, [entry], changes or [], ledger.Signed(forged))
    assert [one.what for one in sealed.verify()] == [
        f"the newest key is {signing.fingerprint(forged.public)}, not {signing.fingerprint(sealed.key().public)}, "
        "which is trusted"
    ]


def test_a_line_that_was_signed_with_another_key_is_found(sealed: Register, url: str, tmp_path: Path) -> None:
    signing.make(tmp_path / "forged.pem")
    other = Register(url, key=str(tmp_path / "forged.pem"))
    with pytest.raises(LedgerError, match="is not the one of this register"):
        other.fail(REF, "with the wrong key")
    with sealed.writing() as desk:
        entry = ledger.Entry("failed", REF.path, "x", NOW, {})
        ledger.append(desk.session.connection(), [entry], [], ledger.Signed(other.key()))
    assert problems(sealed) == {13}


def test_a_new_key_is_one_line_signed_by_both(
    sealed: Register, url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    new = tmp_path / "new.pem"
    assert main(["--url", url, "key", "--new", str(new)]) == 0
    assert f"ITSS_SIGNING_KEY={new}" in capsys.readouterr().out
    line = list(sealed.lines())[-1]
    assert (line.kind, line.details["replaces"], len(line.signature.split(" "))) == ("key", sealed.key().public, 2)
    with pytest.raises(LedgerError, match="is not the one of this register"):
        sealed.fail(REF, "with the old key")
    monkeypatch.setenv("ITSS_SIGNING_KEY", str(new))
    turned = Register(url)
    turned.fail(REF, "with the new one")
    assert turned.verify() == []
    assert problems(sealed) == {13}, "the old key is not trusted any more"
    assert main(["--url", url, "key"]) == 0
    assert turned.key().public in capsys.readouterr().out
    head = turned.head()
    assert head is not None
    assert Witness.read(head.text)


def test_the_gate_does_not_open_on_a_line_that_is_not_as_it_was_signed(register: Register, tables: Tables) -> None:
    revision = open_one(register)
    walk(register, revision, "submitted")
    for level in ("initial_review", "approval"):
        answer(register, revision, level)
    tables.without_guards("UPDATE payload SET body = replace(body, 'approval', 'Approval') WHERE seq = 7")
    with pytest.raises(LedgerError, match="line 7: its payload is not the one that was signed"):
        leave(register, revision)
    assert register.revision(revision.ref).state == "submitted"


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO decision (id, revision_id, level, run, title, answer, who_id, who_name, at, comment, "
        "statement_sha256) SELECT 99, revision_id, 'approval', run, title, answer, 'management', 'M', at, '', "
        "statement_sha256 FROM decision WHERE id = 1",
        "UPDATE decision SET answer = 'approve' WHERE id = 2",
        "DELETE FROM decision WHERE id = 2",
        "UPDATE revision SET due_at = '2031-01-01 00:00:00'",
    ],
)
def test_the_gate_counts_no_answer_that_has_no_line(register: Register, tables: Tables, statement: str) -> None:
    revision = open_one(register)
    walk(register, revision, "submitted")
    answer(register, revision, "initial_review")
    if "99" not in statement:
        answer(register, revision, "third", "reject")
    tables.execute(statement)
    with pytest.raises(LedgerError, match="the tables are not what the ledger says"):
        leave(register, revision, ["initial_review", "approval"] if "99" in statement else ["initial_review"])
    assert register.revision(revision.ref).state == "submitted"


def test_50_writers_leave_no_gap(register: Register, url: str) -> None:
    def plan(number: int) -> None:
        about = Notice("a", "2026-09", "announce", str(number), "x", "a@example.com", f"<{number}>", NOW)
        Register(url).plan_notices([about])

    with ThreadPoolExecutor(10) as pool:
        list(pool.map(plan, range(50)))
    assert [line.seq for line in register.lines()] == list(range(1, 53))
    assert register.verify() == []
    assert register.differences() == ([], 0)


_OWN = "NEW.answer := 'approve'; RETURN NEW;"
_FUNCTION = f"CREATE FUNCTION own() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {_OWN} END $$"
_MEANS: dict[tuple[str, str], tuple[list[str], str]] = {
    ("sqlite", "a trigger"): (
        ["CREATE TRIGGER own AFTER INSERT ON decision BEGIN UPDATE decision SET answer = 'approve'; END"],
        "DROP TRIGGER own",
    ),
    ("sqlite", "one on a table in other letters"): (
        ["CREATE TRIGGER own AFTER INSERT ON Decision BEGIN UPDATE decision SET answer = 'approve'; END"],
        "DROP TRIGGER own",
    ),
    ("postgresql", "a trigger"): (
        [_FUNCTION, "CREATE TRIGGER own BEFORE INSERT ON decision FOR EACH ROW EXECUTE FUNCTION own()"],
        "DROP TRIGGER own ON decision",
    ),
    ("postgresql", "a rule"): (
        ["CREATE RULE own AS ON INSERT TO decision DO ALSO UPDATE decision SET answer = 'approve'"],
        "DROP RULE own ON decision",
    ),
    ("postgresql", "a trigger on a part of a table"): (
        [
            "DROP TABLE decision",
            "CREATE TABLE decision (id serial, revision_id integer) PARTITION BY RANGE (revision_id)",
            "CREATE TABLE parted PARTITION OF decision DEFAULT",
            _FUNCTION,
            "CREATE TRIGGER own BEFORE INSERT ON parted FOR EACH ROW EXECUTE FUNCTION own()",
        ],
        "",
    ),
}


@pytest.mark.parametrize("means", dict.fromkeys(name for _, name in _MEANS))
def test_a_trigger_of_somebodys_own_stops_every_change(register: Register, tables: Tables, means: str) -> None:
    """It could make an approval of a rejection while the row is written, and the key would sign what it made."""
    ref = open_one(register).ref
    if (tables.engine.dialect.name, means) not in _MEANS:
        pytest.skip("this database has no such means")
    made, undone = _MEANS[tables.engine.dialect.name, means]
    for statement in made:
        tables.execute(statement)
    with pytest.raises(LedgerError, match=r"own|decision"):
        register.fail(ref, "it is refused")
    assert register.revision(ref).state == "open"
    if undone:
        tables.execute(undone)
        register.fail(ref, "it is gone")


def test_a_rejection_whose_line_was_made_that_of_another_revision_does_not_let_it_leave(
    register: Register, tables: Tables
) -> None:
    """Its row was deleted with it: what is left of the revision says nothing of a rejection."""
    walk(register, one := open_one(register), "submitted")
    answer(register, one, "initial_review")
    answer(register, one, "approval", "reject")
    register.fail(one.ref, "its run ended")
    tables.without_guards(
        "DELETE FROM decision WHERE answer = 'reject'",
        "UPDATE ledger SET ref = 'customer_monthly/2026-08/r01' WHERE seq = (SELECT MAX(seq) FROM ledger "
        "WHERE kind = 'decision')",
    )
    register.fail(one.ref, "once more")
    answer(register, one, "approval")
    with pytest.raises(LedgerError, match="its hash is not that of its columns"):
        leave(register, one)
    assert register.revision(one.ref).released_at is None


def test_nothing_is_chained_to_a_line_that_nobody_has_signed(register: Register, tables: Tables) -> None:
    """The triggers let the next line through, and a line like `confirmed` would be believed until the next audit."""
    ref = open_one(register).ref
    tables.execute(
        "INSERT INTO ledger SELECT seq + 1, at, 'confirmed', 'register', who, payload_sha256, sha256, sha256, "
        "signature FROM ledger ORDER BY seq DESC LIMIT 1"
    )
    with pytest.raises(LedgerError, match=r"The newest line of the ledger, 4, is not signed"):
        register.fail(ref, "it is refused")
    tables.without_guards("DELETE FROM ledger WHERE seq = 4")
    register.fail(ref, "it is gone")
    assert register.verify() == []
