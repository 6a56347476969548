"""ServiceNow list exports with one row per ticket: headers, times and traps, and figures worked out by hand."""

import csv
import datetime as dt
import shutil

import openpyxl
import pandas as pd
import pytest
from itss.errors import SourceError
from itss.periods import parse_period
from measured import EXAMPLES, ROOT, figures_of, previewed

START = dt.datetime(2026, 1, 31, 16, tzinfo=dt.UTC)
END = dt.datetime(2026, 3, 31, 16, tzinfo=dt.UTC)
HEADER = ["number", "short_description", "state", "priority", "opened_at", "resolved_at", "closed_at", "made_sla",
          "reopen_count", "close_code", "caused_by", "problem_id", "business_service", "assignment_group"]  # fmt: skip
LABELS = ["Number", "Short description", "State", "Priority", "Opened", "Resolved", "Closed", "Made SLA",
          "Reopen count", "Resolution code", "Caused by Change", "Problem", "Service", "Assignment group"]  # fmt: skip
ROWS = [
    ["INC1", "Mail is slow", "Closed", "1 - Critical", "02-03-2026 09:00:00", "02-03-2026 15:00:00",
     "05-03-2026 15:00:00", "false", "0", "Solved (Permanently)", "CHG1", "PRB1", "Mail", "Desk"],
    ["INC2", "No print", "Closed", "3 - Moderate", "03-03-2026 09:00:00", "05-03-2026 12:00:00",
     "08-03-2026 12:00:00", "true", "1", "Solved (Workaround)", "", "PRB1", "Print", "Desk"],
    # reopened: the resolved time stayed
    ["INC3", "No VPN", "In Progress", "2 - High", "09-03-2026 09:00:00", "10-03-2026 09:00:00", "", "true", "1", "",
     "", "", "VPN", "Network"],
    ["INC4", "Mistake", "Canceled", "4 - Low", "11-03-2026 09:00:00", "", "11-03-2026 10:00:00", "true", "0", "", "",
     "", "VPN", "Network"],
    ["INC5", "Mail again", "Closed", "4 - Low", "12-03-2026 09:00:00", "12-03-2026 10:00:00", "12-03-2026 10:00:00",
     "true", "0", "Duplicate", "", "", "Mail", "Desk"],
    ["INC6", "Screen, \"black\"\nsince noon", "New", "3 - Moderate", "31-03-2026 23:59:59", "", "", "true", "0", "",
     "", "", "", ""],
]  # fmt: skip
MORE = {
    "sc_req_item": [
        "number,cat_item,state,priority,opened_at,closed_at,due_date",
        "RITM1,Laptop,Closed Complete,4 - Low,02-03-2026 09:00:00,03-03-2026 09:00:00,04-03-2026 09:00:00",
        "RITM2,Laptop,Closed Incomplete,4 - Low,02-03-2026 09:00:00,13-03-2026 09:00:00,",
        "RITM3,Access,Closed Skipped,4 - Low,02-03-2026 09:00:00,02-03-2026 10:00:00,",
        "RITM4,Access,Work in Progress,4 - Low,02-03-2026 09:00:00,,",
        "RITM5,Access,Open,4 - Low,31-03-2026 09:00:00,,",
    ],
    "problem": [
        "number,state,priority,opened_at,resolved_at,closed_at,cause_notes,resolution_code",
        "PRB1,Fix in Progress,2 - High,04-03-2026 09:00:00,,,Bad driver,",
        "PRB2,Closed,2 - High,04-03-2026 09:00:00,20-03-2026 09:00:00,23-03-2026 09:00:00,,Fix Applied",
        "PRB3,Closed,2 - High,05-03-2026 09:00:00,05-03-2026 10:00:00,05-03-2026 10:00:00,,Duplicate",
    ],
    "change_request": [
        "number,type,state,start_date,end_date,work_start,work_end,opened_at,closed_at,close_code",
        "CHG1,Normal,Closed,01-03-2026 20:00:00,01-03-2026 22:00:00,01-03-2026 20:00:00,01-03-2026 21:00:00,"
        "20-02-2026 09:00:00,02-03-2026 08:00:00,Successful with issues",
        "CHG2,Emergency,Closed,03-03-2026 20:00:00,03-03-2026 21:00:00,03-03-2026 20:00:00,03-03-2026 22:00:00,"
        "03-03-2026 19:00:00,04-03-2026 09:00:00,Unsuccessful",
        "CHG3,Standard,Closed,,,,,05-03-2026 09:00:00,13-03-2026 09:00:00,Successful",
        "CHG4,Normal,Canceled,30-03-2026 20:00:00,30-03-2026 21:00:00,,,06-03-2026 09:00:00,07-03-2026 09:00:00,",
        "CHG5,Normal,Review,25-03-2026 20:00:00,25-03-2026 21:00:00,25-03-2026 20:00:00,25-03-2026 21:00:00,"
        "16-03-2026 09:00:00,,",
    ],
}


