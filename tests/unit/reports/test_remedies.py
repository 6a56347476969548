"""Of a missed target: what is being done, why it could not be measured, and that zero per cent stays in its table."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from types import ModuleType
from typing import Any

import pandas as pd
import pytest
from itss.reports import catalogue, content, lacking, remedies
from itss.reports.cells import Cells
from itss.reports.content import ImprovementLine
from itss.reports.document import Table
from itss.reports.writer import Writer
from report_parts import contents

RATE = ("incident", "resolution_compliance")


def writer(material: ModuleType, language: str = "en", **changes: Any) -> Writer:
    given = material.make(language, **changes)
    return Writer(given, Cells(catalogue.load(language), given.period.zone))  # type: ignore[arg-type]


def item(title: str, state: str = "open", **changes: Any) -> ImprovementLine:
    due = dt.date(2026, 10, 31)
    return ImprovementLine("k-1", "customer_monthly", title, "report_author", due, state, **changes)


def said(material: ModuleType, *items: ImprovementLine, key: tuple[str, str] = RATE, **changes: Any) -> str:
    desk = writer(material, improvements=items, **changes)
    return remedies.said(desk, desk.given.whole[key])


@pytest.mark.parametrize(
    "title", ["Raise Resolution compliance", "提高SLA达成率", "incident.resolution_compliance: second line"]
)
def test_an_item_that_names_the_target_is_its_action(material: ModuleType, title: str) -> None:
    assert said(material, item(title)) == f"action k-1: {title}, Report author, due 2026-10-31"


def test_an_overdue_action_says_so(material: ModuleType) -> None:
    assert "was due 2026-10-31 and is overdue" in said(material, item("Raise Resolution compliance", "overdue"))


def test_a_longer_name_is_not_the_shorter_one(material: ModuleType) -> None:
    about = item("Lower the Backlog over 30 days")
    nothing = "nobody has said yet what is being done"
    assert said(material, about, key=("incident", "backlog")) == nothing
    assert said(material, about, key=("incident", "backlog_over_30d")).startswith("action k-1")


def test_a_name_of_two_processes_needs_its_process(material: ModuleType) -> None:
    known = material.measures()
    known["change", "opened"] = replace(known["change", "opened"], name=known["incident", "opened"].name)
    for title, key, is_named in (
        ("Fewer opened", ("incident", "opened"), False),
        ("Fewer opened", ("change", "opened"), False),
        ("Incident: fewer opened", ("incident", "opened"), True),
        ("Incident: fewer opened", ("change", "opened"), False),
    ):
        assert said(material, item(title), key=key, measures=known).startswith("action") == is_named, title


def test_the_last_action_did_not_work(material: ModuleType) -> None:
    last = item(
        "Raise Resolution compliance", "done", closed_on=dt.date(2026, 8, 3), result="second line", is_past=True
    )
    told = said(material, last)
    assert told.startswith("the last action k-1 was closed on 2026-08-03 (second line), and the target is missed all")
    assert told.endswith("nobody has said yet what is being done")
    report = content.build(material.make("en", improvements=(last,)))
    assert report.improvements is None, "what is past is no longer followed up"


def test_where_nobody_said_anything_the_comment_is_named(material: ModuleType) -> None:
    assert said(material, comment="short of staff") == "no action names this target; see the author's comment"


def test_causes_and_corrections_of_the_rows(material: ModuleType) -> None:
    rows = material.nonconformities(4).assign(cause=["disk", "disk", "", None], action=["", "", "replaced", ""])
    desk = writer(material, measured={"nonconformities": rows})
    table = remedies.table(desk, [desk.given.whole[RATE], desk.given.whole["satisfaction", "csat_top2"]])
    assert [cell.text for cell in table.rows[0][1:3]] == [
        "replaced (1); 1 of 4 records say what was done",
        "disk (2); 2 of 4 records name a cause",
    ]
    assert [cell.text for cell in table.rows[1][1:3]] == ["nobody has said yet"] * 2


@pytest.mark.parametrize(
    ("action", "cause", "wanted"),
    [
        (["replaced", "", "", ""], ["disk", "", "", ""], "; 1 of 4 records say how they were corrected"),
        (["", "", "", ""], ["disk", "disk", "", None], "; 2 of 4 records name a cause"),
    ],
)
def test_what_the_records_say_is_not_denied_where_no_action_is_named(
    material: ModuleType, action: list[str], cause: list[str], wanted: str
) -> None:
    rows = material.nonconformities(4).assign(cause=cause, action=action)
    assert said(material, measured={"nonconformities": rows}) == "no corrective action is named yet" + wanted


def test_the_scorecard_has_the_reasons_that_did_not_fit(material: ModuleType) -> None:
    figures = material.figures()
    lost = figures["target"].notna()
    figures.loc[lost, ["value", "status"]] = [None, "not_available"]
    report = content.build(material.make("en", measured={"figures": figures}))
    points = [point for point in report.wrong if point.text.startswith("not measured against")]
    assert len(points) == 5
    note = report.scorecard.note.removeprefix("Not measured: ").split(". Change: ")[0]
    assert len(note.split("; Incident · ")) + len(points) <= lost.sum()
    assert not [point.head for point in points if f"{point.head}: " in report.scorecard.note]


def unmeasured(material: ModuleType, language: str = "en") -> pd.DataFrame:
    figures = material.figures()
    lost = (figures["measure"] == "resolution_compliance") & (figures["dimension"] == "")
    figures.loc[lost, ["value", "status"]] = [None, "not_available"]
    return figures


def test_a_target_that_was_not_measured_stays_on_the_scorecard(material: ModuleType) -> None:
    report = content.build(material.make("en", measured={"figures": unmeasured(material)}))
    assert report.headline == "10 targets agreed, 9 measured, 3 met (1 of them at risk), 6 missed."
    row = next(row for row in report.scorecard.rows if row[0].text == "Incident · Resolution compliance")
    assert [cell.text for cell in row[1:4]] == ["not available", "≥ 95.0%", "not measured"]
    assert "Not measured" not in report.scorecard.note, "it is said once, under what went wrong"
    assert row[8].text == "–", "no cases of what was not measured"
    point = next(point for point in report.wrong if point.head == "Incident · Resolution compliance")
    assert point.text.startswith("not measured against ≥ 95.0%: ")
    assert ("not measured", 1) in [(tally.label, tally.count) for tally in report.tallies]


def test_why_it_could_not_be_measured(material: ModuleType) -> None:
    figures = unmeasured(material)
    given = material.make("en").submissions
    without = [one if one.process != "incident" else type(one)(**vars(one) | {"columns": ("id",)}) for one in given]
    missing = [one if one.process != "incident" else type(one)(**vars(one) | {"missing": "gone"}) for one in given]
    process = material.processes()["incident"]
    opened = process.columns[0].__class__("opened_at", "instant", process.name)
    known = {"incident": type(process)(**vars(process) | {"columns": (*process.columns, opened)})}
    for submissions, wanted in (
        (without, "the source has no opened_at (Incident)"),
        (missing, "the data of Incident could not be collected"),
    ):
        desk = writer(material, measured={"figures": figures}, submissions=submissions, processes=known)
        assert lacking.reason(desk, desk.given.whole[RATE]) == wanted


def test_zero_per_cent_stays_in_its_table(material: ModuleType) -> None:
    figures = material.figures()
    split = (figures["process"] == "incident") & (figures["dimension"] == "priority")
    figures.loc[split & (figures["unit"] == "share"), "value"] = 0.0
    report = content.build(material.make("en", measured={"figures": figures}))
    table = next(
        block
        for section in contents(report)
        for block in section.blocks
        if isinstance(block, Table) and block.caption == "Incident by priority"
    )
    at = [column.title for column in table.columns].index("Resolution compliance")
    assert {row[at].text.split(" (n = ")[0] for row in table.rows} == {"0.0%"}


def test_one_of_three_is_missed_with_its_base_and_moves_nothing(material: ModuleType) -> None:
    figures, (history, trends) = material.figures(), material.history_and_trends()
    whole = (figures["measure"] == "resolution_compliance") & (figures["dimension"] == "")
    figures.loc[whole, ["value", "numerator", "denominator", "n"]] = [2 / 3, 2, 3, 3]
    report = content.build(material.make("zh-CN", measured={"figures": figures, "history": history, "trends": trends}))
    point = next(point for point in report.wrong if point.head == "事件 · SLA达成率")
    assert point.text == "实际 66.7%，目标 ≥ 95.0%；3 件中 1 件不符合（样本少）；尚未说明如何处理"
    row = next(row for row in report.scorecard.rows if row[0].text == "事件 · SLA达成率")
    assert (row[3].text, row[-3].text, row[-2].text) == ("✗ 未达成", "2 / 3 · 样本少", "800")
    assert "事件 · SLA达成率" not in [point.head for point in report.moved]
