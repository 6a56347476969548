"""What Excel does not take, it is not given, and nothing is lost by it: names, texts, rows, edges, formulas."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from dataclasses import replace

import openpyxl
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from itss.reports.document import Cell as Value
from itss.reports.document import Column, Facts, Listing, OwnWords, Paragraph, Part, Report, Run, Table
from itss.reports.drawing import sheet_listing, text_width, workbook
from itss.reports.sheet_names import SheetNames

# openpyxl drops sparklines when it reads; the file has them
pytestmark = pytest.mark.filterwarnings("ignore:Sparkline Group extension")

Make = Callable[..., Report]
LETTERS = ["a", "A", "报", "😀", "'", "[", "]", ":", "*", "?", "/", "\\", " ", "\x07", "ß", "İ"]


def with_parts(report: Report, *parts: Part) -> Report:
    front = Part("front", "", "Summary", (Facts("About", (("Period", "2026-09"),)),))
    return replace(report, body=(front, *parts))


def opened(report: Report, **options: int) -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(workbook.render(report, **options)))


def listing(texts: list[str], sheet: str = "Rows") -> Listing:
    frame = pd.DataFrame({"id": [f"R{at:04d}" for at in range(len(texts))], "title": texts})
    return Listing("All rows", sheet, (Column("Id"), Column("Title", 40, wrap=True)), frame, 20, "")


def rows_of(sheet: str, *texts: str) -> Part:
    return Part("rows", "", sheet, (listing(list(texts), sheet),), is_only_in_workbook=True)


@settings(max_examples=200, deadline=None)
@given(wishes=st.lists(st.lists(st.sampled_from(LETTERS), max_size=50).map("".join), min_size=1, max_size=30))
def test_any_names_become_names_of_sheets(wishes: list[str]) -> None:
    names = SheetNames()
    made = [names.take(wish) for wish in [*wishes, *wishes]]
    assert len({name.upper().lower() for name in made}) == len({name.lower() for name in made}) == len(made)
    for name in made:
        assert 0 < len(name.encode("utf-16-le")) // 2 <= 31
        assert not re.search(r"[\[\]:*?/\\\x00-\x1f]", name)
        assert name[0] != "'" != name[-1]


def test_names_that_become_equal_stay_apart(make_report: Make) -> None:
    long = "Tickets of the service desk in the north"
    parts = [rows_of(name, "x") for name in (f"{long} 1", f"{long} 2", "history", "TICKETS", "tickets")]
    names = opened(with_parts(make_report("en"), *parts)).sheetnames
    assert names == [
        "Summary",
        "Tickets of the service desk in…",
        "Tickets of the service des… (2)",
        "history (2)",
        "TICKETS",
        "tickets (2)",
        "Chart data",
    ]


@pytest.mark.parametrize("is_long", [False, True])
def test_no_row_is_lost_at_the_end_of_a_sheet(
    make_report: Make, monkeypatch: pytest.MonkeyPatch, *, is_long: bool
) -> None:
    monkeypatch.setattr(sheet_listing, "LONG", 3 if is_long else 1000)
    for count in (0, 1, 7, 8, 14, 15):
        book = opened(with_parts(make_report("en"), rows_of("Rows", *map(str, range(count)))), max_rows=10)
        sheets = [book[name] for name in book.sheetnames if name.startswith("Rows")]
        assert len(sheets) == max(1, -(-count // 7))
        assert [cell.value for sheet in sheets for cell in sheet["B"][3:] if cell.value] == [*map(str, range(count))]
        if len(sheets) > 1:
            assert sheets[1].title in sheets[0]["A2"].value
            assert sheets[0].title in sheets[1]["A2"].value
        assert all(sheet["A1"].value == "All rows" for sheet in sheets)


def test_a_listing_written_row_by_row_says_the_same(make_report: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    texts = ["=1+1", "http://evil.example", "控制\x07符", "a\nb", "😀" * 20_000, " edge ", ""]
    report = with_parts(make_report("en"), rows_of("Rows", *texts))
    in_memory = workbook.render(report)
    monkeypatch.setattr(sheet_listing, "LONG", 3)
    by_row = workbook.render(report)
    values = [
        [cell.value for row in openpyxl.load_workbook(io.BytesIO(data))["Rows"].iter_rows() for cell in row]
        for data in (in_memory, by_row)
    ]
    assert values[0] == values[1]
    sheets = [
        zipfile.ZipFile(io.BytesIO(data)).read("xl/worksheets/sheet2.xml").decode() for data in (in_memory, by_row)
    ]
    assert ["inlineStr" in xml for xml in sheets] == [False, True]
    assert workbook.render(report) == by_row, "the same bytes"


def test_what_a_cell_cuts_is_counted_and_said(make_report: Make) -> None:
    report = make_report("en")
    long = Table("T", (Column("A", 20, wrap=True),), ((Value("x" * 40_000),), (Value("short"),)))
    book = opened(with_parts(report, Part("a", "A", "a A", (long,)), rows_of("Rows", "y" * 40_000, "z" * 33_000, "w")))
    said = [cell.value for row in book["a A"].iter_rows() for cell in row if cell.value]
    assert said[-1].startswith("Texts that end with “…” and are longer than a cell can hold: 1. The report’s page")
    assert "longer than a cell can hold: 2. The rows that are archived" in book["Rows"]["A2"].value


def test_running_text_is_never_cut(make_report: Make) -> None:
    text = "".join(f"第 {at} 句，讲的是同一件事。" for at in range(6000))
    part = Part("a", "A", "a A", (Paragraph(text), OwnWords("Words", text, "the author")))
    sheet = opened(with_parts(make_report("zh-CN"), part))["a A"]
    said = [cell.value for row in sheet.iter_rows() for cell in row if cell.value and "句" in str(cell.value)]
    assert "".join(said) == text * 2
    assert max(row.height or 15 for row in sheet.row_dimensions.values()) < 409


@settings(max_examples=100, deadline=None)
@given(text=st.text(st.sampled_from("ab 报\n。😀"), max_size=300), room=st.floats(3, 60), most=st.integers(1, 9))
def test_pieces_are_the_whole_and_fit(text: str, room: float, most: int) -> None:
    found = text_width.pieces(text, room, most)
    assert "".join(found).replace("\n", "") == text.replace("\n", "")
    assert all(len(piece) == 1 or text_width.lines(piece, room) <= most for piece in found)


def test_the_edges_of_paper_hold_what_excel_takes(make_report: Make) -> None:
    report = replace(make_report("en"), title="R&D 😀 " * 60, marks=("&" * 300,))
    xml = zipfile.ZipFile(io.BytesIO(workbook.render(report))).read("xl/worksheets/sheet1.xml").decode()
    for name in ("oddHeader", "oddFooter"):
        (found,) = re.findall(f"<{name}>(.*?)</{name}>", xml)
        text = found.replace("&amp;", "&").replace("&quot;", '"')
        assert len(text.encode("utf-16-le")) // 2 <= 255
        assert "…" in text
        assert "&&&" not in text.replace("&&", "")


def test_links_and_looks_of_running_text(make_report: Make) -> None:
    runs = (Run("Call "), Run("the desk", strong=True, href="mailto:desk@example.com"), Run(".", tone="missed"))
    book = opened(with_parts(make_report("en"), Part("a", "A", "a A", (Paragraph("Call the desk.", runs=runs),))))
    cells = [cell for row in book["a A"].iter_rows() for cell in row if cell.value]
    assert "Call the desk (desk@example.com)." in [cell.value for cell in cells]
    assert [cell.hyperlink.target for cell in cells if cell.hyperlink] == [None]
