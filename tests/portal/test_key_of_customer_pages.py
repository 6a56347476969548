"""The pages, forms and answers of a report whose key has two names, as long as one may be."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import act_house
import hand_in_house
import handing
import pytest
import walk
from act_house import record
from handing import place, workbook
from itss import links, steps
from itss.portal.answers import question_of
from itss.ref import LONGEST_KEY, Ref
from itss.register import Item
from visitor import Visitor
from walk import NOW, PERIOD, draft, sign
from walk_house import make_for

KEY = f"{'monthly_report_of_services_'.ljust(50, 'x')}.{'customer_with_a_long_name_'.ljust(50, 'y')}"
REF = Ref(KEY, PERIOD, 1)
FIGURE = "process=incident&measure=opened"

Visit = Callable[..., Visitor]


@pytest.fixture
def long_key(house: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert len(KEY) == LONGEST_KEY
    make_for(house, KEY)
    for module, name, value in ((walk, "KEY", KEY), (act_house, "KEY", KEY), (act_house, "REF", REF)):
        monkeypatch.setattr(module, name, value)


def test_every_page_of_a_revision_is_there(visit: Visit, mail: object, long_key: None) -> None:
    job, _ = draft()
    sign(job)
    steps.release(job)
    steps.deliver(job)
    steps.seal(job)
    author, here = visit("report_author"), links.revision_path(REF).removeprefix(links.PORTAL)
    assert f'href="/itss/reports/{REF.path}"' in author.get("/").text
    for path in ("", "/files/report.html", "/files/checks.html", f"/rows?{FIGURE}", f"/rows.csv?{FIGURE}"):
        assert author.get(here + path).status_code == 200, path
    workbook = author.get(f"{here}/files/report.xlsx").headers["content-disposition"]
    assert f'filename="{KEY}_{PERIOD}_r01.xlsx"' in workbook
    assert visit("bystander").get(here).status_code == 403


def test_an_item_is_closed_and_a_change_proposed(visit: Visit, long_key: None) -> None:
    (item,) = act_house.reviewed(Item("Call back", "process_manager", NOW.date()))
    author = visit("report_author")
    answer = author.post(f"/improvements/items/{item}", {"state": "done", "result": "called"})
    assert (answer.status_code, answer.headers["location"].partition("#")[2]) == (303, item)
    assert author.post("/improvements/proposals", {"report": KEY, "text": "a", "reason": "b"}).status_code == 303
    assert [one.report for one in record().proposals()] == [KEY]


def test_an_answer_is_known_by_its_address() -> None:
    path = f"/api/v2/dags/{KEY}/dagRuns/scheduled__{PERIOD}__x/taskInstances/approval/-1/hitlDetails"
    asked = question_of({"type": "http", "method": "PATCH", "path": path, "headers": []})
    assert asked is not None
    assert (asked.dag, asked.task) == (KEY, "approval")


def test_data_is_handed_in_where_the_mail_says(visit: Visit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    house = hand_in_house.lay_out(tmp_path / "supplier", monkeypatch)
    make_for(house, KEY)
    monkeypatch.setattr(handing, "REPORT", KEY)
    page = links.hand_in_path(KEY, PERIOD).removeprefix(links.PORTAL)
    provider = visit("data_provider")
    assert page in provider.get("/hand-in").text
    assert f"{KEY}_{PERIOD}_capacity.xlsx" in provider.get(f"{page}/capacity/template").headers["content-disposition"]
    sent = hand_in_house.send(provider, workbook(house / "a.xlsx", place()), f"{page}/capacity")
    assert (sent.status_code, sent.headers["location"]) == (303, f"/itss{page}#capacity")
    bad = hand_in_house.send(provider, workbook(house / "b.xlsx", place(), handing.BAD), f"{page}/capacity")
    assert bad.status_code == 303
    copy = re.search(r'href="(?:[^"]*/itss)?([^"]+/refused/[^"]+)"', provider.get(page).text)
    assert copy
    assert provider.get(copy[1]).status_code == 200
    assert [(one.report, one.status) for one in handing.register().hand_ins(KEY)] == [
        (KEY, "accepted"),
        (KEY, "refused"),
    ]
