"""Measures of changes, worked by hand."""

import pytest
from hand_made import END, LAST, START, frame, is_available, outcome, value

ENDED = {"opened_at": "2026-08-20 09:00", "started_at": "2026-09-10 20:00", "ended_at": "2026-09-10 22:00"}
OUTCOMES = [
    ENDED | {"id": "1", "outcome": "successful"},
    ENDED | {"id": "2", "outcome": "successful"},
    ENDED | {"id": "3", "outcome": "successful"},
    ENDED | {"id": "4", "outcome": "failed"},
    ENDED | {"id": "5", "outcome": "backed_out"},
    ENDED | {"id": "6", "outcome": "cancelled"},
    ENDED | {"id": "7", "outcome": None},
    ENDED | {"id": "8", "outcome": "failed", "ended_at": END},
    ENDED | {"id": "9", "outcome": "failed", "ended_at": None},
]


def test_success_is_of_those_implemented_with_an_outcome():
    found = outcome("change", "change_success_rate", OUTCOMES)
    assert (found.value, found.numerator, found.denominator) == (3 / 5, 3, 5)
    assert found.against == ("4", "5")
    assert found.excluded == {"cancelled": 1, "no_outcome": 1}


def test_the_procedure_counts_only_what_was_backed_out():
    found = outcome("change", "change_success_rate_procedure", OUTCOMES)
    assert (found.value, found.against) == (pytest.approx(1 - 1 / 5), ("5",))


def test_without_an_outcome_column_success_is_not_available_and_never_100_percent():
    rows = [ENDED | {"id": "1"}]
    for measure in ("change_success_rate", "change_success_rate_procedure", "change_success_rate_strict"):
        assert not is_available("change", measure, rows)


def test_no_outcome_at_all_is_not_applicable():
    rows = frame("change", [ENDED | {"id": "1"}], columns=["outcome"])
    found = outcome("change", "change_success_rate", rows)
    assert (found.value, found.denominator, found.excluded) == (None, 0, {"no_outcome": 1})


def test_derived_outcomes_are_counted_apart():
    rows = [
        ENDED | {"id": "1", "outcome": "successful", "is_outcome_recorded": True},
        ENDED | {"id": "2", "outcome": "successful", "is_outcome_recorded": False},
        ENDED | {"id": "3", "outcome": None, "is_outcome_recorded": False},
    ]
    assert value("change", "change_outcomes_derived", rows) == 1


def incidents(*links):
    rows = [{"id": f"I{n}", "caused_by_change": c, "opened_at": at} for n, (c, at) in enumerate(links)]
    return {"incident": frame("incident", rows, columns=["caused_by_change"])}


def test_a_change_that_caused_an_incident_in_its_warranty_window_has_failed_in_the_strict_rate():
    others = incidents(
        ("1", "2026-09-24 22:00"),  # 14 days exactly
        ("2", "2026-09-24 22:01"),
        ("unknown", "2026-09-11 10:00"),
        (None, "2026-09-11 10:00"),
    )
    found = outcome("change", "change_success_rate_strict", OUTCOMES, others=others)
    assert (found.value, found.against) == (2 / 5, ("1", "4", "5"))


def test_changes_that_caused_incidents_count_once_each():
    others = incidents(("1", "2026-09-10 21:00"), ("1", "2026-09-11 21:00"), ("4", LAST), ("5", END))
    found = outcome("change", "caused_incident_rate", OUTCOMES, others=others)
    assert (found.value, found.denominator, found.against) == (2 / 6, 6, ("1", "4"))


def test_a_cancelled_incident_was_caused_by_nothing():
    rows = [{"id": "I1", "caused_by_change": "1", "opened_at": "2026-09-10 23:00", "is_cancelled": True}]
    found = outcome("change", "caused_incident_rate", OUTCOMES, others={"incident": frame("incident", rows)})
    assert found.value == 0


def test_without_linked_incidents_the_link_is_not_available():
    unlinked = {"incident": frame("incident", [{"id": "I1", "opened_at": START}])}
    assert not is_available("change", "caused_incident_rate", OUTCOMES)
    assert not is_available("change", "caused_incident_rate", OUTCOMES, others=unlinked)
    assert is_available("change", "caused_incident_rate", OUTCOMES, others=incidents())


def test_opened_leaves_out_cancelled_changes():
    rows = [
        {"id": "1", "opened_at": START, "outcome": "cancelled"},
        {"id": "2", "opened_at": LAST, "outcome": None},
        {"id": "3", "opened_at": END, "outcome": None},
    ]
    found = outcome("change", "opened", rows)
    assert (found.value, found.excluded) == (1, {"cancelled": 1})


