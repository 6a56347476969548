"""A share of `make attacks`, and that it attacks every table, every kind of file and every field that there is."""

from __future__ import annotations

import json
import sys
import warnings
from collections.abc import Iterator
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

import legitimate
import on_archive
from attack import Attack, GateAttack
from building import SEALED, build
from itss.register.schema import Base
from place import House
from running import Range, planned

ATTACKS = planned()
CHOSEN = {
    "register: decision": "decision.who_id changed",
    "register: delivery": "delivery.address changed",
    "register: figure": "figure.value changed",
    "register: hand_in": "hand_in: a row added",
    "register: notice": "notice: a row removed",
    "register: revision": "revision: a row doubled",
    "register: before a change": "improvement.due_on changed, then the row rightly",
    "register: types": "ledger.kind as bytes",
    "register: schema": "every table of rows emptied",
    "register: exchanged as a whole": "an empty register",
    "register: triggers": "a trigger of one's own: a rejection becomes an approval",
    "archive: changed": "report.html: changed",
    "archive: a FIFO": "statement.json: a FIFO",
    "archive: a link": "data/incident.parquet: a link",
    "archive: folders": "a version under the next number, too",
    "archive: malformed": "manifest.json: nested deeply",
    "both sides: and the register's rows": "who got it",
    "both sides: and every line, unsigned": "who approved",
    "both sides: and signed with another key": "a figure",
    "ledger: cut": "a line in the middle, renumbered",
    "ledger: cut with its versions": "everything since supplier_monthly 2026-09 r01 was opened",
    "ledger: cut, not mailed yet": "a question, and what came after it",
    "ledger: spliced": "two payloads exchanged",
    "ledger: keys and genesis": "a key brought in by itself",
    "with the key: mailed": "what an approver said",
    "gate: rows beside the ledger": "nobody has answered yet: an answer in the register",
    "gate: rows and workspace together": "after release: a corrected address",
    "workspace: render": "after render: brief.md a FIFO",
    "answers: one that does not count": "content is null",
    "list edited, taken over": "after second answer: an address, and taken over",
    "list edited, its run gone": "after second answer: an address, and its run deleted",
    "a rejected revision": "and taken over by another run",
}


@pytest.fixture(scope="module")
def attacked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Range]:
    """The house of all attacks."""
    with warnings.catch_warnings(), redirect_stdout(StringIO()):
        warnings.simplefilter("ignore")
        folder = tmp_path_factory.mktemp("attacks")
        yield Range(build(folder / "house"), folder)


@pytest.mark.parametrize("kind", CHOSEN)
def test_an_attack_is_found(attacked: Range, kind: str) -> None:
    (one,) = [one for one in ATTACKS if (one.kind, one.name) == (kind, CHOSEN[kind])]
    result = attacked.attack(one)
    assert bool(result.found_by) != result.is_declared, result
    assert result.is_declared == bool(one.declared)


@pytest.mark.parametrize("name", ["nothing at all", "the key is rotated", "a corrected address"])
def test_no_alarm_is_false(attacked: Range, name: str) -> None:
    (change,) = [one for one in legitimate.CHANGES if one.name == name]
    result = attacked.alarm(change)
    assert (result.found_by, result.said) == (None, "")


def test_every_table_and_column_is_attacked() -> None:
    names = {one.name for one in ATTACKS}
    frames = {"finding", "figure", "restatement"}
    for name, table in Base.metadata.tables.items():
        columns = [one.name for one in table.columns if one.name != "id" or name not in frames]
        assert {f"{name}.{column} changed" for column in columns} <= names
        assert {f"{name}: a row removed", f"{name}: a row doubled"} <= names


def test_every_kind_of_file_is_attacked(attacked: Range) -> None:
    house = attacked.house
    found = {_kind(str(path.relative_to(house.version(ref)))) for ref in SEALED for path in _files(house, ref)}
    assert found == {_kind(name) for name in on_archive.KINDS}


def test_every_field_of_a_decision_and_of_a_receipt_is_attacked(attacked: Range) -> None:
    names = {one.name for one in ATTACKS if one.kind == "both sides: each field"}
    for name in ("decisions.json", "receipts.json"):
        records = json.loads((attacked.house.version(SEALED[-2]) / name).read_text())
        assert {f"{name}: {field}" for field in records[0]} <= names


def test_there_are_attacks_enough_and_few_are_declared() -> None:
    assert len(ATTACKS) >= 150
    assert sum(bool(one.declared) for one in ATTACKS) <= 5
    assert {type(one) for one in ATTACKS} == {Attack, GateAttack}


def _files(house: House, ref: object) -> list[Path]:
    return [path for path in house.version(ref).rglob("*") if path.is_file()]  # type: ignore[arg-type]


def _kind(name: str) -> str:
    """Of files of one kind, a version has one for each process or recipient."""
    folder, _, last = name.rpartition("/")
    return f"{folder.split('/')[0]}{Path(last).suffix}" if folder not in ("", "released") else name
