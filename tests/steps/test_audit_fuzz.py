"""Whatever somebody made of a version is a finding of that version: never a traceback, and the others are judged."""

import copy
import functools
import json
import os
import random
import shutil
import sqlite3

import pytest
from itss.archive.version import MANIFEST, canonical
from itss.audit.facts import Registered, Version
from itss.audit.files import VersionFiles
from itss.audit.rules import judge
from itss.audit.versions import Asked, audit
from itss.audit.words import document, lines
from itss.ref import Ref
from itss.register import Register
from itss.settings import settings
from walk import KEY, PERIOD

pytestmark = pytest.mark.long

REF = Ref(KEY, PERIOD, 2)
GONE = object()
OTHERS = (GONE, None, 7, "x", {"a": 1}, [[]], True, -1.5)
"""What a field is made of: removed, null, and other types, nested too."""
NESTED = "[" * 100_000 + "]" * 100_000


def fields(node, path=()):
    """The path to every field and element of a JSON tree."""
    parts = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for name, part in parts:
        yield (*path, name)
        yield from fields(part, (*path, name))


def with_other(tree, path, value):
    """The tree with one field another."""
    made = copy.deepcopy(tree)
    at = made
    for name in path[:-1]:
        at = at[name]
    if value is GONE:
        del at[path[-1]]
    else:
        at[path[-1]] = value
    return made


def differing(tree, path):
    """What a field can be made of, but not what it is."""
    was = tree
    for name in path:
        was = was[name]
    return [one for one in OTHERS if one is GONE or json.dumps(one) != json.dumps(was)]


@pytest.fixture
def archived(twice_sealed, tmp_path):
    """The version as it lies in the archive, in a copy for this test."""
    folder = tmp_path / REF.path
    shutil.copytree(twice_sealed / "var" / "archive" / REF.path, folder)
    for path in folder.rglob("*"):
        path.chmod(0o755 if path.is_dir() else 0o644)
    return folder


@pytest.fixture
def known(twice_sealed):
    """What the register says of it, and the keys, for both ways in which it is judged."""
    register = Register(f"sqlite:///{twice_sealed / 'var' / 'register.sqlite'}")
    first = VersionFiles(twice_sealed / "var/archive" / REF._replace(number=1).path).sha256(MANIFEST)
    said = {line.seq: (line.sha256, line.signature) for line in register.lines()}
    earlier = {first: frozenset({REF._replace(number=1)})}
    of_register = {
        "told": tuple(register.lines(REF.path)),
        "registered": Registered(register.revision(REF).manifest_sha256, first),
        "witnessed": said.get,
        "earlier": earlier,
    }
    key = next(line.details["public"] for line in register.lines() if line.kind == "key")
    return {"register": of_register, "archive alone": {"keys": (key,), "earlier": earlier}}


def wrong(folder, facts):
    return [what.en for one in judge(Version(REF, VersionFiles(folder), **facts)) for what in one.wrong]


def rehash(folder):
    """The manifest made to agree with the files again, as whoever can write the archive would."""
    manifest = json.loads((folder / MANIFEST).read_bytes())
    files = VersionFiles(folder)
    for entry in manifest["files"]:
        entry |= {"bytes": files.listing.files[entry["name"]], "sha256": files.sha256(entry["name"])}
    manifest["facts"]["statement_sha256"] = files.sha256("statement.json")
    (folder / MANIFEST).write_bytes(canonical(manifest))


@pytest.mark.parametrize("way", ["register", "archive alone"])
def test_every_field_of_the_manifest(archived, known, way):
    before = json.loads((archived / MANIFEST).read_bytes())
    assert wrong(archived, known[way]) == []
    chance = random.Random(7)
    for path in fields(before):
        for value in chance.sample(differing(before, path), 2):
            (archived / MANIFEST).write_bytes(canonical(with_other(before, path, value)))
            assert wrong(archived, known[way]), (path, value)


