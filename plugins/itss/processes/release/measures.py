"""Measures of releases: how many were deployed, how many of them succeeded, how many came when they were planned.

Each release counts once in each of them: when it was deployed, when its outcome was known, when its planned time
passed. So nothing that happens later changes a period that is over.
"""

from __future__ import annotations

from functools import partial

import pandas as pd

from itss.measures.base import Clock, Measure, Outcome
from itss.measures.outcomes import count, share
from itss.measures.rows import before, counted_in_period, equals, given, instants
from itss.measures.scope import Scope
from itss.text import text

OUTCOMES = ("successful", "failed", "rolled_back")


def derive_release(scope: Scope) -> pd.DataFrame:
    """Adds which were cancelled before the end of the period; what is withdrawn later was late until then."""
    return scope.rows.assign(is_cancelled=before(scope.rows, "cancelled_at", scope.period.end))


def _deployed(scope: Scope) -> Outcome:
    deployed, cancelled = counted_in_period(scope, "deployed_at")
    return count(scope.rows, deployed, {"cancelled": cancelled})


def _success(scope: Scope) -> Outcome:
    rows = scope.rows
    decided, cancelled = counted_in_period(scope, "outcome_at")
    known = decided & equals(rows, "outcome", *OUTCOMES)
    deployed, _ = counted_in_period(scope, "deployed_at")
    is_undated = given(rows, "outcome") & ~given(rows, "outcome_at")
    excluded = {
        "cancelled": cancelled,
        "no_outcome": decided & ~known,
        "outcome_undated": deployed & is_undated,
        "outcome_not_yet": deployed & ~is_undated & ~before(rows, "outcome_at", scope.period.end),
    }
    return share(rows, equals(rows, "outcome", "successful"), known, excluded)


def _on_schedule(scope: Scope) -> Outcome:
    rows = scope.rows
    planned, cancelled = counted_in_period(scope, "planned_at")
    in_time = instants(rows, "deployed_at") <= instants(rows, "planned_at")
    # registered when its time had passed already: such a plan was made afterwards, and is none
    afterwards = planned & ~(instants(rows, "opened_at") < instants(rows, "planned_at"))
    excluded = {"cancelled": cancelled, "planned_afterwards": afterwards}
    return share(rows, in_time, planned & ~afterwards, excluded)


_measure = partial(Measure, process="release", better="higher", section="a")

MEASURES: tuple[Measure, ...] = (
    _measure(
        id="releases_deployed",
        unit="count",
        better="neither",
        section="c",
        name=text("发布数量", "Releases deployed"),
        definition=text(
            "报告期内部署的发布数，不论结果如何；已取消的不计。",
            "Releases deployed in the period, whatever came of them; cancelled ones out.",
        ),
        compute=_deployed,
        needs=("deployed_at",),
        date_column="deployed_at",
    ),
    _measure(
        id="release_success_rate",
        unit="share",
        name=text("发布成功率", "Release success rate"),
        definition=text(
            "成功 /（成功 + 失败 + 回退），报告期内确认结果的发布；已部署而结果待确认的另行计数，在确认的报告期计入。",
            "Successful / (successful + failed + rolled back), of releases whose outcome was confirmed in the period. "
            "Those deployed in it whose outcome was not known yet are counted apart; they count when it is confirmed.",
        ),
        compute=_success,
        needs=("deployed_at", "outcome", "outcome_at"),
        date_column="outcome_at",
        counts_values=tuple(("outcome", outcome) for outcome in OUTCOMES),
        is_breach=True,
        clock=Clock(until="outcome_at"),
    ),
    _measure(
        id="release_on_schedule_rate",
        unit="share",
        name=text("发布按期率", "Releases on schedule"),
        definition=text(
            "在计划时间或之前部署 / 计划时间在报告期内的发布；计划时间已过而未部署的算逾期；登记晚于计划时间的不计。",
            "Deployed by their planned time / releases whose planned time is in the period; one that was not "
            "deployed by then is late. Those registered after their planned time are out.",
        ),
        compute=_on_schedule,
        needs=("opened_at", "planned_at", "deployed_at"),
        date_column="planned_at",
        is_breach=True,
    ),
)
