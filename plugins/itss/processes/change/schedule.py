"""Measures of changes against their planned window.

A planned window longer than a year is open-ended: sources write such windows with a sentinel far in the future.
"""

from __future__ import annotations

from functools import partial

import numpy as np

from itss.measures.base import Measure, Outcome
from itss.measures.outcomes import count, share
from itss.measures.rows import Instants, Mask, counted_in_period, instants
from itss.measures.scope import Scope
from itss.text import text

_OPEN_ENDED = np.timedelta64(366, "D")


def implemented(scope: Scope) -> tuple[Mask, Mask]:
    """Ended in the period: the implemented changes, and the cancelled ones."""
    return counted_in_period(scope, "ended_at")


class _Windows:
    """The planned and actual windows of the changes implemented in the period."""

    def __init__(self, scope: Scope) -> None:
        self.rows = scope.rows
        self.planned_start, self.planned_end = self._at("planned_start_at"), self._at("planned_end_at")
        self.started, self.ended = self._at("started_at"), self._at("ended_at")
        done, cancelled = implemented(scope)
        lacks_start = np.isnat(self.planned_start) | np.isnat(self.started)
        is_open = ~lacks_start & (np.isnat(self.planned_end) | (self.planned_end - self.planned_start > _OPEN_ENDED))
        self.excluded = {"cancelled": cancelled, "no_window": done & lacks_start, "open_ended": done & is_open}
        self.known = done & ~lacks_start & ~is_open

    def _at(self, column: str) -> Instants:
        return instants(self.rows, column)


def _on_schedule(scope: Scope) -> Outcome:
    windows = _Windows(scope)
    inside = (windows.started >= windows.planned_start) & (windows.ended <= windows.planned_end)
    return share(scope.rows, inside, windows.known, windows.excluded)


def _overran(scope: Scope) -> Outcome:
    windows = _Windows(scope)
    late = windows.known & (windows.ended > windows.planned_end)
    return count(scope.rows, late, windows.excluded, against=True)


def _ended_early(scope: Scope) -> Outcome:
    windows = _Windows(scope)
    return count(scope.rows, windows.known & (windows.ended < windows.planned_end), windows.excluded)


def _start_moved(scope: Scope) -> Outcome:
    windows = _Windows(scope)
    moved = windows.known & (windows.started != windows.planned_start)
    return count(scope.rows, moved, windows.excluded, against=True)


_measure = partial(
    Measure,
    process="change",
    date_column="ended_at",
    needs=("planned_start_at", "planned_end_at", "started_at", "ended_at"),
)

SCHEDULE_MEASURES: tuple[Measure, ...] = (
    _measure(
        id="on_schedule_rate",
        unit="share",
        better="higher",
        section="a",
        name=text("按计划实施率", "Changes on schedule"),
        definition=text(
            "实际窗口在计划窗口之内 / 报告期内结束的变更；计划无结束时间的不计。",
            "Actual window inside the planned one / changes ended in the period; open-ended plans out.",
        ),
        compute=_on_schedule,
    ),
    _measure(
        id="overran",
        unit="count",
        better="lower",
        section="c",
        name=text("超出计划窗口的变更", "Changes that overran"),
        definition=text(
            "报告期内结束、晚于计划结束时间的变更数。", "Changes ended in the period after the end of their plan."
        ),
        compute=_overran,
    ),
    _measure(
        id="ended_early",
        unit="count",
        better="neither",
        section="c",
        name=text("提前结束的变更", "Changes that ended early"),
        definition=text(
            "报告期内结束、早于计划结束时间的变更数。", "Changes ended in the period before the end of their plan."
        ),
        compute=_ended_early,
    ),
    _measure(
        id="start_moved",
        unit="count",
        better="lower",
        section="c",
        name=text("开始时间有变的变更", "Changes whose start moved"),
        definition=text(
            "报告期内结束、未在计划开始时间开始的变更数。",
            "Changes ended in the period that did not start when planned.",
        ),
        compute=_start_moved,
    ),
)
