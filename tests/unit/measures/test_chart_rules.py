"""Points marked by hand: series written out, with what the rules must say of each point.

The signs beside a series: ``.`` nothing, ``o`` outside, ``s`` seven on one side, ``t`` seven rising or falling, ``2``
two of three near a limit; of the rule set *eight* ``o`` outside and ``e`` the last of eight on one side.
"""

import numpy as np
import pandas as pd
import pytest
from hand_made import SEPTEMBER
from itss.measures.base import Measure, Outcome
from itss.measures.baseline import Baseline
from itss.measures.chart_rules import Limits, marked
from itss.measures.trends import trend_row
from itss.text import text

SIGNS = {".": "", "o": "outside", "s": "shift_7", "t": "trend_7", "2": "two_of_three", "e": "shift"}
TEN = Limits(10, 4, 16)
"""Mean 10, limits 4 and 16: near a limit is below 6 and above 14."""


def check(points, signs, rules="nhs", limits=TEN, unit="h"):
    found = marked(np.array(points, dtype=float), limits, unit, rules)
    assert found == [SIGNS[sign] for sign in signs]


@pytest.mark.parametrize(
    ("points", "signs"),
    [
        # outside: beyond a limit, not on it
        ([10, 17, 9, 3, 11], ".o.o."),
        ([16, 9, 4, 11], "...."),
        # seven on one side, all seven marked; six are none
        ([9, 12, 11, 13, 12, 11, 13, 12, 9], ".sssssss."),
        ([9, 12, 11, 13, 12, 11, 13, 9, 12], "........."),
        # nine on one side: all nine
        ([8, 9, 8, 9, 8, 9, 8, 9, 8], "sssssssss"),
        # a point on the mean is on neither side, and ends the run
        ([11, 12, 11, 10, 12, 11, 12, 11, 12], "........."),
        # seven rising, from below the mean to above it; six are none
        ([11, 7, 8, 9, 10, 11, 12, 13, 9], ".ttttttt."),
        ([11, 7, 8, 9, 10, 11, 12, 9, 11], "........."),
        # seven falling, and an eighth
        ([13, 12, 11.5, 11, 9, 8, 7, 6.5], "tttttttt"),
        # a tie ends the rise
        ([7, 8, 9, 10, 10, 11, 12, 13], "........"),
        # up six steps and down six steps: the point at the top belongs to both
        ([7, 8, 9, 10, 11, 12, 13, 12, 11, 10, 9, 8, 7], "ttttttttttttt"),
        # a trend that ends outside: outside has the last word
        ([8, 9, 10, 11, 12, 13, 17], "tttttto"),
        # two of three near a limit: those near it are marked, the one between is not
        ([9, 15, 11, 15, 9], ".2.2."),
        ([9, 15, 15, 9], "...."),  # never three in a row on one side
        ([9, 11, 15, 15, 9], "..22."),
        ([9, 15, 15, 11, 9], ".22.."),
        ([11, 5, 5.5, 9, 11], ".22.."),
        ([9, 15, 5, 15, 9], "....."),  # on two sides
        ([9, 15, 11, 11, 15, 9], "......"),  # two of four
        ([9, 14, 11, 14, 9], "....."),  # 14 is the edge of the zone, not in it
        ([9, 15, 11, 17, 9], "...o."),  # one near the limit, one outside: not two near it
        # three near a limit within a run of seven: the stronger word for these, *seven on one side* for the rest
        ([9, 11, 12, 11, 15, 15, 12, 11, 9], ".sss22ss."),
    ],
)
def test_nhs(points, signs):
    check(points, signs)


@pytest.mark.parametrize(
    ("points", "signs"),
    [
        ([12] * 7, "......."),
        ([9] + [12] * 8, "........e"),
        ([12] * 8 + [9], "........."),  # the last point is what is judged
        ([12] * 7 + [17], ".......o"),  # eight on one side, the last outside: outside has the last word
        ([10] + [12] * 7, "........"),
        ([7, 8, 9, 10, 11, 12, 13], "......."),
        ([9, 15, 15, 11], "...."),
        ([17, 9, 3, 11], "o.o."),
    ],
)
def test_eight(points, signs):
    check(points, signs, rules="eight")


