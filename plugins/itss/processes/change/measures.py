"""Measures of changes: volumes, success, emergencies, schedule, incidents they caused.

*Implemented* = ended in the period and not cancelled. A planned window longer than a year is open-ended: sources write
such windows with a sentinel far in the future.
"""

from __future__ import annotations

from functools import partial

import numpy as np
import pandas as pd

from itss.measures.base import Measure, Outcome, Scope
from itss.measures.outcomes import count, share
from itss.measures.rows import Mask, edge, equals, flags, given, in_period, instants
from itss.text import text

WARRANTY = np.timedelta64(14, "D")
_OPEN_ENDED = np.timedelta64(366, "D")


def derive_change(scope: Scope) -> pd.DataFrame:
    """Adds what the incidents say of each change, where they name the change that caused them."""
    incidents = scope.others.get("incident")
    if incidents is None or "caused_by_change" not in incidents:
        return scope.rows
    caused = incidents[given(incidents, "caused_by_change") & ~flags(incidents, "is_cancelled")]
    caused = caused[instants(caused, "opened_at") < edge(scope.period.end)]
    links = pd.DataFrame({"change": caused["caused_by_change"].astype(object), "at": instants(caused, "opened_at")})
    first = links.groupby("change")["at"].min()
    first_at = first.reindex(scope.rows["id"].astype(object)).to_numpy(dtype="datetime64[us]")
    in_warranty = first_at <= instants(scope.rows, "ended_at") + WARRANTY
    return scope.rows.assign(has_incident=~np.isnat(first_at), has_warranty_incident=in_warranty)


def _opened(scope: Scope) -> Outcome:
    found, cancelled = in_period(scope.rows, "opened_at", scope.period), equals(scope.rows, "outcome", "cancelled")
    return count(scope.rows, found & ~cancelled, {"cancelled": found & cancelled})


def _implemented(scope: Scope) -> tuple[Mask, Mask]:
    """Ended in the period: the implemented changes, and the cancelled ones."""
    ended, cancelled = in_period(scope.rows, "ended_at", scope.period), equals(scope.rows, "outcome", "cancelled")
    return ended & ~cancelled, ended & cancelled


def _success(strict: bool, scope: Scope) -> Outcome:
    rows = scope.rows
    implemented, cancelled = _implemented(scope)
    known = implemented & equals(rows, "outcome", "successful", "failed", "backed_out")
    good = equals(rows, "outcome", "successful")
    if strict:
        good = good & ~flags(rows, "has_warranty_incident")
    return share(rows, good, known, {"cancelled": cancelled, "no_outcome": implemented & ~known})


def _not_backed_out(scope: Scope) -> Outcome:
    implemented, cancelled = _implemented(scope)
    known = implemented & given(scope.rows, "outcome")
    stayed = ~equals(scope.rows, "outcome", "backed_out")
    return share(scope.rows, stayed, known, {"cancelled": cancelled, "no_outcome": implemented & ~known})


def _derived_outcomes(scope: Scope) -> Outcome:
    implemented, cancelled = _implemented(scope)
    derived = implemented & given(scope.rows, "outcome") & ~flags(scope.rows, "is_outcome_recorded")
    return count(scope.rows, derived, {"cancelled": cancelled})


def _emergencies(scope: Scope) -> Outcome:
    implemented, cancelled = _implemented(scope)
    typed, emergency = given(scope.rows, "type"), equals(scope.rows, "type", "emergency")
    excluded = {"cancelled": cancelled, "no_type": implemented & ~typed}
    return share(scope.rows, emergency, implemented & typed, excluded, against=emergency)


def _unauthorised(scope: Scope) -> Outcome:
    implemented, cancelled = _implemented(scope)
    hits = implemented & flags(scope.rows, "is_unauthorised")
    return count(scope.rows, hits, {"cancelled": cancelled & flags(scope.rows, "is_unauthorised")}, against=True)


