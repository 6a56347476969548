"""A KPI of ``measures.yaml`` as a `Measure`: what DuckDB says of each row becomes a basis like that of any other.

So the split by a dimension, the rows behind the figure, the nonconformities, series and restatements follow without
anything of their own. Surprise: a case whose value is empty is left out and counted (``not_given``), it is never a
failure; and a record that begins after the period, or is cancelled, is no case.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from itss.errors import ConfigurationError
from itss.measures import outcomes
from itss.measures.base import Measure, Outcome
from itss.measures.rows import Mask, Numbers, before, flags
from itss.measures.scope import Scope
from itss.own_measures.evaluate import Values, evaluate
from itss.own_measures.expression import Aggregate, Expression, read_aggregate, read_expression
from itss.own_measures.models import OwnMeasure
from itss.own_measures.refusals import ExpressionError
from itss.problems import Fault
from itss.processes.base import Column, Process

_STATISTICS: Mapping[str, Callable[[Numbers], float]] = {
    "mean": lambda values: float(values.mean()),
    "median": lambda values: float(np.percentile(values, 50)),
    "p90": lambda values: float(np.percentile(values, 90)),
}
_PARTS = {
    **{"count": (), "share": ("where",), "ratio": ("numerator", "denominator")},
    **dict.fromkeys(("sum", "mean", "median", "p90"), ("value",)),
}
"""What each shape asks for beside its cases."""


@dataclass(frozen=True)
class _Compiled:
    """The expressions of one KPI in the order of its parts, the cases first; ``aggregates`` are those of a ratio."""

    own: OwnMeasure
    key: str
    columns: Mapping[str, Column]
    leading: str
    expressions: tuple[Expression, ...]
    aggregates: tuple[Aggregate, ...] = ()

    def compute(self, scope: Scope) -> Outcome:
        """The figure of a scope; `ConfigurationError`, naming the KPI, where it cannot be computed."""
        try:
            found = evaluate(scope.rows, self.columns, self.expressions, scope.period)
        except ConfigurationError as error:
            raise ConfigurationError(f"{self.own.process}.{self.key}: {error}", "See measures.yaml.") from error
        chosen = found[0].yes & before(scope.rows, self.leading, scope.period.end)
        cancelled = chosen & flags(scope.rows, "is_cancelled")
        excluded = {}
        if not self.own.includes_cancelled and "is_cancelled" in scope.rows:
            chosen, excluded = chosen & ~cancelled, {"cancelled": cancelled}
        known = chosen.copy()
        for one in found[1:]:
            known &= one.known
        if found[1:]:
            excluded["not_given"] = chosen & ~known
        return self._outcome(scope, known, excluded, found[1:])

    def _outcome(self, scope: Scope, cases: Mask, excluded: Mapping[str, Mask], found: list[Values]) -> Outcome:
        rows, own = scope.rows, self.own
        if own.shape == "count":
            return outcomes.count(rows, cases, excluded, against=own.better == "lower")
        if own.shape == "share":
            part = ~found[0].yes if own.complement else found[0].yes
            wrong = {"higher": ~part, "lower": part, "neither": np.zeros(len(rows), bool)}[own.better]
            return outcomes.share(rows, part, cases, excluded, against=wrong)
        if own.shape == "ratio":
            return self._ratio(scope, cases, excluded, found)
        amounts = np.where(cases, found[0].numbers, np.nan)
        if own.shape == "sum":
            return outcomes.total(rows, amounts, excluded, unknown=excluded["not_given"])
        return outcomes.statistic(amounts, _STATISTICS[own.shape], excluded, rows=rows)

    def _ratio(self, scope: Scope, cases: Mask, excluded: Mapping[str, Mask], found: list[Values]) -> Outcome:
        above, below = (
            np.where(cases, _amounts(one, kind), 0.0) for one, kind in zip(found, self.aggregates, strict=True)
        )
        if self.own.complement:
            above = below - above  # row by row, so that the rows behind it add up to it
        short = below - above > 0
        wrong = {"higher": short, "lower": above > 0, "neither": np.zeros(len(above), bool)}[self.own.better]
        return outcomes.ratio(scope.rows, above, below, excluded, against=wrong & cases)


def _amounts(values: Values, aggregate: Aggregate) -> Numbers:
    return values.yes.astype(float) if aggregate == "count_if" else values.numbers


def compiled(key: str, own: OwnMeasure, process: Process) -> tuple[Measure | None, list[Fault]]:
    """The KPI as a measure of ``process``; ``None`` with everything that is wrong with it."""
    loc = ("measures", key)
    faults = [*_shape_faults(loc, own), *_key_faults(loc, key, process)]
    columns = {one.name: one for one in (*process.columns, *process.derived)}
    expressions: list[Expression] = []
    aggregates: list[Aggregate] = []
    for name in ("of", *_PARTS[own.shape]):
        words = getattr(own, name)
        if words is None:
            continue
        try:
            if own.shape == "ratio" and name != "of":
                aggregate, found = read_aggregate(words, columns)
                aggregates.append(aggregate)
            else:
                found = read_expression(words, columns, "number" if name == "value" else "yes_no")
        except ExpressionError as error:
            faults.append(Fault((*loc, name), error.message, error.remedy))
        else:
            expressions.append(found)
    if faults:
        return None, faults
    inner = _Compiled(own, key, columns, process.leading, tuple(expressions), tuple(aggregates))
    return _measure(inner), []


def _measure(inner: _Compiled) -> Measure:
    own, said = inner.own, inner.expressions
    needs = dict.fromkeys(name for one in said for name in one.columns)
    dates = [*dict.fromkeys(name for one in said for name in one.dates)]
    return Measure(
        id=inner.key,
        process=own.process,
        unit=own.unit,
        better=own.better,
        section=own.section,
        name=own.name,
        definition=own.definition,
        compute=inner.compute,
        needs=tuple(needs) or (inner.leading,),
        counts_values=tuple(dict.fromkeys(one for part in said for one in part.values)),
        date_column=dates[0] if dates else None,
        version=own.version,
        few_below=own.judged_from,
    )


def _key_faults(loc: tuple[str, str], key: str, process: Process) -> Iterator[Fault]:
    if any(one.id == key for one in process.measures):
        message = f"The process {process.id} has a measure '{key}' already."
        yield Fault(loc, message, "Choose another key; the measures are listed in docs/reference/measures.md.")


def _shape_faults(loc: tuple[str, str], own: OwnMeasure) -> Iterator[Fault]:
    """Whether it says all that its shape asks for, and nothing else."""
    asked = _PARTS[own.shape]
    for name in ("where", "value", "numerator", "denominator"):
        is_given = getattr(own, name) is not None
        if name in asked and not is_given:
            example = OwnMeasure.model_fields[name].examples or [""]
            yield Fault(loc, f"A {own.shape} needs `{name}`.", f"Write it like `{name}: {example[0]}`.")
        elif is_given and name not in asked:
            others = ", ".join(("of", *asked))
            yield Fault((*loc, name), f"A {own.shape} has no `{name}`.", f"It is made of {others}.")
    if own.complement and (own.shape not in ("share", "ratio") or own.unit != "share"):
        yield Fault((*loc, "complement"), "Only a share can be taken from 1.", "Remove `complement`.")
    fixed = {"count": "count", "share": "share"}.get(own.shape)
    if fixed is not None and own.unit != fixed:
        yield Fault((*loc, "unit"), f"A {own.shape} has the unit `{fixed}`.", f"Write `unit: {fixed}`.")
    elif own.unit == "share" and own.shape not in ("share", "ratio"):
        message = f"A {own.shape} of shares is no share of cases."
        yield Fault((*loc, "unit"), message, "Write a ratio of two sums, or another unit.")
