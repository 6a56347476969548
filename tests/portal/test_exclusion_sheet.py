"""The sheet of agreed exclusions on the page *hand in*, and in the DAG of its report."""

from __future__ import annotations

import datetime as dt
import sys
from pathlib import Path
from typing import Any

import pytest
from itss.flow.build import report_dag
from itss.report_list.loader import load
from itss.settings import settings

sys.path.append(str(Path(__file__).parents[1] / "unit" / "hand_in"))

from hand_in_house import PERIOD, Visit, cells, change, lay_out, send
from handing import place, register, workbook

HERE = f"{PERIOD}/exclusion"
ROW: dict[str, Any] = {
    "id": "carrier_failure",
    "process": "capacity",
    "records": "S1",
    "reason": "The carrier failed",
    "agreed_by": "Service owner",
    "agreed_at": dt.datetime(2026, 10, 1),  # noqa: DTZ001 - a workbook knows no zones
}


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The supplier's list, whose report takes a sheet of exclusions as well."""
    folder = lay_out(tmp_path, monkeypatch)
    source = {"hand_in": True, "timezone": "Asia/Shanghai", "mandatory": False}
    change(lambda document: document["reports"][0]["data_source"].update(exclusion=source))
    return folder


def test_the_page_takes_the_sheet_and_shows_what_is_wrong_in_its_language(visit: Visit, house: Path) -> None:
    provider = visit("data_provider")
    bad = workbook(house / "bad.xlsx", place("exclusion"), [ROW | {"process": "capacities"}, ROW | {"id": "other"}])
    assert send(provider, bad, HERE).status_code == 303
    rows = cells(provider.get(PERIOD).text)
    assert [row[1:3] for row in rows] == [["B2", "process"]]
    assert "no process &#39;capacities&#39;" in rows[0][3] or "no process 'capacities'" in rows[0][3]
    assert "没有流程“capacities”" in cells(visit("data_provider", language="zh-CN").get(PERIOD).text)[0][3]
    assert send(provider, workbook(house / "good.xlsx", place("exclusion"), [ROW]), HERE).status_code == 303
    page = provider.get(PERIOD).text
    assert "Version 1 counts: good.xlsx, 1 row" in page
    assert "Agreed exclusions" in page
    assert [one.status for one in register().hand_ins()] == ["refused", "accepted"]


def test_the_dag_waits_for_the_sheet_before_it_collects(house: Path) -> None:
    people = load(settings().report_list).list
    dag = report_dag(people.reports[0], people)
    assert dag.get_task("wait_exclusion").downstream_task_ids == {"collect_exclusion"}
