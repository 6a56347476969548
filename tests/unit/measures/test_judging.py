"""Targets and status."""

import pytest
from hand_made import agreement
from itss.measures.base import Measure, Outcome
from itss.measures.judge import bound, status_of, target_of
from itss.processes import PROCESSES
from itss.text import text

WORDS = text("率", "rate")


def measure(better="higher"):
    return Measure("rate", "incident", "share", better, "a", WORDS, WORDS, lambda _: Outcome(None, 0))


def status(value, n=20, **target):
    version = agreement({"process": "incident", "measure": "rate"} | target) if target else None
    return status_of(Outcome(value, n), target_of(measure(), version))


@pytest.mark.parametrize(
    ("value", "target", "expected"),
    [
        (0.90, {"at_least": 0.9}, "met"),
        (0.8999, {"at_least": 0.9}, "missed"),
        (0.1 + 0.2, {"at_most": 0.3}, "met"),  # 0.30000000000000004
        (0.31, {"at_most": 0.3}, "missed"),
        (0.91, {"at_least": 0.9, "warn": 0.92}, "at_risk"),
        (0.92, {"at_least": 0.9, "warn": 0.92}, "met"),
        (0.89, {"at_least": 0.9, "warn": 0.92}, "missed"),
        (0.29, {"at_most": 0.3, "warn": 0.25}, "at_risk"),
        (0.25, {"at_most": 0.3, "warn": 0.25}, "met"),
        (0.0, {"at_most": 0.0}, "met"),
        (0.7, {"at_least": 0.6, "at_most": 0.8}, "met"),
        (0.9, {"at_least": 0.6, "at_most": 0.8}, "missed"),
        (0.5, {}, ""),
        (None, {"at_least": 0.9}, "not_applicable"),
        (None, {}, "not_applicable"),
    ],
)
def test_status(value, target, expected):
    assert status(value, **target) == expected


def test_few_cases_are_judged_too():
    assert status(0.5, n=2, at_least=0.9) == "missed"
    assert status(1.0, n=1, at_least=0.9) == "met"


@pytest.mark.parametrize("name", ["csat_top2", "csat_response_rate"])
def test_satisfaction_on_three_answers_is_judged(name):
    one = next(m for m in PROCESSES["satisfaction"].measures if m.id == name)
    version = agreement({"process": "satisfaction", "measure": name, "at_least": 0.9})
    assert status_of(Outcome(1 / 3, 3, 1, 3), target_of(one, version)) == "missed"


def test_none_of_a_kind_meets_a_target_of_none():
    found = PROCESSES["change"].measures
    unauthorised = next(m for m in found if m.id == "unauthorised")
    version = agreement({"process": "change", "measure": "unauthorised", "at_most": 0})
    assert status_of(Outcome(0, 0), target_of(unauthorised, version)) == "met"


def test_a_target_of_a_member_is_not_that_of_the_whole():
    version = agreement(
        {"process": "incident", "measure": "rate", "at_least": 0.9},
        {"process": "incident", "measure": "rate", "at_least": 0.95, "dimension": "priority", "member": "Critical"},
        {"process": "change", "measure": "rate", "at_least": 0.5},
    )
    assert bound(target_of(measure(), version)) == 0.9
    assert bound(target_of(measure(), version, "priority", "Critical")) == 0.95
    assert target_of(measure(), version, "priority", "High") is None
    assert target_of(measure(), version, "service", "Critical") is None


def test_the_rows_own_limit_judges_where_nothing_was_agreed():
    found = target_of(measure("lower"), None, "resource", "disk", 0.8)
    assert (found.at_most, found.at_least) == (0.8, None)
    assert target_of(measure("higher"), None, limit=0.8).at_least == 0.8
    version = agreement({"process": "incident", "measure": "rate", "at_most": 0.5})
    assert bound(target_of(measure("lower"), version, limit=0.8)) == 0.5
