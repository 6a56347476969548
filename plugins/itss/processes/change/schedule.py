"""Measures of changes against their planned window: its length and notice, and whether it was kept.

Windows are counted by their planned start. Whether one was kept is decided once: when the change ends, or when its
planned end passes and it still runs (or never began). A planned window longer than a year is open-ended: sources write
such windows with a sentinel far in the future.
"""

from __future__ import annotations

from functools import partial

import numpy as np
import pandas as pd

from itss.agreements.models import AgreementVersion
from itss.measures.base import Measure, Outcome
from itss.measures.durations import duration_measures
from itss.measures.outcomes import count, share
from itss.measures.rows import (
    Mask,
    Numbers,
    before,
    counted_in_period,
    edge,
    flags,
    given,
    in_period,
    instants,
    known_before,
    numbers,
    within,
)
from itss.measures.scope import Scope
from itss.text import Text, text

_OPEN_ENDED = np.timedelta64(366, "D")
_HOUR = np.timedelta64(1, "h")
NOTICE_H = 24.0
"""What counts as short notice where no version of the agreement is in force."""


def implemented(scope: Scope) -> tuple[Mask, Mask]:
    """Ended in the period: the implemented changes, and the cancelled ones."""
    return counted_in_period(scope, "ended_at")


def planned_times(scope: Scope, rows: pd.DataFrame) -> dict[str, Numbers]:
    """``window_h`` and ``notice_h`` of the windows whose planned start is in the period."""
    if "planned_start_at" not in rows:
        return {}
    here = in_period(rows, "planned_start_at", scope.period) & ~flags(rows, "is_cancelled")
    start, end = instants(rows, "planned_start_at"), instants(rows, "planned_end_at")
    announced = instants(rows, "opened_at")
    if "announced_at" in rows:
        announced = np.where(given(rows, "announced_at"), instants(rows, "announced_at"), announced)
    times = {"notice_h": np.where(here, (start - announced) / _HOUR, np.nan)}
    if "planned_end_at" in rows:
        is_closed = here & (end >= start) & (end - start <= _OPEN_ENDED)
        times["window_h"] = np.where(is_closed, (end - start) / _HOUR, np.nan)
    return times


def _windows(scope: Scope) -> Outcome:
    planned, cancelled = counted_in_period(scope, "planned_start_at")
    return count(scope.rows, planned, {"cancelled": cancelled})


def _short_notice(scope: Scope) -> Outcome:
    planned, cancelled = counted_in_period(scope, "planned_start_at")
    short = planned & (numbers(scope.rows, "notice_h") < _notice_h(scope.agreement))
    return count(scope.rows, short, {"cancelled": cancelled}, against=True)


def _notice_h(agreement: AgreementVersion | None) -> float:
    return NOTICE_H if agreement is None else agreement.notice_h


def _agreed_notice(agreement: AgreementVersion | None) -> Text:
    hours = f"{_notice_h(agreement):g}"
    return text(f"提前通知：{hours} 小时。", f"Notice: {hours} hours.")


class _Decided:
    """Whether the windows that were decided in the period were kept, as known when it ended."""

    def __init__(self, scope: Scope) -> None:
        rows, end = scope.rows, scope.period.end
        self.planned_start, self.planned_end = instants(rows, "planned_start_at"), instants(rows, "planned_end_at")
        self.started, self.ended = (
            known_before(instants(rows, name), edge(end)) for name in ("started_at", "ended_at")
        )
        is_over = ~np.isnat(self.ended)
        no_plan = np.isnat(self.planned_start)
        open_ended = ~no_plan & (np.isnat(self.planned_end) | (self.planned_end - self.planned_start > _OPEN_ENDED))
        # the earlier of the two; what has no plan to be measured by is told when it ends
        decided = np.where(no_plan | open_ended, self.ended, np.fmin(self.ended, self.planned_end))
        here = within(decided, scope.period.start, end)
        cancelled, self.late = flags(rows, "is_cancelled"), ~(self.ended <= self.planned_end)
        # closed without an actual window, or ended in time nobody knows since when: whether it was kept is not known
        untold = np.where(is_over, ~self.late & np.isnat(self.started), before(rows, "closed_at", end))
        unknown = no_plan | (~open_ended & untold)
        self.excluded = {
            "cancelled": here & cancelled,
            "no_window": here & ~cancelled & unknown,
            "open_ended": here & ~cancelled & open_ended,
        }
        self.known = here & ~cancelled & ~unknown & ~open_ended


