"""Few cases: what a share or a statistic of fewer than ten of them may not say, and what stands all the same."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from itss.measures.base import Measure
from itss.measures.few import keys_on_cases, stands_on_cases
from itss.measures.trends import trend_table
from itss.periods import parse_period
from itss.text import text

SEPTEMBER = parse_period("2026-09", "month", "Asia/Shanghai")
WORDS = text("指标", "figure")


def measure(unit: str) -> Measure:
    return Measure("rate", "incident", unit, "higher", "a", WORDS, WORDS, lambda scope: None)  # type: ignore[arg-type,return-value]


def trend(values: list[float], cases: list[int], unit: str = "share") -> dict[str, object]:
    labels = [SEPTEMBER.shift(-back).label for back in range(len(values) - 1, -1, -1)]
    history = pd.DataFrame({"process": "incident", "measure": "rate", "period": labels, "value": values})
    history["n"] = pd.array(cases, dtype="Int64")
    on_cases = set() if unit == "count" else {("incident", "rate")}
    return trend_table([measure(unit)], history, SEPTEMBER, on_cases=on_cases).iloc[0].to_dict()


STEADY = [0.9, 0.91] * 7


@pytest.mark.parametrize(
    ("now", "before", "is_signal"), [(10, 10, True), (9, 10, False), (10, 9, False), (1, 500, False), (500, 500, True)]
)
def test_a_signal_needs_ten_cases_in_both_periods(now: int, before: int, is_signal: bool) -> None:
    found = trend([*STEADY, 0.9, 0.2], [50] * 14 + [before, now])
    assert found["signal"] == is_signal
    assert (found["direction"] == "few_cases") == (not is_signal)
    assert (found["value"], found["previous"]) == (0.2, 0.9), "the figures themselves are shown"


def test_a_count_is_its_own_cases() -> None:
    assert trend([*[20.0, 21.0] * 7, 3.0], [20] * 14 + [3], "count")["signal"]


def test_earlier_points_on_few_cases_are_no_points() -> None:
    lonely = trend([0.0, *STEADY, 0.9], [2] + [50] * 15)
    without = trend([*STEADY, 0.9], [50] * 15)
    assert lonely["n_points"] == without["n_points"] == 15
    assert lonely["mean"] == pytest.approx(np.mean([*STEADY, 0.9]))


@pytest.mark.parametrize(
    ("unit", "n", "numerator", "denominator", "expected"),
    [
        ("count", 3, 3.0, None, False),
        ("share", 3, 1.0, 3.0, True),
        ("share", 4, 70911.0, 71280.0, False),  # minutes of four services
        ("share", 240, None, None, True),
        ("h", 3, None, None, True),
        ("h", 3, 12.5, None, False),  # a sum of hours
        ("score", 3, None, None, True),
    ],
)
def test_what_stands_on_cases(unit: str, n: int, numerator: float, denominator: float, expected: bool) -> None:
    assert stands_on_cases(unit, n, numerator, denominator) is expected  # type: ignore[arg-type]
    row = {"process": "p", "measure": "m", "unit": unit, "n": n, "numerator": numerator, "denominator": denominator}
    figures = pd.DataFrame([row | {"dimension": ""}]).astype({"numerator": "float64", "denominator": "float64"})
    assert (("p", "m") in keys_on_cases(figures)) is expected
