"""What agreed exclusions (约定剔除) take out of the figures of one process: raw and agreed from the same rows.

An exclusion of records takes out the rows with its ids, one of a time the rows whose leading instant lies in it. Where
a process is of time (availability), a time is cut out of agreed time and downtime alike. A measure is then computed on
what is left. Surprise: a row that two exclusions name is taken out once, by the first of the two, so that what each
took out adds up to the difference between raw and agreed.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from itss.agreements.models import Agreement, AgreementVersion
from itss.exclusions.models import Exclusion
from itss.measures.base import Measure, Outcome
from itss.measures.basis import Groups
from itss.measures.reasons import BY_AGREEMENT
from itss.measures.rows import Mask, edge, instants
from itss.measures.scope import Cut, Scope
from itss.measures.scoping import MeasuredProcess, SourceFacts, scope_of

Rescope = Callable[[Mask, tuple[Cut, ...]], Scope]
"""Derives a process of time again without some of its collected rows (those not in the mask), and without cuts."""


@dataclass(frozen=True)
class Agreed:
    """A measure as agreed: the scope that is left, its outcome, and which rows of the raw scope were taken out."""

    scope: Scope
    outcome: Outcome
    """As computed on that scope: its basis is masks over the rows that are left."""
    taken: Mask
    """Of the raw scope's rows; those of which only some time was cut out are still in."""
    hits: tuple[Hit, ...]

    def whole(self, raw: Outcome) -> Outcome:
        """The outcome of the whole as it is told."""
        return self.told(raw, self.outcome, self.counted(raw, Groups())[0])

    def told(self, raw: Outcome, outcome: Outcome, count: int) -> Outcome:
        """The outcome as agreed with so many rows among those left out; the raw one where it is the same figure."""
        return with_taken_out(outcome, count) if differs(raw, outcome) else raw

    def counted(self, raw: Outcome, groups: Groups) -> list[int]:
        """How many of each member's rows that are in the raw figure were taken out of it."""
        return [int(number) for number in groups.sums(self.taken & in_figure(raw, len(self.taken)))]


@dataclass(frozen=True)
class Hit:
    """What one exclusion finds in a scope: rows, and of a process of time the time that it cuts."""

    exclusion: Exclusion
    rows: Mask
    cut: Cut | None = None


@dataclass
class Excluding:
    """The exclusions of one process on one scope; ``rescope`` where the process is of time."""

    process: MeasuredProcess
    scope: Scope
    exclusions: Sequence[Exclusion]
    rescope: Rescope | None = None
    _hits: tuple[Hit, ...] | None = field(default=None, init=False)
    _scopes: dict[tuple[str, ...], Scope] = field(default_factory=dict, init=False)

    @property
    def hits(self) -> tuple[Hit, ...]:
        """The exclusions that find anything in the scope, in their order; each row is that of the first."""
        if self._hits is None:
            own = [one for one in self.exclusions if one.process == self.process.id]
            self._hits = tuple(self._found(own)) if own else ()
        return self._hits

    def agreed(self, measure: Measure) -> Agreed | None:
        """The measure as agreed; ``None`` where no exclusion finds anything for it.

        Its figure may be the raw one all the same: what was found need not be in it.
        """
        hits = self.concerning(measure)
        if not hits:
            return None
        scope = self.without(hits)
        return Agreed(scope, measure.compute(scope), self._taken(hits), hits)

    def concerning(self, measure: Measure) -> tuple[Hit, ...]:
        """What of the exclusions is for this measure, each row with the first of them alone."""
        return _apart(hit for hit in self.hits if concerns(hit.exclusion, measure, self.scope.agreement))

    def ids_taken(self, hits: Sequence[Hit]) -> list[str]:
        """The ids of the rows that ``hits`` take out whole."""
        return list(map(str, self.scope.rows["id"][self._taken(hits)]))

    def outcome(self, measure: Measure) -> Outcome:
        """The outcome of the whole as agreed: the raw one where nothing touches it."""
        raw = measure.compute(self.scope)
        agreed = self.agreed(measure)
        return agreed.whole(raw) if agreed else raw

    def without(self, hits: Sequence[Hit]) -> Scope:
        """The scope without what ``hits`` take out of it; kept, because most measures have the same ones."""
        key = tuple(hit.exclusion.key for hit in hits)
        if key not in self._scopes:
            left = ~self._taken(hits)
            cuts = tuple(hit.cut for hit in hits if hit.cut)
            if self.rescope is not None:
                self._scopes[key] = self.rescope(left, cuts)
            else:
                self._scopes[key] = replace(self.scope, rows=self.scope.rows.iloc[np.flatnonzero(left)])
        return self._scopes[key]

    def _taken(self, hits: Sequence[Hit]) -> Mask:
        taken: Mask = np.logical_or.reduce([np.zeros(len(self.scope.rows), bool), *(hit.rows for hit in hits)])
        return taken

    def _found(self, own: Sequence[Exclusion]) -> Iterator[Hit]:
        rows, period = self.scope.rows, self.scope.period
        for one in own:
            cut, found = None, np.zeros(len(rows), bool)
            if one.is_of_time and self.process.is_of_time:
                cut = _cut(one, period.start, period.end)
            else:
                found = rows_of(one, rows, self.process.leading)
            if found.any() or cut is not None:
                yield Hit(one, found, cut)


