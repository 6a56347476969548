"""Requests, how tickets are solved, and the work they make, by hand."""

import pytest
from hand_made import END, LAST, OFFICE, SEPTEMBER, START, agreement, frame, is_available, outcome, value
from itss.processes import PROCESSES

TICKETS = ("incident", "request")
MORNING = "2026-09-07 10:00"


@pytest.mark.parametrize("process", TICKETS)
def test_resolution_rates_follow_their_cases(process):
    rows = [
        {"id": "1", "opened_at": "2026-08-31 10:00", "resolved_at": START, "closed_at": LAST},
        {"id": "2", "opened_at": START, "resolved_at": None, "closed_at": LAST},  # closed without a solution
        {"id": "3", "opened_at": START, "resolved_at": LAST, "closed_at": END},
        {"id": "4", "opened_at": LAST, "resolved_at": END, "closed_at": END},  # solved, but not yet in September
        {"id": "5", "opened_at": START, "resolved_at": None, "closed_at": LAST, "is_cancelled": True},
        {"id": "6", "opened_at": "2026-08-01 10:00", "resolved_at": "2026-08-20 10:00", "closed_at": START},
    ]
    found = outcome(process, "resolution_rate", rows)
    assert (found.value, found.n, found.against, found.excluded) == (2 / 3, 3, ("2",), {"cancelled": 1})
    found = outcome(process, "resolution_rate_of_opened", rows)
    assert (found.value, found.n, found.against, found.excluded) == (1 / 3, 3, ("2", "4"), {"cancelled": 1})


@pytest.mark.parametrize("process", TICKETS)
def test_first_contact_is_of_those_resolved_whose_source_says(process):
    day = {"opened_at": MORNING, "resolved_at": MORNING}
    rows = [
        day | {"id": "1", "is_first_contact": True},
        day | {"id": "2", "is_first_contact": False},
        day | {"id": "3", "is_first_contact": None},
        day | {"id": "4", "is_first_contact": True, "is_cancelled": True},
        {"id": "5", "opened_at": MORNING, "resolved_at": END, "is_first_contact": True},
    ]
    found = outcome(process, "first_contact_rate", rows)
    assert (found.value, found.n, found.against) == (1 / 2, 2, ("2",))
    assert found.excluded == {"cancelled": 1, "no_contact": 1}
    assert not is_available(process, "first_contact_rate", [day | {"id": "1"}])
    assert (
        value(process, "first_contact_rate", [day | {"id": "1", "resolved_at": END, "is_first_contact": True}]) is None
    )


@pytest.mark.parametrize("process", TICKETS)
def test_hours_belong_to_the_period_in_which_their_record_ended(process):
    rows = [
        {"id": "1", "opened_at": "2026-08-01 10:00", "resolved_at": START, "effort_h": 1.5},
        {"id": "2", "opened_at": START, "resolved_at": None, "closed_at": LAST, "effort_h": 2.0},
        {"id": "3", "opened_at": START, "resolved_at": LAST, "effort_h": None},
        {"id": "4", "opened_at": START, "resolved_at": END, "effort_h": 4.0},
        {"id": "5", "opened_at": START, "resolved_at": LAST, "effort_h": 8.0, "is_cancelled": True},
    ]
    found = outcome(process, "effort_h", rows)
    assert (found.value, found.n, found.excluded) == (3.5, 2, {"cancelled": 1, "no_effort": 1})
    assert (value(process, "volume", rows), value(process, "opened", rows)) == (3, 3)
    assert outcome(process, "volume", rows).excluded == {"cancelled": 1}


def test_where_no_record_that_ended_has_hours_there_is_no_figure():
    row = {"id": "1", "opened_at": START, "resolved_at": END, "effort_h": 4.0}
    assert value("request", "effort_h", [row]) is None
    assert value("request", "effort_h", [row | {"resolved_at": LAST, "effort_h": None}]) is None


def test_requests_have_the_clocks_of_tickets():
    version = agreement(hours=OFFICE, times={"High": (1, 8)})
    rows = [
        {"id": "1", "priority": "High", "opened_at": "2026-09-04 17:00", "responded_at": "2026-09-07 09:00",
         "resolved_at": "2026-09-08 11:00", "closed_at": LAST, "pause_h": 3.0},  # 1 h, 12 h less 3 are 9: late
        {"id": "2", "priority": "High", "opened_at": "2026-09-07 09:00", "responded_at": "2026-09-07 10:01",
         "resolved_at": "2026-09-07 17:00", "closed_at": LAST},  # answered a minute late, done in exactly 8 h
        {"id": "3", "priority": "High", "opened_at": "2026-09-30 17:00", "responded_at": None, "resolved_at": None},
    ]  # fmt: skip
    found = outcome("request", "resolution_compliance", rows, SEPTEMBER, version)
    assert (found.value, found.against) == (1 / 2, ("1",))
    found = outcome("request", "response_compliance", rows, SEPTEMBER, version)
    assert (found.value, found.against) == (1 / 2, ("2",))
    assert value("request", "ttr_mean_h", rows, SEPTEMBER, version) == (9 + 8) / 2
    assert value("request", "sla_running", rows, SEPTEMBER, version) == 1
    assert value("request", "backlog", rows, SEPTEMBER, version) == 1


def test_every_measure_of_incidents_but_those_of_major_events_is_one_of_requests():
    def ids(process):
        return [measure.id for measure in PROCESSES[process].measures]

    assert ids("request") == ids("incident")
    words = [m.definition.en for m in PROCESSES["request"].measures] + [
        m.definition.zh for m in PROCESSES["request"].measures
    ]
    assert not [word for word in words if "ncident" in word or "事件" in word]


# problems