def _on_schedule(scope: Scope) -> Outcome:
    windows = _Decided(scope)
    inside = (windows.started >= windows.planned_start) & ~windows.late
    return share(scope.rows, inside, windows.known, windows.excluded)


def _overran(scope: Scope) -> Outcome:
    windows = _Decided(scope)
    return count(scope.rows, windows.known & windows.late, windows.excluded, against=True)


def _ended_early(scope: Scope) -> Outcome:
    windows = _Decided(scope)
    return count(scope.rows, windows.known & (windows.ended < windows.planned_end), windows.excluded)


def _start_moved(scope: Scope) -> Outcome:
    windows = _Decided(scope)
    moved = windows.known & (windows.started != windows.planned_start)
    return count(scope.rows, moved, windows.excluded, against=True)


_planned = partial(Measure, process="change", date_column="planned_start_at")
_measure = partial(
    Measure,
    process="change",
    date_column="ended_at",
    needs=("planned_start_at", "planned_end_at", "started_at", "ended_at"),
    version=2,
)

_LENGTH = (
    text("计划窗口时长", "Length of the planned window"),
    text(
        "计划开始到计划结束的自然时间，计划开始在报告期内的变更；未实施的、计划无结束时间的不计。",
        "Plain time from planned start to planned end, of changes whose planned start is in the period; cancelled "
        "ones and open-ended plans out.",
    ),
)
_NOTICE = (
    text("计划提前通知时间", "Notice of the planned window"),
    text(
        "通知（无通知时间时为提出）到计划开始的自然时间，计划开始在报告期内的变更；开始之后才通知的为负值。",
        "Plain time from the announcement (without one: from the day it was raised) to the planned start, of changes "
        "whose planned start is in the period; negative where it was announced after its start.",
    ),
)

SCHEDULE_MEASURES: tuple[Measure, ...] = (
    _measure(
        id="on_schedule_rate",
        unit="share",
        better="higher",
        section="a",
        name=text("按计划实施率", "Changes on schedule"),
        definition=text(
            "实际窗口在计划窗口之内 / 报告期内判定的变更。变更结束时判定；计划结束时间已过仍未结束（或未开始）的，"
            "当时即判为未按计划，结束时不再计。计划无结束时间的不计。",
            "Actual window inside the planned one / changes decided in the period. A change is decided when it ends; "
            "one that still runs (or has not begun) when its planned end passes is decided then, as not on schedule, "
            "and not counted again. Open-ended plans out.",
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
            "计划结束时间在报告期内、到时仍未结束的变更数。",
            "Changes that had not ended when their planned end passed in the period.",
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
            "报告期内判定（见按计划实施率）、未在计划开始时间开始的变更数。",
            "Changes decided in the period (as for those on schedule) that did not start when planned.",
        ),
        compute=_start_moved,
    ),
    _planned(
        id="windows",
        unit="count",
        better="neither",
        section="c",
        name=text("计划窗口数", "Planned windows"),
        definition=text(
            "计划开始在报告期内的变更数，不含未实施的。",
            "Changes whose planned start is in the period, without cancelled ones.",
        ),
        compute=_windows,
        needs=("planned_start_at",),
    ),
    *duration_measures(
        "change", "window_h", "window_h", "planned_start_at", "c", *_LENGTH, better="neither", lacking="no_length"
    ),
    *duration_measures("change", "notice_h", "notice_h", "planned_start_at", "c", *_NOTICE, better="higher"),
    _planned(
        id="short_notice",
        unit="count",
        better="lower",
        section="c",
        name=text("通知不足的变更", "Changes at short notice"),
        definition=text(
            "计划开始在报告期内、提前通知少于约定时间的变更数：协议的 notice_h，未写明时为24小时。",
            "Changes whose planned start is in the period and that were announced less than the agreed notice before "
            "it: the agreement's notice_h, 24 hours where it says nothing.",
        ),
        compute=_short_notice,
        agreed=_agreed_notice,
        needs=("planned_start_at", "notice_h"),
    ),
)