@pytest.mark.parametrize("way", ["register", "archive alone"])
@pytest.mark.parametrize(
    ("name", "share"),
    [
        ("statement.json", 8),
        ("job.json", 40),
        ("ledger.json", 60),
        ("decisions.json", 2),
        ("receipts.json", 2),
        ("data/incident.json", 1),
    ],
)
def test_every_field_of_a_document_whose_hashes_were_made_to_agree_again(archived, known, way, name, share):
    """Of the longer ones a sample, another for each document and always the same."""
    before = json.loads((archived / name).read_bytes())
    cases = [(path, value) for path in fields(before) for value in differing(before, path) if path[:1] != ("rework",)]
    for path, value in random.Random(name).sample(cases, len(cases) // share):
        (archived / name).write_text(json.dumps(with_other(before, path, value), ensure_ascii=False, indent=1))
        rehash(archived)
        assert wrong(archived, known[way]), (path, value)


@pytest.mark.parametrize("way", ["register", "archive alone"])
@pytest.mark.parametrize("name", ["statement.json", "job.json", "ledger.json", "decisions.json", "receipts.json"])
def test_one_and_true_are_two_values(archived, known, way, name):
    """To Python they are equal."""
    before = json.loads((archived / name).read_bytes())
    for path in fields(before):
        value = functools.reduce(lambda found, step: found[step], path, before)
        if type(value) in (bool, int) and value in (0, 1) and path[:1] != ("rework",):
            other = int(value) if type(value) is bool else bool(value)
            (archived / name).write_text(json.dumps(with_other(before, path, other), ensure_ascii=False, indent=1))
            rehash(archived)
            assert wrong(archived, known[way]), path


BROKEN = ["", "{", "[]", "null", "7", NESTED, '{"a": NaN}', "\ud800", "\x00", '{"facts": 1e999}', "9" * 5000]


@pytest.mark.parametrize("content", BROKEN, ids=[repr(one[:9]) for one in BROKEN])
@pytest.mark.parametrize(
    "name", [MANIFEST, "statement.json", "job.json", "ledger.json", "decisions.json", "data/incident.json"]
)
def test_a_document_that_is_none(archived, known, name, content):
    (archived / name).write_bytes(content.encode("utf-8", "surrogatepass"))
    if name != MANIFEST:
        rehash(archived)
    for facts in known.values():
        assert wrong(archived, facts)


def fifo(path):
    path.unlink()
    os.mkfifo(path)


def link(path):
    path.rename(path.with_name("elsewhere"))
    path.symlink_to("elsewhere")


def folder_instead(path):
    path.unlink()
    path.mkdir()


def loop(path):
    path.unlink()
    path.symlink_to(path.name)


def huge(path):
    with path.open("r+b") as file:
        file.truncate(1 << 40)  # without a byte on disk


def unreadable(path):
    path.write_bytes(b"PAR1 and nothing else")


THINGS = [fifo, link, folder_instead, loop, huge, unreadable]


@pytest.mark.parametrize(
    "name", [MANIFEST, "statement.json", "ledger.json", "figures.parquet", "data/incident.parquet"]
)
@pytest.mark.parametrize("thing", THINGS)
def test_what_is_no_plain_file_is_a_finding_and_the_other_version_is_judged(sealed, thing, name):
    path = sealed[1] / name
    path.parent.chmod(0o755)
    path.chmod(0o644)
    thing(path)
    found = audit(settings(), Asked(sample=0))
    assert found.problems
    assert found.held["files"] == 1, "of the other version"
    assert all("r01" not in one.where for one in found.problems)
    assert list(lines(found, "zh-CN"))
    assert document(found)["problems"]


@pytest.mark.parametrize("name", ["empty", "a\nb", "\x1b[31m", os.fsdecode(b"\xff\xfe"), "x" * 200])
@pytest.mark.parametrize("where", ["", "data/", "../"])
def test_a_name_that_nobody_expects_is_told_in_plain_letters(sealed, where, name):
    path = sealed[1] / where / name
    path.parent.chmod(0o755)
    path.mkdir() if name == "empty" else path.write_bytes(b"?")
    found = audit(settings(), Asked(sample=0))
    assert len(found.problems) == 1
    assert all(line.isprintable() for line in lines(found, "en"))
    json.dumps(document(found), ensure_ascii=False).encode()


def test_the_folder_of_a_version_may_be_anything(sealed):
    shutil.move(sealed[1], sealed[1].with_name("kept"))
    for thing in (lambda path: path.symlink_to("kept"), lambda path: path.write_bytes(b"?"), os.mkfifo, os.mkdir):
        thing(sealed[1])
        found = audit(settings(), Asked(sample=0))
        assert any(one.where == f"{KEY} {PERIOD} r02" for one in found.problems)
        assert all("r01" not in one.where for one in found.problems)
        sealed[1].rmdir() if sealed[1].is_dir() and not sealed[1].is_symlink() else sealed[1].unlink()


def payloads(database):
    return database.execute(
        "SELECT payload.seq, body FROM payload JOIN ledger USING (seq) WHERE ref = ? ORDER BY seq", (REF.path,)
    ).fetchall()


def test_every_kind_of_payload_with_other_fields(sealed):
    """Changed in the database, with the triggers dropped: the chain tells, whatever was made of it."""
    path = settings().var / "register.sqlite"
    chance = random.Random(10)
    with sqlite3.connect(path) as database:
        for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            database.execute(f"DROP TRIGGER {name}")
        before = payloads(database)
    for seq, body in before:
        tree = json.loads(body)
        cases = [
            json.dumps(with_other(tree, at, chance.choice(differing(tree, at))))
            for at in chance.sample(list(fields(tree)), 2)
        ]
        for content in (*cases, chance.choice(BROKEN[:7]), None):
            with sqlite3.connect(path) as database:
                database.execute("UPDATE payload SET body = ? WHERE seq = ?", (content, seq))
            found = audit(settings(), Asked(sample=0))
            assert any(one.where == str(REF) for one in found.problems), (seq, content)
            assert all("r01" not in one.where for one in found.problems)
        with sqlite3.connect(path) as database:
            database.execute("UPDATE payload SET body = ? WHERE seq = ?", (body, seq))
    assert audit(settings(), Asked(sample=0)).problems == []


@pytest.mark.parametrize(
    "column", ["at", "kind", "ref", "who", "payload_sha256", "previous_sha256", "sha256", "signature"]
)
@pytest.mark.parametrize("value", ["", "x", "\x00", "9" * 5000])
def test_every_column_of_a_line(sealed, column, value):
    with sqlite3.connect(settings().var / "register.sqlite") as database:
        for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            database.execute(f"DROP TRIGGER {name}")
        for number in (3, 20, 40):
            database.execute(f"UPDATE ledger SET {column} = ? WHERE seq = ?", (value, number))
    assert audit(settings(), Asked(sample=0)).problems
