"""No cell has more than Excel takes, counted in the file itself: UTF-16 units of the escaped text."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from dataclasses import replace
from html import unescape

import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st
from itss.reports.document import Facts, Listing, OwnWords, Paragraph, Point, Points, Report, Sentences
from itss.reports.drawing import page, workbook
from itss.reports.drawing.cell_text import MAX_TEXT, clip, size_in_cell
from report_parts import appendices, contents

Make = Callable[..., Report]
PIECES = ["a", "😀", "\x07", "_x0041_", "_x00", "邮", "\ufffe", "\n", "&", "_", "x000D_"]


def units(workbook_bytes: bytes) -> list[int]:
    """Of every shared text of a workbook, the UTF-16 units between its tags."""
    xml = zipfile.ZipFile(io.BytesIO(workbook_bytes)).read("xl/sharedStrings.xml").decode()
    items = re.findall(r"<si>(.*?)</si>", xml, re.DOTALL)
    texts = ["".join(re.findall(r"<t[^>]*>(.*?)</t>", item, re.DOTALL)) for item in items]
    return [len(unescape(text).encode("utf-16-le")) // 2 for text in texts]


def written(*texts: str) -> list[int]:
    buffer = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(buffer, options) as book:
        sheet = book.add_worksheet()
        for row, text in enumerate(texts):
            sheet.write_string(row, 0, text)
    return units(buffer.getvalue())


@settings(max_examples=60, deadline=None)
@given(pieces=st.lists(st.sampled_from(PIECES), min_size=1, max_size=6), times=st.integers(1, 12_000))
def test_whatever_the_text_its_cell_holds_it(pieces: list[str], times: int) -> None:
    text = "".join(pieces) * times
    cut = clip(text)
    (found,) = written(cut)
    assert found <= MAX_TEXT
    assert found == size_in_cell(cut)
    if cut != text:
        assert cut.endswith("…")
        assert text.startswith(cut[:-1])
        assert found > MAX_TEXT - 8  # no more is cut than must be


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("a" * MAX_TEXT, MAX_TEXT),
        ("a" * (MAX_TEXT + 1), MAX_TEXT - 1),
        ("😀" * 20_000, 16_383),
        ("\x07" * 5_000, 4_680),
    ],
)
def test_the_limit_to_the_letter(text: str, kept: int) -> None:
    assert len(clip(text).removesuffix("…")) == kept


@pytest.mark.parametrize("piece", ["x", "😀", "\x07", "_x0041_"])
def test_a_report_with_such_texts_everywhere_opens(make_report: Make, piece: str) -> None:
    long = piece * 40_000
    report = make_report("en")
    listings = [block for section in (*contents(report), *appendices(report)) for block in section.blocks]
    for block in listings:
        if isinstance(block, Listing):
            texts = block.frame.select_dtypes(include=["object", "str"])
            column = texts.columns[0]
            block.frame[column] = [long, *block.frame[column][1:]]
    point = replace(report.wrong[0], head=long, text=long) if report.wrong else Point("met", long, long)
    texts = (
        Paragraph(long, "lead"),
        Sentences("Analysis", (long, long)),
        OwnWords("Comment", long, long),
        Points("Wrong", (point,), ""),
        Facts("Facts", ((long[:100], long),)),
    )
    body = tuple(replace(part, blocks=(*texts, *part.blocks)) for part in report.body)
    report = replace(report, wrong=(point,), body=body)
    assert max(units(workbook.render(report))) <= MAX_TEXT
    shown = page.render(report)
    assert "\x07" not in shown
