"""A supplier's report from its README: template, workbook filled in, handed in, previewed; only commands are used."""

import csv
import datetime as dt
import re
from pathlib import Path

import openpyxl
import pytest
from itss.cli import main

LISTED = Path(__file__).resolve().parents[2] / "docs" / "examples" / "supplier" / "report_list.yaml"
REPORT, PERIOD = "supplier_monthly", "2026-09"
DAY = dt.datetime(2026, 9, 30, 8)  # noqa: DTZ001 - a workbook has no zones


@pytest.fixture(autouse=True)
def house(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ITSS_VAR", str(tmp_path / "var"))
    monkeypatch.setenv("ITSS_REPORT_LIST", str(LISTED))
    return tmp_path


def hand_in(process, *rows):
    """Fill the template of ``process`` in, by its headers, and hand it in."""
    assert main(["template", REPORT, process, "--period", PERIOD]) == 0
    path = Path(f"{REPORT}_{PERIOD}_{process}.xlsx")
    book = openpyxl.load_workbook(path)
    sheet = book.worksheets[0]
    named = {re.match(r"\w+", str(cell.value))[0]: cell.column for cell in sheet[1]}
    for line, row in enumerate(rows, start=2):
        for name, value in row.items():
            sheet.cell(line, named[name], value)
    book.save(path)
    assert main(["hand-in", REPORT, PERIOD, process, str(path), "--by", "data_provider"]) == 0


def preview():
    return main(["preview", "--report", REPORT, "--period", PERIOD, "--out", "out"])


def test_the_example_previews_what_was_handed_in(house, capsys):
    assert preview() == 1
    assert "handed in" in capsys.readouterr().err
    cpu = {"resource": "db", "kind": "cpu", "sampled_at": DAY, "threshold": 0.8}
    hand_in("capacity", {"id": "C1", "utilisation": 0.4} | cpu, {"id": "C2", "utilisation": 0.9} | cpu)
    hand_in("service_level", {"id": "S1", "service": "Cloud", "measured_at": DAY, "target": 0.99, "achieved": 0.995})
    assert preview() == 0, capsys.readouterr().err
    made = {path.name for path in (house / "out").iterdir()}
    assert {"report.xlsx", "report.html", "checks.html", "figures.csv"} <= made
    with (house / "out" / "figures.csv").open(newline="", encoding="utf-8") as file:
        found = {(row["process"], row["measure"]) for row in csv.DictReader(file) if row["value"]}
    assert {process for process, _ in found} >= {"capacity", "service_level"}
