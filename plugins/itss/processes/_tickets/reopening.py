"""How often a resolution did not hold: decided where every resolution is known, else as the source counts.

A resolution counts in the period in which its 14 days end, so no figure of a closed period waits for the next one; a
ticket that was resolved twice counts twice.
"""

from __future__ import annotations

from functools import partial

import numpy as np

from itss.measures.base import Measure, Outcome
from itss.measures.outcomes import ratio, share
from itss.measures.rows import counted_in_period, edge, flags, given, instants, numbers
from itss.measures.scope import Scope
from itss.processes._tickets.as_of import REOPENED, RESOLUTIONS, UNTOLD
from itss.processes._tickets.sla import TicketKind
from itss.text import text


def _reopen_rate(scope: Scope) -> Outcome:
    rows, cancelled = scope.rows, flags(scope.rows, "is_cancelled")
    decided = np.where(cancelled, 0.0, numbers(rows, RESOLUTIONS))
    reopened = np.where(cancelled, 0.0, numbers(rows, REOPENED))
    excluded = {
        "cancelled": cancelled & ((numbers(rows, RESOLUTIONS) > 0) | flags(rows, UNTOLD)),
        "no_history": ~cancelled & flags(rows, UNTOLD),
    }
    return ratio(rows, reopened, decided, excluded, against=reopened > 0)


def _recorded_reopen_rate(scope: Scope) -> Outcome:
    resolved, cancelled = counted_in_period(scope, "resolved_at")
    counted = given(scope.rows, "reopen_count")
    # a counter is as it is now: where the first reopening has a time, one after the period is none of it
    later = instants(scope.rows, "reopened_at") >= edge(scope.period.end)
    reopened = (numbers(scope.rows, "reopen_count") > 0) & ~later
    excluded = {"cancelled": cancelled, "no_counter": resolved & ~counted}
    return share(scope.rows, reopened, resolved & counted, excluded, against=reopened)


def reopening_measures(kind: TicketKind) -> tuple[Measure, ...]:
    """``reopen_rate``, which needs ``states``, and ``reopen_rate_recorded`` beside it."""
    measure = partial(Measure, process=kind.process, unit="share", better="lower", section="a")
    return (
        measure(
            id="reopen_rate",
            name=text("重开率", "Reopened"),
            definition=text(
                "14天内被重开的解决 / 其14天于报告期内届满的解决；一张单多次解决分别计数；无状态历史的另行计数。"
                "解决：状态变为已解决，或未经解决直接关闭。",
                "Resolutions reopened within 14 days / resolutions whose 14 days ended in the period. One resolved "
                "twice counts twice; those without a history of states are counted apart. A resolution is the change "
                "to solved, or to closed where it was not solved before.",
            ),
            compute=_reopen_rate,
            needs=(RESOLUTIONS, REOPENED),
            date_column="resolved_at",
            version=2,
        ),
        measure(
            id="reopen_rate_recorded",
            name=text("重开率（来源系统记录）", "Reopened, as recorded"),
            definition=text(
                f"报告期内解决的{kind.zh}中，来源系统重开次数大于零的比例；首次重开在期末之后的不计。",
                f"Share of the {kind.many} resolved in the period whose reopen counter in the source is above zero. A "
                "first reopening that is dated after the period is not counted.",
            ),
            compute=_recorded_reopen_rate,
            needs=("resolved_at", "reopen_count"),
            date_column="resolved_at",
            version=2,
        ),
    )
