"""Changes, control limits by hand, and Mann–Kendall against the library that the product does not load."""

import numpy as np
import pandas as pd
import pymannkendall
import pytest
from hand_made import SEPTEMBER
from hypothesis import given, settings
from hypothesis import strategies as st
from itss.measures.base import Measure, Outcome
from itss.measures.limits import control_limits
from itss.measures.trends import change, mann_kendall, trend_row
from itss.text import text

WORDS = text("率", "rate")


def trend(values, unit="count", better="lower"):
    """The trend of monthly values that end in September 2026."""
    labels = [SEPTEMBER.shift(-n).label for n in range(len(values) - 1, -1, -1)]
    history = pd.DataFrame({"period": labels, "value": pd.Series(values, dtype="float64")})
    measure = Measure("m", "incident", unit, better, "a", WORDS, WORDS, lambda _: Outcome(None, 0))
    return trend_row(measure, history, SEPTEMBER)


def test_change_is_points_for_shares_and_relative_for_the_rest():
    assert change(0.9, 0.95, "share") == pytest.approx(-0.05)
    assert change(120, 100, "count") == pytest.approx(0.2)
    assert change(3.0, 4.0, "h") == -0.25
    assert change(5, 0, "count") is None
    assert change(0.5, 0.0, "share") == 0.5
    assert change(None, 1, "count") is None
    assert change(1, None, "share") is None


def test_previous_and_last_year_are_found_by_their_label():
    values = [float(n) for n in range(100, 114)]
    row = trend(values)
    assert (row["value"], row["previous"], row["last_year"], row["n_points"]) == (113, 112, 101, 14)
    assert row["change"] == pytest.approx(1 / 112)
    assert row["change_last_year"] == pytest.approx(12 / 101)
    assert trend(values[-12:])["last_year"] is None


def test_a_gap_is_not_the_previous_period():
    row = trend([1, 2, np.nan, 4])
    assert (row["previous"], row["n_points"]) == (None, 3)


def test_control_limits_by_hand():
    # mean 10, moving ranges twelve times 2: 10 ± 2.66 · 2
    points = np.array([9, 11] * 6 + [10.0])
    mean, lower, upper = control_limits(points, "count")
    assert (mean, lower, upper) == pytest.approx((10, 10 - 2.66 * 23 / 12, 10 + 2.66 * 23 / 12))
    assert control_limits(points[1:], "count") == (None, None, None)


@pytest.mark.parametrize(
    ("unit", "low", "high", "limits"),
    [("share", 0.02, 0.98, (0, 1)), ("score", 1.1, 4.9, (1, 5)), ("h", 1, 9, (0, None)), ("count", 1, 9, (0, None))],
)
def test_limits_are_clipped_to_what_is_possible(unit, low, high, limits):
    _, lower, upper = control_limits(np.array([low, high] * 7), unit)
    assert lower == limits[0]
    assert upper == limits[1] if limits[1] else upper > high


@pytest.mark.parametrize(
    ("values", "signal"),
    [
        ([9, 11] * 6 + [10], False),
        ([9, 11] * 6 + [40], True),
        ([9, 11] * 6 + [9, 40, 10], False),  # the last point is what is judged
        ([9, 11] * 4 + [8, 12] + [10.5] * 8, True),  # eight above the mean
        ([9, 11] * 4 + [12, 8] + [10.5] * 7, False),
        ([9, 11] * 5 + [40], False),  # too few points
        ([10] * 14, False),
        ([0.95] * 13, False),  # the plain mean of these is not 0.95
        ([0.7] * 14, False),
        ([9, 11] * 6 + [40, np.nan], False),  # nothing now
    ],
)
def test_signals(values, signal):
    assert trend(values)["signal"] is signal


@pytest.mark.parametrize(
    ("values", "better", "direction"),
    [
        (range(10), "lower", "worsening"),
        (range(10), "higher", "improving"),
        (range(10, 0, -1), "lower", "improving"),
        (range(10, 0, -1), "higher", "worsening"),
        (range(9), "lower", "too_few"),
        ([*range(9), None], "lower", "too_few"),
        ([1, 5, 2, 6, 1, 7, 2, 5, 3, 4], "lower", "no_trend"),
        ([3] * 12, "lower", "no_trend"),
        (range(10), "neither", "rising"),
        (range(10, 0, -1), "neither", "falling"),
    ],
)
def test_direction(values, better, direction):
    assert trend(list(values), better=better)["direction"] == direction


def test_too_few_points_have_no_slope_and_no_p():
    row = trend(list(range(9)))
    assert (row["slope"], row["p"], row["mean"]) == (None, None, None)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.one_of(st.integers(0, 5), st.floats(-1e3, 1e3)), min_size=10, max_size=40))
def test_mann_kendall_as_the_library_has_it(values):
    points = np.array(values, dtype=float)
    if len(set(points)) == 1:
        return  # the library divides by the zero variance; `test_direction` has this case
    found, known = mann_kendall(points), pymannkendall.original_test(points)
    assert found.p == pytest.approx(known.p, abs=1e-12)
    assert found.slope == pytest.approx(known.slope, abs=1e-9)
