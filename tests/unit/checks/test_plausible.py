"""Instants that cannot be, in every process and every column; plans may lie ahead; totals rows and the floor."""

import datetime as dt

import pandas as pd
import pytest
from itss.checks.late import late_findings
from itss.checks.plausible import implausible
from itss.checks.quarantine import allowed
from itss.checks.run import check
from itss.checks.verdicts import About
from itss.measures.coverage import Collected
from itss.periods import parse_period
from itss.processes import PROCESSES
from itss.sources.conform import conform

SEPTEMBER = parse_period("2026-09", "month", "UTC")
NOW = dt.datetime(2026, 10, 1, 0, 30, tzinfo=dt.UTC)
ABOUT = About(period=SEPTEMBER, collected=Collected(NOW))
FACTS = [
    (process, column)
    for process in PROCESSES.values()
    for column in process.columns
    if column.type == "instant" and not column.is_plan
]
PLANS = [(p, c) for p in PROCESSES.values() for c in p.columns if c.type == "instant" and c.is_plan]


def rows(process, count=40, **changed):
    """Plain rows of September, a begin each; ``changed`` cells by column and row."""
    columns = {
        "id": [f"R{n:02d}" for n in range(count)],
        process.leading: [f"2026-09-{1 + n % 30:02d} 08:00" for n in range(count)],
    }
    for name, cells in changed.items():
        columns.setdefault(name, [None] * count)
        for row, value in cells.items():
            columns[name][row] = value
    return conform(process, {name: pd.Series(cells, dtype=object) for name, cells in columns.items()}, "UTC")


def found(process, frame, **about):
    given = {"period": SEPTEMBER, "collected": Collected(NOW), "fresh_days": 60.0} | about
    checked = check([(process, frame, "file.csv")], {process.id: About(**given)})
    return {one.rule: one for one in checked.findings}, checked.quarantine


@pytest.mark.parametrize(("process", "column"), FACTS, ids=lambda one: getattr(one, "id", getattr(one, "name", "")))
@pytest.mark.parametrize("value", ["2062-09-04 08:00", "0206-09-04 08:00", "1999-12-31 23:59", "2026-10-01 00:41"])
def test_every_fact_of_every_process_lies_between_the_earliest_day_and_the_collection(process, column, value):
    told = implausible(process, rows(process, 3, **{column.name: {1: value}}), ABOUT)
    assert told.isna().tolist() == [True, False, True]
    assert told[1].startswith(f"{column.name}=")


@pytest.mark.parametrize(("process", "column"), FACTS, ids=lambda one: getattr(one, "id", getattr(one, "name", "")))
def test_a_clock_may_be_some_minutes_ahead(process, column):
    assert implausible(process, rows(process, 3, **{column.name: {1: "2026-10-01 00:39"}}), ABOUT).isna().all()


@pytest.mark.parametrize(("process", "column"), PLANS, ids=lambda one: getattr(one, "id", getattr(one, "name", "")))
def test_a_plan_may_lie_ahead_but_not_before_everything(process, column):
    assert implausible(process, rows(process, 3, **{column.name: {1: "2038-01-18 00:00"}}), ABOUT).isna().all()
    assert implausible(process, rows(process, 3, **{column.name: {1: "0206-01-18"}}), ABOUT).notna().sum() == 1


def test_a_planned_window_may_lie_ahead_and_an_outage_may_not():
    process = PROCESSES["availability"]
    frame = rows(process, 3, started_at={0: "2026-12-01", 1: "2026-12-01"}, is_planned={0: True, 1: False})
    assert implausible(process, frame, ABOUT).notna().tolist() == [False, True, False]


@pytest.mark.parametrize(
    ("column", "bad", "good"),
    [
        ("states", "2026-09-01T08:00Z=open;2062-09-01T08:00Z=solved", "2026-09-01T08:00Z=open"),
        ("states", "0206-09-01T08:00Z=open;2026-09-01T08:00Z=solved", "2026-09-01T08:00Z=open"),
        ("pauses", "2026-09-01T08:00Z/2062-09-01T08:00Z;2062-10-01T08:00Z/", "2026-09-01T08:00Z/2026-09-02T08:00Z"),
        ("pauses", "2026-09-01T08:00Z/2062-09-01T08:00Z;2026-09-02T08:00Z/2026-09-02T09:00Z", "2026-09-01T08:00Z/"),
    ],
)  # fmt: skip
def test_histories_and_pauses_are_asked_too(column, bad, good):
    process = PROCESSES["incident"]
    if column not in {one.name for one in process.columns}:
        pytest.skip("incidents have no such column yet")
    told = implausible(process, rows(process, 3, **{column: {0: bad, 1: good}}), ABOUT)
    assert told.notna().tolist() == [True, False, False]


