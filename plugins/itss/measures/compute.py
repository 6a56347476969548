"""All figures of a report from the rows of its processes: the one way in which a measure is called.

Owns the five tables and what crosses processes in them: the days around a major event. Refuses nothing: rows that
must not be measured were stopped by the checks before. Surprise: earlier periods are judged by the agreement of their
own last day when it is given whole.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from itss.agreements.models import Agreement, AgreementVersion
from itss.exclusions.models import Exclusion
from itss.measures import major_events, nonconformities, taken_out
from itss.measures.allowance import allowance_frame, empty_allowances
from itss.measures.base import FIGURE_COLUMNS, RAW_COLUMNS
from itss.measures.baseline import Baseline
from itss.measures.chart_rules import RuleSet
from itss.measures.coverage import coverage_frame
from itss.measures.few import keys_on_cases
from itss.measures.process_figures import ProcessFigures
from itss.measures.published import series_and_restatements
from itss.measures.redefined import defined_since, empty_proposals, empty_redefined, proposals, redefined
from itss.measures.rows import Mask
from itss.measures.scoping import NO_FACTS, MeasuredProcess, SourceFacts
from itss.measures.trends import trend_table
from itss.measures.year_figures import YEAR
from itss.periods import Period

ALL_FIGURE_COLUMNS = [*FIGURE_COLUMNS, "low", "high", "excluded", "version", *RAW_COLUMNS]
_COMPUTED_COLUMNS = ["measure", "process", "period", "value", "n"]
_NUMBERS = (
    *("value", "numerator", "denominator", "target", "low", "high"),
    *(name for name in RAW_COLUMNS if name != "raw_status"),
)


@dataclass(frozen=True)
class Measured:
    """The tables of a report's figures.

    ``figures`` of the period (`ALL_FIGURE_COLUMNS`; ``excluded`` is JSON), ``before``: those of the period before it
    (empty without one), ``history`` of the whole over the periods, oldest first, ``restatements`` in it, ``trends``
    (`TREND_COLUMNS`), ``nonconformities`` and ``major_events`` with the rows behind them,
    ``coverage`` (`COVERAGE_COLUMNS`) of each process. What is not wholly covered is in no history and no trend.
    ``exclusions`` (`TAKEN_OUT_COLUMNS`): the rows that agreed exclusions took out of the figures of the period.
    ``redefined``: what was published under a definition that has changed since (`REDEFINED_COLUMNS`), and the
    ``proposals`` for new baselines. ``allowances`` of the targets over the year (`ALLOWANCE_COLUMNS`).
    """

    figures: pd.DataFrame
    before: pd.DataFrame
    history: pd.DataFrame
    restatements: pd.DataFrame
    trends: pd.DataFrame
    nonconformities: pd.DataFrame
    major_events: pd.DataFrame
    coverage: pd.DataFrame
    redefined: pd.DataFrame = field(default_factory=empty_redefined)
    proposals: pd.DataFrame = field(default_factory=empty_proposals)
    exclusions: pd.DataFrame = field(default_factory=taken_out.empty)
    allowances: pd.DataFrame = field(default_factory=empty_allowances)


def measure_all(
    frames: Mapping[str, pd.DataFrame],
    processes: Mapping[str, MeasuredProcess],
    period: Period,
    agreement: Agreement | AgreementVersion | None,
    dimensions: Iterable[str],
    history: int,
    published: pd.DataFrame | None = None,
    baselines: Sequence[Baseline] = (),
    facts: SourceFacts = NO_FACTS,
    rules: RuleSet = "eight",
    exclusions: Sequence[Exclusion] = (),
) -> Measured:
    """Compute everything about ``period`` and the ``history`` - 1 periods before it.

    A process without a frame has figures too, all *not available*. Given an `Agreement`, each period is computed with
    the version in force on its last day; given one version, it holds for all periods. ``published`` are the figures
    that went out for the report's periods (`PUBLISHED_COLUMNS`), ``baselines`` its frozen limits.
    ``facts`` are known of the sources beside the rows. ``exclusions`` are what was agreed not to count: they hold for
    every period in which what they are about lies. ``rules`` say what is a signal.
    """
    asked, facts = tuple(dimensions), facts.reading(processes, frames)
    more = (facts, exclusions)
    works = [ProcessFigures(one, frames, period, agreement, asked, history, *more) for one in processes.values()]
    computed = _frame([row for work in works for row in work.history_rows()], _COMPUTED_COLUMNS, ("value",))
    known = [measure for work in works for measure in work.process.measures]
    labels = [period.shift(-back).label for back in range(history - 1, -1, -1)]
    past, restatements = series_and_restatements(computed, published, known, labels)
    changed = redefined(computed[~_is_denied(computed, works, period, history)], published, known, labels)
    since = defined_since(published, known, period.label)
    past = past[~_is_denied(past, works, period, history)].reset_index(drop=True)
    shown = [measure for work in works if work.is_covered or work.present is None for measure in work.process.measures]
    figures = _figures([row for work in works for row in work.figure_rows()])
    on_cases = keys_on_cases(figures)
    return Measured(
        figures=figures,
        before=_before(works, frames, period, agreement, asked, *more),
        history=past,
        restatements=restatements,
        trends=trend_table(shown, past, period, baselines, since, on_cases, rules),
        nonconformities=_concat(
            (found for work in works for found in (work.nonconformities(), *work.yearly.nonconformities())),
            nonconformities.empty(),
        ),
        major_events=_major_events(works),
        coverage=coverage_frame({work.process.id: work.coverage for work in works}, period),
        redefined=changed,
        proposals=proposals(changed, past, known, baselines, on_cases),
        exclusions=_concat((work.taken_out() for work in works), taken_out.empty()),
        allowances=allowance_frame([row for work in works for row in work.yearly.allowances]),
    )


def _before(
    works: list[ProcessFigures],
    frames: Mapping[str, pd.DataFrame],
    period: Period,
    agreement: Agreement | AgreementVersion | None,
    asked: tuple[str, ...],
    facts: SourceFacts,
    exclusions: Sequence[Exclusion],
) -> pd.DataFrame:
    """The figures of the period before, with their members, of the processes whose source reaches back to it."""
    last = period.shift(-1)
    back = [
        ProcessFigures(work.process, frames, last, agreement, asked, 1, facts, exclusions)
        for work in works
        if work.is_covered and last in work.earlier
    ]
    rows = _figures([row for work in back for row in work.figure_rows()])
    return rows[rows["dimension"] != YEAR].reset_index(drop=True)


def _is_denied(past: pd.DataFrame, works: list[ProcessFigures], period: Period, history: int) -> Mask:
    """Points that were published of periods of which the sources show now that they do not cover them."""
    window = [period.shift(-back) for back in range(history)]
    denied = {
        (work.process.id, one.label)
        for work in works
        for one in window
        if work.present is not None and work.coverage.denies(one)
    }
    keys = zip(past["process"], past["period"], strict=True)
    return np.array([key in denied for key in keys], dtype=bool)


def _major_events(works: list[ProcessFigures]) -> pd.DataFrame:
    events = _concat((work.major_events() for work in works), major_events.empty())
    counted = next((work for work in works if work.process.around and work.present), None)
    if events.empty:
        return events
    return counted.with_windows(events) if counted else major_events.without_windows(events)


def _figures(rows: list[dict[str, Any]]) -> pd.DataFrame:
    return _frame(rows, ALL_FIGURE_COLUMNS, _NUMBERS)


def _frame(rows: list[dict[str, Any]], columns: list[str], decimals: tuple[str, ...]) -> pd.DataFrame:
    """Rows as a frame whose number columns are numbers even where all of them are empty."""
    frame = pd.DataFrame(rows, columns=columns)
    return frame.astype(dict.fromkeys(decimals, "float64"))


def _concat(frames: Iterable[pd.DataFrame], nothing: pd.DataFrame) -> pd.DataFrame:
    filled = [frame for frame in frames if len(frame)]
    if len(filled) == 1:
        return filled[0]  # concatenated it would be copied
    return pd.concat(filled, ignore_index=True) if filled else nothing
