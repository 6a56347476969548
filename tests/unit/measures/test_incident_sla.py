"""The SLA of incidents, worked by hand: High is to be answered in 1 h and resolved in 8 h of office time (09–18)."""

import pytest
from hand_made import ALWAYS, END, START, agreement, frame, is_available, month, outcome, scope, value

TIMES = {"High": (1, 8), "Low": (None, None)}
VERSION = agreement(times=TIMES)
BUCKETS = ("sla_met", "sla_breached_resolved", "sla_breached_open", "sla_running", "sla_none")


def bucket(row, **kwargs):
    """The one bucket that a row is in, or nothing."""
    rows = frame("incident", [{"id": "1", "priority": "High"} | row], columns=["resolved_at"])
    found = [name for name in BUCKETS if value("incident", name, rows, **({"version": VERSION} | kwargs))]
    assert len(found) <= 1
    return found[0] if found else ""


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({"opened_at": "2026-09-07 10:00", "resolved_at": "2026-09-07 18:00"}, "sla_met"),  # 8 h exactly
        ({"opened_at": "2026-09-07 10:00", "resolved_at": "2026-09-07 23:00"}, "sla_met"),  # nobody works at night
        ({"opened_at": "2026-09-07 10:00", "resolved_at": "2026-09-08 09:01"}, "sla_breached_resolved"),
        ({"opened_at": "2026-09-04 17:00", "resolved_at": "2026-09-07 16:00"}, "sla_met"),  # over a weekend
        (
            {"opened_at": "2026-09-07 10:00", "resolved_at": "2026-09-08 12:00", "pause_h": 3},
            "sla_met",
        ),  # 11 h less 3
        ({"opened_at": "2026-08-03 10:00"}, "sla_breached_open"),
        ({"opened_at": "2026-09-30 11:00"}, "sla_running"),
        ({"opened_at": "2026-09-30 10:00"}, "sla_running"),  # 8 h used, none passed since
        ({"opened_at": "2026-09-30 09:59"}, "sla_breached_open"),
        ({"opened_at": "2026-09-30 09:00", "pause_h": 1}, "sla_running"),
        ({"opened_at": "2026-09-10 10:00", "resolved_at": END}, "sla_breached_open"),  # unresolved is never met
        ({"opened_at": "2026-09-30 11:00", "resolved_at": "2026-10-20 11:00"}, "sla_running"),
        ({"opened_at": "2026-09-07 10:00", "resolved_at": "2026-09-07 11:00", "priority": "Low"}, "sla_none"),
        ({"opened_at": "2026-09-07 10:00", "priority": "P5"}, "sla_none"),
        ({"opened_at": "2026-09-07 10:00", "resolved_at": "2026-09-07 11:00", "priority": None}, "sla_none"),
        ({"opened_at": "2026-08-07 10:00", "resolved_at": "2026-08-07 11:00"}, ""),  # an earlier period's
        ({"opened_at": END}, ""),
        ({"opened_at": "2026-09-07 10:00", "closed_at": "2026-09-08 11:00"}, ""),  # closed without a resolution
        ({"opened_at": "2026-09-07 10:00", "resolved_at": "2026-09-06 10:00"}, ""),  # refused by the checks
        ({"opened_at": "2026-08-03 10:00", "is_cancelled": True}, ""),
    ],
)
def test_the_bucket_of_an_incident(row, expected):
    assert bucket(row) == expected


def test_the_same_incident_runs_then_breaches_then_is_resolved_late():
    row = {"opened_at": "2026-08-31 14:00", "resolved_at": "2026-10-09 10:00"}
    assert [bucket(row, period=month(m)) for m in ("2026-07", "2026-08", "2026-09", "2026-10", "2026-11")] == [
        "", "sla_running", "sla_breached_open", "sla_breached_resolved", "",
    ]  # fmt: skip


