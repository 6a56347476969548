"""Section d) of changes: the major ones."""

from __future__ import annotations

import numpy as np
import pandas as pd

from itss.measures.major_events import under_way
from itss.measures.rows import instants
from itss.measures.scope import Scope


def major_changes(scope: Scope) -> pd.DataFrame:
    """Major changes under way at some time of the period, from actual start to actual end."""
    started, ended = instants(scope.rows, "started_at"), instants(scope.rows, "ended_at")
    return under_way("change", scope, np.where(np.isnat(started), ended, started), ended)
