"""The figures of one process: each period's derived columns once, then the whole, then the members.

Decides which periods have a history, and which members a process is split by. Surprise: a
period that ended before the source's first row, or that the source does not cover (`itss.measures.coverage`), is left
out of the history, because no rows is not zero cases.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from itss.agreements.models import Agreement, AgreementVersion
from itss.exclusions.models import Exclusion
from itss.measures import major_events, nonconformities, taken_out
from itss.measures.base import RAW_COLUMNS, Measure, Outcome
from itss.measures.basis import Groups
from itss.measures.coverage import Coverage, coverage_of
from itss.measures.excluding import Agreed, Excluding, differs, excluding_of
from itss.measures.judge import bound, status_of, target_of, targets_of
from itss.measures.major_events import Around
from itss.measures.nonconformities import Judged
from itss.measures.outcomes import member_outcomes
from itss.measures.scope import Scope
from itss.measures.scoping import (
    MeasuredProcess,
    SourceFacts,
    has_begun,
    is_available,
    is_whole_available,
    scope_of,
)
from itss.measures.year_figures import YearFigures
from itss.periods import Period

BLANK = "(blank)"
"""The member that holds the rows with nothing in the dimension, so that members add up to the whole."""


@dataclass(frozen=True)
class _Past:
    """The figures of an earlier period, without its derived rows: of all periods at once they would fill the memory."""

    period: Period
    outcomes: Mapping[str, Outcome]
    """By the id of the measure, of the whole as agreed."""
    around: Around | None


class ProcessFigures:
    """The figures of one process, each scope derived once."""

    def __init__(
        self,
        process: MeasuredProcess,
        frames: Mapping[str, pd.DataFrame],
        period: Period,
        agreement: Agreement | AgreementVersion | None,
        asked: tuple[str, ...],
        history: int,
        facts: SourceFacts,
        exclusions: Sequence[Exclusion] = (),
    ) -> None:
        self.process, self.period = process, period
        self._source = (frames, agreement, facts)
        self._exclusions, self._taken_out = exclusions, list[pd.DataFrame]()
        self.version = agreement.in_force(period) if isinstance(agreement, Agreement) else agreement
        window = [period.shift(-back) for back in range(history - 1, -1, -1)]
        rows = frames.get(process.id)
        self.coverage = self._covered(rows, window, facts)
        self.present = None
        if rows is not None:
            present = scope_of(process, frames, period, agreement, facts)
            self.present = replace(present, covered_days=self.coverage.days(period))
        self._excluding = None if self.present is None else self._excluding_of(self.present)
        self.judged = list(self._judge(asked))
        self.yearly = YearFigures(process, frames, period, agreement, facts, self.coverage, exclusions)
        past = [] if rows is None else [one for one in window[:-1] if has_begun(process, rows, one)]
        past = [one for one in past if self.coverage.of(one) == "whole"]
        self._past = [self._told_of(moment) for moment in past]
        self._has_history = (
            self.present is not None and self.is_covered and bool(past or has_begun(process, self.present.rows, period))
        )

    @property
    def earlier(self) -> list[Period]:
        """The periods before this one of which something can be told, oldest first."""
        return [past.period for past in self._past]

    @property
    def is_covered(self) -> bool:
        """Whether the source covers the whole period, so that it can be compared with others."""
        return self.coverage.of(self.period) == "whole"

    def figure_rows(self) -> Iterator[dict[str, Any]]:
        """The present period's figures, the whole of a measure before its members; then those of the year."""
        for figure in (*self.judged, *self.yearly.judged):
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
                **_raw_columns(figure),
            }

    def taken_out(self) -> pd.DataFrame:
        """What the agreed exclusions took out of the present period's figures, row by row."""
        return pd.concat(self._taken_out, ignore_index=True) if self._taken_out else taken_out.empty()

    def history_rows(self) -> Iterator[dict[str, Any]]:
        """Figures of the whole, by measure, oldest period first."""
        told = [(past.period, past.outcomes) for past in self._past]
        if self._has_history:
            present = {figure.measure.id: figure.outcome for figure in self.judged if not figure.dimension}
            told.append((self.period, {one.id: present[one.id] for one in self._told_whole(self.present)}))
        for measure in self.process.measures:
            for period, outcomes in told:
                if measure.id in outcomes:
                    yield {
                        "measure": measure.id,
                        "process": measure.process,
                        "period": period.label,
                        "value": outcomes[measure.id].value,
                        "n": outcomes[measure.id].n,
                    }

    def nonconformities(self) -> pd.DataFrame:
        """The rows behind what was not as agreed."""
        if self.present is None:
            return nonconformities.empty()
        return nonconformities.nonconformities(self.judged, self.present.rows, self.process, self.present.period.end)

    def major_events(self) -> pd.DataFrame:
        """Major events under way in the period, without their windows."""
        if self.present is None or self.process.major_events is None:
            return major_events.empty()
        return self.process.major_events(self.present)

    def with_windows(self, events: pd.DataFrame) -> pd.DataFrame:
        """Events with what this process says of the days around them, by the periods that know as much as this one.

        None is told where the period is not covered; nor is what lies before a gap in what is covered.
        """
        if self.present is None or self.process.around is None or not self._has_history:
            return major_events.without_windows(events)
        known = [self.process.around(self.present)]
        for back, past in enumerate(reversed(self._past), 1):
            if (
                past.around is None
                or past.period != self.period.shift(-back)
                or past.around.told_by != known[0].told_by
            ):
                break
            known.append(past.around)
        covered = self.period.shift(1 - len(known)).start, self.period.end
        return major_events.with_windows(events, major_events.joined(known), covered)

    def _told_of(self, period: Period) -> _Past:
        frames, agreement, facts = self._source
        scope = scope_of(self.process, frames, period, agreement, facts)
        excluding = self._excluding_of(scope)
        outcomes = {one.id: excluding.outcome(one) for one in self._told_whole(scope)}
        outcomes = {key: replace(one, basis=None, against=()) for key, one in outcomes.items()}  # both keep the rows
        around = self.process.around(scope) if self.process.around else None
        return _Past(period, outcomes, around and around.of_breaches())

    def _told_whole(self, scope: Scope | None) -> Iterator[Measure]:
        return (one for one in self.process.measures if scope is not None and is_whole_available(one, scope))

    def _covered(self, rows: pd.DataFrame | None, window: list[Period], facts: SourceFacts) -> Coverage:
        if rows is None:
            return Coverage(self.process.id, self.process.leading_column.name, None, None, ())
        said = facts.collected.get(self.process.id)
        return coverage_of(self.process, rows, window, self.version, said, facts.country)

    def _judge(self, asked: tuple[str, ...]) -> Iterator[Judged]:
        dimensions = [] if self.present is None else list(self._dimensions(self.present, asked))
        for measure in self.process.measures:
            measured = list(self._measured(measure, dimensions))
            if not any(figure.dimension == "" for figure in measured):
                yield self._unmeasured(measure)
            yield from measured
            told = {(figure.dimension, figure.member) for figure in measured}
            for target in targets_of(measure, self.version):
                if target.dimension and (target.dimension, target.member) not in told:
                    yield self._unmeasured(measure, target.dimension, target.member)

    def _measured(self, measure: Measure, dimensions: Iterable[_Dimension]) -> Iterator[Judged]:
        """The figures that can be told: of the whole, and of the members."""
        scope = self.present
        if scope is None or not is_available(measure, scope):
            return
        whole = measure.compute(scope)
        excluding = self._excluding
        agreed = excluding.agreed(measure) if excluding else None
        if excluding and agreed:
            self._taken_out.append(taken_out.rows(excluding, agreed, measure, whole))
        if is_whole_available(measure, scope):
            yield self._judged(measure, "", "", agreed.whole(whole) if agreed else whole, whole)
        for dimension in dimensions if measure.by_dimension else ():
            members = dict(dimension.outcomes(measure, whole))
            for target in targets_of(measure, self.version):
                # a member of a closed set that no row has is a real zero; any other one may be a slip of the pen
                if target.dimension == dimension.name and target.member in self._closed(dimension.name):
                    members.setdefault(target.member, measure.compute(replace(scope, rows=scope.rows.iloc[:0])))
            told = dict(dimension.agreed_outcomes(measure, whole, agreed)) if agreed else {}
            for member, raw in members.items():
                yield self._judged(measure, dimension.name, member, told.get(member, raw), raw)

    def _excluding_of(self, scope: Scope) -> Excluding:
        frames, agreement, facts = self._source
        return excluding_of(self.process, frames, scope, agreement, facts, self._exclusions)

    def _closed(self, dimension: str) -> tuple[str, ...]:
        return next((column.values for column in self.process.columns if column.name == dimension), ())

    def _unmeasured(self, measure: Measure, dimension: str = "", member: str = "") -> Judged:
        """What could not be measured keeps its target: the scorecard says so, and counts it among the agreed."""
        target = target_of(measure, self.version, dimension, member)
        return Judged(measure, dimension, member, Outcome(None, 0), "not_available", target)

    def _judged(self, measure: Measure, dimension: str, member: str, outcome: Outcome, raw: Outcome) -> Judged:
        limit = outcome.limit if dimension in self.process.always_by else None
        target = target_of(measure, self.version, dimension, member, limit)
        # the basis has done its work: the masks of all figures of millions of rows would fit nowhere
        told = replace(outcome, basis=None)
        judged = Judged(measure, dimension, member, told, status_of(outcome, target), target)
        if not differs(raw, outcome):
            return judged
        return replace(judged, raw=replace(raw, basis=None), raw_status=status_of(raw, target))

    def _dimensions(self, whole: Scope, asked: tuple[str, ...]) -> Iterator[_Dimension]:
        """Those that the entry asks for, or that always belong to the process."""
        for name in self.process.dimensions:
            if (name in asked or name in self.process.always_by) and name in whole.rows:
                yield _Dimension(name, whole)