def write(path, header, rows):
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([header, *rows])
    return str(path)


@pytest.fixture
def incidents(rows_of, tmp_path):
    def read(header, rows, zone="Asia/Shanghai"):
        path = write(tmp_path / "incident.csv", header, rows)
        return rows_of("servicenow", "incident", path, zone, START, END).set_index("id")

    return read


def test_names_of_fields_and_labels_give_the_same(incidents, rows_of, tmp_path):
    book = openpyxl.Workbook()
    book.active.append(LABELS)
    for row in ROWS:  # Excel holds dates and numbers as such
        when = [dt.datetime.strptime(cell, "%d-%m-%Y %H:%M:%S") if cell else None for cell in row[4:7]]  # noqa: DTZ007
        book.active.append([*row[:4], *when, row[7] == "true", int(row[8]), *row[9:]])
    book.save(tmp_path / "export.xlsx")
    labelled = rows_of("servicenow", "incident", str(tmp_path / "export.xlsx"), "Asia/Shanghai", START, END)
    pd.testing.assert_frame_equal(labelled.set_index("id"), incidents(HEADER, ROWS))


def test_what_the_rows_say(incidents):
    rows = incidents(HEADER, ROWS)
    assert rows["_unparsed"].isna().all()
    assert rows.loc["INC1", "opened_at"] == pd.Timestamp("2026-03-02 09:00", tz="Asia/Shanghai")
    assert rows.loc["INC1", ["priority", "service", "assignment_group", "caused_by_change", "problem"]].to_list() == [
        "Critical", "Mail", "Desk", "CHG1", "PRB1",
    ]  # fmt: skip
    assert rows["resolved_at"].dropna().index.to_list() == ["INC1", "INC2", "INC5"]
    assert rows.index[rows["is_cancelled"]].to_list() == ["INC4", "INC5"]
    assert rows["reopen_count"].to_list() == [0, 1, 1, 0, 0, 0]
    assert rows["sla_met_recorded"].to_list() == [False, True, True, True, True, True]
    assert rows.loc["INC6", "title"] == 'Screen, "black"\nsince noon'
    assert pd.isna(rows.loc["INC6", "service"])


@pytest.mark.parametrize(
    ("form", "hour"),
    [
        ("%d/%m/%Y %H:%M:%S", 21), ("%m/%d/%Y %H:%M:%S", 21), ("%d.%m.%Y %H:%M:%S", 21), ("%m-%d-%Y %I:%M:%S %p", 21),
        ("%Y-%m-%d %H:%M:%S", 21), ("%d/%m/%Y %H:%M", 21), ("%Y-%m-%dT%H:%M:%SZ", 29),
    ],
)  # fmt: skip
def test_any_format_that_the_file_proves(incidents, form, hour):
    days = [dt.datetime(2026, 3, day, 21) for day in (4, 5, 31)]  # noqa: DTZ001
    rows = incidents(HEADER, [[f"INC{n}", "", "New", "", day.strftime(form), *[""] * 9] for n, day in enumerate(days)])
    expected = [
        pd.Timestamp(f"2026-03-{day}", tz="Asia/Shanghai") + pd.Timedelta(hours=hour) for day in ("04", "05", 31)
    ]
    assert rows["opened_at"].to_list() == expected


@pytest.mark.parametrize(
    "days", [["03/04/2026 09:00:00", "05/04/2026 09:00:00"], ["31/03/2026 09:00", "03/31/2026 09:00"]]
)
def test_days_that_are_not_proven_are_told(incidents, days):
    rows = incidents(HEADER, [[f"INC{n}", "", "New", "", day, *[""] * 9] for n, day in enumerate(days)])
    assert rows["opened_at"].isna().all()
    assert rows["_unparsed"].to_list() == [f"opened_at='{day}'" for day in days]


def test_a_ticket_of_two_exports_is_the_later_one_and_none_is_lost(rows_of, tmp_path):
    old = [["INC1", "Mail", "New", "1 - Critical", "2026-03-02 09:00:00", *[""] * 9]]
    new = [["INC1", "Mail", "Closed", "1 - Critical", "2026-03-02 09:00:00", "2026-03-02 10:00:00", *[""] * 8],
           ["", "no number", "New", "", "2026-03-02 09:00:00", *[""] * 9],
           ["", "no number either", "New", "", "2026-03-02 09:00:00", *[""] * 9]]  # fmt: skip
    write(tmp_path / "incident_1.csv", HEADER, old)
    write(tmp_path / "incident_2.csv", HEADER, new)
    rows = rows_of("servicenow", "incident", str(tmp_path / "incident_*.csv"), "UTC", START, END)
    assert rows["state"].to_list() == ["Closed", "New", "New"]
    assert rows["id"].isna().to_list() == [False, True, True]


