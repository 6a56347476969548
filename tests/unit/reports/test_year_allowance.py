"""Targets over the year in a report: counted among the targets, and what is left, in both languages."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from types import ModuleType

import pandas as pd
import pytest
from itss.agreements.models import Target
from itss.measures.allowance import allowance_frame
from itss.reports import allowance, catalogue, content
from itss.reports.cells import Cells
from itss.reports.document import Table
from itss.reports.inputs import ReportInputs
from itss.reports.writer import Writer
from report_parts import contents

YEARS = (
    # measure, value, numerator, denominator, n, target, status; counted, allowed, used, why
    ("change_success_rate", 0.944, 85, 90, 90, 0.95, "missed", "cases", 4, 5, ""),
    ("emergency_ratio", 0.02, 2, 100, 100, 0.05, "met", "cases", 5, 2, ""),
    ("opened", None, None, None, 0, 700, "not_available", "", None, None, "not_covered"),
)


def given(material: ModuleType, language: str) -> ReportInputs:
    before = material.make(language, "internal")
    rows, amounts, targets = [], [], list(before.agreement.targets)
    for name, value, part, whole, n, target, status, counted, allowed, used, why in YEARS:
        row = material._row(("change", name), "year", "2026", value, part, whole, n, status)
        rows.append(row | {"target": target})
        days = {"first": "2026-01-01", "last": "2026-09-30"}
        amounts.append(
            {"measure": name, "process": "change", "member": "2026", "counted": counted}
            | days
            | {"allowed": allowed, "used": used, "why": why}
        )
        side = "at_least" if name == "change_success_rate" else "at_most"
        targets.append(Target(process="change", measure=name, over="year", **{side: target}))
    frame = pd.concat([before.measured.figures, pd.DataFrame(rows)], ignore_index=True)
    measured = replace(before.measured, figures=frame, allowances=allowance_frame(amounts))
    return replace(before, measured=measured, agreement=before.agreement.model_copy(update={"targets": tuple(targets)}))


def table(inputs: ReportInputs) -> Table:
    found = allowance.table(Writer(inputs, Cells(catalogue.load(inputs.entry.language), "Asia/Shanghai")))
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("language", "first"),
    [
        (
            "en",
            ["Change · Change success rate (year so far: 2026)", "2026-01-01 to 2026-09-30", "94.4%", "≥ 95.0%"],
        ),
        ("zh-CN", ["变更 · 变更成功率（年度累计：2026）", "2026-01-01 至 2026-09-30", "94.4%", "≥ 95.0%"]),
    ],
)
def test_what_is_left_is_a_row_for_each_target(material: ModuleType, language: str, first: list[str]) -> None:
    rows = [[cell.text for cell in row] for row in table(given(material, language)).rows]
    assert rows[0][:4] == first
    assert [row[5:] for row in rows] == [["4", "5", "−1"], ["5", "2", "3"], ["–", "–", "–"]]
    assert [row[3][0] for row in rows] == ["≥", "≤", "≤"]


def test_the_year_is_counted_among_the_targets_and_stays_out_of_the_tables_of_members(material: ModuleType) -> None:
    with_year = given(material, "en")
    before = content.build(material.make("en", "internal"))
    report = content.build(with_year)
    assert sum(tally.count for tally in report.tallies) == sum(tally.count for tally in before.tallies) + 3
    captions = [b.caption for s in contents(report) for b in s.blocks if isinstance(b, Table)]
    assert captions.count("Targets over the year, and what is left of their allowance") == 1
    assert not any("by year" in caption for caption in captions)
    missed = next(b for s in contents(report) if s.key == "b" for b in s.blocks if isinstance(b, Table))
    assert "Change · Change success rate (year so far: 2026)" in [row[0].text for row in missed.rows]


@pytest.mark.parametrize(
    ("language", "words"), [("en", "do not cover the year so far"), ("zh-CN", "没有从年初起完整覆盖")]
)
def test_a_year_that_is_not_covered_says_so(material: ModuleType, language: str, words: str) -> None:
    report = content.build(given(material, language))
    said = [point.text for point in report.wrong if "2026" in point.head] + [report.scorecard.note]
    assert any(words in text and "2026-01-01" in text for text in said)


def test_a_report_without_such_targets_has_no_such_table(make_report: Callable[..., content.Report]) -> None:
    captions = [b.caption for s in contents(make_report("en")) for b in s.blocks if isinstance(b, Table)]
    assert not any("year" in caption for caption in captions)
