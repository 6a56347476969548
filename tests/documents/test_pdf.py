"""The PDF: the same bytes again, nothing fetched, pages that hold together, and the words of the page in it."""

from __future__ import annotations

import datetime as dt
import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from itertools import chain
from pathlib import Path
from types import ModuleType
from typing import Any, Literal

import pytest
from drawn_pages import own_look
from itss.errors import ConfigurationError
from itss.reports import content
from itss.reports.document import PageBreak, Paragraph, Part, Report
from itss.reports.drawing import brief, length, page, pdf

MADE = f"""
import sys
sys.path += {[str(Path(__file__).parent), str(Path(__file__).parents[1] / "unit/reports")]!r}
import hashlib, report_material
from drawn_pages import own_look
from itss.reports import content
from itss.reports.drawing import page, pdf
report = own_look(content.build(report_material.make("zh-CN")))
print(hashlib.sha256(pdf.render(page.render(report), report).data).hexdigest())
"""
UNDER = ("h1", "h2", "h3", "h4", "caption", "thead")
"""What is nothing without what follows it."""


@pytest.fixture(scope="module", autouse=True)
def can_print() -> None:
    if why := pdf.missing():
        pytest.skip(f"{why} {pdf.REMEDY}")


@pytest.fixture(scope="module")
def report(material: ModuleType) -> Report:
    return own_look(content.build(material.make("zh-CN")))


@pytest.fixture(scope="module")
def printed(report: Report) -> pdf.Pdf:
    return pdf.render(page.render(report), report)