def test_the_earliest_day_is_a_setting_and_said():
    process = PROCESSES["incident"]
    frame = rows(process, opened_at={3: "1998-05-01"})
    finding = found(process, frame)[0]["plausible"]
    assert (finding.column, finding.rows) == ("opened_at", ("R03: opened_at=1998-05-01 00:00:00Z",))
    assert "before 2000-01-01 or after the collection at 2026-10-01 00:30 UTC" in finding.why.en
    assert "plausible" not in found(process, frame, earliest=dt.date(1990, 1, 1))[0]


def test_such_rows_are_in_no_figure_and_make_nothing_fresh():
    process = PROCESSES["incident"]
    frame = rows(process, opened_at=dict.fromkeys(range(40), "2026-09-01") | {7: "2062-09-04"})
    findings, quarantine = found(process, frame, fresh_days=2.0)
    assert quarantine[["id", "rules", "cells"]].to_numpy().tolist() == [
        ["R07", "plausible", "opened_at=2062-09-04 00:00:00Z"]
    ]
    assert findings["fresh"].severity == "critical"
    assert "newest record is of 2026-09-01" in findings["fresh"].why.en


@pytest.mark.parametrize(
    ("total", "share", "most"),
    [(5, 0.01, 0), (9, 0.01, 0), (10, 0.01, 1), (29, 0.01, 2), (60, 0.01, 3), (400, 0.01, 4), (60, 0.0, 0)],
)  # fmt: skip
def test_how_many_broken_rows_do_not_stop_a_file(total, share, most):
    assert allowed(total, share) == most


@pytest.mark.parametrize("word", ["合计", "总计：", "Total", "grand total", "Totals:"])
def test_a_totals_row_is_called_one_and_stops_no_file_however_small(word):
    process = PROCESSES["incident"]
    frame = rows(process, 8, id={7: word}, opened_at={7: None})
    finding = found(process, frame)[0]["opened_at_present"]
    assert finding.severity == "warning"
    assert "totals rows" in finding.remedy.en
    assert "合计行" in finding.remedy.zh
    broken = rows(process, 8, opened_at={7: None})
    finding = found(process, broken)[0]["opened_at_present"]
    assert (finding.severity, "totals" in finding.remedy.en) == ("critical", False)


def test_a_finding_without_a_totals_row_does_not_call_its_rows_totals():
    process = PROCESSES["incident"]
    findings = found(process, rows(process, 8, id={7: "Total"}, opened_at={7: None, 3: "2062-09-04"}))[0]
    assert findings["plausible"].rows == ("R03: opened_at=2062-09-04 00:00:00Z",)
    assert "2 / 8 (25.00%; totals rows among them: 1, whoever" in findings["plausible"].remedy.en
    assert "共 2 / 8（25.00%；其中合计行 1 行" in findings["plausible"].remedy.zh


def late(process, frame):
    return [(one.process, one.severity, one.rows) for one in late_findings([(process, frame, "file.csv")], SEPTEMBER)]


def test_what_was_written_down_after_the_period_is_listed_by_id():
    process = PROCESSES["incident"]
    frame = rows(process, 4, recorded_at={0: "2026-09-30 23:59", 1: "2026-10-01 00:00", 2: "2026-10-05"})
    assert late(process, frame) == [("incident", "info", ("R01", "R02"))]
    assert late(process, rows(process, 4)) == []


def test_an_outage_that_spans_the_period_is_of_the_period_and_one_that_was_over_is_not():
    process = PROCESSES["availability"]
    frame = rows(
        process,
        3,
        started_at=dict.fromkeys(range(3), "2026-08-01"),
        ended_at={0: "2026-10-03", 1: "2026-08-02"},
        recorded_at=dict.fromkeys(range(3), "2026-10-05"),
    )
    assert late(process, frame) == [("availability", "info", ("R00", "R02"))]
