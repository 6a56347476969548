"""How often the rules of a control chart call chance a signal: the figure that a report prints, and where it is from.

Simulated: a stable process, normally distributed, no season; limits from its first 13 points, then 12 further periods,
each judged as its report would. A false alarm is a signal in any of the 12. `python -m itss.measures.false_alarms`
makes the figures again. Surprise: limits from 13 points alone are uncertain, which makes more false alarms than the
textbook's limits, that are known, would have.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from itss.measures.chart_rules import Limits, RuleSet, marked
from itss.measures.limits import CHART_FROM, control_limits

PERIODS = 12
FALSE_ALARMS: Mapping[RuleSet, float] = {"eight": 0.204, "nhs": 0.278}
"""Share of stable series with a signal within `PERIODS` periods, of 40,000 series each (seed 2026)."""


def simulate(rules: RuleSet, series: int, seed: int) -> float:
    """The share of ``series`` stable series with a signal in one of the `PERIODS` after their limits were fixed."""
    points = np.random.default_rng(seed).normal(100, 10, size=(series, CHART_FROM + PERIODS))
    return sum(_alarms(one, rules) for one in points) / series


def _alarms(points: np.ndarray[tuple[int], np.dtype[np.float64]], rules: RuleSet) -> bool:
    mean, lower, upper = control_limits(points[:CHART_FROM], "h")
    if mean is None or lower is None or upper is None:
        return False
    limits = Limits(mean, lower, upper)
    moments = range(CHART_FROM + 1, CHART_FROM + PERIODS + 1)
    return any(marked(points[:until], limits, "h", rules)[-1] for until in moments)


def main() -> None:
    """Print the figures of both rule sets."""
    for rules in FALSE_ALARMS:
        print(f"{rules}: {simulate(rules, 40_000, 2026):.3f}")


if __name__ == "__main__":
    main()
