"""Capacity, worked by hand: levels per resource, missing samples, and the day the threshold is met."""

import pytest
from hand_made import END, START, agreement, frame, is_available, outcome, value


def samples(resource, used, *, threshold=0.8, days=None, month="09"):
    """One sample a day at noon."""
    days = days or range(1, len(used) + 1)
    return [
        {
            "id": f"{resource}{day}",
            "resource": resource,
            "sampled_at": f"2026-{month}-{day:02d} 12:00",
            "utilisation": level,
            "threshold": threshold,
        }
        for day, level in zip(days, used, strict=True)
    ]


def test_percentile_and_maximum_of_one_resource():
    rows = samples("disk", [0.1, 0.2, 0.3, 0.4, 0.9])
    found = outcome("capacity", "utilisation_p95", rows)
    assert (found.value, found.n, found.limit) == (pytest.approx(0.8), 5, 0.8)  # 0.4 + 0.8 · 0.5
    assert value("capacity", "utilisation_max", rows) == 0.9


def test_the_whole_is_the_highest_resource_and_names_those_beyond_their_threshold():
    rows = samples("a", [0.5, 0.6]) + samples("b", [0.7, 0.75], threshold=0.7) + samples("c", [0.79, 0.79])
    found = outcome("capacity", "utilisation_max", rows)
    assert (found.value, found.limit, found.against) == (0.79, None, ("b2",))
    target = {"process": "capacity", "measure": "utilisation_max", "at_most": 0.74}
    assert outcome("capacity", "utilisation_max", rows, version=agreement(target)).against == ("b2", "c1")


def test_gaps_and_blanks_are_counted():
    rows = samples("a", [0.5] * 6, days=[1, 2, 3, 6, 7, 9]) + samples("b", [None, 0.4, 0.4])
    found = outcome("capacity", "utilisation_p95", rows)
    assert found.excluded == {"gaps": 3, "blank": 1}  # the 4th, 5th and 8th
    assert found.n == 8


def test_only_samples_of_the_period_count():
    rows = samples("a", [0.9], month="08") + samples("a", [0.5], month="09") + samples("a", [0.99], month="10")
    assert value("capacity", "utilisation_max", rows) == 0.5
    for row, inside in (({"sampled_at": START}, True), ({"sampled_at": END}, False)):
        found = outcome("capacity", "utilisation_max", [samples("a", [0.9])[0] | row])
        assert (found.value == 0.9) is inside


def test_days_to_threshold_on_a_straight_line():
    # 0.01 a day from 0.30 on the 1st at noon: 0.595 at P1; 0.8 is 20.5 days later
    rows = samples("disk", [0.30 + 0.01 * n for n in range(30)])
    assert value("capacity", "days_to_threshold", rows) == pytest.approx(20.5)


def test_the_nearest_resource_decides_and_the_others_are_told():
    rows = (
        samples("near", [0.30 + 0.01 * n for n in range(30)])
        + samples("far", [0.30 + 0.001 * n for n in range(30)])
        + samples("falling", [0.5 - 0.01 * n for n in range(30)])
        + samples("flat", [0.5] * 30)
        + samples("unlimited", [0.30 + 0.01 * n for n in range(30)], threshold=None)
        + samples("new", [0.30 + 0.01 * n for n in range(9)])
    )
    found = outcome("capacity", "days_to_threshold", rows)
    assert found.value == pytest.approx(20.5)
    assert found.excluded == {"not_rising": 2, "no_threshold": 1, "too_few_samples": 1}
    assert found.n == 60


def test_above_the_threshold_is_zero_days_even_when_falling():
    assert value("capacity", "days_to_threshold", samples("disk", [0.99 - 0.001 * n for n in range(30)])) == 0


def test_nothing_rising_is_not_applicable():
    assert value("capacity", "days_to_threshold", samples("disk", [0.5] * 30)) is None


def test_the_latest_threshold_counts_whatever_the_order_of_rows():
    rows = samples("disk", [0.5] * 3, threshold=0.6)
    rows[2]["threshold"] = 0.4
    assert outcome("capacity", "utilisation_p95", rows[::-1]).limit == 0.4


def test_thresholds_are_needed_for_the_day_but_not_for_the_level():
    rows = frame("capacity", samples("disk", [0.5] * 3)).drop(columns="threshold")
    assert is_available("capacity", "utilisation_p95", rows)
    assert not is_available("capacity", "days_to_threshold", rows)


def test_no_samples_in_the_period_is_not_applicable():
    found = outcome("capacity", "utilisation_p95", samples("disk", [0.5], month="08"))
    assert (found.value, found.n) == (None, 0)
