"""Section d) of incidents: the major ones, and what is counted in the days around a major event of any process."""

from __future__ import annotations

import pandas as pd

from itss.measures.major_events import Around, under_way
from itss.measures.rows import counted_in_period, flags, given, instants
from itss.measures.scope import Scope


def major_incidents(scope: Scope) -> pd.DataFrame:
    """Major incidents open at some time of the period."""
    return under_way("incident", scope, instants(scope.rows, "opened_at"), instants(scope.rows, "ended_at"))


def around(scope: Scope) -> Around:
    """All incidents opened, and those resolved in breach in the period: recomputed, else by the source's own flag."""
    rows = scope.rows
    opened = instants(rows, "opened_at")[~flags(rows, "is_cancelled")]
    if "resolved_at" not in rows:
        return Around(opened)
    resolved = instants(rows, "resolved_at")
    if "sla_breached_resolved" in rows:
        return Around(opened, resolved[flags(rows, "sla_breached_resolved")], "sla_breached_resolved")
    if "sla_met_recorded" in rows:
        found, _ = counted_in_period(scope, "resolved_at")
        late = found & given(rows, "sla_met_recorded") & ~flags(rows, "sla_met_recorded")
        return Around(opened, resolved[late], "sla_met_recorded")
    return Around(opened)
