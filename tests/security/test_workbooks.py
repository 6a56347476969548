"""The other workbooks: what was handed in and comes back marked, the register workbook, the template."""

import csv
import datetime as dt
import io

import openpyxl
import pytest
from hostile import MARK, WORDS
from itss.hand_in.marked import marked
from itss.hand_in.reading import Fault
from itss.hand_in.register_workbook import register_workbook
from itss.register.records import HandIn
from itss.report_list.loader import load
from itss.reports.csv_text import csv_text
from itss.settings import settings
from itss.text import text

PLAIN = [words.replace("\x00", "") for words in WORDS]


def formulas(data):
    book = openpyxl.load_workbook(io.BytesIO(data))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert any(MARK in str(cell.value) for cell in cells)
    targets = [cell.hyperlink.target or "" for cell in cells if cell.hyperlink]
    links = [target for target in targets if not target.startswith("#")]  # to the marked cell
    return [cell.value for cell in cells if cell.data_type == "f"] + links


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_marked_copy(tmp_path, kind):
    path = tmp_path / f"handed_in.{kind}"
    if kind == "csv":
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([["id", "title"], *([str(at), words] for at, words in enumerate(PLAIN))])
    else:
        book = openpyxl.Workbook()
        for row, words in enumerate(["title", *PLAIN], 1):
            cell = book.active.cell(row, 1)
            cell.value = openpyxl.cell.cell.ILLEGAL_CHARACTERS_RE.sub("", words)
            cell.data_type = "s"
        book.save(path)
    faults = [Fault(text(f"错误：{words}", f"wrong: {words}"), row, "title") for row, words in enumerate(PLAIN)]
    faults += [Fault(text(words, words), None, words) for words in PLAIN]
    assert formulas(marked(path, faults).data) == []


def test_the_register_workbook(house):
    people = load(settings().report_list).list
    words = WORDS[0]
    entry = people.reports[0].model_copy(update={"title": text(words, words), "requirements": text(words, words)})
    at = dt.datetime(2026, 10, 1, tzinfo=dt.UTC)
    handed = HandIn(entry.key, "2026-09", "incident", 1, "accepted", words, "0" * 64, 1, 0, words, at, words)
    data = register_workbook(people.model_copy(update={"reports": (entry,)}), [handed], at)
    assert formulas(data) == []


@pytest.mark.parametrize("words", ["=1+1", " =1+1", "\t=1", "+1+1", "-1-1", "@x", "＝1", "\r\n=1"])
def test_csv_text_that_would_be_computed(words):
    import pandas as pd

    (_, line) = csv.reader(io.StringIO(csv_text(pd.DataFrame({"a": [words], "b": [-1.5]})), newline=""))
    assert line == [f"'{words}", "-1.5"]


@pytest.mark.parametrize("words", ["plain", "a=b", "-1.5", "+3", "-2e-05", "2026-09-01", "数据", "'quoted'", ""])
def test_csv_text_that_would_not(words):
    import pandas as pd

    (_, line) = csv.reader(io.StringIO(csv_text(pd.DataFrame({"a": [words], "b": ["x"]})), newline=""))
    assert line == [words, "x"]
