"""The rows of a process, ready for its measures: what is derived for a period, beside what is known of their sources.

Decides what is *not available*. Refuses nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

import pandas as pd

from itss.agreements.models import Agreement, AgreementVersion
from itss.measures.base import Measure
from itss.measures.coverage import Collected
from itss.measures.history import History, parse
from itss.measures.major_events import Around
from itss.measures.nonconformities import Listed
from itss.measures.rows import edge, instants
from itss.measures.scope import CannotTell, Cut, Scope
from itss.periods import Period


@dataclass(frozen=True)
class SourceFacts:
    """What is known of the sources beside their rows, by process.

    ``collected``: when, and what is said of what it covers; ``cannot_tell``: the values that it can never yield;
    ``histories`` of the rows, by column, read once for all periods. ``country``: whose public holidays nobody works.
    """

    collected: Mapping[str, Collected] = field(default_factory=dict)
    cannot_tell: Mapping[str, CannotTell] = field(default_factory=dict)
    country: str | None = None
    histories: Mapping[str, Mapping[str, History]] = field(default_factory=dict, repr=False)

    def reading(self, processes: Mapping[str, MeasuredProcess], frames: Mapping[str, pd.DataFrame]) -> SourceFacts:
        """The same with the histories of ``frames``."""
        found = {key: histories_of(one, frames[key]) for key, one in processes.items() if key in frames}
        return replace(self, histories=found)


NO_FACTS = SourceFacts()


class _Column(Listed, Protocol):
    @property
    def type(self) -> str: ...
    @property
    def values(self) -> tuple[str, ...]: ...
    @property
    def required(self) -> bool: ...
    @property
    def is_plan(self) -> bool: ...
    @property
    def plan_if(self) -> str: ...


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
    def leading_column(self) -> _Column: ...
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
    @property
    def is_of_time(self) -> bool: ...


def scope_of(
    process: MeasuredProcess,
    frames: Mapping[str, pd.DataFrame],
    period: Period,
    agreement: Agreement | AgreementVersion | None,
    facts: SourceFacts = NO_FACTS,
    cuts: tuple[Cut, ...] = (),
) -> Scope:
    """The rows of a process with what is derived for ``period``, and the agreement that judges it.

    Without the histories of ``facts`` each scope reads its own. ``cuts`` are taken out of a process of time.
    """
    rows, others = frames[process.id], {key: frame for key, frame in frames.items() if key != process.id}
    if isinstance(agreement, Agreement):
        hours, own_hours = agreement.hours_until(period), agreement.own_hours_until(period)
        scope = Scope(rows, period, agreement.in_force(period), others, hours, own_hours)
    else:
        scope = Scope(rows, period, agreement, others)
    scope = replace(
        scope,
        cannot_tell=facts.cannot_tell.get(process.id, {}),
        histories=facts.histories.get(process.id, {}),
        other_histories=facts.histories,
        cuts=cuts,
    )
    return scope if process.derive is None else replace(scope, rows=process.derive(scope))


def histories_of(process: MeasuredProcess, rows: pd.DataFrame) -> Mapping[str, History]:
    """The histories of the rows of a process, by column."""
    named = [column.name for column in process.columns if column.type == "history"]
    return {name: parse(rows[name]) for name in named if name in rows}


def is_available(measure: Measure, scope: Scope) -> bool:
    """Whether source and agreement have what the measure needs, and the source can tell what it counts."""
    can_tell = all(value not in scope.cannot_tell.get(column, ()) for column, value in measure.counts_values)
    return can_tell and all(column in scope.rows for column in measure.needs)


def is_whole_available(measure: Measure, scope: Scope) -> bool:
    """Whether the figure of the whole can be told too, and not of the members alone."""
    return is_available(measure, scope) and all(column in scope.rows for column in measure.whole_needs)


def has_begun(process: MeasuredProcess, rows: pd.DataFrame, period: Period) -> bool:
    """Whether the source had its first row before the end of the period."""
    return bool((instants(rows, process.leading) < edge(period.end)).any())
