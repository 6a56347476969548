"""Pauses that cannot be, rows without a history and histories that begin too early are found, with their ids."""

import datetime as dt

import pandas as pd
import pytest
from itss.agreements.models import AgreementVersion, ServiceHours
from itss.checks.tickets import ticket_findings
from itss.periods import parse_period
from itss.processes import PROCESSES
from itss.sources.conform import conform

SEPTEMBER = parse_period("2026-09", "month", "UTC")
OFFICE = {day: [["09:00", "18:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}
VERSION = AgreementVersion(
    version="7", effective_from=dt.date(2026, 1, 1), service_hours=ServiceHours(timezone="UTC", weekly=OFFICE)
)
LIFE = "2026-09-11T16:00Z=open;2026-09-16T18:00Z=solved"


def ticket(number, **columns):
    # Friday 16:00 to Wednesday 18:00: 29 hours of the office, 122 of the wall clock
    return {"id": number, "opened_at": "2026-09-11 16:00", "resolved_at": "2026-09-16 18:00"} | columns


def found(rows, process="incident", version=VERSION, zone="UTC"):
    names = list(dict.fromkeys(name for row in rows for name in row))
    frame = conform(
        PROCESSES[process], {name: pd.Series([row.get(name) for row in rows], dtype=object) for name in names}, zone
    )
    batch = (PROCESSES[process], frame, "desk")
    return {one.rule: one for one in ticket_findings([batch], version, SEPTEMBER, {process: zone})}


@pytest.mark.parametrize("process", ["incident", "request"])
def test_a_pause_on_the_wall_clock_is_longer_than_the_service_time(process):
    rows = [
        ticket("wall clock", pause_h=65),
        ticket("possible", pause_h=2),
        ticket("by its states", pause_h=65, states=LIFE),
        ticket("of August", pause_h=65, opened_at="2026-08-11 16:00", resolved_at="2026-08-11 17:00"),
        ticket("open", pause_h=65, opened_at="2026-09-30 17:00", resolved_at=None),
    ]
    one = found(rows, process)["pause_possible"]
    assert (one.severity, one.column, one.failed, one.total) == ("warning", "pause_h", 2, 5)
    assert one.rows == ("open", "wall clock")
    assert "wall clock" in one.line()


def test_without_an_agreement_the_wall_clock_decides():
    rows = [ticket("1", pause_h=122), ticket("2", pause_h=122.1)]
    assert found(rows, version=None)["pause_possible"].rows == ("2",)


@pytest.mark.parametrize("process", ["incident", "request"])
def test_rows_without_a_history_are_counted(process):
    rows = [ticket("1", states=LIFE), ticket("2", states=None), ticket("3", states=None)]
    one = found(rows, process)["has_history"]
    assert (one.severity, one.failed, one.total, one.rows) == ("info", 2, 3, ("2", "3"))
    assert "2 of 3 rows have no history" in one.why.en
    assert found([ticket("1", states=LIFE)], process) == {}


def test_a_source_of_last_values_has_no_history_at_all():
    assert found([ticket("1"), ticket("2")])["has_history"].failed == 2


def test_a_history_that_begins_before_the_record():
    early = "2026-09-11T15:59Z=open;2026-09-16T18:00Z=solved"
    rows = [ticket("1", states=LIFE), ticket("2", states=early), ticket("3", states=None)]
    assert found(rows)["states_after_opening"].rows == ("2",)
    assert "states_after_opening" not in found([ticket("1", states=LIFE)])


def test_processes_without_states_are_not_asked():
    frame = conform(PROCESSES["security"], {"id": pd.Series(["1"]), "found_at": pd.Series(["2026-09-01 08:00"])}, "UTC")
    assert ticket_findings([(PROCESSES["security"], frame, "scanner")], VERSION, SEPTEMBER, {}) == []


@pytest.mark.parametrize("process", ["incident", "request", "problem"])
def test_what_was_reopened_after_its_last_resolution_is_not_solved(process):
    rows = [
        ticket("stale", reopened_at="2026-09-17 09:00"),
        ticket("solved again", reopened_at="2026-09-12 09:00"),
        ticket("open again", resolved_at=None, reopened_at="2026-09-17 09:00"),
        ticket("by its states", reopened_at="2026-09-17 09:00", states=LIFE),
        ticket("never reopened"),
    ]
    one = found(rows, process)["solved_again"]
    assert (one.severity, one.column, one.rows) == ("warning", "resolved_at", ("stale",))


def test_a_log_that_breaks_off_before_the_end_of_its_row_is_found():
    began = "2026-09-11T16:00Z=open;2026-09-12T16:00Z=paused"
    rows = [
        ticket("broken off", states=began),
        ticket("closed", states=began, resolved_at=None, closed_at="2026-09-20 10:00"),
        ticket("open", states=began, resolved_at=None),
        ticket("reopened", states=f"{LIFE};2026-09-18T10:00Z=open"),
        ticket("cancelled", states=f"{began};2026-09-13T10:00Z=cancelled"),
        ticket("without", states=None),
    ]
    one = found(rows)["states_tell_the_end"]
    assert (one.severity, one.column, one.rows) == ("warning", "states", ("broken off", "closed"))
    change = {"id": "C", "opened_at": "2026-09-11 16:00", "ended_at": "2026-09-12 16:00", "states": began}
    assert found([change], "change")["states_tell_the_end"].rows == ("C",)


@pytest.mark.parametrize("zone", ["UTC", "Asia/Shanghai", "America/New_York"])
def test_ends_that_are_days_are_told_as_no_times(zone):
    days = [ticket("1", resolved_at="2026-09-16"), ticket("2", resolved_at="2026-09-17 00:00"), ticket("3")]
    one = found(days, zone=zone)["time_of_day"]
    assert (one.severity, one.column, one.failed, one.rows) == ("warning", "resolved_at", 2, ("1", "2"))
    assert "time_of_day" not in found([*days, ticket("4"), ticket("5")], zone=zone)
    assert "time_of_day" not in found([ticket("1", resolved_at="2026-09-16")], zone=zone)
    scheduled = [ticket("1", opened_at="2026-09-11"), ticket("2", opened_at="2026-09-11")]
    assert "time_of_day" not in found(scheduled, zone=zone)
    assert "time_of_day" not in found(days, "problem", zone=zone)
