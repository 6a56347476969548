"""What changed since the last revision: findings and nonconformities, by hand-made revisions."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from types import ModuleType

import pandas as pd
import pytest
from itss.checks.findings import Finding
from itss.reports import content
from itss.reports.drawing import brief
from itss.reports.inputs import RevisionLine
from itss.text import text
from report_parts import appendices, contents

AT = dt.datetime(2026, 10, 1, tzinfo=dt.UTC)
LINES = [RevisionLine(1, "returned", AT, "why?"), RevisionLine(2, "open", AT)]


def finding(rule: str, failed: int) -> Finding:
    said = text(f"规则 {rule}", f"rule {rule}")
    return Finding("incident", rule, "warning", "id", failed, 9, ("INC1",), said, said, "itss")


def rows(*ids: str) -> pd.DataFrame:
    return pd.DataFrame({"process": "incident", "measure": "resolution_compliance", "id": list(ids)}, dtype="str")


@pytest.fixture
def second(material: ModuleType) -> content.ReportInputs:
    given = material.make("en", revision=2)
    now = given.measured.nonconformities
    return replace(
        given,
        revisions=LINES,
        findings=[finding("same", 2), finding("more", 5), finding("new", 1)],
        previous_findings=[finding("same", 2), finding("more", 3), finding("gone", 4)],
        previous_nonconformities=pd.concat([now[["process", "measure", "id"]], rows("OLD1", "OLD2")]),
    )


def test_new_other_and_gone_findings_and_nonconformities(second: content.ReportInputs) -> None:
    said = [f"{point.head}: {point.text}" for point in content.build(second).since]
    assert said == [
        "Revision 1: returned · why?",
        "Found in more or fewer rows · Incident: rule more (3 → 5 rows)",
        "New finding · Incident: rule new (0 → 1 rows)",
        "No longer found · Incident: rule gone (4 → 0 rows)",
        "2 nonconformities gone · Incident · Resolution compliance: OLD1, OLD2",
    ]


def test_the_brief_tells_it_and_the_report_does_not(second: content.ReportInputs) -> None:
    report = content.build(second)
    told = brief.render(report, {})
    assert told.count("#### Since the last revision") == 1
    assert "OLD1, OLD2" in told
    assert not [
        block for section in (*contents(report), *appendices(report)) for block in section.lead if "OLD1" in block
    ]


def test_what_is_not_known_of_the_last_revision_is_not_compared(second: content.ReportInputs) -> None:
    unknown = replace(second, previous_findings=None, previous_nonconformities=None)
    assert [point.head for point in content.build(unknown).since] == ["Revision 1"]
    assert content.build(replace(second, revisions=LINES[1:])).since == ()


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", ["The form of the report is another one: own/look.yaml, own/report.en.md.j2"]),
        ("zh-CN", ["报告格式有变: own/look.yaml, own/report.en.md.j2"]),
    ],
)
def test_another_form_is_told_with_its_files(second: content.ReportInputs, language: str, said: list[str]) -> None:
    entry = second.entry.model_copy(update={"language": language})
    files = (("form", "own/look.yaml"), ("form", "own/report.en.md.j2"))
    given = replace(second, entry=entry, reformed=files)
    assert [f"{point.head}: {point.text}" for point in content.build(given).since][1:2] == said


@pytest.mark.parametrize("part", ["definitions", "exclusions"])
def test_so_are_own_measures_and_agreed_exclusions(second: content.ReportInputs, part: str) -> None:
    heads = [point.head for point in content.build(replace(second, reformed=((part, "x.yaml"),))).since]
    assert heads[1] in ("The definitions of the own KPIs are others", "The agreed exclusions are others")