class _Dimension:
    """The members of one dimension, and the outcomes of a measure for each of them."""

    def __init__(self, name: str, whole: Scope) -> None:
        self.name, self._whole = name, whole
        self._groups = Groups.by(labels(whole.rows, name))
        self._scopes: list[Scope] = []

    def outcomes(self, measure: Measure, whole: Outcome) -> Iterator[tuple[str, Outcome]]:
        """Counted from the basis of the whole; where it cannot, the measure is computed on the rows of each member."""
        found = member_outcomes(whole.basis, self._groups) if whole.basis else None
        if found is None:
            self._scopes = self._scopes or _parts(self._whole, self._groups)
            found = [measure.compute(scope) for scope in self._scopes]
        return zip(self._groups.members, found, strict=True)

    def agreed_outcomes(self, measure: Measure, raw: Outcome, agreed: Agreed) -> Iterator[tuple[str, Outcome]]:
        """The same members as agreed, also those of which nothing is left."""
        places = pd.Index(self._groups.members).get_indexer(pd.Index(labels(agreed.scope.rows, self.name)))
        groups = Groups(self._groups.members, places)
        basis = agreed.outcome.basis
        found = member_outcomes(basis, groups) if basis else None
        found = found or [measure.compute(scope) for scope in _parts(agreed.scope, groups)]
        own = [one for _, one in self.outcomes(measure, raw)]
        counts = agreed.counted(raw, self._groups)
        for member, before, outcome, count in zip(groups.members, own, found, counts, strict=True):
            yield member, agreed.told(before, outcome, count)


def labels(rows: pd.DataFrame, name: str) -> pd.Series:
    """The member of each row."""
    return rows[name].astype("str").where(rows[name].notna(), BLANK)


def _parts(whole: Scope, groups: Groups) -> list[Scope]:
    """A scope of each member's rows."""
    parts = (whole.rows.iloc[places] for places in groups.places if places is not None)
    return [replace(whole, rows=part) for part in parts]


def _raw_columns(figure: Judged) -> dict[str, Any]:
    raw = figure.raw
    if raw is None:
        return dict.fromkeys(RAW_COLUMNS) | {"raw_status": ""}
    return {
        "raw_value": raw.value,
        "raw_numerator": raw.numerator,
        "raw_denominator": raw.denominator,
        "raw_n": raw.n,
        "raw_status": figure.raw_status,
    }
