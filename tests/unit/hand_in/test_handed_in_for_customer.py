"""What is handed in for one customer has rows of that customer alone: else refused at the door, and when collected."""

from __future__ import annotations

import datetime as dt
import shutil
from pathlib import Path

import pytest
import yaml
from handing import ROOT, register, wall, workbook
from itss.errors import OtherCustomerError
from itss.hand_in.collecting import collect_handed_in
from itss.hand_in.place import Place, find_place
from itss.hand_in.receiving import MarkedRefusalError, Receipt, hand_in
from itss.settings import settings

REPORT, PERIOD = "service_monthly.east", "2026-09"
NOW = dt.datetime(2026, 10, 5, tzinfo=dt.UTC)
EAST, OTHER = "华东分公司", "总部"
CANARY = "canary-of-somebody-else"
SQL = """\
SELECT id, opened AS opened_at, resolved AS resolved_at, priority, service, title, whose AS customer
FROM source
WHERE {where}
"""


def edit(name: str, change: dict[str, object]) -> None:
    path = settings().report_list.parent / name
    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    document.update(change)
    path.write_text(yaml.safe_dump(document, allow_unicode=True, sort_keys=False), encoding="utf-8")


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The example of two customers, whose requests come in workbooks and whose incidents in exports of their own."""
    shutil.copytree(ROOT / "docs" / "examples" / "customers", tmp_path / "list")
    monkeypatch.setenv("ITSS_VAR", str(tmp_path / "var"))
    monkeypatch.setenv("ITSS_REPORT_LIST", str(tmp_path / "list" / "report_list.yaml"))
    given = {"hand_in": True, "timezone": "Asia/Shanghai"}
    sources = {"request": {"system": "template", **given}, "incident": {"system": "itsm", **given}}
    edit("reports/service_monthly.yaml", {"data_source": sources, "collection_method": "file"})
    return tmp_path


def place(process: str) -> Place:
    return find_place(settings(), REPORT, PERIOD, process, NOW)


def give(path: Path, process: str) -> Receipt:
    return hand_in(settings(), register(), place(process), path, "data_provider", NOW)


def rows(*customers: str | None) -> list[dict[str, object]]:
    """Requests that are whole but for whose they are."""
    times = {"opened_at": wall(9, 2, 9), "responded_at": wall(9, 2, 10), "resolved_at": wall(9, 29, 11)}
    said = {"service": "ERP", "priority": "Low", **times}
    return [{"id": f"R{n}", "title": CANARY, "customer": one, **said} for n, one in enumerate(customers)]


def test_filled_cells_say_this_customer_and_empty_ones_are_theirs(house: Path) -> None:
    give(workbook(house / "r.xlsx", place("request"), rows(EAST, None, f" {EAST} ")), "request")
    newest = register().newest_hand_in
    found = collect_handed_in(place("request"), settings(), lambda label: newest((REPORT, label, "request")))
    assert [one if isinstance(one, str) else None for one in found.frame["customer"]] == [EAST, None, EAST]


def test_a_row_of_another_customer_is_marked_and_refuses_the_file(house: Path) -> None:
    with pytest.raises(MarkedRefusalError) as caught:
        give(workbook(house / "r.xlsx", place("request"), rows(EAST, OTHER, None, "east")), "request")
    assert [(one.row, one.column) for one in caught.value.faults] == [(1, "customer"), (3, "customer")]
    assert {one.what.en for one in caught.value.faults} == {"This row is another customer's, whose report this is not."}
    assert [one.status for one in register().hand_ins()] == ["refused"]


def test_what_was_accepted_is_looked_at_again_when_it_is_collected(house: Path) -> None:
    give(workbook(house / "r.xlsx", place("request"), rows(EAST)), "request")
    path = settings().report_list.parent / "customers.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace(f"customer: {EAST}", "customer: 华东"), encoding="utf-8")
    newest = register().newest_hand_in
    with pytest.raises(OtherCustomerError, match="of its 1 rows some are another customer's") as caught:
        collect_handed_in(place("request"), settings(), lambda label: newest((REPORT, label, "request")))
    assert EAST not in str(caught.value)
    assert CANARY not in str(caught.value)


@pytest.mark.parametrize(("where", "is_theirs"), [("whose = :customer", True), (":customer IS NOT NULL", False)])
def test_an_export_is_looked_at_like_a_query(house: Path, where: str, is_theirs: bool) -> None:
    (house / "list" / "sql" / "itsm" / "incident.sql").write_text(SQL.format(where=where), encoding="utf-8")
    lines = [
        f"I{n},2026-09-0{n} 09:00:00,2026-09-29 10:00:00,Low,ERP,{CANARY},{whose}"
        for n, whose in enumerate((EAST, OTHER), 1)
    ]
    export = house / "export.csv"
    export.write_text("\n".join(["id,opened,resolved,priority,service,title,whose", *lines]), encoding="utf-8")
    if is_theirs:
        assert give(export, "incident").version.rows == 1
        return
    with pytest.raises(MarkedRefusalError) as caught:
        give(export, "incident")
    (fault,) = caught.value.faults
    assert "of the 2 rows read so far, 1 are not this customer's" in fault.what.en
    said = [fault.what.en, fault.what.zh, str(caught.value)]
    assert all(CANARY not in one and OTHER not in one for one in said)
