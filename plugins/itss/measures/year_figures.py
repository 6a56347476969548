"""The figures of a process that are judged over the year so far: of every measure with a target over the year.

They are computed from the first day of the year to the end of the period, as known then and by the agreement in force
then; before the agreement's first version nothing was agreed, and the year begins with it. Refuses a year that the
source does not cover from its first day on, or that the rows do not reach back to: *not available*. Surprise: they
stand among the figures as member ``<year>`` of the dimension ``year``, which no process has.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

import pandas as pd

from itss.agreements.models import Agreement, AgreementVersion, Target
from itss.measures import nonconformities
from itss.measures.allowance import Why, allowance_of
from itss.measures.base import Measure, Outcome
from itss.measures.coverage import Coverage
from itss.measures.judge import status_of, targets_of
from itss.measures.nonconformities import Judged
from itss.measures.scope import Scope
from itss.measures.scoping import MeasuredProcess, SourceFacts, is_whole_available, scope_of
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
    ) -> None:
        self._process, self._frames, self._facts = process, frames, facts
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
            yield nonconformities.nonconformities(rows, self._scope.rows, self._process)

    def _judge(self, measure: Measure, target: Target) -> None:
        scope, why = self._scope, _why(measure, self._scope)
        outcome = Outcome(None, 0) if why or scope is None else measure.compute(scope)
        status = "not_available" if why else status_of(outcome, target)
        told = replace(outcome, basis=None)
        self.judged.append(Judged(measure, YEAR, self.year.label, told, status, target))
        found = allowance_of(measure, target, outcome, self._year_minutes(measure))
        self.allowances.append(
            {
                "measure": measure.id,
                "process": measure.process,
                "year": self.year.label,
                "first": self.so_far.first_day.isoformat(),
                "last": self.so_far.last_day.isoformat(),
                "counted": found.counted if found else "",
                "allowed": found.allowed if found else None,
                "used": found.used if found else None,
                "why": why,
            }
        )

    def _year_minutes(self, measure: Measure) -> float | None:
        """The agreed service time of the whole year, by what is agreed now."""
        if measure.counted_in != "minutes" or self._scope is None or not is_whole_available(measure, self._scope):
            return None
        return measure.compute(self._over(replace(self.so_far, until=self.year.until))).denominator

    def _over(self, span: Period) -> Scope:
        return scope_of(self._process, self._frames, span, self._agreement, self._facts)


def _why(measure: Measure, scope: Scope | None) -> Why:
    if scope is None:
        return "not_covered"
    return "" if is_whole_available(measure, scope) else "not_available"


def _known_by(agreement: Agreement | AgreementVersion | None, period: Period) -> Agreement | AgreementVersion | None:
    """The agreement without versions that come after the period: they decide nothing yet."""
    if not isinstance(agreement, Agreement):
        return agreement
    versions = tuple(version for version in agreement.versions if version.effective_from < period.next_day)
    return agreement.model_copy(update={"versions": versions}) if versions else None
