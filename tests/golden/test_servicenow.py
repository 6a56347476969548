"""The real ServiceNow event log through `preview`; the answers were counted from the file (shared/data/README.md)."""

import csv
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LOG = ROOT.parent / "shared" / "data" / "servicenow" / "incident_event_log.csv"
LIST = ROOT / "docs" / "examples" / "servicenow" / "report_list.yaml"

MONTHS = {
    "2016-02": (207, 36, 94.44, 3.59, 1.82, 0.00, 171),
    "2016-03": (793, 838, 57.76, 134.63, 52.40, 1.07, 95),
    "2016-04": (0, 52, 0.00, 1063.18, 1022.95, 3.85, 43),
}
MARCH = {
    "Critical": (16, 0.00, 267.05),
    "High": (36, 0.00, 110.85),
    "Moderate": (716, 62.57, 126.54),
    "Low": (70, 51.43, 199.33),
}


@pytest.fixture(scope="module", params=MONTHS)
def previewed(request, tmp_path_factory):
    if not LOG.exists():
        pytest.skip("the ServiceNow export is not beside this project")
    out = tmp_path_factory.mktemp(request.param)
    done = subprocess.run(
        [sys.executable, "-m", "itss", "preview", "--list", LIST, "--report", "servicenow_incidents",
         "--period", request.param, "--out", out],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    with (out / "figures.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return request.param, out, {(r["measure"], r["member"]): r for r in rows if r["period"] == request.param}


def value(figures, measure, member=""):
    return float(figures[measure, member]["value"])


def test_known_answers(previewed):
    month, _, figures = previewed
    opened, resolved, met, mean, median, reopened, backlog = MONTHS[month]
    assert value(figures, "opened") == opened
    assert value(figures, "resolved") == resolved
    assert round(100 * value(figures, "resolution_compliance_recorded"), 2) == met
    assert round(value(figures, "ttr_clock_mean_h"), 2) == mean
    assert round(value(figures, "ttr_clock_median_h"), 2) == median
    assert round(100 * value(figures, "reopen_rate_recorded"), 2) == reopened
    assert value(figures, "backlog") == backlog


def test_known_answers_by_priority(previewed):
    month, _, figures = previewed
    if month != "2016-03":
        pytest.skip("the breakdown is known for March")
    for priority, (resolved, met, mean) in MARCH.items():
        assert value(figures, "resolved", priority) == resolved
        assert round(100 * value(figures, "resolution_compliance_recorded", priority), 2) == met
        assert round(value(figures, "ttr_clock_mean_h", priority), 2) == mean


def test_what_the_source_lacks_is_not_available(previewed):
    _, _, figures = previewed
    for measure in ("response_compliance", "tta_mean_h", "tta_clock_mean_h", "resolution_compliance", "reopen_rate"):
        assert (figures[measure, ""]["value"], figures[measure, ""]["status"]) == ("", "not_available")


def test_the_folder_holds_what_was_promised(previewed):
    _, out, _ = previewed
    assert {"report.xlsx", "report.html", "figures.csv", "findings.csv"} <= {path.name for path in out.iterdir()}
