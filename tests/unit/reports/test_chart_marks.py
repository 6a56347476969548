"""Marks on the time axis, the words of signals and of the rules: what they say, in both languages, and when."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from types import ModuleType

import pandas as pd
import pytest
from itss.measures.false_alarms import FALSE_ALARMS, simulate
from itss.reports import catalogue, content
from itss.reports.cells import Cells
from itss.reports.content import ImprovementLine
from itss.reports.document import Chart, Paragraph, Table
from itss.reports.graphs import control_chart
from itss.reports.inputs import ReportInputs
from itss.reports.writer import Writer
from report_parts import contents

KEY = ("incident", "resolution_compliance")
Make = Callable[..., ReportInputs]


def trends(material: ModuleType, **columns: object) -> pd.DataFrame:
    """The trends of the material, with the given columns for the compliance of incidents."""
    found = material.history_and_trends()[1]
    is_it = (found["process"] == KEY[0]) & (found["measure"] == KEY[1])
    for name, value in {"rule": "", "flagged": "", "defined_since": ""}.items():
        found[name] = value
    found.loc[found["signal"], "rule"] = "outside"
    for name, value in columns.items():
        found[name] = found.get(name)
        found.loc[is_it, [name]] = value
    return found


def chart_of(given: ReportInputs) -> Chart:
    writer = Writer(given, Cells(catalogue.load(given.entry.language), "Asia/Shanghai"))
    chart = control_chart(writer, given.whole[KEY])
    assert chart is not None
    return chart


def item(title: str, state: str, closed_on: dt.date | None) -> ImprovementLine:
    return ImprovementLine("IMP-7", "r", title, "report_author", dt.date(2026, 8, 1), state, closed_on)


def test_each_kind_of_change_has_its_mark(material: ModuleType) -> None:
    given = material.make(
        "en",
        measured={"trends": trends(material, defined_since="2026-02", baseline=2, baseline_last="2026-05")},
        improvements=[item("incident.resolution_compliance", "done", dt.date(2026, 7, 31))],
    )
    older = given.agreement.model_copy(update={"effective_from": dt.date(2025, 1, 1), "version": "2025"})
    later = given.agreement.model_copy(update={"effective_from": dt.date(2026, 12, 1), "version": "2027"})
    given = replace(given, agreement_versions=(older, given.agreement, later))
    periods = chart_of(given).categories
    assert [(periods[mark.at], mark.kind, mark.text) for mark in chart_of(given).marks] == [
        ("2026-01", "agreement", "agreement version 2026.1 in force"),
        ("2026-02", "definition", "new definition"),
        ("2026-06", "baseline", "new control limits, version 2"),
        ("2026-09", "event", "Major incident INC004711: 邮件系统中断"),  # that of the change is not on this chart
        ("2026-07", "improvement", "improvement IMP-7 closed"),
    ]


def test_what_did_not_change_or_concerns_another_figure_has_none(material: ModuleType) -> None:
    given = material.make(
        "en",
        measured={
            "trends": trends(material, baseline=1, baseline_last="2026-05"),
            "major_events": material.major_events().iloc[1:],
        },
        improvements=[
            item("change.change_success_rate", "done", dt.date(2026, 7, 31)),
            item("incident.resolution_compliance", "open", None),
            item("incident.resolution_compliance", "done", dt.date(2020, 7, 31)),
        ],
    )
    assert chart_of(replace(given, agreement_versions=(given.agreement,))).marks == ()


@pytest.mark.parametrize(
    ("flagged", "places"),
    [("", ()), ("2026-08=shift_7;2026-09=shift_7", (13, 14)), ("2026-09=outside;1999-01=outside", (14,))],
)
def test_the_chart_marks_what_the_rules_marked(material: ModuleType, flagged: str, places: tuple[int, ...]) -> None:
    chart = chart_of(material.make("en", measured={"trends": trends(material, flagged=flagged)}))
    assert chart.series[0].flagged == places
    words = (
        "Marked as signals: 2026-08, 2026-09." if len(places) == 2 else "Marked as signals" if places else "No point"
    )
    assert words in chart.alt
    assert chart.alt.startswith("Incident · Resolution compliance. 2026-09: 91.2%. Target ≥ 95.0%. Mean 96.0%, control")


def test_a_version_that_kept_no_marks_shows_the_points_outside(material: ModuleType) -> None:
    given = material.make("en")  # its trends have neither rule nor flagged
    assert "flagged" not in given.measured.trends
    assert chart_of(given).series[0].flagged == (14,)
    assert given.trends[KEY].rule == "outside"


@pytest.mark.parametrize(
    ("rule", "language", "words"),
    [
        ("shift_7", "en", "the seventh period or more in a row on one side of the mean"),
        ("shift_7", "zh-CN", "已连续七期或更久处于均值"),
        ("trend_7", "en", "the seventh period or more in a row that all rise, or all fall"),
        ("trend_7", "zh-CN", "已连续七期或更久持续上升或持续下降"),
        ("two_of_three", "en", "two of three periods in a row are near a control limit"),
        ("two_of_three", "zh-CN", "连续三期中有两期接近控制限"),
    ],
)
def test_a_signal_is_named_by_its_rule(material: ModuleType, rule: str, language: str, words: str) -> None:
    inside = trends(material, rule=rule, signal=True, lower=0.90, upper=0.99)
    report = content.build(material.make(language, "internal", measured={"trends": inside}))
    said = " ".join(text for section in contents(report) for text in section.analysis)
    assert words in said
    quiet = content.build(material.make(language, "internal", measured={"trends": trends(material)}))
    assert not any(words in text for section in contents(quiet) for text in section.analysis)


@pytest.mark.parametrize(("rules", "share", "word"), [("eight", "20%", "last eight"), ("nhs", "28%", "two of three")])
def test_the_rate_of_false_alarms_of_the_rules_is_printed(
    material: ModuleType, rules: str, share: str, word: str
) -> None:
    given = material.make("en", "internal")
    given = replace(given, entry=given.entry.model_copy(update={"rules": rules}))
    blocks = [block for part in content.build(given).body for block in part.blocks]
    notes = [b.note if isinstance(b, Table) else b.text for b in blocks if isinstance(b, Table | Paragraph)]
    (note,) = [note for note in notes if "Signals are" in note]
    assert word in note
    assert f"about {share} show such a signal within 12 periods by chance alone" in note


@pytest.mark.parametrize("rules", ["eight", "nhs"])
def test_the_printed_rate_is_that_of_the_simulation(rules: str) -> None:
    # 1,500 series: two standard deviations of the share are 0.023
    assert simulate(rules, 1_500, 7) == pytest.approx(FALSE_ALARMS[rules], abs=0.03)  # type: ignore[arg-type,index]


def test_marks_are_series_of_the_native_chart_with_a_number_each(material: ModuleType) -> None:
    from io import BytesIO

    import openpyxl
    from itss.reports.drawing import workbook

    given = material.make("en", "internal", measured={"trends": trends(material, defined_since="2026-02")})
    book = openpyxl.load_workbook(BytesIO(workbook.render(content.build(given))))
    rows = list(book["Chart data"].iter_rows(values_only=True))
    cells = ((at, place, cell) for at, row in enumerate(rows) for place, cell in enumerate(row))
    heads = [(at, place) for at, place, cell in cells if cell == "changes and events"]
    assert heads
    for at, place in heads:
        column = []
        for row in rows[at + 1 :]:
            if row[0] is None:
                break
            column.append((row[0], row[place]))
        assert {label for label, value in column if value is not None} <= {"2026-02", "2026-09"}
        assert any(value is not None for _, value in column)
