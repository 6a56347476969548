"""Changes as they were known when the period ended: which were cancelled, which outcome was known, when it was decided.

Owns the instants by which changes are counted. Surprise: the outcome of a change that ended in September and was
reviewed in October is decided in October; September says *not known yet*, whenever it is computed.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from itss.measures.history import history_of
from itss.measures.lifecycle import CANCELLED
from itss.measures.rows import Instants, Mask, edge, equals, flags, given, instants, series
from itss.measures.scope import Scope
from itss.processes._tickets.as_of import cancelled_at_end, known_at_end
from itss.processes.change.schedule import planned_times

WARRANTY = np.timedelta64(14, "D")
_NEVER = np.datetime64("NaT", "us")


def derive_change(scope: Scope) -> pd.DataFrame:
    """The rows as known at the period's end, with what is derived of them as far as the sources have it."""
    rows = _with_known_outcome(scope, known_at_end(scope, "ended_at"))
    columns: dict[str, pd.Series | npt.NDArray[Any]] = {}
    if "ended_at" in rows:
        ended = instants(rows, "ended_at")
        columns["warranty_ends_at"] = series(ended + WARRANTY, rows.index)
        if "outcome" in rows:
            decided = np.where(given(rows, "outcome"), np.maximum(ended, _outcome_at(rows, ended)), _NEVER)
            columns["decided_at"] = series(decided, rows.index)
            columns["warranty_decided_at"] = series(np.maximum(decided, ended + WARRANTY), rows.index)
        incidents = scope.others.get("incident")
        if incidents is not None and "caused_by_change" in incidents:
            columns["has_warranty_incident"] = _first_incident(scope, incidents) <= ended + WARRANTY
    return rows.assign(**columns, **planned_times(scope, rows))


def _with_known_outcome(scope: Scope, rows: pd.DataFrame) -> pd.DataFrame:
    """Without the outcomes that came after the period.

    *Cancelled* is decided by the states where they ever were it. Where they only say closed, the outcome tells why,
    from the close on.
    """
    late = instants(rows, "outcome_at") >= edge(scope.period.end)
    said = equals(rows, "outcome", "cancelled")
    never = flags(rows, "is_cancelled")
    has_states, by_states = _told_by_states(scope, len(rows))
    is_over = given(rows, "ended_at") | given(rows, "closed_at") | given(rows, "outcome_at")
    told = said & ~late & (~has_states | is_over)
    never = np.where(by_states, never, (never & ~(late & said)) | told)
    known = {"outcome": rows["outcome"].where(~late & (never | ~said))} if "outcome" in rows else {}
    return rows.assign(is_cancelled=never, **known)


def _told_by_states(scope: Scope, size: int) -> tuple[Mask, Mask]:
    """Which rows have states, and which of those had been cancelled by them at some time of the period or before."""
    states, cancelled = history_of(scope, "states"), np.zeros(size, bool)
    if states is None:
        return cancelled, cancelled
    life = states.lifecycle
    cancelled[life.entries.row[(life.state == CANCELLED) & (life.entries.at < edge(scope.period.end))]] = True
    return states.given, cancelled


def _outcome_at(rows: pd.DataFrame, ended: Instants) -> Instants:
    """When the outcome was known: at the end of the change where the source does not say."""
    said = instants(rows, "outcome_at")
    return np.where(np.isnat(said), ended, said)


def _first_incident(scope: Scope, incidents: pd.DataFrame) -> Instants:
    """When the first incident that each change caused was opened, as far as it was in the period or before."""
    counts: Mask = given(incidents, "caused_by_change") & ~cancelled_at_end(scope, "incident")
    counts &= instants(incidents, "opened_at") < edge(scope.period.end)
    caused = incidents[counts]
    links = pd.DataFrame({"change": caused["caused_by_change"].astype(object), "at": instants(caused, "opened_at")})
    first = links.groupby("change")["at"].min().reindex(scope.rows["id"].astype(object))
    return first.to_numpy(dtype="datetime64[us]")
