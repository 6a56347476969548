"""What is beside a figure: its cases, those of then, that a period is not covered; and what is left out as empty."""

from __future__ import annotations

from dataclasses import replace
from types import ModuleType

import pandas as pd
import pytest
from itss.measures.coverage import COVERAGE_COLUMNS
from itss.processes import PROCESSES
from itss.reports import catalogue, content, lacking
from itss.reports.cells import Cells
from itss.reports.document import Cell, Column, Paragraph, Table
from itss.reports.tables import lean
from itss.reports.writer import Writer
from report_parts import contents


def gap(covered: str) -> dict[str, pd.DataFrame]:
    first, last = pd.Timestamp("2026-01-01", tz="UTC"), pd.Timestamp("2026-09-12", tz="UTC")
    row = ["incident", "opened_at", first, last, first, last, covered, last]
    return {"coverage": pd.DataFrame([row], columns=COVERAGE_COLUMNS)}


@pytest.mark.parametrize(
    ("covered", "mark"), [("whole", ""), ("part", " · covered in part"), ("none", " · not covered")]
)
def test_a_figure_says_that_its_period_is_not_covered(material: ModuleType, covered: str, mark: str) -> None:
    report = content.build(material.make("en", measured=gap(covered)))
    at = [column.title for column in report.scorecard.columns].index("Basis")
    rows = {row[0].text: row[at].text for row in report.scorecard.rows}
    own = [text for name, text in rows.items() if name.startswith("Incident ·")]
    others = [text for name, text in rows.items() if not name.startswith("Incident ·")]
    assert len(own) > 0
    assert all(text.endswith(mark) and bool(mark) == ("covered" in text) for text in own)
    assert not [text for text in others if "covered" in text]


def test_minutes_of_service_time_keep_their_unit_and_are_not_called_cases(material: ModuleType) -> None:
    given = material.make("en")
    writer = Writer(given, Cells(catalogue.load("en"), given.period.zone))
    cases = next(figure for figure in given.whole.values() if figure.measure.unit == "share" and figure.numerator)
    cases = replace(cases, numerator=58_260.0, denominator=58_320.0, n=58_320)
    minutes = replace(cases, measure=replace(cases.measure, counted_in="minutes"))
    assert writer.basis(cases).text == "58,260 / 58,320"
    assert writer.basis(minutes).text == "58,260 / 58,320 min"
    assert writer.basis_before(minutes).text == writer.basis_before(cases).text + " min"


def test_an_uncovered_period_is_not_said_to_have_no_data(material: ModuleType) -> None:
    report = content.build(material.make("en", measured=gap("none") | {"trends": material.history_and_trends()[1][:0]}))
    (section,) = (one for one in contents(report) if one.key == "e")
    said = [block.text for block in section.blocks if isinstance(block, Paragraph)]
    assert "is not covered" in said[0]
    assert not [text for text in said if text.startswith("No data for this period")]


def test_every_comparison_has_the_cases_of_then(material: ModuleType) -> None:
    report = content.build(material.make("en"))
    titles = [column.title for column in report.scorecard.columns]
    for change, cases in (("Change", "Cases, last period"), ("On last year", "Cases, last year")):
        assert (change in titles) == (cases in titles)
        pairs = [(row[titles.index(change)].text, row[titles.index(cases)].text) for row in report.scorecard.rows]
        assert not [pair for pair in pairs if pair[0] != "–" and pair[1] == "–"]


def test_a_column_with_nothing_in_it_is_left_out() -> None:
    columns = tuple(Column(name, 10) for name in ("a", "b", "c"))
    rows = ((Cell("1"), Cell("–"), Cell("–")), (Cell("2"), Cell(""), Cell("–")))
    found = lean(Table("t", columns, rows), "a", "b")
    assert [column.title for column in found.columns] == ["a", "c"]
    assert [[cell.text for cell in row] for row in found.rows] == [["1", "–"], ["2", "–"]]


@pytest.mark.parametrize(
    ("process", "measure", "wanted"),
    [
        ("incident", "reopen_rate", "needs the history of states (states)"),
        ("problem", "repeat_incident_rate", "needs the incidents of this report, with the problem that they name"),
        (
            "availability",
            "availability",
            "needs the service hours of an agreement (service_hours), the services of the agreement (services)",
        ),
    ],
)
def test_what_a_figure_lacks_is_what_somebody_can_supply(
    material: ModuleType, process: str, measure: str, wanted: str
) -> None:
    known = PROCESSES[process]
    given = material.make("en", processes={process: known})
    desk = Writer(given, Cells(catalogue.load("en"), given.period.zone))
    (one,) = (m for m in known.measures if m.id == measure)
    derived = [name for name in (*one.needs, *one.whole_needs) if name in {column.name for column in known.derived}]
    assert lacking._underived(desk, process, derived).startswith(wanted)


def test_names_with_commas_are_told_apart() -> None:
    words = catalogue.load("en")
    assert words.join(["Opened", "Closed"]) == "Opened, Closed"
    assert words.join(["Time to resolve, mean", "Closed"]) == "Time to resolve, mean; Closed"
