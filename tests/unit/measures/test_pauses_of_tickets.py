"""Pauses from the status history in the figures of tickets, worked by hand: office hours 09–18, High within 8 h."""

import datetime as dt

import pandas as pd
import pytest
from hand_made import ALWAYS, OFFICE, SEPTEMBER, agreement, frame, month, outcome, value
from itss.agreements.models import Agreement
from itss.measures.compute import measure_all
from itss.processes import PROCESSES
from itss.text import text

VERSION = agreement(times={"High": (1, 8)})
DAY = {"id": "1", "priority": "High", "opened_at": "2026-09-07 09:00"}  # a Monday; 09:00 is 01:00Z


def ttr(row):
    return value("incident", "ttr_mean_h", [DAY | row], version=VERSION)


def test_a_pause_counts_where_the_service_was_open_and_the_ticket_was_not_resolved():
    done = {"resolved_at": "2026-09-08 12:00"}  # 9 h + 3 h
    assert ttr(done) == 12
    assert ttr(done | {"pauses": "2026-09-07T09:00:00Z/2026-09-08T02:00:00Z"}) == 10  # 17:00 to 10:00: 1 h + 1 h
    assert ttr(done | {"pauses": "2026-09-08T03:00:00Z/"}) == 11
    assert ttr(done | {"pauses": "2026-09-08T05:00:00Z/"}) == 12  # after the resolution


def test_the_history_wins_over_the_told_hours_and_those_count_without_it():
    done = {"resolved_at": "2026-09-07 17:00", "pause_h": 5}
    assert ttr(done) == 3
    assert ttr(done | {"pauses": "2026-09-07T02:00:00Z/2026-09-07T03:00:00Z"}) == 7
    rows = [DAY | done | {"pauses": "2026-09-07T02:00:00Z/2026-09-07T03:00:00Z"}, DAY | done | {"id": "2"}]
    assert value("incident", "ttr_mean_h", rows, version=VERSION) == (7 + 3) / 2


@pytest.mark.parametrize("process", ["incident", "request"])
def test_the_time_between_a_resolution_and_a_reopening_is_no_pause(process):
    row = DAY | {"resolved_at": "2026-09-08 12:00", "reopened_at": "2026-09-07 18:00"}
    assert value(process, "ttr_mean_h", [row], version=VERSION) == 12


def test_a_pause_stops_the_clock_of_an_open_ticket():
    bucket = lambda row: [  # noqa: E731
        name for name in ("sla_running", "sla_breached_open") if value("incident", name, [DAY | row], version=VERSION)
    ]
    open_ticket = {"opened_at": "2026-09-30 09:00", "resolved_at": None}  # 9 h to the end of the month
    assert bucket(open_ticket) == ["sla_breached_open"]
    assert bucket(open_ticket | {"pauses": "2026-09-30T09:00:00Z/"}) == ["sla_running"]  # from 17:00 on
    assert bucket(open_ticket | {"pauses": "2026-09-30T09:00:01Z/"}) == ["sla_breached_open"]


def test_the_response_clock_does_not_stop():
    row = DAY | {"responded_at": "2026-09-07 11:00", "pauses": "2026-09-07T01:00:00Z/2026-09-07T03:00:00Z"}
    found = outcome("incident", "response_compliance", [row], version=VERSION)
    assert (found.value, found.against) == (0, ("1",))


def test_hours_count_by_their_time_and_targets_by_the_period():
    """Office hours and 8 h until Monday 14 September, round the clock and 30 h from then on."""
    old = agreement(times={"High": (1, 8)}, version="old", since="2026-01-01")
    new = agreement(times={"High": (1, 30)}, hours=ALWAYS, version="new", since="2026-09-14")
    whole = Agreement(key="sla", kind="sla", title=text("协议", "SLA"), versions=(old, new))
    # Friday 16:00 to Monday 16:00: 2 h of the office, then 16 h; by either version alone 9 h or 72 h
    rows = frame("incident", [DAY | {"opened_at": "2026-09-11 16:00", "resolved_at": "2026-09-14 16:00"}])
    figures = measure_all({"incident": rows}, {"incident": PROCESSES["incident"]}, SEPTEMBER, whole, (), 1).figures
    values = figures.set_index("measure")["value"]
    assert (values["ttr_mean_h"], values["resolution_compliance"]) == (18, 1)  # not the 8 h of the old version
    assert whole.hours_until(SEPTEMBER) == ((dt.date(2026, 1, 1), OFFICE), (dt.date(2026, 9, 14), ALWAYS))


def test_a_closed_period_keeps_the_old_hours():
    old = agreement(times={"High": (1, 8)}, version="old", since="2026-01-01")
    new = agreement(times={"High": (1, 8)}, hours=ALWAYS, version="new", since="2026-10-01")
    sla = {"key": "sla", "kind": "sla", "title": text("协议", "SLA")}
    before, after = Agreement(versions=(old,), **sla), Agreement(versions=(old, new), **sla)
    rows = frame("incident", [DAY | {"resolved_at": "2026-09-30 23:00"}, DAY | {"id": "2", "resolved_at": None}])
    known = {"incident": PROCESSES["incident"]}
    figures = [measure_all({"incident": rows}, known, SEPTEMBER, version, (), 1).figures for version in (before, after)]
    pd.testing.assert_frame_equal(*figures)
    october = measure_all({"incident": rows}, known, month("2026-10"), after, (), 1).figures.set_index("measure")[
        "value"
    ]
    assert october["sla_breached_open"] == 1
