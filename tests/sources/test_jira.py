"""The CSV export of Jira Service Management: headers that repeat, times, SLA fields, and figures worked out by hand."""

import csv
import datetime as dt
import shutil

import pandas as pd
import pytest
from itss.errors import SourceError
from measured import EXAMPLES, previewed

START = dt.datetime(2026, 1, 31, 16, tzinfo=dt.UTC)
END = dt.datetime(2026, 3, 31, 16, tzinfo=dt.UTC)
TTR, FIRST = "Custom field (Time to resolution)", "Custom field ([CHART] Date of First Response)"
CAUSE, KIND = "Custom field (Root cause)", "Custom field (Change type)"
BEGIN, FINISH = "Custom field (Change start date)", "Custom field (Change completion date)"
RATING, RATED = "Satisfaction rating", "Custom field (Satisfaction date)"
LINK = "Inward issue link (Problem/Incident)"
HEADER = [
    "Summary", "Issue key", "Issue id", "Issue Type", "Status", "Priority", "Resolution", "Created", "Updated",
    "Resolved", "Components", "Components", "Watchers", "Watchers", "Description", LINK,
    "Custom field (Affected services)", KIND, BEGIN, FINISH, CAUSE, TTR, "Custom field (Time to first response)",
    RATING, RATED, FIRST, "Comment", "Comment", "Status Category", "Status Category Changed",
]  # fmt: skip
TEXT = 'Since noon:\n\n"no mail", at all, e.g. !image.png|width=5!'
ISSUES = [
    {"Issue key": "IT-1", "Issue Type": "[System] Incident", "Status": "Resolved", "Priority": "High",
     "Resolution": "Done", "Created": "02/Mar/26 9:00 AM", "Resolved": "02/Mar/26 3:00 PM", TTR: "2:00",
     FIRST: "2026-03-02 09:30:00.123", "Components": "Mail", "Custom field (Affected services)": "Mail",
     "Description": TEXT, LINK: "IT-20", RATING: "5", RATED: "03/Mar/26 9:00 AM", "Status Category": "Done",
     "Status Category Changed": "02/Mar/26 3:00 PM"},
    {"Issue key": "IT-2", "Issue Type": "Incident", "Status": "Closed", "Priority": "High", "Resolution": "Done",
     "Created": "03/Mar/26 9:00 AM", "Resolved": "05/Mar/26 12:00 PM", TTR: "-13:00", FIRST: "2026-03-03 11:00:00.0",
     "Status Category": "Done", "Status Category Changed": "08/Mar/26 12:00 PM"},
    # the workflow set no resolution
    {"Issue key": "IT-3", "Issue Type": "Incident", "Status": "Done", "Priority": "Medium",
     "Created": "09/Mar/26 9:00 AM", TTR: "1w 2d", FIRST: "2026-03-09 10:00:00.0", "Status Category": "Done",
     "Status Category Changed": "10/Mar/26 12:00 AM"},
    # opened again, with its resolution
    {"Issue key": "IT-4", "Issue Type": "Incident", "Status": "In Progress", "Priority": "High", "Resolution": "Done",
     "Created": "16/Mar/26 9:00 AM", "Resolved": "17/Mar/26 9:00 AM", TTR: "-85:00", FIRST: "2026-03-16 09:10:00.0",
     RATING: "2", RATED: "17/Mar/26 10:00 AM", "Status Category": "In Progress",
     "Status Category Changed": "18/Mar/26 9:00 AM"},
    {"Issue key": "IT-5", "Issue Type": "Incident", "Status": "Closed", "Priority": "Low", "Resolution": "Duplicate",
     "Created": "11/Mar/26 9:00 AM", "Resolved": "11/Mar/26 10:00 AM", "Status Category": "Done"},
    {"Issue key": "IT-6", "Issue Type": "Incident", "Status": "Open", "Priority": "Low",
     "Created": "31/Mar/26 11:59 PM", "Status Category": "To Do"},
    {"Issue key": "IT-10", "Issue Type": "[System] Service request with approvals", "Status": "Resolved",
     "Priority": "Low", "Resolution": "Done", "Created": "02/Mar/26 9:00 AM", "Resolved": "03/Mar/26 12:30 PM",
     TTR: "0:00", FIRST: "2026-03-02 12:00:00.0", "Status Category": "Done"},
    {"Issue key": "IT-11", "Issue Type": "Service Request", "Status": "Waiting for support", "Priority": "Low",
     "Created": "31/Mar/26 9:00 AM", "Status Category": "To Do"},
    {"Issue key": "IT-20", "Issue Type": "Problem", "Status": "Under investigation", "Priority": "High",
     "Created": "04/Mar/26 9:00 AM", CAUSE: "Bad driver", "Status Category": "In Progress"},
    {"Issue key": "IT-30", "Issue Type": "Change", "Status": "Completed", "Priority": "High", "Resolution": "Done",
     "Created": "25/Feb/26 9:00 AM", "Resolved": "02/Mar/26 10:00 PM", KIND: "Emergency",
     BEGIN: "02/Mar/26 8:00 PM", FINISH: "02/Mar/26 10:00 PM", "Status Category": "Done"},
    {"Issue key": "IT-31", "Issue Type": "Change", "Status": "Failed", "Priority": "High", "Resolution": "Done",
     "Created": "02/Mar/26 9:00 AM", "Resolved": "04/Mar/26 10:00 PM", KIND: "Normal", "Status Category": "Done"},
    {"Issue key": "IT-32", "Issue Type": "Change", "Status": "Declined", "Priority": "High",
     "Created": "02/Mar/26 9:00 AM", KIND: "Normal", "Status Category": "Done",
     "Status Category Changed": "05/Mar/26 9:00 AM"},
    {"Issue key": "IT-33", "Issue Type": "Change", "Status": "Closed", "Priority": "High", "Resolution": "Done",
     "Created": "02/Mar/26 9:00 AM", "Resolved": "06/Mar/26 9:00 AM", KIND: "Standard", "Status Category": "Done"},
    {"Issue key": "IT-34", "Issue Type": "Change", "Status": "Implementing", "Priority": "High",
     "Created": "28/Mar/26 9:00 AM", KIND: "Normal", "Status Category": "In Progress"},
    {"Issue key": "IT-40", "Issue Type": "Task", "Status": "Open", "Created": "02/Mar/26 9:00 AM"},
]  # fmt: skip


