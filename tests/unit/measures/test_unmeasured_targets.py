"""A target whose measure is not available stays among the figures, as not measured."""

import pandas as pd
import pytest
from hand_made import ALWAYS, SEPTEMBER, START, agreement, frame
from itss.measures.compute import measure_all
from itss.measures.scoping import SourceFacts
from itss.processes import PROCESSES

SUCCESS = {"process": "change", "measure": "change_success_rate", "at_least": 0.9}
OF_ERP = SUCCESS | {"at_least": 0.95, "dimension": "service", "member": "ERP"}
OPEN = {"process": "security", "measure": "vulnerabilities_open", "at_most": 0, "dimension": "severity"}
CHANGES = frame("change", [{"id": "1", "service": "CRM", "opened_at": START, "ended_at": START}])


def figures(frames, *targets, dimensions=("service",), cannot_tell=None):
    processes = {target["process"]: PROCESSES[target["process"]] for target in targets}
    found = measure_all(
        frames,
        processes,
        SEPTEMBER,
        agreement(*targets, hours=ALWAYS),
        dimensions,
        1,
        facts=SourceFacts(cannot_tell=cannot_tell or {}),
    ).figures
    named = {target["measure"] for target in targets}
    rows = found[found["measure"].isin(named) & (found["target"].notna() | (found["status"] == "not_available"))]
    return rows[["dimension", "member", "target", "status"]].to_dict("split")["data"]


@pytest.mark.parametrize(
    ("frames", "cannot_tell"),
    [
        ({}, None),  # the process was not collected
        ({"change": CHANGES}, None),  # the source has no outcome
        (
            {"change": CHANGES.assign(outcome=pd.Series(["successful"], dtype="str"))},
            {"change": {"outcome": ["failed"]}},
        ),
    ],
)
def test_whole_and_member_keep_their_targets(frames, cannot_tell):
    found = figures(frames, SUCCESS, OF_ERP, cannot_tell=cannot_tell)
    assert found == [["", "", 0.9, "not_available"], ["service", "ERP", 0.95, "not_available"]]


def test_a_member_that_no_row_has_is_not_measured():
    rows = CHANGES.assign(outcome=pd.Series(["successful"], dtype="str"))
    found = figures({"change": rows}, SUCCESS, OF_ERP)
    assert found == [["", "", 0.9, "met"], ["service", "ERP", 0.95, "not_available"]]


def test_no_row_of_a_closed_set_is_a_real_zero():
    rows = frame("security", [{"id": "1", "found_at": START, "severity": "low", "fixed_at": None}])
    targets = [OPEN | {"member": "critical"}, OPEN | {"member": "severe"}]
    assert figures({"security": rows}, *targets) == [
        ["severity", "critical", 0.0, "met"],
        ["severity", "severe", 0.0, "not_available"],
    ]


def test_a_target_by_a_dimension_that_nobody_asked_for_is_not_measured():
    rows = CHANGES.assign(outcome=pd.Series(["successful"], dtype="str"))
    assert ["service", "ERP", 0.95, "not_available"] in figures({"change": rows}, OF_ERP, dimensions=())
