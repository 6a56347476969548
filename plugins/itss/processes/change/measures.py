"""Measures of changes: volumes, success, emergencies, schedule, incidents they caused.

*Implemented* = ended in the period and not cancelled. Volumes are those of every ticket, *resolved* being implemented.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd

from itss.measures.base import Measure, Outcome
from itss.measures.outcomes import count, share
from itss.measures.rows import edge, equals, flags, given, instants
from itss.measures.scope import Scope
from itss.processes._tickets.as_of import cancelled_at_end
from itss.processes._tickets.measures import backlog_measures, volume_measures
from itss.processes._tickets.sla import TicketKind
from itss.processes._tickets.workload import workload_measures
from itss.processes.change.schedule import SCHEDULE_MEASURES, implemented
from itss.text import text

WARRANTY = np.timedelta64(14, "D")


def derive_change(scope: Scope) -> pd.DataFrame:
    """Adds which were cancelled, and what the incidents say of each, where they name the change that caused them."""
    never = flags(scope.rows, "is_cancelled") | equals(scope.rows, "outcome", "cancelled")
    rows = scope.rows.assign(is_cancelled=never)
    incidents = scope.others.get("incident")
    if incidents is None or "caused_by_change" not in incidents:
        return rows
    caused = incidents[given(incidents, "caused_by_change") & ~cancelled_at_end(scope, "incident")]
    caused = caused[instants(caused, "opened_at") < edge(scope.period.end)]
    links = pd.DataFrame({"change": caused["caused_by_change"].astype(object), "at": instants(caused, "opened_at")})
    first = links.groupby("change")["at"].min()
    first_at = first.reindex(scope.rows["id"].astype(object)).to_numpy(dtype="datetime64[us]")
    in_warranty = first_at <= instants(scope.rows, "ended_at") + WARRANTY
    return rows.assign(has_incident=~np.isnat(first_at), has_warranty_incident=in_warranty)


def _success(strict: bool, scope: Scope) -> Outcome:
    rows = scope.rows
    done, cancelled = implemented(scope)
    known = done & equals(rows, "outcome", "successful", "failed", "backed_out")
    good = equals(rows, "outcome", "successful")
    if strict:
        good = good & ~flags(rows, "has_warranty_incident")
    return share(rows, good, known, {"cancelled": cancelled, "no_outcome": done & ~known})


def _not_backed_out(scope: Scope) -> Outcome:
    done, cancelled = implemented(scope)
    known = done & given(scope.rows, "outcome")
    stayed = ~equals(scope.rows, "outcome", "backed_out")
    return share(scope.rows, stayed, known, {"cancelled": cancelled, "no_outcome": done & ~known})


def _derived_outcomes(scope: Scope) -> Outcome:
    done, cancelled = implemented(scope)
    derived = done & given(scope.rows, "outcome") & ~flags(scope.rows, "is_outcome_recorded")
    return count(scope.rows, derived, {"cancelled": cancelled})


def _emergencies(scope: Scope) -> Outcome:
    done, cancelled = implemented(scope)
    typed, emergency = given(scope.rows, "type"), equals(scope.rows, "type", "emergency")
    excluded = {"cancelled": cancelled, "no_type": done & ~typed}
    return share(scope.rows, emergency, done & typed, excluded, against=emergency)


def _unauthorised(scope: Scope) -> Outcome:
    done, cancelled = implemented(scope)
    hits = done & flags(scope.rows, "is_unauthorised")
    return count(scope.rows, hits, {"cancelled": cancelled & flags(scope.rows, "is_unauthorised")}, against=True)


def _caused_incidents(scope: Scope) -> Outcome:
    done, cancelled = implemented(scope)
    causing = flags(scope.rows, "has_incident")
    return share(scope.rows, causing, done, {"cancelled": cancelled}, against=causing)


_KIND = TicketKind("change", "变更", "change", "changes")
_measure = partial(Measure, process="change", date_column="ended_at")
_WORDS = {
    "opened": (
        text("新增变更数量", "Changes raised"),
        text("报告期内提出的变更数，不含已取消的。", "Changes raised in the period, without cancelled ones."),
    ),
    "resolved": (
        text("实施变更数量", "Changes implemented"),
        text(
            "报告期内实施结束的变更数，不含未实施的。", "Changes that ended in the period, never implemented ones out."
        ),
    ),
}
VOLUMES = tuple(
    replace(one, name=_WORDS[one.id][0], definition=_WORDS[one.id][1]) if one.id in _WORDS else one
    for one in (*volume_measures(_KIND, "ended_at"), *backlog_measures(_KIND), *workload_measures(_KIND))
)

MEASURES: tuple[Measure, ...] = (
    *VOLUMES,
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
    *SCHEDULE_MEASURES,
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