def test_compliance_is_met_of_met_and_breached_with_the_rest_told():
    day = {"priority": "High", "opened_at": "2026-09-07 10:00"}
    rows = [
        day | {"id": "met 1", "resolved_at": "2026-09-07 12:00"},
        day | {"id": "met 2", "resolved_at": "2026-09-07 13:00"},
        day | {"id": "late", "resolved_at": "2026-09-09 12:00"},
        day | {"id": "still open"},
        day | {"id": "running", "opened_at": "2026-09-30 17:00"},
        day | {"id": "no target", "priority": "Low"},
        day | {"id": "closed only", "closed_at": "2026-09-08 12:00"},
        day | {"id": "cancelled", "resolved_at": "2026-09-07 12:00", "is_cancelled": True},
        day | {"id": "inverted", "resolved_at": "2026-09-06 12:00"},
    ]
    found = outcome("incident", "resolution_compliance", rows, version=VERSION)
    assert (found.value, found.numerator, found.denominator, found.n) == (0.5, 2, 4, 4)
    assert found.against == ("late", "still open")
    assert found.excluded == {"no_target": 1, "not_resolved": 1, "cancelled": 1, "ended_before_start": 1}
    counts = {name: value("incident", name, rows, version=VERSION) for name in BUCKETS}
    assert list(counts.values()) == [2, 1, 1, 1, 1]


def test_without_agreed_times_the_sources_own_deadline_decides():
    version, due = agreement(), {"resolution_due_at": "2026-09-10 12:00", "opened_at": "2026-09-07 10:00"}
    assert bucket(due | {"resolved_at": "2026-09-10 12:00"}, version=version) == "sla_met"
    assert bucket(due | {"resolved_at": "2026-09-10 12:01"}, version=version) == "sla_breached_resolved"
    assert bucket(due | {"resolved_at": None}, version=version) == "sla_breached_open"
    assert bucket(due | {"resolution_due_at": END}, version=version) == "sla_running"
    assert bucket(due | {"resolution_due_at": None}, version=version) == "sla_none"
    # where the agreement has times, they win: 7 h of service time although the source's deadline has passed
    early = due | {"resolution_due_at": "2026-09-07 11:00", "resolved_at": "2026-09-07 17:00"}
    assert bucket(early) == "sla_met"
    assert bucket(early, version=None) == "sla_breached_resolved"


def test_without_any_target_the_sla_is_not_available():
    rows = frame("incident", [{"id": "1", "opened_at": START, "priority": "High"}], columns=["resolved_at"])
    for version in (None, agreement(), agreement(times={"High": (1, None)})):
        assert not is_available("incident", "resolution_compliance", rows, version=version)
        assert not is_available("incident", "sla_running", rows, version=version)
    assert is_available("incident", "resolution_compliance", rows, version=VERSION)
    assert not is_available("incident", "resolution_compliance", rows.drop(columns="priority"), version=VERSION)


def answer(row, period="2026-09", version=VERSION):
    """How a response was decided in a period: met, breached, or the reason why it does not count."""
    rows = frame("incident", [{"id": "1", "priority": "High"} | row], columns=["responded_at", "resolved_at"])
    found = outcome("incident", "response_compliance", rows, month(period), version=version)
    if found.n:
        assert found.against == (() if found.value else ("1",))
        return "met" if found.value else "breached"
    return "".join(found.excluded)


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({"opened_at": "2026-09-07 10:00", "responded_at": "2026-09-07 11:00"}, "met"),  # 1 h exactly
        ({"opened_at": "2026-09-07 10:00", "responded_at": "2026-09-07 11:01"}, "breached"),
        ({"opened_at": "2026-09-07 17:30", "responded_at": "2026-09-08 09:30"}, "met"),
        ({"opened_at": "2026-09-07 17:30", "responded_at": "2026-09-08 09:30", "pause_h": 9}, "met"),
        ({"opened_at": "2026-09-07 10:00"}, "breached"),  # unanswered past the deadline: a breach now
        ({"opened_at": "2026-09-30 17:30"}, ""),  # its deadline is on 8 October
        ({"opened_at": "2026-08-31 17:30"}, "breached"),  # deadline on 1 September, 09:30
        ({"opened_at": "2026-08-31 16:30"}, ""),  # decided in August
        ({"opened_at": "2026-09-07 10:00", "responded_at": "2026-10-01 11:01"}, "breached"),
        ({"opened_at": "2026-08-31 16:30", "responded_at": "2026-09-01 11:01"}, "breached"),  # late here too
        ({"opened_at": "2026-09-07 10:00", "resolved_at": "2026-09-07 10:30"}, "ended_unanswered"),
        ({"opened_at": "2026-09-07 10:00", "resolved_at": "2026-09-07 11:30"}, "breached"),
        ({"opened_at": "2026-09-07 10:00", "closed_at": "2026-09-07 10:30"}, "ended_unanswered"),
        ({"opened_at": "2026-08-07 10:00", "closed_at": "2026-09-07 10:30"}, ""),  # decided in August
        ({"opened_at": "2026-09-07 10:00", "responded_at": "2026-09-07 11:00", "priority": "Low"}, "no_target"),
        ({"opened_at": "2026-09-07 10:00", "responded_at": "2026-09-07 09:00"}, "ended_before_start"),
        ({"opened_at": "2026-09-07 10:00", "responded_at": "2026-09-07 11:00", "is_cancelled": True}, "cancelled"),
        ({"opened_at": "2026-09-07 10:00", "is_cancelled": True}, ""),
    ],
)
def test_how_a_response_is_decided(row, expected):
    assert answer(row) == expected


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({"responded_at": "2026-09-10 12:00"}, "met"),
        ({"responded_at": "2026-09-10 12:01"}, "breached"),
        ({"responded_at": None}, "breached"),
        ({"responded_at": "2026-10-10 12:00"}, "breached"),
        ({"responded_at": None, "response_due_at": END}, ""),
        ({"responded_at": None, "response_due_at": "2026-08-31 12:00"}, ""),
        ({"responded_at": "2026-09-10 12:01", "response_due_at": None}, "no_target"),
        ({"responded_at": None, "resolved_at": "2026-09-10 12:00"}, "ended_unanswered"),
        ({"responded_at": None, "resolved_at": "2026-09-10 12:01"}, "breached"),
    ],
)
def test_the_sources_own_response_deadline(row, expected):
    base = {"opened_at": "2026-08-20 10:00", "response_due_at": "2026-09-10 12:00"}
    assert answer(base | row, version=agreement()) == expected


