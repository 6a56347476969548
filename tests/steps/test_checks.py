"""Quarantine, history and the page of checks, from the hand-in to what people read."""

import csv
import io
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from itss import steps
from itss.cli import main as itss
from itss.errors import DataRefusedError
from itss.periods import parse_period
from itss.register.__main__ import main
from itss.settings import settings
from walk import KEY, NOW, PERIOD, draft, register, sign

HEAD = "number,opened,resolved"
SEPTEMBER = parse_period(PERIOD, "month", "UTC")


def rows(count, month="2026-09", wrong=()):
    """So many tickets on the days of a month, each solved an hour later; the ``wrong`` ones a year before."""
    lines = []
    for at in range(count):
        day = f"{month}-{1 + at % 30:02d}"
        solved = "2025-09-01 00:00" if at in wrong else f"{day} 09:00"
        lines.append(f"INC{month}-{at:03d},{day} 08:00,{solved}")
    return lines


def hand_in(house, *lines):
    (house / "list" / "log.csv").write_text("\n".join([HEAD, *lines]) + "\n")


def folder(period=PERIOD, number=1):
    return settings().var / "workspace" / KEY / period / f"r{number:02d}"


def figures(place):
    with (place / "figures.csv").open() as file:
        return {row["measure"]: row["value"] for row in csv.DictReader(file) if not row["member"]}


def test_rows_in_quarantine_are_in_no_figure_and_everybody_is_told(house, mail):
    hand_in(house, *rows(200, wrong=(4, 9)))
    job, made = draft()
    assert float(figures(folder())["opened"]) == 198
    book = openpyxl.load_workbook(io.BytesIO((folder() / "report.xlsx").read_bytes()))
    listed = [[cell.value for cell in row if cell.value is not None] for row in book["Quarantine"].iter_rows()]
    listed = [line for line in listed if len(line) > 1]  # below the title and its note
    assert [line[1] for line in listed[1:]] == ["INC2026-09-004", "INC2026-09-009"]
    assert "resolved_at=2025-09-01 00:00:00Z" in listed[1][-1]
    page = (folder() / "report.html").read_text()
    assert "2 rows cannot be true and are in no figure" in page
    assert "cannot be true, quarantined" in page
    brief = steps.brief(job, "approval", "http://localhost:8080/run")
    assert "quarantined, in no figure: 2 / 200" not in brief, "the brief says what is wrong, the page what to do"
    assert "resolved_at is before opened_at" in brief.replace("\\", "")
    assert f"/itss/reports/{KEY}/{PERIOD}/r01#checks" in brief
    sign(job)
    steps.release(job)
    steps.deliver(job)
    kept = Path(steps.seal(job)["archive"])
    assert {"checks.html", "quarantine.parquet"} <= {path.name for path in kept.iterdir()}
    again = draft("run-2")[1]
    assert (again["unchanged"], again["said_sha256"]) == (True, made["said_sha256"])


def test_the_rows_behind_a_figure_are_without_those_in_quarantine(house, capsys):
    hand_in(house, *rows(200, wrong=(4, 9)))
    listed = str(house / "list" / "report_list.yaml")
    asked = ["--period", PERIOD, "--measure", "opened", "--out", str(house / "rows.csv")]
    assert itss(["rows", "--list", listed, "--report", KEY, *asked]) == 0, capsys.readouterr().err
    assert len((house / "rows.csv").read_text().splitlines()) == 1 + 198


def test_too_many_of_them_stop_and_the_page_is_there_all_the_same(house):
    hand_in(house, *rows(200, wrong=(4, 9, 14, 19)))
    job = steps.open_report(KEY, PERIOD, "run-1", NOW)
    steps.collect(job, "incident")
    with pytest.raises(DataRefusedError) as refused:
        steps.check(job)
    said = str(refused.value).splitlines()
    assert said[1].startswith(
        "critical: incident.resolved_at_not_before_opened_at (resolved_at, opened_at): 4 of 200 rows"
    )
    assert said[2] == f"All checks: {KEY}/{PERIOD}/r01/checks.html"
    assert "报告停止" in (folder() / "checks.html").read_text()
    assert not (folder() / "figures.csv").exists()
    assert [finding.severity for finding in register().findings((KEY, PERIOD, 1))] == ["critical", "info"]


def test_a_source_that_lost_most_of_its_rows_is_stopped_by_its_own_past(house, capsys):
    months = [f"2026-{month:02d}" for month in range(3, 9)]
    lines = [line for month in ["2026-02", *months] for line in rows(28, month)]
    for at, month in enumerate(months):
        hand_in(house, *lines[: 28 * (at + 2)])
        job = steps.open_report(KEY, month, f"run-{month}", NOW)
        steps.collect(job, "incident")
        steps.check(job)
        steps.measure(job)
        steps.render(job)
    # rows handed in: 56, 84, 112, 140, 168, 196; the median is 126
    assert register().past(KEY, SEPTEMBER).rows == {"incident": (56, 84, 112, 140, 168, 196)}
    hand_in(house, *rows(25))
    job = steps.open_report(KEY, PERIOD, "run-1", NOW)
    steps.collect(job, "incident")
    with pytest.raises(DataRefusedError, match="Only 25 rows, less than 20 % of the median of 6 earlier periods, 126"):
        steps.check(job)
    assert register().past(KEY, SEPTEMBER.shift(1)).rows["incident"][-1] == 196, "a stopped period is no example"


def test_the_history_of_findings_and_since_when_one_recurs(house, capsys):
    for month in ("2026-07", "2026-08", "2026-09"):
        hand_in(house, *rows(200, month, wrong=(4,)))
        job = steps.open_report(KEY, month, f"run-{month}", NOW)
        steps.collect(job, "incident")
        steps.check(job)
        steps.measure(job)
        steps.render(job)
    assert main(["findings", KEY]) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[0] == "2026-07 r1 rendered: 2 finding(s)"
    assert said[1].startswith("   warning: incident.resolved_at_not_before_opened_at")
    assert len(said) == 9
    assert main(["findings", KEY, "--process", "change"]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "2026-09 r1 rendered: no finding(s)"
    assert main(["findings", "nothing"]) == 0
    assert pd.read_csv(folder() / "findings.csv")["since"].tolist() == ["2026-07", "2026-07"]
    assert "Found in every period since 2026-07." in (folder() / "report.html").read_text()
    assert "Found in every period" not in (folder("2026-07") / "report.html").read_text()
