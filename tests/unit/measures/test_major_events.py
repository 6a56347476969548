"""Section d): which events belong to a period, and what the days around them show."""

import pandas as pd
import pytest
from hand_made import SEPTEMBER, agreement, frame, month
from itss.measures.compute import measure_all
from itss.processes import PROCESSES

TIMES = {"High": (1, 8)}
MAJOR = {
    "id": "M",
    "title": "Outage",
    "service": "Email",
    "priority": "High",
    "opened_at": "2026-09-15 10:00",
    "resolved_at": "2026-09-16 10:00",
    "is_major": True,
    "cause": "failed change",
    "action": None,
}


def incident(name, opened_at, resolved_at=None):
    return {"id": name, "opened_at": opened_at, "resolved_at": resolved_at, "priority": "High"}


def events(incidents, changes=None, period=SEPTEMBER, times=TIMES, history=14):
    frames = {"incident": frame("incident", incidents)} | ({"change": frame("change", changes)} if changes else {})
    version = agreement(times=times)
    processes = {key: PROCESSES[key] for key in ("incident", "change")}
    return measure_all(frames, processes, period, version, (), history).major_events.to_dict("records")


def test_a_major_incident_with_duration_cause_and_the_days_around_it():
    rows = [
        MAJOR,
        incident("old", "2026-08-01 10:00", "2026-08-01 11:00"),
        incident("7 days before", "2026-09-08 10:00", "2026-09-09 12:00"),  # 11 h of service time: late
        incident("before", "2026-09-15 09:59", "2026-09-15 12:00"),
        incident("too early", "2026-09-08 09:59", "2026-09-14 17:00"),  # late, resolved in the window
        incident("late after", "2026-09-11 10:00", "2026-09-18 10:00"),
        incident("at its end", "2026-09-16 10:00", "2026-09-16 11:00"),
        incident("7 days after", "2026-09-23 10:00"),
        incident("after", "2026-09-23 09:59", "2026-09-29 12:00"),
    ]
    (found,) = events(rows)
    assert found["process"] == "incident"
    assert (found["id"], found["title"], found["service"]) == ("M", "Outage", "Email")
    assert (found["duration_h"], found["cause"], found["action"]) == (24, "failed change", "")
    assert (found["opened_before_7d"], found["opened_after_7d"]) == (3, 2)
    # the event itself is late too (9 h against 8), at the very instant of its end: not one of the days after
    assert (found["breaches_before_7d"], found["breaches_after_7d"]) == (2, 1)


def test_breaches_of_the_month_before_are_known_in_the_window():
    rows = [
        MAJOR | {"opened_at": "2026-09-02 10:00", "resolved_at": "2026-09-02 12:00"},
        incident("first", "2026-08-01 10:00", "2026-08-01 11:00"),
        incident("late in August", "2026-08-20 10:00", "2026-08-28 10:00"),
    ]
    assert events(rows)[0]["breaches_before_7d"] == 1
    # without August in the history the window is not covered
    assert pd.isna(events(rows, history=1)[0]["breaches_before_7d"])


def test_a_window_beyond_the_data_has_no_figure():
    rows = [
        incident("first row", "2026-09-10 10:00", "2026-09-10 11:00"),
        MAJOR | {"opened_at": "2026-09-16 10:00", "resolved_at": "2026-09-25 10:00"},
    ]
    (found,) = events(rows)
    assert pd.isna(found["opened_before_7d"])
    assert pd.isna(found["opened_after_7d"])


@pytest.mark.parametrize(
    ("opened_at", "resolved_at", "months"),
    [
        ("2026-08-31 10:00", "2026-09-01 00:00", ["2026-08", "2026-09"]),
        ("2026-08-31 10:00", "2026-08-31 23:00", ["2026-08"]),
        ("2026-08-31 10:00", None, ["2026-08", "2026-09"]),
    ],
)
def test_an_event_belongs_to_the_periods_it_was_under_way_in(opened_at, resolved_at, months):
    row = MAJOR | {"opened_at": opened_at, "resolved_at": resolved_at}
    assert [m for m in ("2026-07", "2026-08", "2026-09") if events([row], period=month(m))] == months


def test_cancelled_and_ordinary_ones_are_no_events():
    assert events([MAJOR | {"is_cancelled": True}, MAJOR | {"id": "2", "is_major": None}]) == []


def test_major_changes_have_windows_of_incidents_and_come_after_the_incidents():
    change = {
        "id": "C",
        "title": "Core switch",
        "opened_at": "2026-08-01 10:00",
        "started_at": "2026-09-12 22:00",
        "ended_at": "2026-09-13 01:30",
        "outcome": "failed",
        "is_major": True,
    }
    rows = [MAJOR, incident("first", "2026-08-01 10:00", "2026-08-01 11:00"), incident("after", "2026-09-13 10:00")]
    never = change | {"id": "D", "outcome": "cancelled"}
    found = events(rows, [change, never, change | {"id": "E", "is_major": False}])
    assert [(row["process"], row["id"]) for row in found] == [("incident", "M"), ("change", "C")]
    assert (found[1]["duration_h"], found[1]["opened_before_7d"], found[1]["opened_after_7d"]) == (3.5, 0, 2)


def test_without_sla_the_recorded_flag_tells_the_breaches_and_without_it_nothing_does():
    rows = [
        MAJOR | {"sla_met_recorded": None},
        incident("first", "2026-08-01 10:00", "2026-08-01 11:00") | {"sla_met_recorded": True},
        incident("flagged", "2026-09-10 10:00", "2026-09-10 11:00") | {"sla_met_recorded": False},
    ]
    assert events(rows, times=None)[0]["breaches_before_7d"] == 1
    bare = [{key: value for key, value in row.items() if key != "sla_met_recorded"} for row in rows]
    (found,) = events(bare, times=None)
    assert pd.isna(found["breaches_before_7d"])
    assert found["opened_before_7d"] == 1


@pytest.mark.parametrize("process", ["incident", "change"])
def test_what_ends_after_the_period_still_lasts_at_its_end(process):
    late = {"id": "M", "opened_at": "2026-09-15 10:00", "is_major": True}
    late |= {"resolved_at": "2026-10-03 10:00", "started_at": "2026-09-15 10:00", "ended_at": "2026-10-03 10:00"}
    row = {key: value for key, value in late.items() if key in {one.name for one in PROCESSES[process].columns}}
    first = [incident("old", "2026-08-01 10:00", "2026-08-01 11:00")]
    (found,) = events([row, *first]) if process == "incident" else events(first, [row])
    assert (found["process"], pd.isna(found["ended_at"]), pd.isna(found["duration_h"])) == (process, True, True)
    october = month("2026-10")
    (found,) = events([row, *first], period=october) if process == "incident" else events(first, [row], october)
    assert found["duration_h"] == 18 * 24
