"""The figures of one process: each period's derived columns once, then the whole, then the members.

Decides what is *not available*, which periods have a history, and which members a process is split by. Surprise: a
period that ended before the source's first row is left out of the history, because no rows is not zero cases.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import takewhile
from typing import Any, Protocol

import pandas as pd

from itss.agreements.models import Agreement, AgreementVersion
from itss.measures import major_events, nonconformities
from itss.measures.base import Measure, Outcome
from itss.measures.basis import Groups
from itss.measures.judge import bound, status_of, target_of
from itss.measures.major_events import Around
from itss.measures.nonconformities import Judged, Listed
from itss.measures.outcomes import member_outcomes
from itss.measures.rows import edge, instants
from itss.measures.scope import Scope
from itss.periods import Period

BLANK = "(blank)"
"""The member that holds the rows with nothing in the dimension, so that members add up to the whole."""


class _Column(Listed, Protocol):
    @property
    def type(self) -> str: ...
    @property
    def required(self) -> bool: ...


class MeasuredProcess(Protocol):
    """What is asked of an `itss.processes.base.Process`, which this layer does not know."""

    @property
    def id(self) -> str: ...
    @property
    def columns(self) -> Sequence[_Column]: ...
    @property
    def leading(self) -> str: ...
    @property
    def ended_by(self) -> tuple[str, ...]: ...
    @property
    def measures(self) -> tuple[Measure, ...]: ...
    @property
    def dimensions(self) -> tuple[str, ...]: ...
    @property
    def always_by(self) -> tuple[str, ...]: ...
    @property
    def derive(self) -> Callable[[Scope], pd.DataFrame] | None: ...
    @property
    def major_events(self) -> Callable[[Scope], pd.DataFrame] | None: ...
    @property
    def around(self) -> Callable[[Scope], Around] | None: ...


class ProcessFigures:
    """The figures of one process, each scope derived once."""

    def __init__(
        self,
        process: MeasuredProcess,
        rows: pd.DataFrame | None,
        frames: Mapping[str, pd.DataFrame],
        period: Period,
        agreement: Agreement | AgreementVersion | None,
        asked: tuple[str, ...],
        history: int,
    ) -> None:
        self.process, self.period = process, period
        self.present = None if rows is None else scope_of(process, rows, period, agreement, frames)
        self.judged = list(self._judge(asked))
        past = [] if rows is None else list(_past_periods(process, rows, period, history))
        self.scopes = [scope_of(process, rows, moment, agreement, frames) for moment in past if rows is not None]
        if self.present is not None and (past or _has_begun(process, self.present.rows, period)):
            self.scopes.append(self.present)

    def figure_rows(self) -> Iterator[dict[str, Any]]:
        """The present period's figures, the whole of a measure before its members."""
        for figure in self.judged:
            measure, outcome = figure.measure, figure.outcome
            yield {
                "measure": measure.id,
                "process": measure.process,
                "period": self.period.label,
                "dimension": figure.dimension,
                "member": figure.member,
                "value": outcome.value,
                "unit": measure.unit,
                "numerator": outcome.numerator,
                "denominator": outcome.denominator,
                "n": outcome.n,
                "target": bound(figure.target),
                "status": figure.status,
                "low": outcome.low,
                "high": outcome.high,
                "excluded": json.dumps(dict(outcome.excluded), sort_keys=True),
                "version": measure.version,
            }

    def history_rows(self) -> Iterator[dict[str, Any]]:
        """Figures of the whole, by measure, oldest period first."""
        present = {figure.measure.id: figure.outcome for figure in self.judged if not figure.dimension}
        for measure in self.process.measures:
            for scope in self.scopes:
                if not is_available(measure, scope):
                    continue
                outcome = present[measure.id] if scope is self.present else measure.compute(scope)
                yield {
                    "measure": measure.id,
                    "process": measure.process,
                    "period": scope.period.label,
                    "value": outcome.value,
                    "n": outcome.n,
                }

    def nonconformities(self) -> pd.DataFrame:
        """The rows behind what was not as agreed."""
        if self.present is None:
            return nonconformities.empty()
        return nonconformities.nonconformities(self.judged, self.present.rows, self.process)

    def major_events(self) -> pd.DataFrame:
        """Major events under way in the period, without their windows."""
        if self.present is None or self.process.major_events is None:
            return major_events.empty()
        return self.process.major_events(self.present)

    def with_windows(self, events: pd.DataFrame) -> pd.DataFrame:
        """Events with what this process says of the days around them, by the periods that know as much as the last."""
        if self.present is None or self.process.around is None:
            return major_events.without_windows(events)
        found = [(scope, self.process.around(scope)) for scope in reversed(self.scopes or [self.present])]
        known = list(takewhile(lambda pair: pair[1].told_by == found[0][1].told_by, found))
        covered = known[-1][0].period.start, self.present.period.end
        return major_events.with_windows(events, major_events.joined([around for _, around in known]), covered)

    def _judge(self, asked: tuple[str, ...]) -> Iterator[Judged]:
        if self.present is None:
            yield from (Judged(measure, "", "", Outcome(None, 0), "not_available") for measure in self.process.measures)
            return
        dimensions = list(self._dimensions(self.present, asked))
        for measure in self.process.measures:
            if not is_available(measure, self.present):
                yield Judged(measure, "", "", Outcome(None, 0), "not_available")
                continue
            whole = measure.compute(self.present)
            yield self._judged(measure, "", "", whole)
            for dimension in dimensions if measure.by_dimension else ():
                for member, outcome in dimension.outcomes(measure, whole):
                    yield self._judged(measure, dimension.name, member, outcome)

    def _judged(self, measure: Measure, dimension: str, member: str, outcome: Outcome) -> Judged:
        limit = outcome.limit if dimension in self.process.always_by else None
        target = target_of(measure, self.present.agreement if self.present else None, dimension, member, limit)
        # the basis has done its work: the masks of all figures of millions of rows would fit nowhere
        told = replace(outcome, basis=None)
        return Judged(measure, dimension, member, told, status_of(measure, outcome, target), target)

    def _dimensions(self, whole: Scope, asked: tuple[str, ...]) -> Iterator[_Dimension]:
        """Those that the entry asks for, or that always belong to the process."""
        for name in self.process.dimensions:
            if (name in asked or name in self.process.always_by) and name in whole.rows:
                yield _Dimension(name, whole)


