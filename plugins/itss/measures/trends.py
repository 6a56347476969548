"""Trends of whole-scope figures: change, signals against limits, direction (Mann–Kendall with Sen's slope).

Limits are those of the frozen baseline, or provisional ones from the series itself. Refuses a direction from fewer
than 10 points, and direction and signal where the figure or the one before it stands on few cases. Surprise:
Mann–Kendall is written out here, because the library for it loads SciPy, which alone takes longer than measuring a
report; the tests hold it against that library.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd

from itss.measures.base import Measure, Unit
from itss.measures.baseline import Baseline, in_force
from itss.measures.chart_rules import Limits, Rule, RuleSet, drawn, marked
from itss.measures.limits import control_limits
from itss.measures.rows import Numbers
from itss.periods import Period

DIRECTION_FROM = 10
_ALPHA = 0.05

TREND_COLUMNS = [
    "measure",
    "process",
    "n_points",
    "value",
    "previous",
    "change",
    "last_year",
    "change_last_year",
    "mean",
    "lower",
    "upper",
    "limits",
    "baseline",
    "baseline_first",
    "baseline_last",
    "signal",
    "direction",
    "slope",
    "p",
    "defined_since",
    "rule",
    "flagged",
]
"""``limits``: ``fixed`` by a baseline (its number, first and last period beside it), ``provisional``, or empty.

``defined_since``: the first period published under the present definition, where earlier ones were under another.
``rule``: the one of `itss.measures.chart_rules` that makes ``value`` a signal. ``flagged``: the points that its chart
marks, ``2026-03=outside;2026-04=shift_7``. Older versions were sealed without these two.
"""

_WORDS = {
    "measure",
    "process",
    "limits",
    "baseline_first",
    "baseline_last",
    "direction",
    "defined_since",
    "rule",
    "flagged",
}
_NO_DECIMALS = _WORDS | {"n_points", "signal"}


@dataclass(frozen=True)
class MannKendall:
    """Sen's slope a period, and the two-sided p of no trend."""

    slope: float
    p: float


def trend_table(
    measures: Iterable[Measure],
    history: pd.DataFrame,
    period: Period,
    baselines: Sequence[Baseline] = (),
    defined_since: Mapping[tuple[str, str], str] = MappingProxyType({}),
    on_cases: Collection[tuple[str, str]] = (),
    rules: RuleSet = "eight",
) -> pd.DataFrame:
    """A row (`TREND_COLUMNS`) for every measure that has a history; ``on_cases`` are those whose n may be too few."""
    groups = dict(tuple(history.groupby(["process", "measure"], sort=False))) if len(history) else {}
    rows = []
    for measure in measures:
        key = (measure.process, measure.id)
        if key in groups:
            fixed = in_force(baselines, measure, period)
            row = trend_row(measure, groups[key], period, fixed, is_on_cases=key in on_cases, rules=rules)
            rows.append(row | {"defined_since": defined_since.get(key, "")})
    decimals = dict.fromkeys((name for name in TREND_COLUMNS if name not in _NO_DECIMALS), "float64")
    return pd.DataFrame(rows, columns=TREND_COLUMNS).astype(decimals)


