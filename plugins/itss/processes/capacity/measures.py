"""Measures of capacity: utilisation of each resource against its threshold, and when the threshold will be reached.

The whole is its worst resource: an average over resources hides the full disk. Each resource is judged by its own
threshold where the agreement sets no target. Samples that never came are counted from the usual step between samples.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt
import pandas as pd

from itss.measures.base import Measure, Outcome
from itss.measures.basis import Basis
from itss.measures.judge import agreed_most
from itss.measures.rows import Instants, Mask, Numbers, edge, in_period, instants, numbers
from itss.measures.scope import Scope
from itss.text import text

_ENOUGH = 10
_HORIZON_DAYS = 3650.0  # beyond ten years a slope says nothing but "not rising"
_DAY = np.timedelta64(1, "D")


@dataclass(frozen=True)
class _Samples:
    """The samples of one resource in the period, in order of time.

    ``places`` are their rows in the scope; ``threshold`` is the latest one, NaN where there is none.
    """

    places: npt.NDArray[np.intp]
    at: Instants
    used: Numbers
    threshold: float

    @property
    def gaps(self) -> int:
        """How many samples are missing between the first and the last."""
        steps = np.diff(self.at) / np.timedelta64(1, "s")
        steps = steps[steps > 0]
        if not len(steps):
            return 0
        missing = np.round(steps / np.median(steps)) - 1
        return int(missing[missing > 0].sum())


def _resources(scope: Scope) -> Iterator[_Samples]:
    used = numbers(scope.rows, "utilisation")
    places = np.flatnonzero(in_period(scope.rows, "sampled_at", scope.period) & ~np.isnan(used))
    at, thresholds = instants(scope.rows, "sampled_at"), numbers(scope.rows, "threshold")
    resource, _ = pd.factorize(scope.rows["resource"].iloc[places], sort=True, use_na_sentinel=False)
    order = np.lexsort((at[places], resource))
    begins = np.flatnonzero(np.diff(resource[order])) + 1
    for chosen in np.split(places[order], begins) if len(places) else ():
        known = thresholds[chosen][~np.isnan(thresholds[chosen])]
        yield _Samples(chosen, at[chosen], used[chosen], float(known[-1]) if len(known) else float("nan"))


def _percentile(measure: str, percent: float, scope: Scope) -> Outcome:
    resources = list(_resources(scope))
    blank = in_period(scope.rows, "sampled_at", scope.period) & np.isnan(numbers(scope.rows, "utilisation"))
    known = _mask(scope, resources)
    amounts = np.where(known, numbers(scope.rows, "utilisation"), np.nan)
    excluded = {"blank": int(blank.sum()), "gaps": sum(samples.gaps for samples in resources)}
    levels = [float(np.percentile(samples.used, percent)) for samples in resources]
    agreed = agreed_most(scope.agreement, "capacity", measure)
    over = [  # of each resource beyond, its highest sample
        str(scope.rows["id"].iloc[samples.places[int(np.argmax(samples.used))]])
        for samples, level in zip(resources, levels, strict=True)
        if level > (samples.threshold if agreed is None else agreed)
    ]
    own = resources[0].threshold if len(resources) == 1 else float("nan")
    return Outcome(
        value=max(levels, default=None),
        n=sum(len(samples.used) for samples in resources),
        excluded={reason: number for reason, number in excluded.items() if number},
        against=tuple(over),
        limit=None if np.isnan(own) else own,
        basis=Basis(scope.rows, known, excluded={"blank": blank, "gaps": np.zeros(len(blank), bool)}, amounts=amounts),
    )


def _days_to_threshold(scope: Scope) -> Outcome:
    days: list[float] = []
    counted: list[_Samples] = []
    left_out: dict[str, list[_Samples]] = {"no_threshold": [], "too_few_samples": [], "not_rising": []}
    for samples in _resources(scope):
        found = _days(samples, edge(scope.period.end))
        if isinstance(found, str):
            left_out[found].append(samples)
        else:
            days.append(found)
            counted.append(samples)
    samples_out = {reason: _mask(scope, resources) for reason, resources in left_out.items()}
    return Outcome(
        value=min(days, default=None),
        n=sum(len(one.used) for one in counted),
        excluded={reason: len(resources) for reason, resources in left_out.items() if resources},
        basis=Basis(scope.rows, _mask(scope, counted), excluded=samples_out),
    )


def _mask(scope: Scope, resources: list[_Samples]) -> Mask:
    """Which rows are samples of the resources."""
    found = np.zeros(len(scope.rows), bool)
    for samples in resources:
        found[samples.places] = True
    return found


def _days(samples: _Samples, end: np.datetime64) -> float | str:
    """Days from ``end`` until the least-squares line of the samples meets the threshold, or why it does not."""
    if np.isnan(samples.threshold):
        return "no_threshold"
    if len(np.unique(samples.at)) < _ENOUGH:
        return "too_few_samples"
    x = (samples.at - end) / _DAY
    centred = x - x.mean()
    slope = float((centred * samples.used).sum() / (centred * centred).sum())
    level = float(samples.used.mean() - slope * x.mean())
    if level >= samples.threshold:
        return 0.0
    if slope <= 0 or (samples.threshold - level) / slope > _HORIZON_DAYS:
        return "not_rising"
    return (samples.threshold - level) / slope


_measure = partial(
    Measure, process="capacity", section="c", date_column="sampled_at", needs=("resource", "sampled_at", "utilisation")
)

MEASURES: tuple[Measure, ...] = (
    _measure(
        id="utilisation_p95",
        unit="share",
        better="lower",
        name=text("利用率（第95百分位）", "Utilisation, 95th percentile"),
        definition=text(
            "报告期内采样的第95百分位；总体取最高的资源；各资源与其阈值比较。",
            "95th percentile of the samples of the period; the whole is the highest resource; each against its own "
            "threshold.",
        ),
        compute=partial(_percentile, "utilisation_p95", 95),
    ),
    _measure(
        id="utilisation_max",
        unit="share",
        better="lower",
        name=text("利用率（最高）", "Utilisation, maximum"),
        definition=text("报告期内采样的最大值。", "Highest sample of the period."),
        compute=partial(_percentile, "utilisation_max", 100),
    ),
    _measure(
        id="days_to_threshold",
        unit="days",
        better="higher",
        name=text("距达到阈值天数", "Days to threshold"),
        definition=text(
            "按报告期内的线性趋势，从期末起到达阈值的天数；已达到为0；总体取最短的资源。",
            "Days from the end of the period until the least-squares line of its samples meets the threshold; 0 where "
            "it is met; the whole is the nearest resource.",
        ),
        compute=_days_to_threshold,
        needs=("resource", "sampled_at", "utilisation", "threshold"),
    ),
)
