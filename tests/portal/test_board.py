"""The board as its readers get it: whose reports, which filter, which words."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from itss import steps
from itss.portal import board, viewer
from itss.portal.state import report_list
from itss.report_list.customers import ForCustomer
from itss.report_list.models import Entry
from itss.text import text
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


@pytest.fixture
def customers(two: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The first report is made for two customers, of whom one has an approver of their own; the other one is not."""
    made = report_list()
    first, other = made.reports
    keys = ("head_of_department", "management_representative")
    reports = [_for_customer(first, name, key) for name, key in zip(("acme", "beta"), keys, strict=True)]
    found = made.model_copy(update={"reports": (*reports, other)})
    for module in (board, viewer):
        monkeypatch.setattr(module, "report_list", lambda: found)
    return two


def _for_customer(entry: Entry, name: str, approver: str) -> Entry:
    title = text(f"{name} 公司", f"{name} Ltd")
    made = ForCustomer(key=name, title=title, binds={"customer": name})
    level = entry.approval[0].model_copy(update={"approvers": (approver,)})
    said = text(f"{entry.title.zh} · {title.zh}", f"{entry.title.en} · {title.en}")
    return entry.model_copy(
        update={"key": f"{entry.key}.{name}", "customer": made, "title": said, "approval": (level,)}
    )


def options(page: str, box: str) -> list[tuple[str, str]]:
    """What can be chosen in a box: value and words."""
    found = re.search(rf'<select name="{box}">(.*?)</select>', page, re.DOTALL)
    return re.findall(r'<option value="([^"]+)"[^>]*>([^<]*)</option>', found[1]) if found else []


ACME, BETA = "Monthly incident report · acme Ltd", "Monthly incident report · beta Ltd"


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", [ACME, BETA, "Other report"]),
        ("customer=acme", [ACME]),
        ("customer=beta", [BETA]),
        (f"report={KEY}", [ACME, BETA]),
        (f"report={KEY}&customer=beta", [BETA]),
        ("report=other_quarterly", ["Other report"]),
        ("report=other_quarterly&customer=acme", []),
        ("customer=nobody", []),
    ],
)
def test_board_of_customers_is_filtered_by_customer_and_by_entry(
    visit: Visit, customers: Path, query: str, expected: list[str]
) -> None:
    page = visit("report_manager").get(f"/?{query}").text
    assert titles(page) == expected
    assert options(page, "report") == [(KEY, "Monthly incident report"), ("other_quarterly", "Other report")]
    assert options(page, "customer") == [("acme", "acme Ltd"), ("beta", "beta Ltd")]
    assert all(f'<option value="{value}" selected>' in page for value in re.findall(r"=([^&]+)", query) if expected)


def test_customers_are_said_to_those_alone_who_see_their_reports(visit: Visit, customers: Path) -> None:
    page = visit("head_of_department").get("/").text
    assert (titles(page), options(page, "customer")) == ([ACME], [("acme", "acme Ltd")])
    assert "beta" not in page
    chinese = visit("head_of_department", language="zh-CN").get("/").text
    assert options(chinese, "customer") == [("acme", "acme 公司")]
    assert ">客户<select" in chinese


def test_where_nothing_is_made_for_customers_there_is_no_such_box(visit: Visit, two: Path) -> None:
    page = visit("report_manager").get("/").text
    assert options(page, "report")
    assert 'name="customer"' not in page