def write(path, issues, header=HEADER):
    with path.open("w", newline="", encoding="utf-8") as file:
        # a header that repeats has its value in the first of its columns
        rows = [
            [issue.get(name, "") if name not in header[:n] else "" for n, name in enumerate(header)] for issue in issues
        ]
        csv.writer(file).writerows([header, *rows])
    return str(path)


@pytest.fixture
def read(rows_of, tmp_path):
    def rows(process, issues=ISSUES, header=HEADER):
        path = write(tmp_path / "jira.csv", issues, header)
        return rows_of("jira", process, path, "Asia/Shanghai", START, END).set_index("id")

    return rows


def at(local):
    return pd.Timestamp(f"2026-{local}", tz="Asia/Shanghai")


def test_the_types_of_issues_are_processes(read):
    assert read("incident").index.to_list() == ["IT-1", "IT-2", "IT-3", "IT-4", "IT-5", "IT-6"]
    assert read("request").index.to_list() == ["IT-10", "IT-11"]
    assert read("problem").index.to_list() == ["IT-20"]
    assert read("change").index.to_list() == ["IT-30", "IT-31", "IT-32", "IT-33", "IT-34"]
    for process in ("incident", "request", "problem", "change", "satisfaction"):
        assert read(process)["_unparsed"].isna().all()


def test_when_an_issue_was_done(read):
    rows = read("incident")
    assert rows["resolved_at"].dropna().to_dict() == {
        "IT-1": at("03-02 15:00"), "IT-2": at("03-05 12:00"), "IT-3": at("03-10 00:00"), "IT-5": at("03-11 10:00"),
    }  # fmt: skip
    assert rows.index[rows["is_cancelled"]].to_list() == ["IT-5"]
    assert rows.loc["IT-1", "responded_at"] == at("03-02 09:30:00.123")


def test_what_was_left_of_the_target_is_negative_where_it_was_missed(read):
    met = read("incident")["sla_met_recorded"]
    assert met.dropna().to_dict() == {"IT-1": True, "IT-2": False, "IT-3": True, "IT-4": False}
    odd = read("incident", [{**ISSUES[0], TTR: "[com.atlassian.sla@1f]"}])
    assert odd["_unparsed"].to_list() == ["sla_met_recorded='[com.atlassian.sla@1f]'"]


def test_repeating_headers_and_texts_of_many_lines(read):
    row = read("incident").loc["IT-1"]
    assert row[["category", "service", "problem", "priority", "state"]].to_list() == [
        "Mail", "Mail", "IT-20", "High", "Resolved",
    ]  # fmt: skip


