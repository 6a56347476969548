"""The brief, read by Markdown parsers that make links of bare addresses, as the approval task's does."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType

import mistune
import pytest
from hypothesis import given
from hypothesis import strategies as st
from itss.reports import content
from itss.reports.document import Report
from itss.reports.drawing import brief
from markdown_it import MarkdownIt
from markdown_it.token import Token

Make = Callable[..., Report]
LINKS = {"page": "http://localhost:8080/page", "workbook": "http://localhost:8080/book"}


def parsed(text: str) -> list[Token]:
    tokens = MarkdownIt("gfm-like", {"linkify": True, "html": True}).parse(text)
    return [leaf for token in tokens for leaf in (token, *(token.children or []))]


def plain(tokens: list[Token]) -> str:
    return "".join(token.content for token in tokens if token.type == "text")


def test_it_shows_verdict_scorecard_and_what_is_wrong(make_report: Make) -> None:
    report = make_report("zh-CN")
    tokens = parsed(brief.render(report, {}))
    words = plain(tokens)
    assert report.headline in words
    assert sum(token.type == "tr_open" for token in tokens) == len(report.scorecard.rows) + 1
    assert all(row[0].text in words for row in report.scorecard.rows)
    assert all(point.text in words for point in (*report.wrong, *report.moved, *report.findings))


def test_only_our_own_links_are_links(material: ModuleType) -> None:
    events = material.major_events().assign(title=material.HOSTILE, service="a@evil.example")
    report = content.build(material.make("en", measured={"major_events": events}))
    text = brief.render(report, LINKS)
    tokens = parsed(text)
    assert [token.attrs["href"] for token in tokens if token.type == "link_open"] == list(LINKS.values())
    assert not [token for token in tokens if token.type.startswith("html") or token.type == "image"]
    assert "=HYPERLINK" in plain(tokens).replace(brief.BREAK, "")
    html = str(mistune.create_markdown(escape=False, plugins=["url", "table", "strikethrough"])(text))
    assert html.count("<a ") == len(LINKS)
    assert "<script" not in html


ADDRESSES = [
    "http://x.y",
    "HTTPS://a.b/c?d",
    "//x.org",
    "www.x.org",
    "x.org",
    "a@b.cc",
    "mailto:a@b.cc",
    "<http://x.y>",
]
MARKUP = ["[a](b)", "![a](b)", "<b>x</b>", "`a`", "a|b", "~~x~~", "&lt;", "**b**", "_a_", "a\nb", "\\|"]


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=60) | st.sampled_from(ADDRESSES + MARKUP))
def test_any_text_reads_as_itself(text: str) -> None:
    tokens = parsed(f"| a |\n| --- |\n| x {brief.escape(text)} x |\n")
    kinds = {token.type for token in tokens if token.nesting == 0 or token.type.endswith("_open")}
    assert kinds <= {
        "table_open",
        "thead_open",
        "tr_open",
        "th_open",
        "tbody_open",
        "td_open",
        "inline",
        "text",
        "text_special",
    }
    body = next(token for token in reversed(tokens) if token.type == "inline")
    shown = "".join(child.content for child in body.children or [])
    assert shown.replace(brief.BREAK, "").split() == f"x {' '.join(text.split())} x".replace(brief.BREAK, "").split()


def test_changes_since_the_last_revision_are_listed_and_the_rest_counted(material: ModuleType) -> None:
    before = material.figures()
    before["value"] = before["value"] * 1.05
    report = content.build(material.make("en", previous=before, revision=2))
    assert report.changes is not None
    text = brief.render(report, LINKS)
    assert "#### Since the last revision" in text
    assert f"and {len(report.changes.rows) - brief.MAX_LINES} more, see the report." in text


def test_a_first_revision_has_no_such_chapter(make_report: Make) -> None:
    assert "Since the last revision" not in brief.render(make_report("en"), LINKS)


def test_links_may_be_added_behind_it(make_report: Make) -> None:
    tokens = parsed(brief.render(make_report("en"), {}) + "\n- [page](http://localhost/x)")
    assert [token.attrs["href"] for token in tokens if token.type == "link_open"] == ["http://localhost/x"]
    assert tokens[-1].type == "bullet_list_close" or any(token.type == "bullet_list_close" for token in tokens[-6:])


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_it_fits_on_a_screen_or_two(make_report: Make, language: str) -> None:
    assert len(brief.render(make_report(language), LINKS)) < 8000


def test_what_voided_the_signatures_is_said_in_words() -> None:
    facts = {"level": "初审", "by": "2026-10-09", "due": "2026-10-12 18:00", "zone": "UTC", "sha256": "0" * 12}
    names = ["entry", "files.report.html.bytes", "files.report.html.sha256", "recipients.0.address", "made"]
    said = brief.to_answer("正文", "zh-CN", facts, {"run": "http://run"}, is_late=False, voided=names)
    assert "报告列表中的条目、文件 report.html、收件人 0.address、made" in said.replace(brief.BREAK, "")
    assert "此前的签署已失效" not in brief.to_answer("正文", "zh-CN", facts, {"run": "http://run"}, is_late=False)
