"""What a target over the year allows, what of it is used, and what is left.

Of a share of cases: the cases that may fall short, at as many cases as there were so far. Of a share of service time:
the minutes that the year's whole agreed time allows. Of a count, or a sum of minutes, with a most: that most. Refuses
nothing: of anything else (a mean, the longest, a least) there is no allowance, only the figure and its status.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import pandas as pd

from itss.agreements.models import Target
from itss.measures.base import Measure, Outcome

Counted = Literal["cases", "minutes", "count", ""]
Why = Literal["", "not_covered", "not_available"]
_TOLERANCE = 1e-9

ALLOWANCE_COLUMNS = ["measure", "process", "member", "first", "last", "counted", "allowed", "used", "why"]
"""``member`` as the figure has it; ``first`` and ``last`` day of the year so far; ``counted`` says in what.

``why`` there is no figure of the year; empty where there is one.
"""


@dataclass(frozen=True)
class Allowance:
    """Both in what is ``counted``; nothing is left where more is used than allowed."""

    counted: Counted
    allowed: float
    used: float

    @property
    def left(self) -> float:
        """Below 0 is how much too much was used."""
        return self.allowed - self.used


def allowance_of(measure: Measure, target: Target, outcome: Outcome, year_minutes: float | None) -> Allowance | None:
    """The allowance of a figure of the year so far; ``year_minutes`` is the service time of the whole year."""
    if outcome.value is None:
        return None
    if measure.unit == "share":
        return _of_share(measure, target, outcome, year_minutes)
    is_sum = measure.unit in ("count", "min") and outcome.numerator is not None
    if is_sum and target.at_most is not None:
        return Allowance("count" if measure.unit == "count" else "minutes", target.at_most, outcome.value)
    return None


def _of_share(measure: Measure, target: Target, outcome: Outcome, year_minutes: float | None) -> Allowance | None:
    part, whole = outcome.numerator, outcome.denominator
    if part is None or whole is None:
        return None
    bad = target.at_most if target.at_most is not None else 1 - (target.at_least or 0.0)
    used = part if target.at_most is not None else whole - part
    if measure.counted_in == "minutes":
        return None if year_minutes is None else Allowance("minutes", bad * year_minutes, used)
    return Allowance("cases", float(math.floor(bad * whole + _TOLERANCE * max(whole, 1.0))), used)


def empty_allowances() -> pd.DataFrame:
    """No target over the year."""
    return allowance_frame([])


def allowance_frame(rows: list[dict[str, object]]) -> pd.DataFrame:
    """Rows of `ALLOWANCE_COLUMNS`, typed also where there are none."""
    numbers = ("allowed", "used")
    texts = {name: "str" for name in ALLOWANCE_COLUMNS if name not in numbers}
    return pd.DataFrame(rows, columns=ALLOWANCE_COLUMNS).astype(texts | dict.fromkeys(numbers, "float64"))
