"""The board as its readers get it: whose reports, which filter, which words."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from itss import steps
from visitor import Visitor
from walk import KEY, NOW, PERIOD

Visit = Callable[..., Visitor]


@pytest.fixture
def two(house: Path) -> Path:
    """A second report, of another kind and department, which is not the head of department's."""
    listed = house / "list" / "report_list.yaml"
    document = yaml.safe_load(listed.read_text())
    other = document["reports"][0] | {
        "key": "other_quarterly",
        "kind": "supplier",
        "title": {"zh-CN": "另一报告", "en": "Other report"},
        "department": {"zh-CN": "采购部", "en": "Purchasing <b>"},
        "approval": [
            {
                "name": "approval",
                "title": {"zh-CN": "审批", "en": "Approval"},
                "approvers": ["management_representative"],
            }
        ],
        "period": document["reports"][0]["period"] | {"kind": "quarter", "schedule": "0 6 1 1,4,7,10 *"},
    }
    document["reports"].append(other)
    listed.write_text(yaml.safe_dump(document, allow_unicode=True))
    return house


def titles(page: str) -> list[str]:
    return [part.split("<")[0] for part in page.split('<span class="name">')[1:]]


def test_everybody_sees_their_own_reports_alone(visit: Visit, two: Path) -> None:
    both = ["Monthly incident report", "Other report"]
    assert titles(visit("management_representative").get("/").text) == both
    assert titles(visit("report_manager").get("/").text) == both
    assert titles(visit("head_of_department").get("/").text) == both[:1]
    assert titles(visit("bystander").get("/").text) == []
    assert "no report here that you may see" in visit("bystander").get("/").text


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (f"report={KEY}", ["Monthly incident report"]),
        ("kind=supplier", ["Other report"]),
        ("department=采购部", ["Other report"]),
        ("person=head_of_department", ["Monthly incident report"]),
        ("kind=supplier&person=head_of_department", []),
        ("report=%3Cscript%3E", []),
    ],
)
def test_filter_keeps_what_was_chosen(visit: Visit, two: Path, query: str, expected: list[str]) -> None:
    page = visit("report_manager").get(f"/?{query}").text
    assert titles(page) == expected
    assert "<script>" not in page.split("<main")[1]


def test_text_of_the_list_is_escaped(visit: Visit, two: Path) -> None:
    page = visit("report_manager").get("/").text
    assert "Purchasing &lt;b&gt;" in page
    assert "Purchasing <b>" not in page


def test_kinds_of_period_have_a_table_each_newest_first(visit: Visit, two: Path) -> None:
    page = visit("report_manager").get("/").text
    months, quarters = (part.split("</thead>")[0] for part in page.split('<table class="board">')[1:])
    labels = [part.split("<")[0] for part in months.split('<th scope="col">')[3:]]
    assert labels == sorted(labels, reverse=True)
    assert "-Q" in quarters
    assert "-Q" not in months


@pytest.mark.parametrize(("language", "words"), [("en", "waiting for data|collecting"), ("zh-CN", "等待数据|收集中")])
def test_cell_says_its_state_in_words_and_links_to_the_revision(
    visit: Visit, mail: object, language: str, words: str
) -> None:
    steps.open_report(KEY, PERIOD, "run-1", NOW)
    page = visit("report_author", language=language).get("/").text
    link = page.split(f'href="/itss/reports/{KEY}/{PERIOD}/r01">')[1].split("</a>")[0]
    assert any(word in link for word in words.split("|"))


def test_words_are_there_for_every_state(visit: Visit, house: Path) -> None:
    from typing import get_args

    from itss.portal.board import SIGNS
    from itss.register.records import State
    from itss.reports.catalogue import load
    from itss.watch.board import CellState

    assert set(SIGNS) == set(get_args(CellState))
    for language in ("en", "zh-CN"):
        keys = load(language, "portal").keys
        assert {f"board.{part}.{state}" for part in ("states", "meaning") for state in SIGNS} <= keys
        assert {f"revision.states.{state}" for state in get_args(State)} <= keys
    assert load("en", "portal").keys == load("zh-CN", "portal").keys