def trend_row(
    measure: Measure,
    history: pd.DataFrame,
    period: Period,
    baseline: Baseline | None = None,
    *,
    is_on_cases: bool = False,
    rules: RuleSet = "eight",
) -> dict[str, Any]:
    """The trend of one measure; ``history`` has its ``period`` labels, oldest first, ``value`` and, on cases, ``n``.

    A point on few cases is no point of the series; where the last one or the one before it is, nothing is a signal.
    """
    by_label = dict(zip(history["period"], history["value"], strict=True))
    few = _few_labels(history, measure.few_below) if is_on_cases else frozenset()
    known = history[history["value"].notna() & ~history["period"].isin(few)]
    points = known["value"].to_numpy(dtype="float64")
    is_few = bool(few & {period.label, period.shift(-1).label})
    value, previous, last_year = (
        _number(by_label.get(moment.label)) for moment in (period, period.shift(-1), period.a_year_before())
    )
    provisional = control_limits(points, measure.unit)
    mean, lower, upper = (baseline.mean, baseline.lower, baseline.upper) if baseline else provisional
    marks = _marks(known, measure.unit, (mean, lower, upper), rules, baseline)
    rule = "" if value is None or is_few else marks.get(period.label, "")
    shown = zip(marks, drawn(list(marks.values()), rules), strict=True)
    found = mann_kendall(points) if len(points) >= DIRECTION_FROM else None
    return {
        "measure": measure.id,
        "process": measure.process,
        "n_points": len(points),
        "value": value,
        "previous": previous,
        "change": change(value, previous, measure.unit),
        "last_year": last_year,
        "change_last_year": change(value, last_year, measure.unit),
        "mean": mean,
        "lower": lower,
        "upper": upper,
        **_foundation(baseline, has_limits=mean is not None),
        "signal": bool(rule),
        "direction": "few_cases" if is_few else _direction(found, measure),
        "slope": found.slope if found else None,
        "p": found.p if found else None,
        "rule": rule,
        "flagged": ";".join(f"{label}={mark}" for label, mark in shown if mark),
    }


def _foundation(baseline: Baseline | None, *, has_limits: bool) -> dict[str, Any]:
    """What the limits stand on: frozen points, or provisionally all that are known."""
    if baseline is None:
        limits = "provisional" if has_limits else ""
        return {"limits": limits, "baseline": None, "baseline_first": "", "baseline_last": ""}
    return {
        "limits": "fixed",
        "baseline": baseline.number,
        "baseline_first": baseline.first,
        "baseline_last": baseline.last,
    }


def _marks(
    known: pd.DataFrame,
    unit: Unit,
    limits: tuple[float | None, float | None, float | None],
    rules: RuleSet,
    baseline: Baseline | None,
) -> dict[str, Rule]:
    """The rule that marks each point by its period; none without limits.

    Under ``nhs`` the chart of a baseline begins with its first point: no run goes on across a change of level.
    """
    mean, lower, upper = limits
    if mean is None or lower is None or upper is None:
        return {}
    if baseline and rules == "nhs":
        known = known[known["period"] >= baseline.first]
    points = known["value"].to_numpy(dtype="float64")
    return dict(zip(known["period"].astype(str), marked(points, Limits(mean, lower, upper), unit, rules), strict=True))


def _few_labels(history: pd.DataFrame, few_below: int) -> frozenset[str]:
    """The periods whose figure stands on few cases; one without a value stands on none, and is no point anyhow."""
    is_few = (history["n"] < few_below).fillna(False) & history["value"].notna()
    return frozenset(history.loc[is_few, "period"])


def change(value: float | None, earlier: float | None, unit: Unit) -> float | None:
    """Points for shares (0.05 = 5 points), relative for everything else; None from nothing or from zero."""
    if value is None or earlier is None:
        return None
    if unit == "share":
        return value - earlier
    return (value - earlier) / earlier if earlier else None


def mann_kendall(points: Numbers) -> MannKendall:
    """The original Mann–Kendall test with tie correction, and Sen's slope. Mann 1945, Kendall 1975, Sen 1968."""
    n = len(points)
    earlier, later = np.triu_indices(n, 1)
    rises = points[later] - points[earlier]
    s = float(np.sign(rises).sum())
    _, ties = np.unique(points, return_counts=True)
    variance = (n * (n - 1) * (2 * n + 5) - float((ties * (ties - 1) * (2 * ties + 5)).sum())) / 18
    z = (s - math.copysign(1, s)) / math.sqrt(variance) if s and variance else 0.0
    return MannKendall(slope=float(np.median(rises / (later - earlier))), p=math.erfc(abs(z) / math.sqrt(2)))


def _direction(found: MannKendall | None, measure: Measure) -> str:
    if found is None:
        return "too_few"
    if found.p >= _ALPHA or found.slope == 0:
        return "no_trend"
    if measure.better == "neither":
        return "rising" if found.slope > 0 else "falling"
    return "improving" if (found.slope > 0) == (measure.better == "higher") else "worsening"


def _number(value: float | None) -> float | None:
    return None if value is None or math.isnan(value) else float(value)
