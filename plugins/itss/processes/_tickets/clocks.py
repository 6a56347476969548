"""The clocks of tickets (incidents, requests) in one period: how long, against which target, decided how.

Owns the columns derived from a ticket's instants. The SLA clock is the agreement's time target of the priority in
service hours where it sets any, else the source's own deadline column; where there is neither, the SLA columns do not
exist and their measures are not available. Surprise: an open ticket is measured as of the end of the period, so the
same row is *running* in one period and *breached* in the next.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from itss.calendars import ServiceClock, read_pauses
from itss.calendars.elapsed import US_PER_HOUR, paused
from itss.calendars.open_days import Microseconds
from itss.measures.history import History, history_of
from itss.measures.rows import (
    Instants,
    Mask,
    Numbers,
    edge,
    flags,
    given,
    hours_between,
    instants,
    numbers,
    series,
    within,
)
from itss.measures.scope import Scope
from itss.processes._tickets.as_of import known_at_end

Columns = dict[str, npt.NDArray[Any] | pd.Series]

_TOLERANCE_H = 1e-6  # 3.6 ms: hours are floats, the clock of the sources is not finer


def derive_tickets(scope: Scope) -> pd.DataFrame:
    """The rows with the derived columns that source and agreement allow; the given rows stay untouched."""
    scope = replace(scope, rows=known_at_end(scope))
    clocks = _Clocks(scope)
    columns: Columns = {}
    if clocks.has_end:
        columns["ended_at"] = series(clocks.ended, scope.rows.index)
        columns |= clocks.resolution_times() | clocks.resolution_sla()
    columns |= clocks.response_times() | clocks.response_sla()
    # as a Series a column is shared with the frame, as an array it would be copied into it
    index = scope.rows.index
    return scope.rows.assign(**{name: pd.Series(values, index=index, copy=False) for name, values in columns.items()})


class _Clocks:
    """The instants of one scope, read once."""

    def __init__(self, scope: Scope) -> None:
        rows, period = scope.rows, scope.period
        self.rows, self.agreement = rows, scope.agreement
        self.states = history_of(scope, "states")
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
        self.clock, self.opened_reading = self._service_clock(scope)

    def resolution_times(self) -> Columns:
        """``ttr_h`` and ``ttr_clock_h`` of the tickets resolved in the period."""
        if "resolved_at" not in self.rows:
            return {}
        clock = hours_between(self.opened, self.resolved, self.resolved_in)
        if self.agreement is None:
            return {"ttr_clock_h": clock}
        return {"ttr_clock_h": clock, "ttr_h": np.where(self.resolved_in, self.worked_h, np.nan)}

    @cached_property
    def worked_h(self) -> Numbers:
        """Service hours less pauses to resolution, or to the end of the period where the ticket is open at it."""
        until = np.where(self.open_at_end, edge(self.end), self.resolved)
        chosen = self.resolved_in | self.open_at_end
        elapsed = self._service_h(chosen, until)
        # a pause longer than the time is no negative time
        return np.maximum(elapsed - self._paused_h(chosen & ~np.isnan(elapsed), until), 0)

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
        return self._service_h(self.responded_in, self.responded)

    def resolution_sla(self) -> Columns:
        """The five buckets; each ticket resolved in the period or open at its end is in exactly one."""
        if "resolved_at" not in self.rows:
            return {}
        if (targets := self._targets("resolution_h")) is not None:
            elapsed = self.worked_h
            late, has_target = elapsed > targets + _TOLERANCE_H, ~np.isnan(targets)
            columns: Columns = {"sla_elapsed_h": elapsed, "resolution_target_h": targets}
        elif "resolution_due_at" in self.rows:
            due = instants(self.rows, "resolution_due_at")
            late = np.where(self.open_at_end, due < edge(self.end), self.resolved > due)
            has_target, columns = ~np.isnat(due), {}
        else:
            return {}
        done, running = self.resolved_in, self.open_at_end & ~self.resolved_in
        return columns | {
            "sla_met": done & has_target & ~late,
            "sla_breached_resolved": done & has_target & late,
            "sla_breached_open": running & has_target & late,
            "sla_running": running & has_target & ~late,
            "sla_none": (done | running) & ~has_target,
        }

    def response_sla(self) -> Columns:
        """Which responses were decided in the period, and how."""
        if "responded_at" not in self.rows:
            return {}
        unanswered = self.known & ~(self.responded < edge(self.end))
        if (targets := self._targets("response_h")) is not None:
            late, passed, columns = self._response_by_target(targets, unanswered)
            has_target = ~np.isnan(targets)
        elif "response_due_at" in self.rows:
            due = instants(self.rows, "response_due_at")
            late, passed = self.responded > due, self._passed_unended(due, unanswered)
            has_target, columns = ~np.isnat(due), {}
        else:
            return {}
        ended_in = unanswered & within(self.ended, self.start, self.end)
        return columns | {
            "response_met": self.responded_in & has_target & ~late,
            "response_breached": (self.responded_in & has_target & late) | (passed & has_target),
            "response_untargeted": (self.responded_in | ended_in) & ~has_target,
            "response_never_due": ended_in & has_target & ~passed & ~self._overdue_before(targets),
        }

    def _response_by_target(self, targets: Numbers, unanswered: Mask) -> tuple[Mask, Mask, Columns]:
        """Late answers, deadlines that passed unanswered in the period, and the hours behind both."""
        last = np.where(self.ended < edge(self.end), self.ended, edge(self.end))
        waiting = unanswered & ~(self.ended < edge(self.start))
        waited_h = self._service_h(waiting, last)
        passed = (waited_h > targets + _TOLERANCE_H) & ~self._overdue_before(targets)
        hours = np.where(self.responded_in, self.answered_h, waited_h)
        late = self.answered_h > targets + _TOLERANCE_H
        return late, passed, {"response_elapsed_h": hours, "response_target_h": targets}

    def _overdue_before(self, targets: Numbers | None) -> Mask:
        """Deadlines that had already passed when the period began: they were decided then."""
        if targets is None:
            return instants(self.rows, "response_due_at") < edge(self.start)
        old = self.counts & (self.opened < edge(self.start)) & ~(self.ended < edge(self.start))
        start = np.broadcast_to(edge(self.start), len(self.rows))
        return self._service_h(old, start) > targets + _TOLERANCE_H

    def _passed_unended(self, due: Instants, unanswered: Mask) -> Mask:
        return unanswered & within(due, self.start, self.end) & ~(self.ended <= due)

    def _targets(self, kind: Literal["response_h", "resolution_h"]) -> Numbers | None:
        """Hours by the row's priority; None where the agreement sets no time target of this kind."""
        version = self.agreement
        if version is None or "priority" not in self.rows:
            return None
        hours = {priority: target.promised(kind) for priority, target in version.time_targets.items()}
        hours = {priority: value for priority, value in hours.items() if value is not None}
        if not hours:
            return None
        codes, priorities = self._priorities
        return np.array([*(hours.get(priority, np.nan) for priority in priorities), np.nan])[codes]

    @cached_property
    def _priorities(self) -> tuple[npt.NDArray[np.intp], list[Any]]:
        """Each row's place in the list of priorities; -1, the place behind the last, where it has none."""
        codes, priorities = pd.factorize(self.rows["priority"])
        return codes, list(priorities)

    def _service_clock(self, scope: Scope) -> tuple[ServiceClock | None, Microseconds]:
        """A clock for all instants from the first report to the end of the period, and its readings of the reports."""
        if scope.service_hours is None:
            return None, np.zeros(0, np.int64)
        start, end = (int(edge(moment).astype(np.int64)) for moment in (self.start, self.end))
        opened = self.opened.view(np.int64)
        clock = ServiceClock(scope.service_hours, int(opened[self.opened < edge(self.end)].min(initial=start)), end)
        return clock, clock.read(opened)

    def _service_h(self, chosen: Mask, until: Instants) -> Numbers:
        """Service hours from opening to ``until`` in the chosen rows, NaN in the others."""
        hours = np.full(len(self.rows), np.nan)
        if self.clock is None:
            return hours
        chosen = chosen & (until >= self.opened)
        if np.count_nonzero(chosen) < len(chosen) // 4:  # few: cheaper to pick them first
            places = np.flatnonzero(chosen)
            hours[places] = (self._reading(until[places]) - self.opened_reading[places]) / US_PER_HOUR
        else:
            np.divide(self._reading(until) - self.opened_reading, US_PER_HOUR, out=hours, where=chosen)
        return hours

    def _reading(self, instants: Instants) -> Microseconds:
        return self.clock.read(instants.view(np.int64)) if self.clock else np.zeros(len(instants), np.int64)

    def _paused_h(self, chosen: Mask, until: Instants) -> Numbers:
        """Hours that the clock stood still: the pauses of the history, or the hours told where there is none."""
        told = np.nan_to_num(numbers(self.rows, "pause_h"))
        with_history = chosen & given(self.rows, "pauses")
        if self.states is not None:
            told = np.where(self.states.given, self._paused_by_states(self.states, chosen, until), told)
            with_history &= ~self.states.given
        if self.clock is None or not with_history.any():
            return told
        pauses = read_pauses(self.rows["pauses"][with_history])
        since, end = (moments[with_history].view(np.int64) for moments in (self.opened, until))
        told[with_history] = paused(self.clock, since, end, pauses) / US_PER_HOUR
        return told

    def _paused_by_states(self, states: History, chosen: Mask, until: Instants) -> Numbers:
        """Open hours of the spells in ``paused``, which never overlap, up to ``until``."""
        row, begin, end = states.lifecycle.pauses
        counted = chosen[row] & (begin < until[row])
        row, begin, end = row[counted], begin[counted], end[counted]
        begin = np.maximum(begin, self.opened[row])
        end = np.maximum(np.fmin(end, until[row]), begin)
        return np.bincount(row, self._reading(end) - self._reading(begin), len(chosen)) / US_PER_HOUR