def excluding_of(
    process: MeasuredProcess,
    frames: Mapping[str, pd.DataFrame],
    scope: Scope,
    agreement: Agreement | AgreementVersion | None,
    facts: SourceFacts,
    exclusions: Sequence[Exclusion],
) -> Excluding:
    """The exclusions on a scope that `scope_of` made of the same ``frames``."""
    if not process.is_of_time:
        return Excluding(process, scope, exclusions)
    rows = frames[process.id]
    unread = replace(facts, histories={**facts.histories, process.id: {}})  # they are by the place of a row

    def rescope(left: Mask, cuts: tuple[Cut, ...]) -> Scope:
        # derived rows come behind the collected ones: those of agreed time, which nobody excludes by their id
        kept = rows.iloc[np.flatnonzero(left[: len(rows)])]
        again = scope_of(process, {**frames, process.id: kept}, scope.period, agreement, unread, cuts)
        return replace(again, covered_days=scope.covered_days)

    return Excluding(process, scope, exclusions, rescope)


def with_taken_out(outcome: Outcome, count: int) -> Outcome:
    """The outcome with so many rows more among those left out: the ones that are out of the figure by agreement."""
    if not count:
        return outcome
    excluded = dict(outcome.excluded)
    return replace(outcome, excluded=excluded | {BY_AGREEMENT: excluded.get(BY_AGREEMENT, 0) + count})


def _apart(hits: Iterator[Hit]) -> tuple[Hit, ...]:
    found: list[Hit] = []
    for hit in hits:
        mine = hit.rows & ~np.logical_or.reduce([np.zeros(len(hit.rows), bool), *(one.rows for one in found)])
        found.append(replace(hit, rows=mine))
    return tuple(found)


def concerns(exclusion: Exclusion, measure: Measure, agreement: AgreementVersion | None) -> bool:
    """Whether it names the measure, or names none and the agreement in force has a target for it."""
    if exclusion.process != measure.process:
        return False
    if exclusion.measures:
        return measure.id in exclusion.measures
    targets = agreement.targets if agreement else ()
    return any((one.process, one.measure) == (measure.process, measure.id) for one in targets)


def differs(raw: Outcome, agreed: Outcome) -> bool:
    """Whether the figure is another one; rows that were in no part of it make no difference."""
    return _numbers(raw) != _numbers(agreed)


def in_figure(outcome: Outcome, size: int) -> Mask:
    """The rows that a figure of the whole stands on."""
    basis = outcome.basis
    if basis is None:
        return np.zeros(size, bool)
    return basis.numerator if basis.denominator is None else basis.numerator | basis.denominator


def _numbers(outcome: Outcome) -> tuple[object, ...]:
    return outcome.value, outcome.n, outcome.numerator, outcome.denominator


def rows_of(one: Exclusion, rows: pd.DataFrame, leading: str) -> Mask:
    """The rows that an exclusion is about: those with its ids, or those that begin in its time (of its service)."""
    if one.is_of_time:
        return _begun_in(one, rows, leading)
    found: Mask = rows["id"].astype("str").isin(one.id).to_numpy(dtype=bool)
    return found


def _begun_in(one: Exclusion, rows: pd.DataFrame, leading: str) -> Mask:
    since, until = one.span
    begun = instants(rows, leading)
    found: Mask = (begun >= edge(since)) & (begun < edge(until))
    if one.service:
        named = rows["service"].astype("str").eq(one.service) if "service" in rows else pd.Series(False, rows.index)
        found = found & named.fillna(False).to_numpy(dtype=bool)
    return found


def _cut(one: Exclusion, start: dt.datetime, end: dt.datetime) -> Cut | None:
    """The part of the period that it cuts out, of one service or of all; ``None`` where it has none."""
    since, until = one.span
    begin, stop = max(since, start), min(until, end)
    return Cut(one.service, begin, stop) if begin < stop else None