class _Dimension:
    """The members of one dimension, and the outcomes of a measure for each of them."""

    def __init__(self, name: str, whole: Scope) -> None:
        self.name, self._whole = name, whole
        values = whole.rows[name]
        self._groups = Groups.by(values.astype("str").where(values.notna(), BLANK))
        self._scopes: list[Scope] = []

    def outcomes(self, measure: Measure, whole: Outcome) -> Iterator[tuple[str, Outcome]]:
        """Counted from the basis of the whole; where it cannot, the measure is computed on the rows of each member."""
        found = member_outcomes(whole.basis, self._groups) if whole.basis else None
        if found is None:
            if not self._scopes:
                parts = (self._whole.rows.iloc[places] for places in self._groups.places if places is not None)
                self._scopes = [replace(self._whole, rows=part) for part in parts]
            found = [measure.compute(scope) for scope in self._scopes]
        return zip(self._groups.members, found, strict=True)


def scope_of(
    process: MeasuredProcess,
    rows: pd.DataFrame,
    period: Period,
    agreement: Agreement | AgreementVersion | None,
    frames: Mapping[str, pd.DataFrame],
) -> Scope:
    """The rows of a process with what is derived for ``period``, and the agreement that judges it."""
    others = {key: frame for key, frame in frames.items() if key != process.id}
    if isinstance(agreement, Agreement):
        hours, own_hours = agreement.hours_until(period), agreement.own_hours_until(period)
        scope = Scope(rows, period, agreement.in_force(period), others, hours, own_hours)
    else:
        scope = Scope(rows, period, agreement, others)
    return scope if process.derive is None else replace(scope, rows=process.derive(scope))


def is_available(measure: Measure, scope: Scope) -> bool:
    """Whether source and agreement have what the measure needs."""
    return all(column in scope.rows for column in measure.needs)


def _past_periods(process: MeasuredProcess, rows: pd.DataFrame, period: Period, history: int) -> Iterator[Period]:
    """The earlier periods that did not end before the first row, oldest first."""
    for count in range(history - 1, 0, -1):
        moment = period.shift(-count)
        if _has_begun(process, rows, moment):
            yield moment


def _has_begun(process: MeasuredProcess, rows: pd.DataFrame, period: Period) -> bool:
    """Whether the source had its first row before the end of the period."""
    return bool((instants(rows, process.leading) < edge(period.end)).any())
