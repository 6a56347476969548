"""Measures of changes, worked by hand."""

import pytest
from hand_made import END, LAST, SEPTEMBER, START, agreement, frame, is_available, month, outcome, value
from itss.errors import ConfigurationError
from itss.measures.behind import behind
from itss.measures.compute import measure_all
from itss.measures.scoping import SourceFacts
from itss.processes import PROCESSES

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
    others = incidents(("1", "2026-09-10 21:00"), ("1", "2026-09-11 21:00"), ("4", "2026-09-24 22:00"), ("5", LAST))
    found = outcome("change", "caused_incident_rate", OUTCOMES, others=others)
    assert (found.value, found.denominator, found.against) == (2 / 6, 6, ("1", "4"))  # the last one came too late


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
        "overran": (3, ("late", "moved, late", "later")),
        "start_moved": (3, ("moved, early", "moved, late", "later")),
        "ended_early": (1, ()),
    }
    for measure, (value_, against) in expected.items():
        found = outcome("change", measure, rows)
        assert (found.value, tuple(found.against), found.excluded) == (value_, against, left_out)
    assert value("change", "on_schedule_rate", rows) == 1 / 5


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


# decided in the period


LATE = ENDED | {"id": "1", "ended_at": "2026-09-20 22:00", "outcome": "successful"}


def test_a_warranty_is_decided_in_the_period_in_which_it_ends():
    in_time, too_late = "2026-10-04 22:00", "2026-10-04 22:01"
    for measure in ("change_success_rate_strict", "caused_incident_rate"):
        for at in (in_time, too_late):
            assert outcome("change", measure, [LATE], others=incidents(("1", at))).value is None
            found = outcome("change", measure, [LATE], month("2026-10"), others=incidents(("1", at)))
            assert found.n == 1
            assert (found.against == ("1",)) == (at == in_time)
            assert outcome("change", measure, [LATE], month("2026-11"), others=incidents(("1", at))).n == 0


@pytest.mark.parametrize(
    ("outcome_at", "months"),
    [
        (None, "2026-09"),
        ("2026-09-01 08:00", "2026-09"),
        (LAST, "2026-09"),
        (END, "2026-10"),
        ("2026-11-02 09:00", "2026-11"),
    ],
)
def test_an_outcome_counts_once_when_it_is_known(outcome_at, months):
    rows = [LATE | {"outcome_at": outcome_at}]
    for label in ("2026-09", "2026-10", "2026-11"):
        for measure in ("change_success_rate", "change_success_rate_procedure"):
            found = outcome("change", measure, frame("change", rows, ["outcome_at"]), month(label))
            assert (found.value, found.n) == ((1, 1) if label == months else (None, 0))
            is_waiting = label == "2026-09" and months > label
            assert found.excluded == ({"outcome_not_yet": 1} if is_waiting else {})


def test_what_was_cancelled_later_was_no_cancelled_change_yet():
    rows = [LATE | {"outcome": "cancelled", "is_cancelled": True, "outcome_at": "2026-10-05 09:00", "ended_at": None}]
    assert outcome("change", "backlog", rows).value == 1
    assert outcome("change", "backlog", rows, month("2026-10")).excluded == {"cancelled": 1}


@pytest.mark.parametrize(
    ("measure", "value_", "lost"),
    [
        ("change_success_rate", "failed", True),
        ("change_success_rate", "backed_out", False),
        ("change_success_rate_strict", "successful", True),
        ("change_success_rate_procedure", "backed_out", True),
        ("change_success_rate_procedure", "failed", False),
    ],
)
def test_what_counts_a_value_that_the_source_cannot_tell_is_not_available(measure, value_, lost):
    frames = {"change": frame("change", OUTCOMES), **incidents((None, START))}
    processes = {name: PROCESSES[name] for name in frames}
    told = {"change": {"outcome": [value_]}}
    found = measure_all(frames, processes, SEPTEMBER, None, (), 2, facts=SourceFacts(cannot_tell=told))
    figure = found.figures.query("process == 'change' and measure == @measure").iloc[0]
    assert (figure["status"] == "not_available") == lost
    assert (measure in set(found.history["measure"])) != lost
    if lost:
        with pytest.raises(ConfigurationError, match=f"the source cannot tell outcome = {value_}"):
            behind(frames, PROCESSES["change"], SEPTEMBER, None, measure, facts=SourceFacts(cannot_tell=told))


# planned windows

PLAN = {
    "id": "1",
    "opened_at": "2026-09-01 20:00",
    "planned_start_at": "2026-09-05 20:00",
    "planned_end_at": "2026-09-05 22:00",
}


def test_length_and_notice_are_those_of_the_windows_planned_to_start_in_the_period():
    rows = [
        PLAN | {"id": "4 days"},
        PLAN | {"id": "23 h", "announced_at": "2026-09-04 21:00", "planned_end_at": "2026-09-06 02:00"},
        PLAN | {"id": "24 h", "announced_at": "2026-09-04 20:00", "planned_end_at": None},
        PLAN | {"id": "after its start", "announced_at": "2026-09-05 21:00", "planned_end_at": "2100-01-01 00:00"},
        PLAN | {"id": "withdrawn", "is_cancelled": True},
        PLAN | {"id": "October", "planned_start_at": END, "planned_end_at": "2026-10-01 05:00"},
    ]
    assert outcome("change", "windows", rows).excluded == {"cancelled": 1}
    assert value("change", "windows", rows) == 4
    length, notice = outcome("change", "window_h_mean", rows), outcome("change", "notice_h_mean", rows)
    assert (length.value, length.n, length.excluded) == ((2 + 6) / 2, 2, {"cancelled": 1, "no_length": 2})
    assert (notice.value, notice.n, notice.excluded) == ((96 + 23 + 24 - 1) / 4, 4, {"cancelled": 1})
    assert outcome("change", "short_notice", rows).against == ("23 h", "after its start")
    agreed = agreement().model_copy(update={"notice_h": 100})
    assert value("change", "short_notice", rows, SEPTEMBER, agreed) == 4


@pytest.mark.parametrize(
    ("row", "september", "october"),
    [
        (
            {"started_at": "2026-09-05 20:00", "ended_at": "2026-10-02 10:00"},
            0,
            None,
        ),  # ran on: decided at its plan's end
        ({"started_at": "2026-09-05 20:00", "ended_at": None}, 0, None),
        ({"started_at": None, "ended_at": None}, 0, None),  # never began
        ({"started_at": None, "ended_at": "2026-10-02 10:00"}, 0, None),
        ({"started_at": None, "ended_at": None, "closed_at": "2026-10-03 10:00"}, 0, None),
        ({"started_at": None, "ended_at": None, "closed_at": "2026-09-29 10:00"}, None, None),  # nobody knows
        ({"started_at": None, "ended_at": "2026-09-05 21:00"}, None, None),
        ({"started_at": "2026-09-05 20:00", "ended_at": "2026-09-05 21:00"}, 1, None),
        ({"started_at": "2026-09-05 20:00", "ended_at": None, "planned_end_at": "2026-10-03 10:00"}, None, 0),
        ({"started_at": "2026-09-05 20:00", "ended_at": END, "planned_end_at": "2026-10-03 10:00"}, None, 1),
    ],
)
def test_a_window_is_decided_once(row, september, october):
    rows = frame("change", [PLAN | row], ["started_at", "ended_at"])
    assert value("change", "on_schedule_rate", rows) == september
    assert value("change", "on_schedule_rate", rows, month("2026-10")) == october
