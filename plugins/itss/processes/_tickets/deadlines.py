"""Which deadline each ticket has: the agreement's time for its priority, else the source's own deadline, else none.

Surprise: *none* agreed is an answer, too: then the source's deadline is not asked.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd

from itss.agreements.models import NO_TARGET
from itss.measures.rows import Instants, Mask, Numbers, instants
from itss.measures.scope import Scope

Kind = Literal["response", "resolution"]
_TOLERANCE_H = 1e-6  # 3.6 ms: hours are floats, the clock of the sources is not finer


class Deadlines:
    """By row hours (``target_h``, NaN: none agreed) or an instant (``due``, NaT: it is not the source that judges)."""

    def __init__(self, scope: Scope, kind: Kind, priority: pd.Series | None) -> None:
        hours, spoken = _agreed(scope, kind)
        size = len(scope.rows)
        self.target_h, silent = np.full(size, np.nan), np.ones(size, bool)
        if priority is not None and spoken:
            codes, words = pd.factorize(priority)
            self.target_h = np.array([*(hours.get(word, np.nan) for word in words), np.nan])[codes]
            silent = np.array([*(word not in spoken for word in words), True])[codes]
        due = instants(scope.rows, f"{kind}_due_at")
        self.due = np.where(silent, due, np.datetime64("NaT"))
        self.has_hours = priority is not None and bool(hours)
        self.exist = self.has_hours or f"{kind}_due_at" in scope.rows

    @property
    def by_agreement(self) -> Mask:
        """Tickets with an agreed time."""
        given: Mask = ~np.isnan(self.target_h)
        return given

    @property
    def by_source(self) -> Mask:
        """Tickets that the source's own deadline judges."""
        given: Mask = ~np.isnat(self.due)
        return given

    @property
    def given(self) -> Mask:
        """Tickets with either."""
        return self.by_agreement | self.by_source

    def missed(self, elapsed_h: Numbers, at: Instants | np.datetime64) -> Mask:
        """Done at ``at`` after ``elapsed_h``: too late by hours or by instant; never without a deadline."""
        return (elapsed_h > self.target_h + _TOLERANCE_H) | (at > self.due)


def _agreed(scope: Scope, kind: Kind) -> tuple[dict[str, float], set[str]]:
    """Agreed hours by priority, and the priorities of which the agreement says anything, be it that there is none."""
    targets = scope.agreement.time_targets if scope.agreement else {}
    said = {name: target.response_h if kind == "response" else target.resolution_h for name, target in targets.items()}
    spoken = {name for name, hours in said.items() if hours is not None}
    return {name: float(hours) for name, hours in said.items() if hours is not None and hours != NO_TARGET}, spoken
