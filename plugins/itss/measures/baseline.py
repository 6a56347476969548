"""The frozen mean and limits of a control chart: fixed once enough figures were published, then used until replaced.

Refuses to be fixed from fewer than `CHART_FROM` published points. Surprise: a baseline judges only periods after its
last one, so a report on an old period that is made again says what it said before.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from itss.measures.base import Measure, Unit
from itss.measures.few import FEW, on_few_cases
from itss.measures.limits import CHART_FROM, control_limits
from itss.measures.published import covered
from itss.periods import Period


@dataclass(frozen=True)
class Baseline:
    """Version ``number`` of a measure's limits, from ``points`` figures published for ``first`` to ``last``.

    ``definition`` is the version of the measure's definition: figures of another one are no points of this chart.
    """

    process: str
    measure: str
    number: int
    definition: int
    first: str
    last: str
    points: int
    mean: float
    lower: float
    upper: float


def fix(process: str, measure: str, unit: Unit, number: int, definition: int, points: pd.DataFrame) -> Baseline | None:
    """The baseline of ``points`` (period, value; oldest first, none empty); ``None`` when they are too few."""
    mean, lower, upper = control_limits(points["value"].to_numpy(dtype="float64"), unit)
    if mean is None or lower is None or upper is None:
        return None
    first, last = str(points["period"].iloc[0]), str(points["period"].iloc[-1])
    return Baseline(process, measure, number, definition, first, last, len(points), mean, lower, upper)


def due(measures: Iterable[Measure], published: pd.DataFrame, known: Iterable[Baseline]) -> list[Baseline]:
    """The baselines to be fixed now: of each measure that has none yet for its definition, its first points."""
    numbers: dict[tuple[str, str], int] = {}
    done = set()
    for one in known:
        key = (one.process, one.measure)
        numbers[key] = max(numbers.get(key, 0), one.number)
        done.add((*key, one.definition))
    groups = dict(tuple(published.groupby(["process", "measure"], sort=False))) if len(published) else {}
    found = []
    for measure in measures:
        key = (measure.process, measure.id)
        if key in groups and (*key, measure.version) not in done:
            points = chartable(groups[key], measure.version, measure.few_below).head(CHART_FROM)
            found.append(fix(*key, measure.unit, numbers.get(key, 0) + 1, measure.version, points))
    return [one for one in found if one is not None]


def chartable(published: pd.DataFrame, definition: int, few_below: int = FEW) -> pd.DataFrame:
    """The published points of one measure that belong on one chart.

    They are of covered periods and one definition, not empty, and not on few cases.
    """
    is_same = (published["version"] == definition).fillna(False).to_numpy(dtype=bool)
    is_known = np.isfinite(published["value"].to_numpy(dtype="float64"))
    points: pd.DataFrame = published[is_same & is_known & covered(published) & ~on_few_cases(published, few_below)]
    return points.sort_values("period")


def in_force(known: Iterable[Baseline], measure: Measure, period: Period) -> Baseline | None:
    """The newest baseline of the measure's definition whose points all lie before ``period``."""
    able = [
        one
        for one in known
        if (one.process, one.measure, one.definition) == (measure.process, measure.id, measure.version)
        and one.last < period.label
    ]
    return max(able, key=lambda one: one.number, default=None)
