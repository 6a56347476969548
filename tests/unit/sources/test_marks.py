"""The mark of an entry: an edit changes the marks of just those entries that it concerns, wherever it is made."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from itss import __version__
from itss.report_list.loader import load, load_accepted
from itss.settings import Settings, settings
from itss.sources.mark import Mark, mark, mark_among

ROOT = Path(__file__).resolve().parents[3]
TICKETS, MACHINES, TEMPLATE = "tickets_monthly", "machines_monthly", "sheet_monthly"
Change = Callable[[dict[str, Any]], Any]


@pytest.fixture
def place(tmp_path: Path) -> Settings:
    """Three entries of the shipped list: of incidents with a second approver, of capacity, of a handed-in workbook."""
    shutil.copytree(ROOT / "include" / "agreements", tmp_path / "agreements")
    document = yaml.safe_load((ROOT / "include" / "report_list.yaml").read_text(encoding="utf-8"))
    first = document["reports"][0]
    sql = {"system": "itss", "connection": "itsm_sample"}
    sources = {
        TICKETS: {"incident": sql, "request": sql},
        MACHINES: {"capacity": sql},
        TEMPLATE: {"capacity": {"hand_in": True, "timezone": "Asia/Shanghai"}},
    }
    for key in ("deputy", "stranger"):
        one = {"title": {"zh-CN": key, "en": key}, "email": f"{key}@example.com", "user": key}
        document["people"][key] = one
    document["reports"] = [
        first | {"key": key, "data_source": source, "dimensions": []} for key, source in sources.items()
    ]
    document["reports"][2]["collection_method"] = "file"
    (tmp_path / "report_list.yaml").write_text(yaml.safe_dump(document, allow_unicode=True), encoding="utf-8")
    return replace(settings(), report_list=tmp_path / "report_list.yaml")


def marks(place: Settings) -> dict[str, Mark]:
    found = load_accepted(place.report_list)
    return {entry.key: mark(entry, found, place) for entry in found.reports}


def changed(place: Settings, change: Change) -> dict[str, tuple[str, ...]]:
    """In what the marks differ after a change of the list, by key; those that do not are left out."""
    before = marks(place)
    document = yaml.safe_load(place.report_list.read_text(encoding="utf-8"))
    change(document)
    place.report_list.write_text(yaml.safe_dump(document, allow_unicode=True), encoding="utf-8")
    return since(before, place)


def since(before: dict[str, Mark], place: Settings) -> dict[str, tuple[str, ...]]:
    differ = {key: before[key].differs(now) for key, now in marks(place).items() if key in before}
    return {key: parts for key, parts in differ.items() if parts}


def approver(document: dict[str, Any]) -> str:
    return str(document["reports"][0]["approval"][0]["approvers"][0])


def delegate(document: dict[str, Any], to: str = "deputy") -> None:
    days = {"from": "2026-12-01", "until": "2026-12-20", "reason": "leave"}
    document["delegates"] = [{"for": approver(document), "to": to, **days}]


def test_an_edit_of_one_entry_changes_its_mark_alone(place: Settings) -> None:
    def edit(document: dict[str, Any]) -> None:
        document["reports"][1]["history"] = 3

    assert changed(place, edit) == {MACHINES: ("list",)}


def test_another_order_another_entry_and_a_stranger_change_nothing(place: Settings) -> None:
    def edit(document: dict[str, Any]) -> None:
        document["people"]["stranger"]["email"] = "other@example.com"
        document["reports"] = [*reversed(document["reports"]), document["reports"][0] | {"key": "new_monthly"}]
        document["pools"] = {"itsm_sample": 2}

    assert changed(place, edit) == {}


def test_a_person_who_is_named_counts_and_so_does_a_delegate_of_an_approver(place: Settings) -> None:
    every = dict.fromkeys((TICKETS, MACHINES, TEMPLATE), ("list",))

    def one_names_the_stranger(document: dict[str, Any]) -> None:
        document["reports"][0] |= {"author": "stranger"}

    def of_the_stranger(document: dict[str, Any]) -> None:
        document["people"]["stranger"]["user"] = "somebody"

    def of_the_delegate(document: dict[str, Any]) -> None:
        document["people"]["deputy"]["email"] = "new@example.com"

    assert changed(place, one_names_the_stranger) == {TICKETS: ("list",)}
    assert changed(place, of_the_stranger) == {TICKETS: ("list",)}
    assert changed(place, delegate) == every
    assert changed(place, of_the_delegate) == every


def test_a_query_counts_where_it_is_read_whatever_the_ends_of_its_lines(place: Settings) -> None:
    before = marks(place)
    own = place.report_list.parent / "sql" / "itss" / "incident.sql"
    own.parent.mkdir(parents=True)
    shipped = (ROOT / "include" / "sql" / "itss" / "incident.sql").read_bytes()
    own.write_bytes(shipped.replace(b"\n", b"\r\n"))
    assert since(before, place) == {}
    own.write_bytes(shipped + b"-- another\n")
    assert since(before, place) == {TICKETS: ("sql",)}
    own.with_name("change.sql").write_bytes(b"SELECT 1")
    assert since(before, place) == {TICKETS: ("sql",)}, "nobody reads it"


def test_another_release_is_all_that_is_said_of_it() -> None:
    mine = Mark("00000000", "11111111", "0.5.0")
    assert mine.differs(Mark("22222222", "33333333", "0.5.1")) == ("code",)
    assert mine.differs(mine) == ()
    assert mine.differs(Mark("22222222", "33333333", "0.5.0")) == ("list", "sql")


def test_the_tag_is_short_and_read_back(place: Settings) -> None:
    for one in marks(place).values():
        assert len(one.tag) <= 100
        assert one.tag.endswith(f".{__version__}")
        assert mark_among(["customer", one.tag, "month"]) == one
    assert mark_among(["customer", "is:", "is:1", "is:1.2", "month"]) is None


def test_a_judged_list_an_accepted_one_and_another_process_give_the_same(place: Settings) -> None:
    judged = load(place.report_list).list
    again = {entry.key: mark(entry, judged, place) for entry in judged.reports}
    assert again == marks(place)
    code = (
        "import sys; from itss.settings import settings; from itss.report_list.loader import load_accepted\n"
        "from itss.sources.mark import mark\n"
        "found = load_accepted(settings().report_list, sys.argv[1])\n"
        "print(mark(found.entry(sys.argv[1]), found, settings()).tag)\n"
        "print(sorted({'pandas', 'numpy', 'sqlglot', 'duckdb', 'airflow', 'sqlalchemy'} & set(sys.modules)))\n"
    )
    environment = os.environ | {"ITSS_REPORT_LIST": str(place.report_list), "PYTHONHASHSEED": "7"}
    call = [sys.executable, "-c", code, TICKETS]
    said = subprocess.run(call, env=environment, capture_output=True, text=True, check=True).stdout.splitlines()
    assert said == [again[TICKETS].tag, "[]"]
