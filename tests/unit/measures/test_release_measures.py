"""Releases, by hand: each counts once, when it is decided, and no period that is over waits for the future."""

import pandas as pd
import pytest
from hand_made import SEPTEMBER, frame, month, outcome

AUGUST, OCTOBER = month("2026-08"), month("2026-10")
ROWS = [
    {
        "id": "in time",
        "opened_at": "2026-08-20 10:00",
        "planned_at": "2026-09-10 22:00",
        "deployed_at": "2026-09-10 22:00",
        "outcome_at": "2026-09-12 10:00",
        "outcome": "successful",
    },
    {
        "id": "early, in August",
        "opened_at": "2026-08-20 10:00",
        "planned_at": "2026-09-01 22:00",
        "deployed_at": "2026-08-31 22:00",
        "outcome_at": "2026-09-01 00:00",
        "outcome": "rolled_back",
    },
    {
        "id": "late, known in October",
        "opened_at": "2026-09-01 10:00",
        "planned_at": "2026-09-20 22:00",
        "deployed_at": "2026-09-30 23:59",
        "outcome_at": "2026-10-02 10:00",
        "outcome": "failed",
    },
    {"id": "never", "opened_at": "2026-09-01 10:00", "planned_at": "2026-09-25 22:00"},
    {
        "id": "withdrawn in October",
        "opened_at": "2026-09-01 10:00",
        "planned_at": "2026-09-26 22:00",
        "cancelled_at": "2026-10-01 00:00",
    },
    {
        "id": "withdrawn in September",
        "opened_at": "2026-09-01 10:00",
        "planned_at": "2026-09-27 22:00",
        "cancelled_at": "2026-09-28 10:00",
    },
    {
        "id": "registered afterwards",
        "opened_at": "2026-09-05 10:00",
        "planned_at": "2026-09-04 22:00",
        "deployed_at": "2026-09-05 11:00",
        "outcome_at": "2026-09-06 11:00",
        "outcome": None,
    },
]


@pytest.mark.parametrize(
    ("measure", "period", "part", "whole", "against", "excluded"),
    [
        ("releases_deployed", AUGUST, 1, 1, (), {}),
        ("releases_deployed", SEPTEMBER, 3, 3, (), {}),
        ("releases_deployed", OCTOBER, 0, 0, (), {}),
        ("release_success_rate", AUGUST, 0, 0, (), {"outcome_not_yet": 1}),
        (
            "release_success_rate",
            SEPTEMBER,
            1,
            2,
            ("early, in August",),
            {"outcome_not_yet": 1, "no_outcome": 1},
        ),
        ("release_success_rate", OCTOBER, 0, 1, ("late, known in October",), {}),
        (
            "release_on_schedule_rate",
            SEPTEMBER,
            2,
            5,
            ("late, known in October", "never", "withdrawn in October"),
            {"cancelled": 1, "planned_afterwards": 1},
        ),
        ("release_on_schedule_rate", OCTOBER, 0, 0, (), {}),
    ],
)
def test_each_counts_when_it_is_decided(measure, period, part, whole, against, excluded):
    found = outcome("release", measure, ROWS, period)
    assert (found.numerator, found.n, tuple(found.against), found.excluded) == (part, whole, against, excluded)
    assert found.value == (part if measure == "releases_deployed" else part / whole if whole else None)


@pytest.mark.parametrize("measure", ["releases_deployed", "release_success_rate", "release_on_schedule_rate"])
def test_september_is_the_same_on_the_day_after_and_a_month_later(measure):
    """The rows as they stood on 1 October: without the instants that came later, and what they brought."""
    rows = frame("release", ROWS)
    then = rows.copy()
    late = then["outcome_at"] >= pd.Timestamp(SEPTEMBER.end)
    then.loc[late, "outcome"] = None
    for name in ("deployed_at", "outcome_at", "cancelled_at"):
        then[name] = then[name].where(then[name] < pd.Timestamp(SEPTEMBER.end))
    assert outcome("release", measure, then) == outcome("release", measure, rows)
