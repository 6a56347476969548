"""Workload: how many records came in, and how many hours were booked to those that ended in the period.

Hours belong to the period in which their record ended, because sources book them to the record and not to a day.
Records without hours are counted, and where no record has any there is no figure.
"""

from __future__ import annotations

from functools import partial

import numpy as np

from itss.measures.base import Measure, Outcome
from itss.measures.outcomes import count, statistic
from itss.measures.rows import Numbers, counted_in_period, numbers
from itss.measures.scope import Scope
from itss.processes._tickets.sla import TicketKind
from itss.text import text


def workload_measures(kind: TicketKind) -> tuple[Measure, ...]:
    """``volume`` and ``effort_h`` of a process whose records have ``opened_at`` and ``ended_at``."""
    measure = partial(Measure, process=kind.process, better="neither", section="c")
    return (
        measure(
            id="volume",
            unit="count",
            name=text("工作量（件数）", "Workload, records"),
            definition=text(
                f"报告期内提出、需要处理的{kind.zh}数，不含已取消、重复和合并的。",
                f"{kind.many.capitalize()} that came in to be handled in the period, without cancelled ones.",
            ),
            compute=_volume,
            needs=("opened_at",),
            date_column="opened_at",
        ),
        measure(
            id="effort_h",
            unit="h",
            name=text("工作量（工时）", "Workload, hours"),
            definition=text(
                f"报告期内结束的{kind.zh}所登记的工时之和；未登记工时的另行计数。",
                f"Hours booked to the {kind.many} that ended in the period; those without hours are counted apart.",
            ),
            compute=_effort,
            needs=("ended_at", "effort_h"),
            date_column="ended_at",
        ),
    )


def _volume(scope: Scope) -> Outcome:
    found, cancelled = counted_in_period(scope, "opened_at")
    return count(scope.rows, found, {"cancelled": cancelled})


def _effort(scope: Scope) -> Outcome:
    ended, cancelled = counted_in_period(scope, "ended_at")
    hours = numbers(scope.rows, "effort_h")
    excluded = {"cancelled": cancelled, "no_effort": ended & np.isnan(hours)}
    return statistic(np.where(ended, hours, np.nan), _sum, excluded)


def _sum(hours: Numbers) -> float:
    return float(hours.sum())
