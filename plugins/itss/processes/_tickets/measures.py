"""Measures of tickets: volumes, backlog, times. Those against the SLA are `sla`'s, reopenings `reopening`'s.

Definitions: ``docs/reference/measures.md``. The clocks are `clocks`'s.
"""

from __future__ import annotations

from functools import partial

import numpy as np

from itss.measures.base import Measure, Outcome
from itss.measures.durations import duration_measures
from itss.measures.outcomes import count
from itss.measures.rows import before, counted_in_period, edge, flags, instants
from itss.measures.scope import Scope
from itss.measures.workdays import covered_workdays
from itss.processes._tickets.reopening import reopening_measures
from itss.processes._tickets.sla import TicketKind, sla_measures
from itss.text import Text, text


def _volume(column: str, scope: Scope, per: float | None = None) -> Outcome:
    found, cancelled = counted_in_period(scope, column)
    return count(scope.rows, found, {"cancelled": cancelled}, per=per)


def _volume_per_workday(scope: Scope) -> Outcome:
    return _volume("opened_at", scope, per=covered_workdays(scope))


def _backlog(older_than_days: int, scope: Scope) -> Outcome:
    end = scope.period.end
    waiting = before(scope.rows, "opened_at", end) & ~before(scope.rows, "ended_at", end)
    if older_than_days:
        waiting &= edge(end) - instants(scope.rows, "opened_at") > np.timedelta64(older_than_days, "D")
    cancelled = flags(scope.rows, "is_cancelled")
    return count(scope.rows, waiting & ~cancelled, {"cancelled": waiting & cancelled}, against=bool(older_than_days))


def volume_measures(kind: TicketKind, resolved_at: str = "resolved_at") -> tuple[Measure, ...]:
    """Opened, resolved, closed, and opened per working day; ``resolved_at`` is the column that says it was done."""
    measure = partial(Measure, process=kind.process)
    return (
        measure(
            id="opened",
            unit="count",
            better="neither",
            section="c",
            name=text("新增数量", "Opened"),
            definition=text(
                f"报告期内提出的{kind.zh}数，不含已取消、重复和合并的。",
                f"{kind.many.capitalize()} reported in the period, without cancelled ones.",
            ),
            compute=partial(_volume, "opened_at"),
            needs=("opened_at",),
            date_column="opened_at",
        ),
        measure(
            id="resolved",
            unit="count",
            better="neither",
            section="c",
            name=text("解决数量", "Resolved"),
            definition=text(
                f"报告期内解决的{kind.zh}数，不含已取消的。",
                f"{kind.many.capitalize()} resolved in the period, without cancelled ones.",
            ),
            compute=partial(_volume, resolved_at),
            needs=(resolved_at,),
            date_column=resolved_at,
        ),
        measure(
            id="closed",
            unit="count",
            better="neither",
            section="c",
            name=text("关闭数量", "Closed"),
            definition=text(
                f"报告期内关闭的{kind.zh}数，不含已取消的。",
                f"{kind.many.capitalize()} closed in the period, without cancelled ones.",
            ),
            compute=partial(_volume, "closed_at"),
            needs=("closed_at",),
            date_column="closed_at",
        ),
        measure(
            id="volume_per_workday",
            unit="count",
            better="neither",
            section="c",
            name=text("每工作日新增数量", "Opened per working day"),
            definition=text(
                "新增数量 / 报告期内的工作日数：有约定服务时间的星期几（全天候服务为周一至周五），"
                "按协议约定国家的节假日与调休。",
                "Opened / working days of the period: the weekdays with agreed service hours (Monday to Friday of a "
                "service round the clock), with the holidays and make-up work days of the agreement's country.",
            ),
            compute=_volume_per_workday,
            needs=("opened_at",),
            date_column="opened_at",
            version=2,
        ),
    )


def backlog_measures(kind: TicketKind) -> tuple[Measure, ...]:
    """The backlog, and how much of it is older than 7, 30 and 90 days."""
    return tuple(_backlog_measure(kind, days) for days in (0, 7, 30, 90))


def _backlog_measure(kind: TicketKind, days: int) -> Measure:
    older = (text(f"，且提出已超过{days}天", f", reported more than {days} days ago")) if days else text("。", ".")
    return Measure(
        process=kind.process,
        id=f"backlog_over_{days}d" if days else "backlog",
        unit="count",
        better="lower",
        section="c",
        name=text(f"积压超过{days}天", f"Backlog over {days} days") if days else text("积压", "Backlog"),
        definition=text(
            f"报告期末未结束的{kind.zh}数（结束=解决，无解决时间则为关闭）{older.zh}",
            f"{kind.many.capitalize()} not ended at the end of the period (ended = resolved, else closed){older.en}",
        ),
        compute=partial(_backlog, days),
        needs=("opened_at", "ended_at"),
        date_column="opened_at",
    )


_PAUSED = ("ttr_h", "ttr_clock_h")
_APART = {"impossible_pause": "is_pause_impossible"}


def _times(kind: TicketKind) -> tuple[tuple[str, str, str, Text, Text], ...]:
    return (
        (
            "tta",
            "tta_h",
            "responded_at",
            text("响应时间", "Time to respond"),
            text(
                f"提出到首次人工响应的服务时间，报告期内响应的{kind.zh}，",
                "Service time from report to first human response.",
            ),
        ),
        (
            "tta_clock",
            "tta_clock_h",
            "responded_at",
            text("响应时间（自然时间）", "Time to respond, clock"),
            text(
                f"提出到首次人工响应的自然时间，报告期内响应的{kind.zh}，",
                "Plain time from report to first human response.",
            ),
        ),
        (
            "ttr",
            "ttr_h",
            "resolved_at",
            text("解决时间", "Time to resolve"),
            text(
                f"提出到解决的服务时间（扣除挂起），报告期内解决的{kind.zh}，",
                "Service time from report to resolution, less pauses.",
            ),
        ),
        (
            "ttr_clock",
            "ttr_clock_h",
            "resolved_at",
            text("解决时间（自然时间）", "Time to resolve, clock"),
            text(f"提出到解决的自然时间，报告期内解决的{kind.zh}，", "Plain time from report to resolution."),
        ),
    )


def time_measures(kind: TicketKind, *stems: str) -> tuple[Measure, ...]:
    """Mean, median and 90th percentile of the times named."""
    return tuple(
        measure
        for stem, column, date_column, name, definition in _times(kind)
        if stem in stems
        for measure in duration_measures(
            kind.process, stem, column, date_column, "a", name, definition, apart=_APART if column in _PAUSED else {}
        )
    )


def ticket_measures(kind: TicketKind) -> tuple[Measure, ...]:
    """What is measured of every process of tickets, in the order of the report."""
    return (
        *volume_measures(kind),
        *backlog_measures(kind),
        *sla_measures(kind),
        *time_measures(kind, "tta", "tta_clock", "ttr", "ttr_clock"),
        *reopening_measures(kind),
    )
