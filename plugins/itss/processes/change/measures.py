"""Measures of changes: volumes, success, emergencies, schedule, incidents they caused.

*Implemented* = ended in the period and not cancelled. Volumes are those of every ticket, *resolved* being implemented.
Success is counted when it is decided: when the outcome is known, and in the strict rate when the warranty is over too.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from itss.measures.base import Measure, Outcome
from itss.measures.outcomes import count, share
from itss.measures.rows import Mask, counted_in_period, equals, flags, given
from itss.measures.scope import Scope
from itss.processes._tickets.measures import backlog_measures, volume_measures
from itss.processes._tickets.sla import TicketKind
from itss.processes._tickets.workload import workload_measures
from itss.processes.change.schedule import SCHEDULE_MEASURES, implemented
from itss.text import text


def _success(scope: Scope) -> Outcome:
    decided, excluded = _decided(scope, "decided_at")
    return share(scope.rows, equals(scope.rows, "outcome", "successful"), decided, excluded)


def _strict(scope: Scope) -> Outcome:
    decided, excluded = _decided(scope, "warranty_decided_at", "warranty_ends_at")
    good = equals(scope.rows, "outcome", "successful") & ~flags(scope.rows, "has_warranty_incident")
    return share(scope.rows, good, decided, excluded)


def _not_backed_out(scope: Scope) -> Outcome:
    decided, excluded = _decided(scope, "decided_at")
    return share(scope.rows, ~equals(scope.rows, "outcome", "backed_out"), decided, excluded)


def _derived_outcomes(scope: Scope) -> Outcome:
    decided, excluded = _decided(scope, "decided_at")
    return count(scope.rows, decided & ~flags(scope.rows, "is_outcome_recorded"), {"cancelled": excluded["cancelled"]})


def _decided(scope: Scope, column: str, done: str = "ended_at") -> tuple[Mask, dict[str, Mask]]:
    """Changes that were decided in the period, and those done in it whose outcome was not known when it ended."""
    decided, _ = counted_in_period(scope, column)
    finished, cancelled = counted_in_period(scope, done)
    unknown = "outcome_not_yet" if "outcome_at" in scope.rows else "no_outcome"
    return decided, {"cancelled": cancelled, unknown: finished & ~given(scope.rows, "outcome")}


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
    over, cancelled = counted_in_period(scope, "warranty_ends_at")
    causing = flags(scope.rows, "has_warranty_incident")
    return share(scope.rows, causing, over, {"cancelled": cancelled}, against=causing)


_KIND = TicketKind("change", "变更", "change", "changes")
_SUCCESS_OR_FAILURE = (("outcome", "successful"), ("outcome", "failed"))
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
            "成功 /（成功 + 失败 + 回退），报告期内判定的变更：报告期内结束，或结束后在报告期内才记录结果"
            "（outcome_at）；未实施的不计。来源无法得知成功或失败的不可得。",
            "Successful / (successful + failed + backed out), of changes decided in the period: those that ended in "
            "it, or whose outcome was recorded in it after their end (outcome_at); never implemented out. Not "
            "available where the source cannot tell success or failure.",
        ),
        compute=_success,
        needs=("ended_at", "outcome", "decided_at"),
        counts_values=_SUCCESS_OR_FAILURE,
        date_column="decided_at",
        version=2,
        is_breach=True,
    ),
    _measure(
        id="change_success_rate_strict",
        unit="share",
        better="higher",
        section="a",
        name=text("变更成功率（严格）", "Change success rate, strict"),
        definition=text(
            "同变更成功率，但结束后14天保证期内引发事件的变更计为失败；按保证期在报告期内届满的变更计（结果此后才记录的，"
            "按记录时间）。",
            "Like the change success rate, but a change that caused an incident within 14 days of its end has failed; "
            "of changes whose 14 days ended in the period (or whose outcome was recorded in it after them).",
        ),
        compute=_strict,
        needs=("ended_at", "outcome", "has_warranty_incident"),
        counts_values=_SUCCESS_OR_FAILURE,
        date_column="warranty_decided_at",
        version=2,
    ),
    _measure(
        id="change_success_rate_procedure",
        unit="share",
        better="higher",
        section="a",
        name=text("变更成功率（程序口径）", "Change success rate, as the procedure counts"),
        definition=text(
            "1 − 回退 / 全部，报告期内判定的变更（见变更成功率）。来源无法得知回退的不可得。",
            "1 − backed out / all, of changes decided in the period (as for the change success rate). Not available "
            "where the source cannot tell what was backed out.",
        ),
        compute=_not_backed_out,
        needs=("ended_at", "outcome", "decided_at"),
        counts_values=(("outcome", "backed_out"),),
        date_column="decided_at",
        version=2,
    ),
    _measure(
        id="change_outcomes_derived",
        unit="count",
        better="lower",
        section="c",
        name=text("推导结果的变更", "Changes with a derived outcome"),
        definition=text(
            "报告期内判定（见变更成功率）、结果由查询推导而非来源系统记录的变更数。",
            "Changes decided in the period (as for the change success rate) whose outcome the query derived, because "
            "the source does not record it.",
        ),
        compute=_derived_outcomes,
        needs=("ended_at", "outcome", "is_outcome_recorded"),
        date_column="decided_at",
        version=2,
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
        counts_values=(("type", "emergency"),),
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
            "结束后14天保证期内引发事件的变更 / 保证期在报告期内届满的已实施变更。",
            "Changes that caused an incident within 14 days of their end / implemented changes whose 14 days ended in "
            "the period.",
        ),
        compute=_caused_incidents,
        needs=("ended_at", "has_warranty_incident"),
        date_column="warranty_ends_at",
        version=2,
    ),
)