def test_a_limit_that_is_clipped_hides_no_near_points_on_the_other_side():
    # natural limits 0.94 ± 0.09, the upper one clipped to 1: near is below 0.88, and above 1 there is nothing
    limits = Limits(0.94, 0.85, 1.0)
    check([0.95, 0.87, 0.93, 0.87, 0.95], ".2.2.", limits=limits, unit="share")
    check([0.93, 1.0, 0.97, 1.0, 0.93], ".....", limits=limits, unit="share")


def test_with_both_limits_clipped_nothing_is_near_or_outside():
    check([0.4, 0.99, 0.6, 0.99, 0.4], ".....", limits=Limits(0.5, 0, 1), unit="share")
    check([0.4] + [0.6] * 7, ".sssssss", limits=Limits(0.5, 0, 1), unit="share")


def test_counts_at_their_floor_are_no_signal_by_being_there():
    # mean 2, natural limits −1 and 5, clipped at 0: near is above 4 and below 0
    check([1, 0, 3, 0, 0, 2, 5, 3, 4.5, 1], "......2.2.", limits=Limits(2, 0, 5), unit="count")


def test_a_constant_series_has_no_marks():
    check([10] * 9, ".........", limits=Limits(10, 10, 10))


# the same on the way from a history to the row of the trends

WORDS = text("率", "rate")


def row(values, rules="nhs", baseline=None, n=None, is_on_cases=False):
    labels = [SEPTEMBER.shift(-back).label for back in range(len(values) - 1, -1, -1)]
    cases = pd.array([50] * len(values) if n is None else n, dtype="Int64")
    history = pd.DataFrame({"period": labels, "value": pd.Series(values, dtype="float64"), "n": cases})
    measure = Measure("m", "incident", "h", "lower", "a", WORDS, WORDS, lambda _: Outcome(None, 0))
    found = trend_row(measure, history, SEPTEMBER, baseline, rules=rules, is_on_cases=is_on_cases)
    return found["signal"], found["rule"], found["flagged"]


def fixed(first, last):
    return Baseline("incident", "m", 1, 1, first, last, 13, 10, 4, 16)


def test_a_run_goes_on_across_a_missing_period_and_leaves_it_unmarked():
    values = [9, 12, 11, 12, np.nan, 11, 12, 11, 12]
    signal, rule, flagged = row(values, baseline=fixed("2025-01", "2026-01"))
    assert (signal, rule) == (True, "shift_7")
    assert flagged == ";".join(f"2026-{month:02d}=shift_7" for month in (2, 3, 4, 6, 7, 8, 9))


def test_a_point_on_few_cases_is_no_point_of_a_run():
    values, n = [12, 11, 12, 17, 12, 11, 12, 11, 12], [50, 50, 50, 3, 50, 50, 50, 50, 50]
    signal, _, flagged = row(values, baseline=fixed("2025-01", "2025-12"), n=n, is_on_cases=True)
    assert signal
    assert "2026-04" not in flagged  # 17 is outside, on three cases
    assert row(values, baseline=fixed("2025-01", "2025-12"), n=[*n[:-1], 3], is_on_cases=True)[:2] == (False, "")


def test_a_chart_of_a_new_baseline_begins_with_its_first_point():
    # six on one side since the new level began in April, and many before it that belong to the old one
    values = [12.0] * 14 + [12, 11, 12, 11, 12, 11]
    labels_first = SEPTEMBER.shift(-5).label
    assert row(values, baseline=fixed(labels_first, "2026-08")) == (False, "", "")
    signal, _, flagged = row(values, baseline=fixed(SEPTEMBER.shift(-6).label, "2026-08"))
    assert signal
    assert flagged.split(";")[0] == "2026-03=shift_7"


def test_without_limits_nothing_is_marked():
    assert row([7, 8, 9, 10, 11, 12, 13]) == (False, "", "")


def test_the_last_point_of_two_of_three_is_a_signal_only_if_it_is_near_itself():
    calm = [9, 11] * 4
    assert row([*calm, 9, 15, 15, 11], baseline=fixed("2025-01", "2025-08")) == (
        False,
        "",
        "2026-07=two_of_three;2026-08=two_of_three",
    )
    assert row([*calm, 9, 11, 15, 15], baseline=fixed("2025-01", "2025-08"))[:2] == (True, "two_of_three")


def test_the_default_marks_points_outside_alone_and_names_the_run():
    values = [17, 9, 11, 9, 11, 9, *[12] * 8]
    assert row(values, rules="eight", baseline=fixed("2024-01", "2025-01")) == (True, "shift", "2025-08=outside")