def test_a_response_late_over_the_month_end_is_a_breach_in_both_months():
    row = {"opened_at": "2026-08-31 16:00", "responded_at": "2026-09-02 10:00"}
    assert [answer(row, m) for m in ("2026-07", "2026-08", "2026-09", "2026-10")] == ["", "breached", "breached", ""]


def test_response_needs_a_response_column():
    rows = frame("incident", [{"id": "1", "opened_at": START, "priority": "High"}], columns=["resolved_at"])
    assert not is_available("incident", "response_compliance", rows, version=VERSION)


def test_the_recorded_flag_is_taken_as_it_is_over_the_resolved():
    day = {"opened_at": "2026-09-07 10:00", "resolved_at": "2026-09-20 12:00"}
    rows = [
        day | {"id": "1", "sla_met_recorded": True},
        day | {"id": "2", "sla_met_recorded": False},
        day | {"id": "3", "sla_met_recorded": True},
        day | {"id": "4", "sla_met_recorded": None},
        day | {"id": "5", "sla_met_recorded": False, "resolved_at": END},
        day | {"id": "6", "sla_met_recorded": False, "is_cancelled": True},
    ]
    found = outcome("incident", "resolution_compliance_recorded", rows)
    assert (found.value, found.n, found.against) == (2 / 3, 3, ("2",))
    assert found.excluded == {"cancelled": 1, "no_flag": 1}


def test_disagreements_between_recorded_and_recomputed_are_counted():
    day = {"opened_at": "2026-09-07 10:00", "priority": "High"}
    rows = [
        day | {"id": "1", "resolved_at": "2026-09-07 12:00", "sla_met_recorded": True},
        day | {"id": "2", "resolved_at": "2026-09-07 12:00", "sla_met_recorded": False},
        day | {"id": "3", "resolved_at": "2026-09-17 12:00", "sla_met_recorded": True},
        day | {"id": "4", "resolved_at": "2026-09-17 12:00", "sla_met_recorded": None},
        day | {"id": "5", "resolved_at": None, "sla_met_recorded": True},
    ]
    found = outcome("incident", "resolution_compliance_disagreements", rows, version=VERSION)
    assert (found.value, found.n, found.excluded) == (2, 3, {"no_flag": 1})


def test_deriving_leaves_the_given_rows_untouched():
    rows = frame("incident", [{"id": "1", "opened_at": START, "priority": "High", "responded_at": START}])
    before = rows.copy(deep=True)
    assert "response_met" in scope("incident", rows, version=agreement(times=TIMES, hours=ALWAYS)).rows
    assert rows.equals(before)
