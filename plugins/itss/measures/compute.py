"""All figures of a report from the rows of its processes: the one way in which a measure is called.

Owns the five tables and what crosses processes in them: the days around a major event. Refuses nothing: rows that
must not be measured were stopped by the checks before. Surprise: earlier periods are judged by the agreement of their
own last day when it is given whole.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from itss.agreements.models import Agreement, AgreementVersion
from itss.measures import major_events, nonconformities
from itss.measures.base import FIGURE_COLUMNS, Scope
from itss.measures.process_figures import MeasuredProcess, ProcessFigures
from itss.measures.rows import Mask, flags
from itss.measures.trends import TREND_COLUMNS, trend_row
from itss.periods import Period

ALL_FIGURE_COLUMNS = [*FIGURE_COLUMNS, "low", "high", "excluded", "version"]
HISTORY_COLUMNS = ["measure", "process", "period", "value", "n"]
_NUMBERS = ("value", "numerator", "denominator", "target", "low", "high")


@dataclass(frozen=True)
class Measured:
    """The five tables of a report's figures.

    ``figures`` of the period (`ALL_FIGURE_COLUMNS`; ``excluded`` is JSON), ``history`` of the whole over the periods,
    oldest first, ``trends`` (`TREND_COLUMNS`), ``nonconformities`` and ``major_events`` with the rows behind them.
    """

    figures: pd.DataFrame
    history: pd.DataFrame
    trends: pd.DataFrame
    nonconformities: pd.DataFrame
    major_events: pd.DataFrame


def measure_all(
    frames: Mapping[str, pd.DataFrame],
    processes: Mapping[str, MeasuredProcess],
    period: Period,
    agreement: Agreement | AgreementVersion | None,
    dimensions: Iterable[str],
    history: int,
) -> Measured:
    """Compute everything about ``period`` and the ``history`` - 1 periods before it.

    A process without a frame has figures too, all *not available*. Given an `Agreement`, each period is computed with
    the version in force on its last day; given one version, it holds for all periods.
    """
    asked = tuple(dimensions)
    works = [
        ProcessFigures(process, frames.get(key), frames, period, agreement, asked, history)
        for key, process in processes.items()
    ]
    past = _frame([row for work in works for row in work.history_rows()], HISTORY_COLUMNS, ("value",))
    return Measured(
        figures=_figures([row for work in works for row in work.figure_rows()]),
        history=past,
        trends=_trends(works, past, period),
        nonconformities=_concat((work.nonconformities() for work in works), nonconformities.empty()),
        major_events=_major_events(works),
    )


def _trends(works: Iterable[ProcessFigures], past: pd.DataFrame, period: Period) -> pd.DataFrame:
    groups = dict(tuple(past.groupby(["process", "measure"], sort=False))) if len(past) else {}
    rows = [
        trend_row(measure, groups[measure.process, measure.id], period)
        for work in works
        for measure in work.process.measures
        if (measure.process, measure.id) in groups
    ]
    decimals = tuple(name for name in TREND_COLUMNS if name not in _NO_DECIMALS)
    return _frame(rows, TREND_COLUMNS, decimals)


_NO_DECIMALS = ("measure", "process", "n_points", "signal", "direction")


def _major_events(works: list[ProcessFigures]) -> pd.DataFrame:
    events = _concat((work.major_events() for work in works), major_events.empty())
    incidents = next((work for work in works if work.process.id == "incident" and work.present), None)
    if events.empty or incidents is None or incidents.present is None:
        return events if events.empty else major_events.without_windows(events)
    rows = incidents.present.rows
    covered = list(_covered(incidents.scopes))
    if covered and "sla_met" in rows:
        breached: Mask = np.logical_or.reduce([flags(scope.rows, "sla_breached_resolved") for scope in covered])
        rows = rows.assign(is_sla_breach=breached)
    start = covered[-1].period.start if covered else incidents.present.period.start
    return major_events.with_windows(events, rows, (start, incidents.present.period.end))


def _covered(scopes: list[Scope]) -> Iterator[Scope]:
    """The present scope and those before it that know as much of the SLA as it does, newest first."""
    for scope in reversed(scopes):
        if ("sla_met" in scope.rows) != ("sla_met" in scopes[-1].rows):
            return
        yield scope


def _figures(rows: list[dict[str, Any]]) -> pd.DataFrame:
    return _frame(rows, ALL_FIGURE_COLUMNS, _NUMBERS)


def _frame(rows: list[dict[str, Any]], columns: list[str], decimals: tuple[str, ...]) -> pd.DataFrame:
    """Rows as a frame whose number columns are numbers even where all of them are empty."""
    frame = pd.DataFrame(rows, columns=columns)
    return frame.astype(dict.fromkeys(decimals, "float64"))


def _concat(frames: Iterable[pd.DataFrame], nothing: pd.DataFrame) -> pd.DataFrame:
    filled = [frame for frame in frames if len(frame)]
    return pd.concat(filled, ignore_index=True) if filled else nothing
