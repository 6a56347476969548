"""Section b): which rows are listed, and that they add up to the figures."""

import pandas as pd
import pytest
from hand_made import SEPTEMBER, START, agreement, frame
from itss.measures.compute import measure_all
from itss.measures.nonconformities import NONCONFORMITY_COLUMNS
from itss.processes import PROCESSES

TIMES = {"High": (1, 8), "Low": (8, 40)}
DAY = {"opened_at": "2026-09-07 10:00", "title": "x", "service": "Email"}
INCIDENTS = [
    DAY | {"id": "met", "priority": "High", "resolved_at": "2026-09-07 12:00"},
    DAY | {"id": "late", "priority": "High", "resolved_at": "2026-09-09 12:00"},
    DAY | {"id": "open", "priority": "Low", "resolved_at": None, "service": None},
    DAY | {"id": "low", "priority": "Low", "resolved_at": "2026-09-07 12:00"},
]


def listed(rows, *targets, times=TIMES, process="incident", dimensions=("priority",)):
    version = agreement(*targets, times=times)
    measured = measure_all(
        {process: frame(process, rows)}, {process: PROCESSES[process]}, SEPTEMBER, version, dimensions, 1
    )
    return measured.nonconformities


def names(found):
    return [tuple(row) for row in found[["measure", "member", "id"]].to_numpy()]


def test_breaches_are_listed_even_where_nothing_is_missed():
    found = listed(INCIDENTS)
    assert list(found.columns) == NONCONFORMITY_COLUMNS
    assert names(found) == [("resolution_compliance", "", "late"), ("resolution_compliance", "", "open")]
    late, still_open = found.to_dict("records")
    assert (late["title"], late["service"], late["priority"]) == ("x", "Email", "High")
    assert (late["elapsed_h"], late["target"]) == (8 + 9 + 3, 8)
    assert late["opened_at"] == pd.Timestamp("2026-09-07 02:00", tz="UTC")
    assert late["ended_at"] == pd.Timestamp("2026-09-09 04:00", tz="UTC")
    # open since Monday the 7th, 10:00: 8 h, then 17 whole working days (the 20th is worked, the 25th is a holiday)
    assert (still_open["elapsed_h"], still_open["target"], still_open["service"]) == (8 + 17 * 9, 40, "")
    assert pd.isna(still_open["ended_at"])


def test_a_late_response_ends_with_the_response():
    rows = [INCIDENTS[0] | {"responded_at": "2026-09-07 11:30"}, INCIDENTS[1] | {"responded_at": None}]
    late, unanswered = listed(rows).query("measure == 'response_compliance'").to_dict("records")
    assert (late["id"], late["elapsed_h"], late["target"]) == ("met", 1.5, 1)
    assert late["ended_at"] == pd.Timestamp("2026-09-07 03:30", tz="UTC")
    assert pd.isna(unanswered["ended_at"])


def test_what_ends_after_the_period_is_listed_as_it_was_at_its_end():
    later = DAY | {"id": "later", "priority": "High", "resolved_at": "2026-10-02 10:00"}
    found = listed([later | {"responded_at": "2026-10-01 09:00"}])
    assert names(found) == [("response_compliance", "", "later"), ("resolution_compliance", "", "later")]
    assert found["ended_at"].isna().all()
    assert found["elapsed_h"].tolist() == [8 + 17 * 9] * 2


def test_a_missed_target_brings_its_rows():
    target = {"process": "incident", "measure": "backlog_over_7d", "at_most": 0}
    assert ("backlog_over_7d", "", "open") in names(listed(INCIDENTS, target))
    kept = target | {"at_most": 1}
    assert ("backlog_over_7d", "", "open") not in names(listed(INCIDENTS, kept))


def test_a_member_that_missed_its_own_target_is_listed_as_that_member():
    target = {
        "process": "incident",
        "measure": "resolution_compliance",
        "at_least": 0.9,
        "dimension": "priority",
        "member": "High",
    }
    assert ("resolution_compliance", "High", "late") in names(listed(INCIDENTS, target))
    assert ("resolution_compliance", "Low", "open") not in names(listed(INCIDENTS, target))


def test_the_recorded_flag_is_listed_only_where_the_sla_is_not_recomputed():
    rows = [row | {"sla_met_recorded": row["id"] != "met"} for row in INCIDENTS]
    assert {name for name, _, _ in names(listed(rows))} == {"resolution_compliance"}
    assert names(listed(rows, times=None)) == [("resolution_compliance_recorded", "", "met")]


def test_no_nonconformity_has_the_same_columns():
    found = listed([INCIDENTS[0]])
    assert (len(found), list(found.columns)) == (0, NONCONFORMITY_COLUMNS)
    assert str(found["opened_at"].dtype) == "datetime64[us, UTC]"


@pytest.mark.parametrize(
    ("process", "row", "expected"),
    [
        (
            "security",
            {"id": "V", "title": "CVE", "severity": "high", "found_at": START, "due_at": START, "fixed_at": None},
            {"measure": "vulnerabilities_overdue", "title": "CVE", "priority": "high"},
        ),
        (
            "service_level",
            {
                "id": "L",
                "indicator": "uptime",
                "measured_at": START,
                "target": 4,
                "achieved": 5,
                "comparison": "at_most",
            },
            {"measure": "service_level_attainment", "title": "uptime", "target": 4},
        ),
        (
            "reporting",
            {"id": "R", "report": "monthly", "due_at": START, "delivered_at": None},
            {"measure": "on_time_delivery", "title": "monthly"},
        ),
        (
            "change",
            {"id": "C", "title": "x", "opened_at": START, "ended_at": START, "outcome": "failed", "type": "normal"},
            {"measure": "change_success_rate", "priority": "normal"},
        ),
    ],
)
def test_other_processes_tell_their_rows_in_the_same_columns(process, row, expected):
    (found,) = listed([row], process=process).to_dict("records")
    assert expected.items() <= found.items()


def test_a_resource_beyond_its_threshold_is_one_row():
    rows = [
        {"id": str(n), "resource": r, "sampled_at": START, "utilisation": u, "threshold": 0.8, "service": "Email"}
        for n, (r, u) in enumerate([("disk", 0.9), ("disk", 0.95), ("cpu", 0.3)])
    ]
    found = listed(rows, process="capacity", dimensions=("service",))
    assert [tuple(row) for row in found[["measure", "member", "id", "title"]].to_numpy()] == [
        ("utilisation_p95", "disk", "1", "disk"),
        ("utilisation_max", "disk", "1", "disk"),
    ]


def test_each_has_its_owner_and_the_recorded_cause():
    rows = [
        INCIDENTS[1] | {"assignment_group": "Network", "cause": "cable"},
        INCIDENTS[2] | {"assignment_group": None, "cause": None},
    ]
    found = listed(rows)
    assert found[["id", "owner", "cause"]].to_numpy().tolist() == [["late", "Network", "cable"], ["open", "", ""]]
    item = {"id": "1", "opened_at": "2026-08-01 10:00", "due_at": START, "closed_at": None, "owner": "desk"}
    found = listed([item], process="improvement")
    assert found[["measure", "owner"]].to_numpy().tolist() == [["on_time_improvement", "desk"]]
