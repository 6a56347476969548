"""The minutes as documents: what was said, the gaps beside it, the same bytes again, and text that stays text."""

from __future__ import annotations

import datetime as dt
import io
from types import ModuleType

import openpyxl
import pytest
from itss.register.records import Improvement, Review
from itss.reports import catalogue, minutes
from itss.reports.content import ImprovementLine
from itss.reports.document import Minutes
from openpyxl.worksheet.worksheet import Worksheet

AT = dt.datetime(2026, 10, 12, 1, 30, tzinfo=dt.UTC)


def held(**changes: object) -> Review:
    fields = {
        "held_on": dt.date(2026, 10, 12),
        "attendees": ("author", "A guest"),
        "gaps": "first line\nsecond line",
        "trends": "what it says",
        "measures": "what is done",
        "who": "author",
        "at": AT,
    }
    return Review(**(fields | changes))  # type: ignore[arg-type]


def item(title: str, owner: str = "author") -> Improvement:
    day = dt.date(2026, 10, 12)
    due = dt.date(2026, 12, 31)
    return Improvement(title, owner, due, "k-1", "k", "2026-09", day, "Asia/Shanghai", "open", None, "", "")


def made(
    material: ModuleType, language: str = "zh-CN", raised: tuple[Improvement, ...] = (), **changes: object
) -> Minutes:
    inputs = material.make(language, **{k: v for k, v in changes.items() if k == "improvements"})
    said = {k: v for k, v in changes.items() if k != "improvements"}
    return minutes.build(inputs, held(**said), raised, "c" * 64)


def sheet_of(document: Minutes) -> Worksheet:
    return openpyxl.load_workbook(io.BytesIO(minutes.render_workbook(document))).worksheets[0]


def texts(document: Minutes) -> list[str]:
    return [str(cell.value) for row in sheet_of(document) for cell in row if cell.value is not None]


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_page_and_workbook_say_all_of_it_in_the_reports_language(material: ModuleType, language: str) -> None:
    document = made(material, language, (item("Second line"),))
    page, cells, words = minutes.render(document), texts(document), catalogue.load(language)
    for said in ("A guest", "what it says", "what is done", "Second line", "k-1", "2026-12-31", words("minutes.gaps")):
        assert said in page, said
        assert any(said in cell for cell in cells), said
    assert [page.count(f"<blockquote><p>{line} line</p></blockquote>") for line in ("first", "second")] == [1, 1]
    assert {"first line", "second line"} <= set(cells)
    assert [part.title for part in document.body] == [
        words(f"minutes.{name}") for name in ("gaps", "items", "trends", "measures")
    ]
    assert "2026-10-12 09:30" in page, "in the report's zone"


def test_the_gaps_are_those_of_the_report(material: ModuleType) -> None:
    cells = texts(made(material, "en"))
    assert "Incident · Resolution compliance" in cells
    assert "All 10 agreed targets were met." in texts(_all_met(material))


def _all_met(material: ModuleType) -> Minutes:
    inputs = material.make("en")
    inputs.measured.figures["status"] = inputs.measured.figures["status"].replace({"missed": "met", "at_risk": "met"})
    return minutes.build(inputs, held(), (), "c" * 64)


def test_the_same_review_gives_the_same_bytes(material: ModuleType) -> None:
    one, other = (made(material, raised=(item("x"),)) for _ in range(2))
    assert minutes.render(one) == minutes.render(other)
    assert minutes.render_workbook(one) == minutes.render_workbook(other)


def test_hostile_words_stay_words(material: ModuleType) -> None:
    evil = material.HOSTILE
    document = made(
        material,
        raised=(item(evil), item("x", evil)),
        gaps=evil,
        trends=evil,
        measures=evil,
        attendees=(evil,),
        who=evil,
    )
    page = minutes.render(document)
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert "href=" not in page
    cells = [cell for row in sheet_of(document) for cell in row]
    assert not [cell for cell in cells if cell.data_type == "f" or cell.hyperlink]
    assert sum(evil in str(cell.value) for cell in cells) >= 6


def test_no_word_is_cut_off_by_the_height_of_a_row(material: ModuleType) -> None:
    long = "长" * 9_000
    document = made(material, gaps=long)
    pieces = [text for text in texts(document) if set(text) == {"长"}]
    assert "".join(pieces) == long
    sheet = sheet_of(document)
    assert max(row.height or 15 for row in sheet.row_dimensions.values()) < 409


def test_earlier_items_stand_below(material: ModuleType) -> None:
    first, moved = dt.date(2026, 9, 1), dt.date(2026, 12, 1)
    line = ImprovementLine("k-0", "k", "old one", "author", first, "overdue", moved_to=moved)
    document = made(material, "en", improvements=(line,))
    assert document.body[-1].title == "Earlier items, as the report has them"
    assert "✗ overdue" in texts(document), "the date agreed first judges it"
    assert "2026-09-01 (moved to 2026-12-01)" in texts(document)
