"""The clocks of tickets (incidents, requests) in one period: how long, against which deadline, decided how.

Owns the columns derived from a ticket's instants. Where neither the agreement nor the source has a deadline, the SLA
columns do not exist and their measures are not available. Surprise: an open ticket is measured as of the end of the
period, so the same row is *running* in one period and *breached* in the next.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from itss.measures.history import history_of
from itss.measures.rows import Instants, Mask, Numbers, edge, flags, hours_between, instants, numbers, series, within
from itss.measures.scope import Scope
from itss.processes._tickets.as_of import known_at_end, priority_at
from itss.processes._tickets.deadlines import Deadlines
from itss.processes._tickets.service_time import ServiceTime, pause_hours, told_only

Columns = dict[str, npt.NDArray[Any] | pd.Series]

PAUSE_TOLERANCE_H = 0.02
"""Sources round a pause to the minute; 72 seconds are no number of minutes, so that no pause lies on the edge."""


def derive_tickets(scope: Scope) -> pd.DataFrame:
    """The rows with the derived columns that source and agreement allow; the given rows stay untouched."""
    scope = replace(scope, rows=known_at_end(scope))
    clocks = _Clocks(scope)
    columns = clocks.endings() | clocks.resolution_times()
    if clocks.has_end:
        columns |= clocks.resolution_sla()
    return _with(scope.rows, columns | clocks.response_times() | clocks.response_sla())


def derive_times(scope: Scope) -> pd.DataFrame:
    """The same for tickets without an SLA (problems): when each ended, and how long it took."""
    scope = replace(scope, rows=known_at_end(scope))
    clocks = _Clocks(scope)
    return _with(scope.rows, clocks.endings() | clocks.resolution_times())


def _with(rows: pd.DataFrame, columns: Columns) -> pd.DataFrame:
    # as a Series a column is shared with the frame, as an array it would be copied into it
    return rows.assign(**{name: pd.Series(values, index=rows.index, copy=False) for name, values in columns.items()})


class _Clocks:
    """The instants of one scope, read once."""

    def __init__(self, scope: Scope) -> None:
        rows, period = scope.rows, scope.period
        self.scope, self.rows, self.agreement = scope, rows, scope.agreement
        self.start, self.end = period.start, period.end
        self.opened, self.responded = instants(rows, "opened_at"), instants(rows, "responded_at")
        self.resolved, closed = instants(rows, "resolved_at"), instants(rows, "closed_at")
        self.ended = np.where(np.isnat(self.resolved), closed, self.resolved)
        self.has_end = "resolved_at" in rows or "closed_at" in rows
        self.counts = ~flags(rows, "is_cancelled")
        self.known = self.counts & (self.opened < edge(self.end))
        self.resolved_in = self.counts & within(self.resolved, self.start, self.end) & ~(self.resolved < self.opened)
        self.responded_in = self.counts & within(self.responded, self.start, self.end)
        self.responded_in &= ~(self.responded < self.opened)
        self.open_at_end = self.known & ~(self.ended < edge(self.end))
        self.states, self.priority = history_of(scope, "states"), rows.get("priority")
        self.time = ServiceTime(scope, self.opened, self.priority)

    @cached_property
    def until(self) -> Instants:
        """The resolution, or the end of the period where the ticket is open at it."""
        return np.where(self.open_at_end, edge(self.end), self.resolved)

    @cached_property
    def elapsed_h(self) -> Numbers:
        """Service hours from opening to `until`, of the tickets resolved in the period or open at its end."""
        return self.time.hours(self.resolved_in | self.open_at_end, self.until)

    @cached_property
    def impossible(self) -> Mask:
        """Tickets that are said to have waited for longer than they took."""
        told = told_only(self.rows, self.states) & (self.resolved_in | self.open_at_end)
        took = hours_between(self.opened, self.until, told) if self.agreement is None else self.elapsed_h
        found: Mask = told & (numbers(self.rows, "pause_h") > took + PAUSE_TOLERANCE_H)
        return found

    @cached_property
    def worked_h(self) -> Numbers:
        """`elapsed_h` less pauses; NaN where those cannot be true."""
        chosen = ~np.isnan(self.elapsed_h) & ~self.impossible
        waited = pause_hours(self.rows, self.states, self.time, chosen, self.until)
        return np.where(chosen, np.maximum(self.elapsed_h - waited, 0), np.nan)

    def endings(self) -> Columns:
        """``ended_at``, where the source has one of the columns that say it."""
        return {"ended_at": series(self.ended, self.rows.index)} if self.has_end else {}

    def resolution_times(self) -> Columns:
        """``ttr_h`` and ``ttr_clock_h`` of the tickets resolved in the period."""
        if "resolved_at" not in self.rows:
            return {}
        columns: Columns = {"is_pause_impossible": self.impossible} if "pause_h" in self.rows else {}
        columns["ttr_clock_h"] = hours_between(self.opened, self.resolved, self.resolved_in & ~self.impossible)
        if self.agreement is None:
            return columns
        return columns | {"ttr_h": np.where(self.resolved_in, self.worked_h, np.nan)}

    def response_times(self) -> Columns:
        """``tta_h`` and ``tta_clock_h`` of the tickets responded to in the period."""
        if "responded_at" not in self.rows:
            return {}
        clock = hours_between(self.opened, self.responded, self.responded_in)
        if self.agreement is None:
            return {"tta_clock_h": clock}
        return {"tta_clock_h": clock, "tta_h": self.answered_h}

    @cached_property
    def answered_h(self) -> Numbers:
        """Service hours to the response, where it came in the period."""
        return self.time.hours(self.responded_in, self.responded)

    def resolution_sla(self) -> Columns:
        """The five buckets; each ticket resolved in the period or open at its end is in one, or cannot be judged."""
        deadlines = Deadlines(self.scope, "resolution", self.priority)
        if "resolved_at" not in self.rows or not deadlines.exist:
            return {}
        late, has_target = deadlines.missed(self.worked_h, self.until), deadlines.given
        done, running = self.resolved_in & ~self.impossible, self.open_at_end & ~self.impossible
        decided = has_target & (done | (running & late))
        return self._hours_and_targets("sla_elapsed_h", "resolution_target_h", deadlines, self.worked_h, self.until) | {
            "sla_met": done & has_target & ~late,
            "sla_breached_resolved": done & late,
            "sla_breached_open": running & late,
            "sla_running": running & has_target & ~late,
            "sla_none": (done | running) & ~has_target,
            "sla_by_agreement": decided & deadlines.by_agreement,
            "sla_by_source": decided & deadlines.by_source,
        }

    def response_sla(self) -> Columns:
        """Which responses were decided in the period, and how."""
        deadlines = Deadlines(self.scope, "response", self.priority)
        if "responded_at" not in self.rows or not deadlines.exist:
            return {}
        end, start = edge(self.end), edge(self.start)
        unanswered = self.known & ~(self.responded < end)
        last = np.where(self.ended < end, self.ended, end)
        waited_h = self.time.hours(unanswered & ~(self.ended < start), last)
        before = self._overdue_at_start(deadlines)
        passed = unanswered & ~(self.ended < start) & deadlines.missed(waited_h, last) & ~before
        late, has_target = deadlines.missed(self.answered_h, self.responded), deadlines.given
        hours = np.where(self.responded_in, self.answered_h, waited_h)
        until = np.where(self.responded_in, self.responded, last)
        ended_in = unanswered & within(self.ended, self.start, self.end)
        return self._hours_and_targets("response_elapsed_h", "response_target_h", deadlines, hours, until) | {
            "response_met": self.responded_in & has_target & ~late,
            "response_breached": (self.responded_in & late) | passed,
            "response_untargeted": (self.responded_in | ended_in) & ~has_target,
            "response_never_due": ended_in & has_target & ~passed & ~before,
        }

    def _overdue_at_start(self, deadlines: Deadlines) -> Mask:
        """Deadlines that had already passed when the period began, by the priority of then: they were decided then."""
        start, time = edge(self.start), self.time
        if "priorities" in self.rows:
            priority = priority_at(self.scope, start)
            deadlines = Deadlines(self.scope, "response", priority)
            time = ServiceTime(self.scope, self.opened, priority)
        old = self.counts & (self.opened < start) & ~(self.ended < start)
        waited_h = time.hours(old, np.broadcast_to(start, len(old)))
        return (old & deadlines.missed(waited_h, start)) | (deadlines.due < start)

    def _hours_and_targets(
        self, elapsed: str, target: str, deadlines: Deadlines, hours: Numbers, until: Instants
    ) -> Columns:
        """Elapsed and allowed hours of each row: of service time, or plain ones to the deadline of the source."""
        by_source = deadlines.by_source
        if not by_source.any():
            return {elapsed: hours, target: deadlines.target_h} if deadlines.has_hours else {}
        return {
            elapsed: np.where(by_source, hours_between(self.opened, until), hours),
            target: np.where(by_source, hours_between(self.opened, deadlines.due), deadlines.target_h),
        }
