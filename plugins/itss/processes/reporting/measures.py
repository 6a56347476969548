"""Measures of the reporting process itself: never produced is late, and rework does not stop the clock."""

from __future__ import annotations

from functools import partial

import numpy as np

from itss.measures.base import Measure, Outcome
from itss.measures.outcomes import count, ratio, share
from itss.measures.rows import Mask, Numbers, in_period, instants, numbers
from itss.measures.scope import Scope
from itss.text import text


def _due_and_on_time(scope: Scope) -> tuple[Mask, Mask]:
    due = in_period(scope.rows, "due_at", scope.period)
    return due, due & (instants(scope.rows, "delivered_at") <= instants(scope.rows, "due_at"))


def _on_time_delivery(scope: Scope) -> Outcome:
    due, on_time = _due_and_on_time(scope)
    return share(scope.rows, on_time, due)


def _on_time_submission(scope: Scope) -> Outcome:
    due, (owed, in_time) = _due_and_on_time(scope)[0], _submissions(scope)
    return ratio(scope.rows, np.where(due, in_time, 0), np.where(due, owed, 0), against=due & (in_time < owed))


def _submissions(scope: Scope) -> tuple[Numbers, Numbers]:
    """How many submissions each report needs, and how many came in time; a blank is none."""
    owed = np.nan_to_num(numbers(scope.rows, "submissions_due"))
    return owed, np.minimum(np.nan_to_num(numbers(scope.rows, "submissions_on_time")), owed)


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
        id="on_time_submission",
        unit="share",
        better="higher",
        section="a",
        name=text("数据提交及时率", "On-time submission of data"),
        definition=text(
            "按期提交的数据 / 报告期内应交付的报告所需的数据；应在报告应交付日的前一个工作日提交，从未提交的算迟交。",
            "Submissions in time / submissions owed for the reports due in the period, one working day before the "
            "report; never handed in is late.",
        ),
        compute=_on_time_submission,
        needs=("due_at", "submissions_due", "submissions_on_time"),
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