def test_emergencies_of_the_implemented():
    rows = [
        ENDED | {"id": "1", "type": "emergency", "outcome": None},
        ENDED | {"id": "2", "type": "normal", "outcome": None},
        ENDED | {"id": "3", "type": "standard", "outcome": None},
        ENDED | {"id": "4", "type": None, "outcome": None},
        ENDED | {"id": "5", "type": "emergency", "outcome": "cancelled"},
    ]
    found = outcome("change", "emergency_ratio", rows)
    assert (found.value, found.against, found.excluded) == (1 / 3, ("1",), {"cancelled": 1, "no_type": 1})


def test_unauthorised_changes_are_counted_and_named():
    rows = [
        ENDED | {"id": "1", "is_unauthorised": True, "outcome": None},
        ENDED | {"id": "2", "is_unauthorised": None, "outcome": None},
        ENDED | {"id": "3", "is_unauthorised": True, "outcome": "cancelled"},
    ]
    found = outcome("change", "unauthorised", rows)
    assert (found.value, found.against, found.excluded) == (1, ("1",), {"cancelled": 1})


@pytest.mark.parametrize(
    ("row", "on_schedule", "reason"),
    [
        ({}, 1, None),  # exactly the planned window
        ({"planned_start_at": "2026-09-10 20:01"}, 0, None),
        ({"planned_end_at": "2026-09-10 21:59"}, 0, None),
        ({"planned_start_at": "2026-09-09 00:00", "planned_end_at": "2026-09-12 00:00"}, 1, None),
        ({"planned_end_at": None}, None, "open_ended"),
        ({"planned_end_at": "2038-01-18 00:00"}, None, "open_ended"),
        ({"planned_start_at": None}, None, "no_window"),
        ({"started_at": None}, None, "no_window"),
        ({"outcome": "cancelled"}, None, "cancelled"),
    ],
)
def test_on_schedule_is_inside_the_planned_window(row, on_schedule, reason):
    base = ENDED | {"id": "1", "planned_start_at": "2026-09-10 20:00", "planned_end_at": "2026-09-10 22:00"}
    found = outcome("change", "on_schedule_rate", [base | {"outcome": "successful"} | row])
    assert (found.value, found.excluded) == (on_schedule, {reason: 1} if reason else {})


def test_against_the_planned_window():
    plan = {"opened_at": START, "planned_start_at": "2026-09-05 20:00", "planned_end_at": "2026-09-05 22:00"}
    rows = [
        plan | {"id": "exactly", "started_at": "2026-09-05 20:00", "ended_at": "2026-09-05 22:00"},
        plan | {"id": "late", "started_at": "2026-09-05 20:00", "ended_at": "2026-09-05 22:01"},
        plan | {"id": "moved, early", "started_at": "2026-09-05 19:59", "ended_at": "2026-09-05 21:00"},
        plan | {"id": "moved, late", "started_at": "2026-09-05 20:01", "ended_at": "2026-09-05 23:00"},
        plan | {"id": "open-ended", "planned_end_at": "2100-01-01 00:00", "started_at": START, "ended_at": LAST},
        plan | {"id": "no plan", "planned_start_at": None, "started_at": START, "ended_at": LAST},
        plan | {"id": "never", "started_at": None, "ended_at": LAST, "outcome": "cancelled"},
        plan | {"id": "later", "started_at": LAST, "ended_at": END},
    ]
    left_out = {"cancelled": 1, "no_window": 1, "open_ended": 1}
    expected = {
        "overran": (2, ("late", "moved, late")),
        "start_moved": (2, ("moved, early", "moved, late")),
        "ended_early": (1, ()),
    }
    for measure, (value_, against) in expected.items():
        found = outcome("change", measure, rows)
        assert (found.value, tuple(found.against), found.excluded) == (value_, against, left_out)
    assert value("change", "on_schedule_rate", rows) == 1 / 4


def test_volumes_of_changes_leave_out_what_was_never_implemented():
    rows = [
        {"id": "1", "opened_at": "2026-06-01 10:00", "ended_at": None, "closed_at": None},
        {"id": "2", "opened_at": START, "ended_at": LAST, "closed_at": END, "effort_h": 6.0, "outcome": "failed"},
        {"id": "3", "opened_at": START, "ended_at": START, "closed_at": LAST, "effort_h": None, "outcome": None},
        {"id": "4", "opened_at": START, "ended_at": None, "closed_at": LAST, "outcome": "cancelled"},
    ]
    names = ("opened", "resolved", "closed", "backlog", "backlog_over_90d", "volume", "effort_h")
    assert [value("change", name, rows) for name in names] == [2, 2, 1, 1, 1, 2, 6]
    assert outcome("change", "opened", rows).excluded == {"cancelled": 1}
    assert outcome("change", "effort_h", rows).excluded == {"no_effort": 1}
