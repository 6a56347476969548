"""Mean, median and 90th percentile of a duration: three measures of one family, defined once.

A duration is a derived column in hours that has a number only in the rows of the period's population.
The percentile interpolates linearly between the two nearest cases (the usual default of spreadsheets and numpy).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from types import MappingProxyType
from typing import Literal

import numpy as np

from itss.measures.base import Clock, Measure, Outcome, Section
from itss.measures.judge import agreed_most
from itss.measures.outcomes import statistic
from itss.measures.rows import Numbers, counted_in_period, flags, given, numbers
from itss.measures.scope import Scope
from itss.text import Text, text

Statistic = Literal["mean", "median", "p90"]
Better = Literal["higher", "lower", "neither"]

_STATISTICS: dict[Statistic, tuple[Text, Callable[[Numbers], float]]] = {
    "mean": (text("平均值", "mean"), lambda hours: float(np.mean(hours))),
    "median": (text("中位数", "median"), lambda hours: _quantile(hours, 0.5)),
    "p90": (text("第90百分位", "90th percentile"), lambda hours: _quantile(hours, 0.9)),
}


def duration_measures(
    process: str,
    stem: str,
    column: str,
    date_column: str,
    section: Section,
    name: Text,
    definition: Text,
    *,
    better: Better = "lower",
    lacking: str = "ended_before_start",
    apart: Mapping[str, str] = MappingProxyType({}),
) -> tuple[Measure, ...]:
    """The measures ``<stem>_mean_h``, ``<stem>_median_h``, ``<stem>_p90_h`` of the derived ``column``.

    A stem that ends with the unit keeps it: ``window_h_mean``. ``lacking`` is the reason of rows without a number,
    ``apart`` are other reasons, each with the boolean column of the rows that it leaves without one.
    """
    pattern = f"{stem}_{{}}" if stem.endswith("_h") else f"{stem}_{{}}_h"
    reasons = {**apart, lacking: ""}
    return tuple(
        Measure(
            id=pattern.format(statistic_id),
            process=process,
            unit="h",
            better=better,
            section=section,
            name=text(f"{name.zh}（{words.zh}）", f"{name.en}, {words.en}"),
            definition=text(f"{definition.zh}取{words.zh}。", f"{definition.en} The {words.en} of them."),
            compute=partial(_compute, (process, pattern.format(statistic_id)), column, date_column, reasons, function),
            needs=(date_column, column),
            date_column=date_column,
            clock=Clock(column, until=date_column),
        )
        for statistic_id, (words, function) in _STATISTICS.items()
    )


def _quantile(ascending: Numbers, share: float) -> float:
    place = share * (len(ascending) - 1)
    low = int(place)
    high = min(low + 1, len(ascending) - 1)
    return float(ascending[low] + (ascending[high] - ascending[low]) * (place - low))


def _compute(
    measure: tuple[str, str],
    column: str,
    date_column: str,
    reasons: Mapping[str, str],
    function: Callable[[Numbers], float],
    scope: Scope,
) -> Outcome:
    hours = numbers(scope.rows, column)
    ended, cancelled = counted_in_period(scope, date_column)
    left, excluded = ended & ~given(scope.rows, column), {"cancelled": cancelled}
    for reason, flag in reasons.items():  # the last one has no column: it takes what is left
        excluded[reason] = left & flags(scope.rows, flag) if flag else left
        left = left & ~excluded[reason]
    most = agreed_most(scope.agreement, *measure)
    # behind a missed mean stand the cases that alone take longer than was agreed for it
    return statistic(hours, function, excluded, rows=scope.rows, against=None if most is None else hours > most)