def test_changes(read):
    rows = read("change")
    assert rows["outcome"].fillna("").to_list() == ["successful", "failed", "cancelled", "", ""]
    assert rows["type"].to_list() == ["emergency", "normal", "normal", "standard", "normal"]
    assert rows.loc["IT-30", ["planned_start_at", "planned_end_at", "ended_at"]].to_list() == [
        at("03-02 20:00"), at("03-02 22:00"), at("03-02 22:00"),
    ]  # fmt: skip
    assert rows["ended_at"].isna().to_list() == [False, False, False, False, True]


def test_asked_is_what_was_done_or_rated(read):
    rows = read("satisfaction")
    assert rows.index.to_list() == ["IT-1", "IT-10", "IT-2", "IT-3", "IT-30", "IT-31", "IT-32", "IT-33", "IT-4"]
    assert rows["score"].dropna().to_dict() == {"IT-1": 5, "IT-4": 2}
    assert (rows.loc["IT-4", "sent_at"], rows.loc["IT-1", "sent_at"]) == (at("03-17 10:00"), at("03-02 15:00"))


@pytest.mark.parametrize("written", ["02/Mar/2026 9:05 AM", "2/Mar/26 09:05", "2026-03-02 09:05", "02/Mar/26 9:05 AM"])
def test_forms_of_times(read, written):
    assert read("incident", [{**ISSUES[0], "Created": written}])["opened_at"].to_list() == [at("03-02 09:05")]


@pytest.mark.parametrize("written", ["02/März/26 9:05 AM", "02/03/26 9:05 AM"])
def test_times_that_do_not_parse_are_told(read, written):
    assert read("incident", [{**ISSUES[0], "Created": written}])["_unparsed"].to_list() == [f"opened_at='{written}'"]


def test_fields_that_jira_leaves_out(read):
    without = [name for name in HEADER if name not in (TTR, LINK, "Components", "Custom field (Affected services)")]
    rows = read("incident", ISSUES, without)
    assert rows[["sla_met_recorded", "problem", "category", "service"]].isna().all(axis=None)


@pytest.mark.parametrize(("process", "column"), [("incident", FIRST), ("problem", CAUSE), ("change", "Resolved")])
def test_a_column_that_must_be_there_is_named(read, process, column):
    with pytest.raises(SourceError) as raised:
        read(process, ISSUES, [name for name in HEADER if name != column])
    assert f"jira/{process}.sql" in str(raised.value)
    assert column in str(raised.value)


# service hours Monday to Friday 9 to 18
FIGURES = {
    ("incident", "opened"): 5,  # IT-1 2 3 4 6
    ("incident", "resolved"): 3,  # IT-1 2 3
    ("incident", "backlog"): 2,  # IT-4 6
    ("incident", "ttr_mean_h"): (6 + 21 + 9) / 3,
    # in time IT-1 and IT-4 (1 h), IT-3 (4 h); late IT-2; the time of IT-6 has not begun
    ("incident", "response_compliance"): 3 / 4,
    # in time IT-1 (8 h), IT-3 (24 h); late IT-2 and, still open, IT-4
    ("incident", "resolution_compliance"): 2 / 4,
    ("incident", "resolution_compliance_recorded"): 2 / 3,
    ("incident", "reopen_rate"): None,
    ("request", "opened"): 2,
    ("request", "resolved"): 1,
    ("request", "ttr_mean_h"): 12.5,
    ("problem", "opened"): 1,
    ("problem", "backlog"): 1,
    ("change", "change_success_rate"): 1 / 2,
    ("change", "backlog"): 1,
    ("change", "on_schedule_rate"): None,
    ("satisfaction", "csat_answers"): 2,
    ("satisfaction", "csat_mean"): 3.5,
    ("satisfaction", "csat_response_rate"): 2 / 9,
}


@pytest.fixture(scope="module")
def figures(tmp_path_factory):
    place = tmp_path_factory.mktemp("jira")
    shutil.copytree(EXAMPLES / "jira", place / "list")
    (place / "list" / "exports").mkdir()
    write(place / "list" / "exports" / "jira.csv", ISSUES)
    return previewed("jira", None, place / "out", folder=place / "list", label="2026-03")[1]


@pytest.mark.parametrize(("process", "measure"), FIGURES)
def test_figures_of_the_example(figures, process, measure):
    assert figures.get((process, measure)) == pytest.approx(FIGURES[process, measure], abs=1e-6)