def _on_schedule(scope: Scope) -> Outcome:
    rows = scope.rows
    implemented, cancelled = _implemented(scope)
    planned_start, planned_end = instants(rows, "planned_start_at"), instants(rows, "planned_end_at")
    started, ended = instants(rows, "started_at"), instants(rows, "ended_at")
    lacks_start = np.isnat(planned_start) | np.isnat(started)
    open_ended = ~lacks_start & (np.isnat(planned_end) | (planned_end - planned_start > _OPEN_ENDED))
    inside = (started >= planned_start) & (ended <= planned_end)
    excluded = {
        "cancelled": cancelled,
        "no_window": implemented & lacks_start,
        "open_ended": implemented & open_ended,
    }
    return share(rows, inside, implemented & ~lacks_start & ~open_ended, excluded)


def _caused_incidents(scope: Scope) -> Outcome:
    implemented, cancelled = _implemented(scope)
    causing = flags(scope.rows, "has_incident")
    return share(scope.rows, causing, implemented, {"cancelled": cancelled}, against=causing)


_measure = partial(Measure, process="change", date_column="ended_at")

MEASURES: tuple[Measure, ...] = (
    Measure(
        id="opened",
        process="change",
        unit="count",
        better="neither",
        section="c",
        name=text("新增变更数量", "Changes raised"),
        definition=text(
            "报告期内提出的变更数，不含已取消的。", "Changes raised in the period, without cancelled ones."
        ),
        compute=_opened,
        needs=("opened_at",),
        date_column="opened_at",
    ),
    _measure(
        id="change_success_rate",
        unit="share",
        better="higher",
        section="a",
        name=text("变更成功率", "Change success rate"),
        definition=text(
            "成功 /（成功 + 失败 + 回退），报告期内结束的变更；未实施的不计。",
            "Successful / (successful + failed + backed out), of changes ended in the period; never implemented out.",
        ),
        compute=partial(_success, False),
        needs=("ended_at", "outcome"),
        is_breach=True,
    ),
    _measure(
        id="change_success_rate_strict",
        unit="share",
        better="higher",
        section="a",
        name=text("变更成功率（严格）", "Change success rate, strict"),
        definition=text(
            "同变更成功率，但结束后14天保证期内引发事件的变更计为失败。",
            "Like the change success rate, but a change that caused an incident within 14 days of its end has failed.",
        ),
        compute=partial(_success, True),
        needs=("ended_at", "outcome", "has_warranty_incident"),
    ),
    _measure(
        id="change_success_rate_procedure",
        unit="share",
        better="higher",
        section="a",
        name=text("变更成功率（程序口径）", "Change success rate, as the procedure counts"),
        definition=text(
            "1 − 回退 / 全部，报告期内结束且有结果的变更。",
            "1 − backed out / all, of changes ended in the period with an outcome.",
        ),
        compute=_not_backed_out,
        needs=("ended_at", "outcome"),
    ),
    _measure(
        id="change_outcomes_derived",
        unit="count",
        better="lower",
        section="c",
        name=text("推导结果的变更", "Changes with a derived outcome"),
        definition=text(
            "报告期内结束、结果由查询推导而非来源系统记录的变更数。",
            "Changes ended in the period whose outcome the query derived, because the source does not record it.",
        ),
        compute=_derived_outcomes,
        needs=("ended_at", "outcome", "is_outcome_recorded"),
    ),
    _measure(
        id="emergency_ratio",
        unit="share",
        better="lower",
        section="a",
        name=text("紧急变更占比", "Emergency changes"),
        definition=text("紧急变更 / 报告期内已实施的变更。", "Emergency changes / changes implemented in the period."),
        compute=_emergencies,
        needs=("ended_at", "type"),
    ),
    _measure(
        id="unauthorised",
        unit="count",
        better="lower",
        section="b",
        name=text("未授权变更", "Unauthorised changes"),
        definition=text("报告期内未经授权实施的变更数。", "Changes implemented in the period without authorisation."),
        compute=_unauthorised,
        needs=("ended_at", "is_unauthorised"),
        is_breach=True,
    ),
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
        needs=("planned_start_at", "planned_end_at", "started_at", "ended_at"),
    ),
    _measure(
        id="caused_incident_rate",
        unit="share",
        better="lower",
        section="d",
        name=text("变更引发事件率", "Changes that caused incidents"),
        definition=text(
            "引发事件的变更 / 报告期内已实施的变更。",
            "Changes with a linked incident / changes implemented in the period.",
        ),
        compute=_caused_incidents,
        needs=("ended_at", "has_incident"),
    ),
)
