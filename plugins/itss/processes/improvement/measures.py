"""Measures of improvement items: raised, closed, open, overdue, and closed by their date.

The date first agreed judges an item, wherever it was moved to since. Surprise: an item that was withdrawn after the
period was none then; as in all its figures, what counts is what was known when the period ended.
"""

from __future__ import annotations

from functools import partial

import pandas as pd

from itss.measures.base import Measure, Outcome
from itss.measures.outcomes import count, share
from itss.measures.rows import Mask, before, counted_in_period, edge, flags, given, instants
from itss.measures.scope import Scope
from itss.text import text


def derive_improvement(scope: Scope) -> pd.DataFrame:
    """The rows as known at the period's end: what was withdrawn later was not withdrawn yet."""
    later = instants(scope.rows, "closed_at") >= edge(scope.period.end)
    return scope.rows.assign(is_cancelled=flags(scope.rows, "is_cancelled") & ~later)


def _in(column: str, scope: Scope) -> Outcome:
    found, cancelled = counted_in_period(scope, column)
    return count(scope.rows, found, {"cancelled": cancelled})


def _waiting(scope: Scope) -> tuple[Mask, Mask]:
    """Items open at the end of the period: those that count, and the cancelled ones."""
    end, cancelled = scope.period.end, flags(scope.rows, "is_cancelled")
    waiting = before(scope.rows, "opened_at", end) & ~before(scope.rows, "closed_at", end)
    return waiting & ~cancelled, waiting & cancelled


def _open(scope: Scope) -> Outcome:
    waiting, cancelled = _waiting(scope)
    return count(scope.rows, waiting, {"cancelled": cancelled})


def _overdue(scope: Scope) -> Outcome:
    waiting, cancelled = _waiting(scope)
    late = waiting & before(scope.rows, "due_at", scope.period.end)
    excluded = {"cancelled": cancelled, "no_deadline": waiting & ~given(scope.rows, "due_at")}
    return count(scope.rows, late, excluded, against=True)


def _on_time(scope: Scope) -> Outcome:
    due, cancelled = counted_in_period(scope, "due_at")
    in_time = instants(scope.rows, "closed_at") <= instants(scope.rows, "due_at")
    return share(scope.rows, in_time, due, {"cancelled": cancelled})


_measure = partial(Measure, process="improvement")

MEASURES: tuple[Measure, ...] = (
    _measure(
        id="on_time_improvement",
        unit="share",
        better="higher",
        section="a",
        name=text("改进按期完成率", "Improvements closed on time"),
        definition=text(
            "按首次约定的计划日期关闭 / 该日期在报告期内的改进项；未关闭的算逾期，改期不改变判定。",
            "Closed by the date first agreed / items with that date in the period; one that is still open is late, and "
            "a moved date changes nothing.",
        ),
        compute=_on_time,
        needs=("due_at", "closed_at"),
        date_column="due_at",
        version=2,
        is_breach=True,
    ),
    _measure(
        id="opened",
        unit="count",
        better="neither",
        section="c",
        name=text("新增改进项", "Improvements raised"),
        definition=text(
            "报告期内提出的改进项数，不含已取消的。", "Items raised in the period, without cancelled ones."
        ),
        compute=partial(_in, "opened_at"),
        needs=("opened_at",),
        date_column="opened_at",
    ),
    _measure(
        id="closed",
        unit="count",
        better="neither",
        section="c",
        name=text("完成改进项", "Improvements closed"),
        definition=text(
            "报告期内关闭的改进项数，不含已取消的。", "Items closed in the period, without cancelled ones."
        ),
        compute=partial(_in, "closed_at"),
        needs=("closed_at",),
        date_column="closed_at",
    ),
    _measure(
        id="improvements_open",
        unit="count",
        better="lower",
        section="c",
        name=text("未完成改进项", "Improvements open"),
        definition=text("报告期末未关闭的改进项数。", "Items not closed at the end of the period."),
        compute=_open,
        needs=("opened_at", "closed_at"),
        date_column="opened_at",
    ),
    _measure(
        id="improvements_overdue",
        unit="count",
        better="lower",
        section="b",
        name=text("逾期改进项", "Improvements overdue"),
        definition=text(
            "报告期末未关闭且计划日期已过的改进项数。",
            "Items not closed at the end of the period whose date is before it.",
        ),
        compute=_overdue,
        needs=("opened_at", "closed_at", "due_at"),
        date_column="due_at",
    ),
)