def test_known_cause_is_of_the_problems_open_at_the_end():
    rows = [
        {"id": "1", "opened_at": START, "cause_known_at": LAST},
        {"id": "2", "opened_at": START, "cause_known_at": END},  # known one day too late
        {"id": "3", "opened_at": START, "cause_known_at": None, "resolved_at": END},
        {"id": "4", "opened_at": START, "cause_known_at": LAST, "resolved_at": LAST},
        {"id": "5", "opened_at": START, "cause_known_at": LAST, "is_cancelled": True},
        {"id": "6", "opened_at": END, "cause_known_at": END},
    ]
    found = outcome("problem", "known_cause_rate", rows)
    assert (found.value, found.n, found.against, found.excluded) == (1 / 3, 3, ("2", "3"), {"cancelled": 1})
    rows = frame(
        "problem", [{"id": "1", "opened_at": START, "cause": "cable"}, {"id": "2", "opened_at": START}], ["closed_at"]
    )
    assert value("problem", "known_cause_rate", rows) == 1 / 2
    assert (
        value(
            "problem",
            "known_cause_rate",
            frame("problem", [{"id": "1", "opened_at": END, "cause": "x"}], ["closed_at"]),
        )
        is None
    )
    assert not is_available("problem", "known_cause_rate", [{"id": "1", "opened_at": START, "closed_at": None}])


def test_an_incident_is_repeated_within_30_days_after_one_of_the_same_problem():
    problems = [{"id": "p", "opened_at": START}, {"id": "q", "opened_at": START}, {"id": "r", "opened_at": START}]
    opened = [
        ("1", "p", "2026-08-05 10:00"),
        ("2", "p", "2026-09-04 10:00"),  # exactly 30 days later: repeated
        ("3", "p", "2026-09-20 10:00"),  # repeated
        ("4", "q", "2026-08-05 10:00"),
        ("5", "q", "2026-09-04 10:01"),  # a minute too late
        ("6", "r", "2026-08-10 10:00"),
        ("7", "r", "2026-08-20 10:00"),  # repeated, in August
        ("8", None, "2026-09-10 10:00"),
        ("9", "nobody's", "2026-09-10 10:00"),
    ]
    incidents = [{"id": number, "problem": problem, "opened_at": at} for number, problem, at in opened]
    incidents.append({"id": "10", "problem": "r", "opened_at": "2026-09-01 10:00", "is_cancelled": True})
    others = {"incident": frame("incident", incidents)}
    found = outcome("problem", "repeat_incident_rate", problems, SEPTEMBER, None, others)
    assert (found.value, found.numerator, found.denominator, found.against) == (2 / 5, 2, 5, ("p",))
    assert not is_available("problem", "repeat_incident_rate", problems)
    assert not is_available(
        "problem",
        "repeat_incident_rate",
        problems,
        others={"incident": frame("incident", incidents[:1]).drop(columns="problem")},
    )
    nothing = {"incident": frame("incident", [{"id": "1", "problem": "p", "opened_at": END}])}
    assert value("problem", "repeat_incident_rate", problems, SEPTEMBER, None, nothing) is None


def test_volumes_of_problems():
    rows = [
        {"id": "1", "opened_at": "2026-06-01 10:00", "resolved_at": None, "closed_at": None, "effort_h": None},
        {"id": "2", "opened_at": START, "resolved_at": LAST, "closed_at": END, "effort_h": 6.0},
        {"id": "3", "opened_at": START, "resolved_at": None, "closed_at": LAST, "effort_h": 2.0},
        {"id": "4", "opened_at": START, "resolved_at": LAST, "closed_at": LAST, "is_cancelled": True, "effort_h": 9.0},
    ]
    names = ("opened", "resolved", "closed", "backlog", "backlog_over_90d", "volume", "effort_h")
    assert [value("problem", name, rows) for name in names] == [2, 1, 1, 1, 1, 2, 8]


# improvements


def test_improvements_closed_by_their_date():
    rows = [
        {"id": "1", "opened_at": START, "due_at": LAST, "closed_at": LAST},  # on the very date
        {"id": "2", "opened_at": START, "due_at": START, "closed_at": LAST},
        {"id": "3", "opened_at": START, "due_at": START, "closed_at": None},
        {"id": "4", "opened_at": START, "due_at": END, "closed_at": START},  # due in October
        {"id": "5", "opened_at": START, "due_at": None, "closed_at": None},
        {"id": "6", "opened_at": START, "due_at": START, "closed_at": None, "is_cancelled": True},
    ]
    found = outcome("improvement", "on_time_improvement", rows)
    assert (found.value, found.n, found.against, found.excluded) == (1 / 3, 3, ("2", "3"), {"cancelled": 1})
    assert [value("improvement", name, rows) for name in ("opened", "closed", "improvements_open")] == [5, 3, 2]
    found = outcome("improvement", "improvements_overdue", rows)
    assert (found.value, found.against, found.excluded) == (1, ("3",), {"cancelled": 1, "no_deadline": 1})
    assert value("improvement", "on_time_improvement", rows[3:4]) is None


# the reports' data


def test_submissions_in_time_of_those_owed():
    due = {"due_at": LAST, "submissions_due_at": START}
    rows = [
        due | {"id": "1", "submissions_due": 8, "submissions_on_time": 8},
        due | {"id": "2", "submissions_due": 8, "submissions_on_time": 6},
        due | {"id": "3", "submissions_due": 1, "submissions_on_time": None},
        due | {"id": "4", "submissions_due": 5, "submissions_on_time": 5, "due_at": END},
    ]
    found = outcome("reporting", "on_time_submission", rows)
    assert (found.value, found.n, found.against) == (14 / 17, 17, ("2", "3"))
    assert value("reporting", "on_time_submission", rows[3:]) is None
