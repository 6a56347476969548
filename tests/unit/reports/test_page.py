"""The page as a browser and a reader with a screen reader meet it: self-contained, escaped, complete."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable
from html.parser import HTMLParser
from types import ModuleType

import pytest
from itss.reports import content
from itss.reports.document import Chart, Listing, Report, Table
from itss.reports.drawing import page
from report_parts import appendices, contents

Make = Callable[..., Report]
VOID = {"meta", "col", "br", "hr", "img", "link", "input"}


class Reader(HTMLParser):
    """Collects tags with attributes and text, and refuses a tree that does not nest."""

    def __init__(self) -> None:
        super().__init__()
        self.stack: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.stack.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.stack.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.stack and self.stack[-1] != "style":
            self.text.append(data)


def read(html: str) -> Reader:
    reader = Reader()
    reader.feed(html)
    reader.close()
    assert reader.stack == []
    return reader


@pytest.fixture(scope="module")
def html(make_report: Make) -> str:
    return page.render(make_report("zh-CN"))


def test_it_is_one_file_without_script_or_network(html: str) -> None:
    reader = read(html)
    assert {tag for tag, _ in reader.tags} & {
        "script",
        "iframe",
        "object",
        "embed",
        "link",
        "img",
        "form",
        "base",
    } == set()
    for tag, attributes in reader.tags:
        assert not [
            name for name in attributes if name.startswith("on") or name in ("style", "src", "srcset", "action")
        ], tag
        assert (attributes.get("href") or "#").startswith("#")
    assert "url(" not in html
    assert "@import" not in html


def test_the_policy_allows_this_very_style_and_nothing_else(html: str) -> None:
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', html)
    style = re.search(r"<style>(.*?)</style>", html, re.S)
    assert policy
    assert style
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    told = policy[1].replace("&#39;", "'").replace("&#43;", "+")
    assert told == f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


def test_hostile_titles_stay_text(html: str, material: ModuleType) -> None:
    assert "<script>alert" not in html
    assert material.HOSTILE in "".join(read(html).text)


@pytest.mark.parametrize("field", ["title", "service", "id", "priority"])
def test_every_text_of_a_row_is_escaped(material: ModuleType, field: str) -> None:
    hostile = "</td></table></style><script>1</script><img src=x onerror=1>&\"'"
    rows = material.nonconformities(2).assign(**{field: hostile})
    events = material.major_events().assign(title=hostile, service=hostile, cause=hostile, action=hostile)
    figures = material.figures()
    figures["member"] = figures["member"].where(figures["member"] != "ERP", hostile)
    measured = {"nonconformities": rows, "major_events": events, "figures": figures}
    reader = read(page.render(content.build(material.make("en", measured=measured))))
    assert {tag for tag, _ in reader.tags} & {"script", "img"} == set()
    assert hostile in "".join(reader.text)


def test_language_title_and_landmarks(make_report: Make) -> None:
    for language, period in (("zh-CN", "2026年9月"), ("en", "September 2026")):
        reader = read(page.render(make_report(language)))
        tags = reader.tags
        assert ("html", {"lang": language}) in tags
        assert sum(tag == "h1" for tag, _ in tags) == sum(tag == "main" for tag, _ in tags) == 1
        assert period in reader.text
        ids = [attributes["id"] for _, attributes in tags if "id" in attributes]
        assert len(ids) == len(set(ids))
        targets = {(attributes.get("href") or "")[1:] for tag, attributes in tags if tag == "a"}
        assert targets <= set(ids)
        assert set("abcdef") <= targets


def test_tables_have_captions_and_scopes_and_charts_have_words(html: str, make_report: Make) -> None:
    tags = read(html).tags
    report = make_report("zh-CN")
    blocks = [block for s in (*contents(report), *appendices(report)) for block in s.blocks]
    tables = 1 + sum(isinstance(block, Table | Listing) for block in blocks)
    assert sum(tag == "caption" for tag, _ in tags) == tables
    assert all(attributes.get("scope") in ("row", "col") for tag, attributes in tags if tag == "th")
    charts = [attributes for tag, attributes in tags if tag == "svg" and attributes.get("role") == "img"]
    assert len(charts) == sum(isinstance(block, Chart) for block in blocks) >= 12
    assert all("2026-09" in str(attributes["aria-label"]) for attributes in charts)
    hidden = [attributes for tag, attributes in tags if tag == "svg" and attributes.get("role") != "img"]
    assert hidden
    assert all(attributes["aria-hidden"] == "true" for attributes in hidden)


def test_the_page_says_what_the_workbook_says(make_report: Make) -> None:
    report = make_report("en")
    text = "\n".join(read(page.render(report)).text)
    for section in (*contents(report), *appendices(report)):
        assert section.title in text
        for block in section.blocks:
            if isinstance(block, Table):
                assert all(cell.text in text for row in block.rows for cell in row)


def test_rows_that_are_not_shown_are_counted(html: str) -> None:
    assert "此处列出超时最多的 25 条，共 79 条；全部记录见工作簿的“b 不符合项明细”。" in html
    assert len(set(re.findall(r">(INC00\d{4})<", html))) == 25


def test_an_internal_paper_is_marked_to_the_last_line(make_report: Make) -> None:
    internal, customer = (page.render(make_report("en", template)) for template in ("internal", "customer"))
    footer = internal[internal.index("<footer>") :]
    assert "For internal use only" in footer
    assert "For internal use only" not in customer


def test_a_preview_says_so_before_anything_else(make_report: Make) -> None:
    shown = [words.strip() for words in read(page.render(make_report("en", preview=True))).text if words.strip()]
    assert shown[2] == "Preview – not approved, not for distribution"


def test_a_long_table_is_cut_with_a_statement(material: ModuleType) -> None:
    report = content.build(material.make("en", measured={"figures": material.many_services(40)}))
    html = page.render(report)
    assert "The 30 with the most cases of 40; all of them are in the workbook." in html
    assert "service 010" in html
    assert "service 009" not in html
