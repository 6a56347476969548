"""The rows behind one figure: what is in its numerator, in its denominator, and what was left out, by reason.

They are read from the basis that the figure was counted from (`itss.measures.basis`). They
add up: rows ``in_numerator`` and ``in_denominator`` are as many as the figure says, or their ``amount`` sums up to it;
rows by reason are as many as ``excluded`` says. Two reasons have no rows of their own: ``gaps`` never came, and what
`days_to_threshold` leaves out are resources, whose samples are listed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from itss.agreements.models import Agreement, AgreementVersion
from itss.errors import ConfigurationError
from itss.exclusions.models import Exclusion
from itss.measures.base import Measure, Outcome
from itss.measures.basis import Basis
from itss.measures.excluding import differs, excluding_of, with_taken_out
from itss.measures.process_figures import labels
from itss.measures.reasons import BY_AGREEMENT
from itss.measures.scope import Scope
from itss.measures.scoping import NO_FACTS, MeasuredProcess, SourceFacts, is_available, is_whole_available, scope_of
from itss.periods import Period

ROW_COLUMNS = ["id", "in_numerator", "in_denominator", "excluded", "amount"]
"""Before them stand the columns that say what the row is."""
_SAID = ("title", "service", "priority")


@dataclass(frozen=True)
class Behind:
    """A figure, and its rows: `ROW_COLUMNS`, what columns say of it (`_SAID`), and the dates of the measure."""

    measure: Measure
    outcome: Outcome
    rows: pd.DataFrame
    raw: Outcome | None = None
    """The figure without the agreed exclusions, where they change it."""


def behind(
    frames: Mapping[str, pd.DataFrame],
    process: MeasuredProcess,
    period: Period,
    agreement: Agreement | AgreementVersion | None,
    measure: str,
    dimension: str = "",
    member: str = "",
    facts: SourceFacts = NO_FACTS,
    exclusions: Sequence[Exclusion] = (),
) -> Behind:
    """The figure of ``measure``, for one member of a dimension or the whole, and every row that makes it.

    Raises `ConfigurationError` where the process has no such measure or member, or the source not what it needs.
    """
    wanted = next((one for one in process.measures if one.id == measure), None)
    if wanted is None:
        known = ", ".join(one.id for one in process.measures)
        raise ConfigurationError(f"The process '{process.id}' has no measure '{measure}'.", f"It has: {known}.")
    if process.id not in frames:
        raise ConfigurationError(f"There are no rows of '{process.id}'.", "Collect them first.")
    scope = scope_of(process, frames, period, agreement, facts)
    if not is_available(wanted, scope):
        raise ConfigurationError(f"{measure} is not available: {_lacking(wanted, scope)}.", "Add it to the query.")
    if not dimension and not is_whole_available(wanted, scope):
        named = " or ".join(process.dimensions)
        raise ConfigurationError(f"{measure} is not available for the whole.", f"Ask for one member of {named}.")
    excluding = excluding_of(process, frames, scope, agreement, facts, exclusions)
    hits = excluding.concerning(wanted)
    left = excluding.without(hits) if hits else scope
    if dimension:
        scope = replace(scope, rows=_rows_of(scope.rows, process, wanted, dimension, member))
        left = replace(left, rows=left.rows[(labels(left.rows, dimension) == member).to_numpy()])
    raw = wanted.compute(scope)
    listed = _listed(scope.rows, _basis(raw, scope), wanted, process)
    outcome = wanted.compute(left) if hits else raw
    if not differs(raw, outcome):
        return Behind(wanted, raw, listed)
    rows = _listed(left.rows, _basis(outcome, left), wanted, process)
    more = _taken_out(listed, set(excluding.ids_taken(hits)))
    outcome = with_taken_out(outcome, len(more))
    return Behind(wanted, outcome, pd.concat([rows, more], ignore_index=True), raw)


def _basis(outcome: Outcome, scope: Scope) -> Basis:
    return outcome.basis or Basis(scope.rows, np.zeros(len(scope.rows), bool))


def _taken_out(listed: pd.DataFrame, ids: set[str]) -> pd.DataFrame:
    """The rows that the raw figure has and the agreed one has not: in no part of it any more."""
    raw = listed[listed["in_numerator"] | listed["in_denominator"]]
    taken = raw[raw["id"].astype("str").isin(ids).to_numpy()]
    return taken.assign(in_numerator=False, in_denominator=False, excluded=BY_AGREEMENT, amount=np.nan)


def _lacking(measure: Measure, scope: Scope) -> str:
    missing = ", ".join(name for name in measure.needs if name not in scope.rows)
    if missing:
        return f"there is no {missing}"
    untold = [
        f"{column} = {value}" for column, value in measure.counts_values if value in scope.cannot_tell.get(column, ())
    ]
    return f"the source cannot tell {', '.join(untold)}"


def _rows_of(
    rows: pd.DataFrame, process: MeasuredProcess, measure: Measure, dimension: str, member: str
) -> pd.DataFrame:
    possible = [name for name in process.dimensions if name in rows] if measure.by_dimension else []
    if dimension not in possible:
        remedy = f"It can be split by: {', '.join(possible) or 'nothing'}."
        raise ConfigurationError(f"{measure.id} cannot be split by '{dimension}'.", remedy)
    named = labels(rows, dimension)
    if not (named == member).any():
        known = ", ".join(sorted(named.unique()))
        raise ConfigurationError(f"No row has {dimension} '{member}'.", f"There are: {known}.")
    chosen: pd.DataFrame = rows[(named == member).to_numpy()]
    return chosen


def _listed(rows: pd.DataFrame, basis: Basis, measure: Measure, process: MeasuredProcess) -> pd.DataFrame:
    above = basis.numerator
    below = np.zeros(len(rows), bool) if basis.denominator is None else basis.denominator
    reasons = np.full(len(rows), "", dtype=object)
    for reason, mask in basis.excluded.items():
        reasons[mask] = reason
    amounts = np.full(len(rows), np.nan) if basis.amounts is None else basis.amounts
    chosen = above | below | (reasons != "")
    dates = [name for name in dict.fromkeys([*measure.needs, measure.date_column or ""]) if name.endswith("_at")]
    words = [column.name for column in process.columns if column.says in _SAID]
    said = [name for name in (*words, *dates) if name in rows]
    found: pd.DataFrame = rows.loc[chosen, ["id", *said]].assign(
        in_numerator=above[chosen], in_denominator=below[chosen], excluded=reasons[chosen], amount=amounts[chosen]
    )
    return found.reset_index(drop=True)