def test_the_same_report_is_the_same_file_in_another_process(printed: pdf.Pdf) -> None:
    for seed in ("1", "2"):
        done = subprocess.run(
            [sys.executable, "-c", MADE],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stdout.strip() == hashlib.sha256(printed.data).hexdigest()


def test_the_file_itself_says_how_many_pages_it_has(printed: pdf.Pdf) -> None:
    assert pdf.pages_of(printed.data) == printed.pages > 3
    for other in (b"", b"%PDF-1.7", b"PK\x03\x04", printed.data[:-500_000]):
        assert pdf.pages_of(other) == 0


def test_pages_say_title_owner_and_number(report: Report, printed: pdf.Pdf, tmp_path: Path) -> None:
    text = _text(printed.data, tmp_path)
    assert len(text) == printed.pages
    for number, said in enumerate(text, 1):
        assert f"第 {number} 页，共 {printed.pages} 页" in said
        assert '仅供"某客户"' in said
        assert "草稿" in said
        assert "某公司" in said
        assert (report.period in said) == (number == 1 or report.period in said)
    assert all(report.title in said for said in text)
    whole = re.sub(r"\s+", "", "".join(text))
    for part in report.body:
        assert (re.sub(r"\s+", "", part.title) in whole) != part.is_only_in_workbook or not part.title


def test_it_tells_readers_what_it_is(report: Report, printed: pdf.Pdf, tmp_path: Path) -> None:
    file = tmp_path / "report.pdf"
    file.write_bytes(printed.data)
    if not shutil.which("pdfinfo"):
        pytest.skip("no pdfinfo here; as root: apt-get install poppler-utils")
    said = subprocess.run(["pdfinfo", "-isodates", str(file)], capture_output=True, text=True, check=True).stdout
    facts = dict(re.findall(r"^([\w ]+):\s+(.*)$", said, re.M))
    assert facts["Title"] == f"{report.title} – {report.period}"
    assert (facts["Author"], facts["Tagged"], facts["JavaScript"]) == (report.author, "yes", "no")
    created = dt.datetime.fromisoformat(facts["CreationDate"])
    assert created.timestamp() == report.created_at.timestamp()
    assert facts["Page size"].endswith("(A4)")


def test_nothing_is_fetched_whatever_a_page_asks_for(report: Report, monkeypatch: pytest.MonkeyPatch) -> None:
    import urllib.request

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("something was fetched")

    asked: list[str] = []
    fetcher = pdf._fetcher()
    fetch = type(fetcher).fetch
    monkeypatch.setattr(type(fetcher), "fetch", lambda self, url, *rest: asked.append(url) or fetch(self, url, *rest))
    monkeypatch.setattr(urllib.request.OpenerDirector, "open", refuse)
    secret = Path(__file__).as_uri()
    hostile = f'<img src="{secret}"><img src="http://127.0.0.1:9/x.png"><link rel="stylesheet" href="{secret}">'
    html = page.render(report).replace('<main id="main"', f'{hostile}<main id="main"')
    with_it = pdf.render(html.replace("</style>", f'</style><style>@import "{secret}";</style>'), report)
    assert {secret, "http://127.0.0.1:9/x.png"} <= set(asked)
    assert len(with_it.data) < len(pdf.render(page.render(report), report).data) + 2_000


def test_no_heading_ends_a_page_no_table_head_is_alone_and_no_row_is_torn(report: Report) -> None:
    _hold_together(report)


@pytest.mark.parametrize("look", ["", "score"])
def test_wherever_on_a_page_a_table_begins_it_holds_together(report: Report, look: Literal["", "score"]) -> None:
    table = replace(report.scorecard, rows=report.scorecard.rows[:6], look=look)
    begins = [(PageBreak(), *(Paragraph("line") for _ in range(lines)), table) for lines in range(24, 46)]
    body = (Part("front", "", "x", tuple(chain.from_iterable(begins))),)
    _hold_together(replace(report, body=body))


def _hold_together(report: Report) -> None:
    """Read from the boxes that WeasyPrint lays out, page by page."""
    import weasyprint

    document = weasyprint.HTML(string=page.render(report), url_fetcher=pdf._fetcher()).render()
    rows: list[Any] = []
    for number, one in enumerate(document.pages, 1):
        words = [tag for tag in _tags(one._page_box) if tag]
        assert words[-1] not in UNDER, f"page {number} ends with a {words[-1]}"
        for table in _all_of(one._page_box, "table"):
            bodies = [row for row in _all_of(table, "tr") if not _is_head(table, row)]
            assert bodies, f"page {number} has a table's head without rows"
            rows += [row.element for row in bodies]
    assert len(rows) == len(set(map(id, rows))) > 5, "a row is on two pages"


def test_more_pages_than_agreed_are_a_finding_that_approvers_read(material: ModuleType) -> None:
    for language, said in (("en", "The PDF has 7 pages, and the template allows 6."), ("zh-CN", "PDF 共 7 页")):
        report = own_look(content.build(material.make(language)))
        assert length.judged(report, 6) is report
        longer = length.judged(report, 7)
        assert longer.findings[:-1] == report.findings
        assert said in brief.render(longer, {}).replace("\\", "")
    assert length.judged(own_look(report, max_pages=0), 700).findings == report.findings


def test_where_it_cannot_be_made_it_says_why_and_what_to_do(report: Report, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "weasyprint", None)
    pdf.missing.cache_clear()
    try:
        with pytest.raises(ConfigurationError, match="WeasyPrint is not installed") as caught:
            pdf.render("<p>x</p>", report)
        assert "apt-get install libpango" in str(caught.value)
        assert "distribution.formats" in str(caught.value)
    finally:
        pdf.missing.cache_clear()


def test_it_is_loaded_only_where_a_pdf_is_made() -> None:
    rooms = "itss.reports.drawing.pdf, itss.steps.rendering, itss.commands.check"
    said = f"import {rooms}, sys; print('weasyprint' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", said], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_another_report_has_another_identity(report: Report, printed: pdf.Pdf) -> None:
    other = replace(report, revision="修订 2")
    assert pdf.render(page.render(other), other).data != printed.data


def _text(data: bytes, folder: Path) -> list[str]:
    """The words of each page."""
    if not shutil.which("pdftotext"):
        pytest.skip("no pdftotext here; as root: apt-get install poppler-utils")
    (folder / "report.pdf").write_bytes(data)
    done = subprocess.run(["pdftotext", "-layout", str(folder / "report.pdf"), "-"], capture_output=True, check=True)
    return done.stdout.decode().split("\f")[:-1]


def _tags(box: Any) -> Iterator[str | None]:
    """The tags around each piece of text of a page's content, in their order: the innermost that counts."""
    for child in getattr(box, "all_children", lambda: ())():
        if type(child).__name__ in ("MarginBox", "FootnoteAreaBox"):
            continue
        yield from _tags(child)
        if type(child).__name__ in ("TextBox", "InlineReplacedBox"):
            yield _under(child)


def _under(box: Any) -> str:
    return str(box.element_tag).split("::")[0]


def _all_of(box: Any, tag: str) -> Iterator[Any]:
    for child in getattr(box, "all_children", lambda: ())():
        if child.element_tag == tag and not type(child).__name__.startswith("Anonymous"):
            if tag != "table" or type(child).__name__ == "BlockBox":
                yield child
        else:
            yield from _all_of(child, tag)


def _is_head(table: Any, row: Any) -> bool:
    return any(row is one for head in _all_of(table, "thead") for one in _all_of(head, "tr"))
