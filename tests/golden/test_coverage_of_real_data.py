"""Real exports through `preview`: a log whose openings end, and maintenance as known at its time and years later."""

import csv
import html
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT.parent / "shared" / "data"
LOG = DATA / "servicenow" / "incident_event_log.csv"
OSG = DATA / "osg_maintenance" / "maintenance_2018_2023.csv"
EXAMPLE = ROOT / "docs" / "examples" / "servicenow"
CLAIMS = ("improving", "worsening", "▲", "outside limits", "lasting shift", "signal")


def previewed(listed, period, out):
    done = subprocess.run(
        [sys.executable, "-m", "itss", "preview", "--list", listed, "--report", "servicenow_incidents",
         "--period", period, "--out", out],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    with (out / "figures.csv").open(newline="", encoding="utf-8") as file:
        return {(r["process"], r["measure"], r["dimension"], r["member"]): r for r in csv.DictReader(file)}


def page(out):
    """The words of the page, and those before its first section."""
    text = re.sub(r"<(style|svg|script)\b.*?</\1>", " ", (out / "report.html").read_text(encoding="utf-8"), flags=re.S)
    words = html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text)))
    return words, words.split("About this report")[0]


@pytest.mark.parametrize("month", ["2016-04", "2016-05", "2016-06", "2016-07", "2016-08", "2016-09"])
def test_a_log_whose_openings_ended_in_march_claims_nothing_about_openings(month, tmp_path):
    if not LOG.exists():
        pytest.skip("the ServiceNow export is not beside this project")
    found = previewed(EXAMPLE / "report_list.yaml", month, tmp_path)
    per_day = found["incident", "volume_per_workday", "", ""]
    assert (per_day["value"], per_day["status"]) == ("", "not_applicable")
    _, front = page(tmp_path)
    assert "openings of this source run from 2016-02-29 01:16 to 2016-03-03 07:52" in front
    assert f"{month} is not covered" in front
    import pandas as pd

    assert pd.read_parquet(tmp_path / "trends.parquet").empty
    assert month not in set(pd.read_parquet(tmp_path / "history.parquet")["period"])
    words, _ = page(tmp_path)
    trends = words.split("Trend information")[-1].split("Satisfaction analysis")[0]
    assert not [claim for claim in CLAIMS if claim in trends]


def _list(folder, file):
    """The example's list, on maintenance instead of incidents."""
    text = (EXAMPLE / "report_list.yaml").read_text(encoding="utf-8")
    begin, end = text.index("    data_source:"), text.index("    collection_method")
    source = f"{{system: osg_topology, file: {json.dumps(str(file))}, timezone: UTC}}"
    text = text[:begin] + f"    data_source:\n      availability: {source}\n      change: {source}\n" + text[end:]
    text = text.replace("first: 2016-02-01", "first: 2018-01-01").replace("[priority]", "[service]")
    (folder / "agreements").mkdir(parents=True)
    for one in (EXAMPLE / "agreements").iterdir():
        (folder / "agreements" / one.name).write_bytes(one.read_bytes())
    (folder / "report_list.yaml").write_text(text, encoding="utf-8")
    return folder / "report_list.yaml"


KNOWN_ON = "2021-04-01"


def test_maintenance_as_it_is_and_as_it_was_known_differ_by_the_late_entries_alone(tmp_path):
    if not OSG.exists():
        pytest.skip("the maintenance windows are not beside this project")
    with OSG.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    early = [row for row in rows if row["first_commit"] < KNOWN_ON]
    with (tmp_path / "known.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(early)
    now = previewed(_list(tmp_path / "a", OSG), "2021-03", tmp_path / "now")
    then = previewed(_list(tmp_path / "b", tmp_path / "known.csv"), "2021-03", tmp_path / "then")
    late = [
        row
        for row in rows
        if row["first_commit"] >= KNOWN_ON and row["final_start"] < KNOWN_ON and row["final_end"] >= "2021-03-01"
    ]
    assert late
    differing = {key for key in now.keys() | then.keys() if now.get(key) != then.get(key)}
    concerned = {row["resource"] for row in late}
    assert {key[0] for key in differing} == {
        "change" if row["class"] == "SCHEDULED" else "availability" for row in late
    }
    assert {member for _, _, _, member in differing} == {"", *concerned}
    with (tmp_path / "now" / "findings.csv").open(newline="", encoding="utf-8") as file:
        findings = list(csv.DictReader(file))
    told = [one for finding in findings if finding["rule"] == "recorded_late" for one in json.loads(finding["rows"])]
    assert sorted(told) == sorted(row["ID"] for row in late)
    assert all(row["ID"] in page(tmp_path / "now")[0] for row in late)
    assert "recorded_late" not in (tmp_path / "then" / "findings.csv").read_text(encoding="utf-8")