def test_a_column_that_must_be_there_is_named(incidents):
    place = HEADER.index("resolved_at")
    rows = [[*row[:place], *row[place + 1 :]] for row in ROWS]
    with pytest.raises(SourceError, match=r"servicenow/incident\.sql .*resolved.*") as raised:
        incidents([*HEADER[:place], *HEADER[place + 1 :]], rows)
    assert "number, short_description" in str(raised.value)


def test_a_column_that_may_be_absent(incidents):
    rows = incidents(HEADER[:7], [row[:7] for row in ROWS])
    assert rows["reopen_count"].isna().all()
    assert rows["sla_met_recorded"].isna().all()


# clock hours; service hours Monday to Friday 9 to 18
FIGURES = {
    ("incident", "opened"): 4,  # INC1 2 3 6
    ("incident", "resolved"): 2,  # INC1 2
    ("incident", "backlog"): 2,  # INC3 6
    ("incident", "ttr_clock_mean_h"): (6 + 51) / 2,
    ("incident", "ttr_mean_h"): (6 + 21) / 2,
    ("incident", "resolution_compliance"): 1 / 3,  # INC2 in 24 h; INC1 took 6 of 4, INC3 is open beyond 8
    ("incident", "resolution_compliance_recorded"): 1 / 2,
    ("incident", "reopen_rate_recorded"): 1 / 2,
    ("incident", "reopen_rate"): None,
    ("incident", "response_compliance"): None,
    ("request", "opened"): 4,  # RITM1 2 4 5
    ("request", "resolved"): 1,
    ("request", "backlog"): 2,
    ("problem", "opened"): 2,
    ("problem", "resolved"): 1,
    ("problem", "backlog"): 1,
    ("change", "change_success_rate"): 2 / 3,  # CHG1, CHG3 of CHG1, CHG2, CHG3
    ("change", "overran"): 1,  # CHG2
    ("change", "backlog"): 0,  # CHG5 has ended, though it is not closed
}


@pytest.fixture(scope="module")
def figures(tmp_path_factory):
    place = tmp_path_factory.mktemp("servicenow")
    shutil.copytree(EXAMPLES / "servicenow_tickets", place / "list")
    exports = place / "list" / "exports"
    exports.mkdir()
    write(exports / "incident.csv", HEADER, ROWS)
    for name, lines in MORE.items():
        (exports / f"{name}.csv").write_text("\n".join(lines), encoding="utf-8")
    return previewed("servicenow", None, place / "out", folder=place / "list", label="2026-03")[1]


@pytest.mark.parametrize(("process", "measure"), FIGURES)
def test_figures_of_the_example(figures, process, measure):
    assert figures.get((process, measure)) == pytest.approx(FIGURES[process, measure], abs=1e-6)


@pytest.mark.parametrize(
    ("month", "opened", "resolved", "met", "mean_h", "reopened", "backlog"),
    [
        ("2016-02", 207, 36, 94.44, 3.59, 0.00, 171),
        ("2016-03", 793, 838, 57.76, 134.63, 1.07, 95),
        ("2016-04", 0, 52, 0.00, 1063.18, 3.85, 43),
    ],
)
def test_real_incidents(rows_of, tmp_path, month, opened, resolved, met, mean_h, reopened, backlog):
    """The last rows of a real log are what the list would have exported; its answers were counted from the file."""
    log = ROOT.parent / "shared" / "data" / "servicenow" / "incident_event_log.csv"
    if not log.exists():
        pytest.skip("the ServiceNow export is not beside this project")
    with log.open(newline="", encoding="utf-8") as file:
        last = {row["number"]: row for row in csv.DictReader(file)}
    named = {"state": "incident_state"}
    header = ["number", "state", "priority", "opened_at", "resolved_at", "closed_at", "made_sla", "reopen_count"]
    rows = [[row[named.get(name, name)].replace("?", "") for name in header] for row in last.values()]
    period = parse_period(month, "month", "UTC")
    path = write(tmp_path / "incident.csv", header, rows)
    frame = rows_of("servicenow", "incident", path, "UTC", period.start, period.end)
    assert frame["_unparsed"].isna().all()
    found = figures_of({"incident": frame}, period=period)
    assert (found["incident", "opened"], found["incident", "resolved"]) == (opened, resolved)
    assert round(100 * found["incident", "resolution_compliance_recorded"], 2) == met
    assert round(found["incident", "ttr_clock_mean_h"], 2) == mean_h
    assert round(100 * found["incident", "reopen_rate_recorded"], 2) == reopened
    assert found["incident", "backlog"] == backlog
