"""Measures of the reporting process itself: never produced is late, and rework does not stop the clock."""

from __future__ import annotations

from functools import partial

from itss.measures.base import Measure, Outcome, Scope
from itss.measures.outcomes import count, share
from itss.measures.rows import Mask, in_period, instants
from itss.text import text


def _due_and_on_time(scope: Scope) -> tuple[Mask, Mask]:
    due = in_period(scope.rows, "due_at", scope.period)
    return due, due & (instants(scope.rows, "delivered_at") <= instants(scope.rows, "due_at"))


def _on_time_delivery(scope: Scope) -> Outcome:
    due, on_time = _due_and_on_time(scope)
    return share(scope.rows, on_time, due)


def _due(scope: Scope) -> Outcome:
    return count(scope.rows, _due_and_on_time(scope)[0])


def _on_time(scope: Scope) -> Outcome:
    return count(scope.rows, _due_and_on_time(scope)[1])


_measure = partial(Measure, process="reporting", date_column="due_at", needs=("due_at", "delivered_at"))

MEASURES: tuple[Measure, ...] = (
    _measure(
        id="on_time_delivery",
        unit="share",
        better="higher",
        section="a",
        name=text("服务报告及时交付率", "On-time delivery of service reports"),
        definition=text(
            "按期交付给每一位接收人的报告 / 报告期内应交付的报告；从未产生的算迟交。",
            "Reports delivered to every recipient by the due date / reports due in the period; never produced is late.",
        ),
        compute=_on_time_delivery,
        is_breach=True,
    ),
    _measure(
        id="reports_due",
        unit="count",
        better="neither",
        section="c",
        name=text("应交付报告数", "Reports due"),
        definition=text("报告期内应交付的报告数。", "Reports due in the period."),
        compute=_due,
    ),
    _measure(
        id="reports_on_time",
        unit="count",
        better="higher",
        section="c",
        name=text("按期交付报告数", "Reports on time"),
        definition=text("其中按期交付的报告数。", "Those of them delivered by their due date."),
        compute=_on_time,
    ),
)
