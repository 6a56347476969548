"""When limits are frozen, what they judge, and that nothing moves them but a new version."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hand_made import SEPTEMBER
from itss.measures.base import Measure, Outcome
from itss.measures.baseline import due, in_force
from itss.measures.trends import trend_row
from itss.text import text

WORDS = text("数", "count")
MEASURE = Measure("opened", "incident", "count", "lower", "c", WORDS, WORDS, lambda _: Outcome(None, 0))
LABELS = [SEPTEMBER.shift(-n).label for n in range(20, 0, -1)]  # 2025-01 … 2026-08


def published(values, version=1, labels=LABELS):
    rows = [("opened", "incident", label, value, version) for label, value in zip(labels, values, strict=False)]
    frame = pd.DataFrame(rows, columns=["measure", "process", "period", "value", "version"]).astype(
        {"value": "float64", "version": "Int64"}
    )
    return frame.assign(unit="count", n=3, numerator=np.nan, denominator=np.nan)


def trend(values, baseline):
    labels = [SEPTEMBER.shift(-n).label for n in range(len(values) - 1, -1, -1)]
    return trend_row(MEASURE, pd.DataFrame({"period": labels, "value": np.array(values, float)}), SEPTEMBER, baseline)


def test_the_first_thirteen_published_points_fix_it_by_hand():
    values = [9, 11] * 6 + [10] + [500, 600]
    (fixed,) = due([MEASURE], published(values).sample(frac=1, random_state=1), [])
    assert (fixed.number, fixed.definition, fixed.points) == (1, 1, 13)
    assert (fixed.first, fixed.last) == ("2025-01", "2026-01")
    # mean of 9 and 11 and 10; moving ranges eleven times 2, then 1
    assert (fixed.mean, fixed.lower, fixed.upper) == pytest.approx((10, 10 - 2.66 * 23 / 12, 10 + 2.66 * 23 / 12))


def test_twelve_points_or_thirteen_of_two_definitions_fix_nothing():
    assert due([MEASURE], published([1] * 12), []) == []
    mixed = pd.concat([published([1] * 6, 1), published([1] * 7, 2, LABELS[6:])])
    assert due([MEASURE], mixed, []) == []
    holes = published([1] * 12 + [np.nan])
    assert due([MEASURE], holes, []) == []
    assert due([MEASURE], published([]), []) == []


@pytest.mark.parametrize(
    ("unit", "numerator", "denominator", "able"),
    [
        ("share", 3, 9, 12),
        ("share", 3, 10, 13),
        ("share", 40_000, 43_200, 13),  # minutes are no cases
        ("h", np.nan, np.nan, 12),
        ("count", np.nan, np.nan, 13),
        ("min", 50, np.nan, 13),  # a sum
    ],
)
def test_a_point_on_few_cases_fixes_nothing(unit, numerator, denominator, able):
    points = published([0.3] * 13).assign(unit=unit, n=20, numerator=3.0, denominator=20.0)
    is_last = points["period"] == points["period"].max()
    few = {"n": 9 if able == 12 or denominator != 10 else 10, "numerator": numerator, "denominator": denominator}
    for name, value in few.items():
        points.loc[is_last, name] = value
    measure = replace(MEASURE, unit=unit)
    assert len(due([measure], points, [])) == (able == 13)


def test_it_is_fixed_once_a_definition():
    (first,) = due([MEASURE], published([1] * 13), [])
    assert due([MEASURE], published([1] * 13 + [2] * 7), [first]) == []
    newer = replace(MEASURE, version=2)
    (second,) = due([newer], published([3] * 13, 2), [first])
    assert (second.number, second.definition, second.mean) == (2, 2, 3)
    assert in_force([first, second], MEASURE, SEPTEMBER) == first
    assert in_force([first, second], newer, SEPTEMBER) == second


def test_it_judges_only_periods_after_its_points_and_the_newest_does():
    (first,) = due([MEASURE], published([1] * 13), [])
    second = replace(first, number=2, first="2025-05", last="2026-05")
    assert in_force([first, second], MEASURE, SEPTEMBER) == second
    assert in_force([second, first], MEASURE, SEPTEMBER.shift(-5)) == first, "April 2026"
    assert in_force([first, second], MEASURE, SEPTEMBER.shift(-8)) is None, "January 2026 is one of its own points"


def test_frozen_limits_do_not_follow_the_points():
    (fixed,) = due([MEASURE], published([9, 11] * 6 + [10]), [])
    drifting = [10 + n for n in range(14)]
    found = trend(drifting, fixed)
    assert (found["limits"], found["baseline"], found["baseline_first"]) == ("fixed", 1, "2025-01")
    assert (found["mean"], found["signal"]) == (fixed.mean, True)
    loose = trend([9, 11] * 6 + [10, 10], None)
    assert (loose["limits"], loose["baseline"], loose["baseline_first"]) == ("provisional", None, "")
    assert trend([10] * 12, None)["limits"] == ""


@pytest.mark.parametrize(
    ("values", "signal"),
    [([10.5] * 7, False), ([10.5] * 8, True), ([10.0] * 8, False), ([15.2], True), ([15], False), ([], False)],
)
def test_a_frozen_baseline_judges_a_short_series_too(values, signal):
    (fixed,) = due([MEASURE], published([9, 11] * 6 + [10]), [])  # 4.9 to 15.1
    assert trend(values, fixed)["signal"] is signal
