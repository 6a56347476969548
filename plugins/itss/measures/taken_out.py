"""The rows that agreed exclusions took out of the figures of a period: what explains raw beside agreed.

For each measure of the whole its rows add up: ``n`` to the difference of n, ``denominator`` and ``numerator`` to those
of the figure, wherever the measure counts rows or sums amounts. ``is_against``: the row was a breach, and is none of
the agreed figure. Surprise: of a process of time a row may be listed of which only some minutes were taken out, and
the row that stands for the agreed time of a service. What changes the figures of members alone (a mean on several
scales) is listed nowhere, because the whole has no figure to explain.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from itss.exclusions.models import Exclusion
from itss.measures.base import Measure, Outcome
from itss.measures.basis import Basis
from itss.measures.excluding import Agreed, Excluding, Hit, differs, in_figure
from itss.measures.rows import UTC_INSTANT, Mask, Numbers, instants, series

TAKEN_OUT_COLUMNS = [
    "exclusion",
    "process",
    "measure",
    "id",
    "title",
    "service",
    "priority",
    "begun_at",
    "is_in_numerator",
    "is_in_denominator",
    "is_against",
    "amount",
    "reason",
    "evidence",
    "sha256",
    "agreed_by",
    "agreed_on",
    "since",
    "until",
]
"""One row a record, measure and exclusion; ``since`` and ``until`` of an exclusion of time."""
_FLAGS = ("is_in_numerator", "is_in_denominator", "is_against")
_TYPES = {
    **dict.fromkeys(_FLAGS, "bool"),
    **dict.fromkeys(("begun_at", "since", "until"), UTC_INSTANT),
    "amount": "float64",
}
_SAID = ("title", "service", "priority")


def empty() -> pd.DataFrame:
    """No rows, with the columns and types of some."""
    return pd.DataFrame({name: pd.Series(dtype=_TYPES.get(name, "str")) for name in TAKEN_OUT_COLUMNS})


def rows(excluding: Excluding, agreed: Agreed, measure: Measure, raw: Outcome) -> pd.DataFrame:
    """What was taken out of one figure of the whole, exclusion by exclusion."""
    basis = raw.basis
    if basis is None or not differs(raw, agreed.outcome):
        return empty()
    if excluding.rescope is not None:
        parts = _of_time(excluding, agreed, measure, raw)
    else:
        counted = in_figure(raw, len(agreed.taken))
        amounts = np.full(len(agreed.taken), np.nan) if basis.amounts is None else basis.amounts
        parts = [(hit.exclusion, hit.rows & counted, amounts) for hit in agreed.hits]
    listed = [_listed(excluding, one, mask, amounts, measure, basis) for one, mask, amounts in parts if mask.any()]
    return pd.concat(listed, ignore_index=True) if listed else empty()


def _of_time(
    excluding: Excluding, agreed: Agreed, measure: Measure, raw: Outcome
) -> list[tuple[Exclusion, Mask, Numbers]]:
    """Each exclusion with the minutes that it took out, on top of those before it: so they add up."""
    found, ids = [], excluding.scope.rows["id"].astype("str")
    before = _amounts(raw, ids)
    hits: list[Hit] = []
    for hit in agreed.hits:
        hits.append(hit)
        scope = excluding.without(hits)
        after = _amounts(measure.compute(scope), ids, scope.rows["id"].astype("str"))
        lost = before - after
        found.append((hit.exclusion, lost != 0, lost))
        before = after
    return found


def _amounts(outcome: Outcome, ids: pd.Series, own: pd.Series | None = None) -> Numbers:
    """What each row of the raw scope brings to an outcome, by its id; 0 where nothing, or where it is out."""
    basis = outcome.basis
    if basis is None:
        return np.zeros(len(ids))
    amounts = basis.numerator.astype("float64") if basis.amounts is None else np.nan_to_num(basis.amounts)
    if own is None:
        return amounts
    known = pd.Series(amounts, index=own)
    return known[~known.index.duplicated()].reindex(ids).fillna(0.0).to_numpy(dtype="float64")


def _listed(
    excluding: Excluding, one: Exclusion, mask: Mask, amounts: Numbers, measure: Measure, basis: Basis
) -> pd.DataFrame:
    places: npt.NDArray[np.intp] = np.flatnonzero(mask)
    taken = excluding.scope.rows.iloc[places]
    said = {name: [column.name for column in excluding.process.columns if column.says == name] for name in _SAID}
    nothing = np.zeros(len(mask), bool)
    columns = {
        "id": taken["id"].astype("str"),
        **{name: _words(taken, choices) for name, choices in said.items()},
        "begun_at": series(instants(taken, excluding.process.leading), taken.index),
        "is_in_numerator": basis.numerator[places],
        "is_in_denominator": (nothing if basis.denominator is None else basis.denominator)[places],
        "is_against": (nothing if basis.against is None else basis.against)[places],
        "amount": amounts[places],
    }
    same = {
        "exclusion": one.key,
        "process": measure.process,
        "measure": measure.id,
        "reason": one.reason,
        "evidence": one.evidence.name,
        "sha256": one.evidence.sha256,
        "agreed_by": one.agreed_by,
        "agreed_on": one.agreed_on.isoformat(),
        "since": one.since,
        "until": one.until,
    }
    found = pd.DataFrame(columns, index=taken.index).assign(**same)[TAKEN_OUT_COLUMNS]
    types = {name: _TYPES.get(name, "str") for name in TAKEN_OUT_COLUMNS}
    return found.astype(types).reset_index(drop=True)


def _words(taken: pd.DataFrame, choices: list[str]) -> pd.Series:
    """The first of the columns that is there; empty where it says nothing."""
    name = next((one for one in choices if one in taken), None)
    nothing = pd.Series("", index=taken.index, dtype="str")
    return nothing if name is None else taken[name].astype("str").fillna("")
