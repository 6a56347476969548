"""The figures of a process that are judged over the year so far: of every measure with a target over the year.

They are computed from the first day of the year to the end of the period, as known then and by the agreement in force
then; before the agreement's first version nothing was agreed, and the year begins with it. Refuses a year that the
source does not cover from its first day on, or that the rows do not reach back to: *not available*. Surprise: they
stand among the figures as member ``<year>`` (of a member ``<year> <member>``) of the dimension ``year``, which no
process has.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import pandas as pd

from itss.agreements.models import Agreement, AgreementVersion, Target
from itss.exclusions.models import Exclusion
from itss.measures import nonconformities
from itss.measures.allowance import Why, allowance_of
from itss.measures.base import Measure, Outcome
from itss.measures.coverage import Coverage
from itss.measures.excluding import Excluding, differs, excluding_of, in_figure
from itss.measures.judge import status_of, targets_of
from itss.measures.nonconformities import Judged
from itss.measures.rows import Mask
from itss.measures.scope import Scope
from itss.measures.scoping import MeasuredProcess, SourceFacts, is_available, is_whole_available, scope_of
from itss.periods import Period, year_of

YEAR = "year"
"""The dimension of these figures."""


class YearFigures:
    """The figures of the year so far of one process; nothing where nothing is agreed over the year."""

    def __init__(
        self,
        process: MeasuredProcess,
        frames: Mapping[str, pd.DataFrame],
        period: Period,
        agreement: Agreement | AgreementVersion | None,
        facts: SourceFacts,
        coverage: Coverage,
        exclusions: Sequence[Exclusion] = (),
    ) -> None:
        self._process, self._frames, self._facts, self._exclusions = process, frames, facts, exclusions
        self._agreement = _known_by(agreement, period)
        self._version = agreement.in_force(period) if isinstance(agreement, Agreement) else agreement
        self.year = year_of(period)
        begins = self._agreement.versions[0].effective_from if isinstance(self._agreement, Agreement) else None
        first = max(self.year.first_day, begins) if begins else self.year.first_day
        self.so_far = replace(self.year, first_day=first, until=period.next_day)
        self._agreed = [
            (measure, target) for measure in process.measures for target in targets_of(measure, self._version, "year")
        ]
        is_covered = process.id in frames and coverage.of(self.so_far) == "whole"
        self._scope = self._over(self.so_far) if self._agreed and is_covered else None
        self.judged: list[Judged] = []
        self.allowances: list[dict[str, object]] = []
        for measure, target in self._agreed:
            self._judge(measure, target)

    def nonconformities(self) -> Iterator[pd.DataFrame]:
        """The rows against what was missed over the year."""
        if self._scope is not None and self.judged:
            rows = [figure for figure in self.judged if figure.status == "missed"]
            yield nonconformities.nonconformities(rows, self._scope.rows, self._process, self._scope.period.end)

    def _judge(self, measure: Measure, target: Target) -> None:
        scope = self._scope and self._of_member(target, self._scope)
        why = _why(measure, target, self._scope, scope)
        raw = outcome = Outcome(None, 0)
        if self._scope is not None and scope is not None and not why:
            raw, outcome = measure.compute(scope), self._as_agreed(measure, target, self._scope, scope)
        status = "not_available" if why else status_of(outcome, target)
        member = f"{self.year.label} {target.member}".strip()
        told = Judged(measure, YEAR, member, replace(outcome, basis=None), status, target)
        if differs(raw, outcome):
            told = replace(told, raw=replace(raw, basis=None), raw_status=status_of(raw, target))
        self.judged.append(told)
        found = allowance_of(measure, target, outcome, None if why else self._year_minutes(measure, target))
        self.allowances.append(
            {
                "measure": measure.id,
                "process": measure.process,
                "member": member,
                "first": self.so_far.first_day.isoformat(),
                "last": self.so_far.last_day.isoformat(),
                "counted": found.counted if found else "",
                "allowed": found.allowed if found else None,
                "used": found.used if found else None,
                "why": why,
            }
        )

    def _year_minutes(self, measure: Measure, target: Target) -> float | None:
        """The agreed service time of the whole year, by what is agreed now."""
        if measure.counted_in != "minutes":
            return None
        year = self._over(replace(self.so_far, until=self.year.until))
        agreed = self._excluding(year).agreed(measure)
        own = self._of_member(target, agreed.scope if agreed else year)
        return measure.compute(own).denominator if own else None

    def _as_agreed(self, measure: Measure, target: Target, whole: Scope, own: Scope) -> Outcome:
        """The figure without what agreed exclusions take out; they find their rows among those of the whole scope."""
        raw, agreed = measure.compute(own), self._excluding(whole).agreed(measure)
        if agreed is None:
            return raw
        if not target.dimension:
            return agreed.whole(raw)
        is_taken = agreed.taken & in_figure(measure.compute(whole), len(agreed.taken)) & _is_of(target, whole)
        left = replace(agreed.scope, rows=agreed.scope.rows[_is_of(target, agreed.scope)])
        return agreed.told(raw, measure.compute(left), int(is_taken.sum()))

    def _of_member(self, target: Target, scope: Scope) -> Scope | None:
        """The rows of the member of a target; ``None`` where no row has it, unless it is one of a closed set."""
        if not target.dimension:
            return scope
        if target.dimension not in scope.rows:
            return None
        rows = scope.rows[_is_of(target, scope)]
        closed = next((column.values for column in self._process.columns if column.name == target.dimension), ())
        return replace(scope, rows=rows) if len(rows) or target.member in closed else None

    def _excluding(self, scope: Scope) -> Excluding:
        return excluding_of(self._process, self._frames, scope, self._agreement, self._facts, self._exclusions)

    def _over(self, span: Period) -> Scope:
        return scope_of(self._process, self._frames, span, self._agreement, self._facts)


def _is_of(target: Target, scope: Scope) -> Mask:
    """The rows of the member that a target is of."""
    found: Mask = scope.rows[target.dimension].astype("str").eq(target.member).fillna(False).to_numpy(dtype=bool)
    return found


def _why(measure: Measure, target: Target, whole: Scope | None, scope: Scope | None) -> Why:
    if whole is None:
        return "not_covered"
    is_told = is_available if target.dimension else is_whole_available
    return "" if scope is not None and is_told(measure, scope) else "not_available"


def _known_by(agreement: Agreement | AgreementVersion | None, period: Period) -> Agreement | AgreementVersion | None:
    """The agreement without versions that come after the period: they decide nothing yet."""
    if not isinstance(agreement, Agreement):
        return agreement
    versions = tuple(version for version in agreement.versions if version.effective_from < period.next_day)
    return agreement.model_copy(update={"versions": versions}) if versions else None
