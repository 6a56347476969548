"""The rows behind one figure: what is in its numerator, in its denominator, and what was left out, by reason.

They are read from the basis that the figure was counted from (`itss.measures.basis`). They
add up: rows ``in_numerator`` and ``in_denominator`` are as many as the figure says, or their ``amount`` sums up to it;
rows by reason are as many as ``excluded`` says. Two reasons have no rows of their own: ``gaps`` never came, and what
`days_to_threshold` leaves out are resources, whose samples are listed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from itss.agreements.models import Agreement, AgreementVersion
from itss.errors import ConfigurationError
from itss.measures.base import Measure, Outcome
from itss.measures.basis import Basis
from itss.measures.process_figures import BLANK
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


def behind(
    frames: Mapping[str, pd.DataFrame],
    process: MeasuredProcess,
    period: Period,
    agreement: Agreement | AgreementVersion | None,
    measure: str,
    dimension: str = "",
    member: str = "",
    facts: SourceFacts = NO_FACTS,
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
    if dimension:
        scope = replace(scope, rows=_rows_of(scope.rows, process, wanted, dimension, member))
    outcome = wanted.compute(scope)
    basis = outcome.basis or Basis(scope.rows, np.zeros(len(scope.rows), bool))
    return Behind(wanted, outcome, _listed(scope.rows, basis, wanted, process))


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
    labels = rows[dimension].astype("str").where(rows[dimension].notna(), BLANK)
    if not (labels == member).any():
        known = ", ".join(sorted(labels.unique()))
        raise ConfigurationError(f"No row has {dimension} '{member}'.", f"There are: {known}.")
    chosen: pd.DataFrame = rows[(labels == member).to_numpy()]
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
