"""Raw beside agreed wherever a figure is: page one, tables, sentences, the figures of the portal; both languages."""

import dataclasses

import pandas as pd
import pytest
from itss.measures.base import RAW_COLUMNS
from itss.measures.taken_out import TAKEN_OUT_COLUMNS, empty
from itss.reports import digest
from itss.reports.document import Listing, Table

HOSTILE = '=cmd|"/c calc"!A1'
KEY = ("incident", "resolution_compliance")
SHA = "a1" * 32


def taken(ids):
    row = dict.fromkeys(TAKEN_OUT_COLUMNS, "") | {
        "exclusion": "carrier_works",
        "process": KEY[0],
        "measure": KEY[1],
        "service": "ERP",
        "begun_at": pd.Timestamp("2026-09-08T02:00Z"),
        "is_in_numerator": False,
        "is_in_denominator": True,
        "is_against": True,
        "amount": float("nan"),
        "reason": HOSTILE,
        "evidence": "mail.eml",
        "sha256": SHA,
        "agreed_by": "Service owner of Customer A",
        "agreed_on": "2026-10-02",
        "since": None,
        "until": None,
    }
    frame = pd.DataFrame([row | {"id": one} for one in ids])
    return frame.astype(empty().dtypes.to_dict())


def with_exclusions(material, language):
    """The material, with 12 breaches of resolution compliance taken out by agreement: missed before, met after."""
    given = material.make(language)
    figures = given.measured.figures.copy()
    for name in RAW_COLUMNS:
        figures[name] = "" if name == "raw_status" else float("nan")
    at = figures.index[(figures["process"] == KEY[0]) & (figures["measure"] == KEY[1]) & (figures["dimension"] == "")]
    raw = {"raw_value": 0.85, "raw_numerator": 85.0, "raw_denominator": 100.0, "raw_n": 100, "raw_status": "missed"}
    agreed = {"value": 85 / 88, "numerator": 85.0, "denominator": 88.0, "n": 88, "status": "met"}
    for name, value in {**raw, **agreed, "excluded": '{"by_agreement": 12}'}.items():
        figures.loc[at, name] = value
    rows = taken([f"INC{number}" for number in range(12)])
    return dataclasses.replace(given, measured=dataclasses.replace(given.measured, figures=figures, exclusions=rows))


@pytest.fixture(scope="module", params=["zh-CN", "en"])
def given(material, request):
    return with_exclusions(material, request.param)


@pytest.fixture(scope="module")
def report(given):
    from itss.reports import content

    return content.build(given)


WORDS = {
    "zh-CN": ("约定剔除前", "按约定剔除了 12 条记录", "约定剔除前后的数字"),
    "en": ("before agreed exclusions", "12 records were excluded by agreement", "Figures before and after"),
}


def blocks_of(report):
    return [block for part in report.body for block in part.blocks]


def test_page_one_says_that_a_target_is_met_by_agreement(given, report):
    (point,) = [point for point in report.wrong if point.head == WORDS[given.entry.language][1]]
    assert "85.0%" in point.text
    assert "96.6%" in point.text
    assert point.tone == "at_risk"


def test_the_raw_figure_stands_beside_the_agreed_one(given, report):
    before = WORDS[given.entry.language][0]
    rows = [row for row in report.scorecard.rows if "96.6%" in row[1].text]
    assert any(before in cell.text and "85 / 100" in cell.text for row in rows for cell in row)
    lines = digest.digest(given, given.entry.language).figures
    (line,) = [one for one in lines if (one.process, one.measure, one.dimension) == (*KEY, "")]
    assert before in line.raw
    assert sum(bool(one.raw) for one in lines) == 1, "no noise where no exclusion touches a figure"


def test_the_tables_explain_the_difference(given, report):
    tables = {block.caption: block for block in blocks_of(report) if isinstance(block, (Table, Listing))}
    raw = next(table for caption, table in tables.items() if caption.startswith(WORDS[given.entry.language][2]))
    cells = [cell.text for cell in raw.rows[0]]
    assert {"96.6%", "85 / 88", "85.0%", "85 / 100", "12"} <= set(cells)
    (listing,) = [block for block in tables.values() if isinstance(block, Listing) and "exclusion" in block.frame]
    assert len(listing.frame) == 12 == 100 - 88
    assert list(listing.frame["begun_at"].unique()) == [pd.Timestamp("2026-09-08T10:00")]
    (exclusions,) = [
        table for table in tables.values() if isinstance(table, Table) and any(SHA in c.text for c in table.rows[0])
    ]
    texts = [cell.text for cell in exclusions.rows[0]]
    assert HOSTILE in texts
    assert "mail.eml" in texts


def test_without_exclusions_nothing_is_said_of_them(material):
    from itss.reports import content

    report = content.build(material.make("en"))
    said = repr(report.body) + repr(report.wrong)
    assert "agreed exclusion" not in said
    assert "by agreement" not in said


def test_a_formula_in_a_reason_is_text_in_the_workbook(report):
    import io
    import zipfile

    from itss.reports.drawing import workbook

    with zipfile.ZipFile(io.BytesIO(workbook.render(report))) as book:
        sheets = [book.read(name).decode() for name in book.namelist() if name.startswith("xl/worksheets/sheet")]
    assert all("<f>cmd" not in sheet and "calc" not in sheet.split("<f>", 1)[-1] for sheet in sheets if "<f>" in sheet)
    assert any("sheetData" in sheet for sheet in sheets)
