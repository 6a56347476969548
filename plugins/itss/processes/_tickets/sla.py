"""Measures of tickets against the SLA: response, resolution, the five buckets, and what the source recorded.

How a case is decided is `clocks`'s; here the decided cases are counted.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from itss.measures.base import Clock, Measure, Outcome
from itss.measures.outcomes import count, share
from itss.measures.rows import counted_in_period, flags, given
from itss.measures.scope import Scope
from itss.text import Text, text


def _response_compliance(scope: Scope) -> Outcome:
    rows = scope.rows
    met, breached = flags(rows, "response_met"), flags(rows, "response_breached")
    untargeted, never_due = flags(rows, "response_untargeted"), flags(rows, "response_never_due")
    responded, cancelled = counted_in_period(scope, "responded_at")
    excluded = {
        "cancelled": cancelled,
        "no_target": untargeted,
        "ended_unanswered": never_due,
        "ended_before_start": responded & ~(met | breached | untargeted),
    }
    return share(rows, met, met | breached, excluded)


def _resolution_compliance(scope: Scope) -> Outcome:
    rows = scope.rows
    met, none = flags(rows, "sla_met"), flags(rows, "sla_none")
    late, overdue = flags(rows, "sla_breached_resolved"), flags(rows, "sla_breached_open")
    impossible = flags(rows, "is_pause_impossible")
    resolved, cancelled = counted_in_period(scope, "resolved_at")
    ended, _ = counted_in_period(scope, "ended_at")
    excluded = {
        "cancelled": cancelled,
        "no_target": none,
        "not_resolved": ended & ~given(rows, "resolved_at"),
        "impossible_pause": impossible,
        "ended_before_start": resolved & ~(met | late | none | impossible),
    }
    return share(rows, met, met | late | overdue, excluded)


def _judged(column: str, scope: Scope) -> Outcome:
    judged = flags(scope.rows, "sla_by_agreement") | flags(scope.rows, "sla_by_source")
    return count(scope.rows, flags(scope.rows, column), among=judged)


def _bucket(column: str, scope: Scope) -> Outcome:
    return count(scope.rows, flags(scope.rows, column), against="breached" in column)


def _recorded_compliance(scope: Scope) -> Outcome:
    resolved, cancelled = counted_in_period(scope, "resolved_at")
    flagged = given(scope.rows, "sla_met_recorded")
    excluded = {"cancelled": cancelled, "no_flag": resolved & ~flagged}
    return share(scope.rows, flags(scope.rows, "sla_met_recorded"), resolved & flagged, excluded)


def _disagreements(scope: Scope) -> Outcome:
    rows = scope.rows
    met, late = flags(rows, "sla_met"), flags(rows, "sla_breached_resolved")
    judged, flagged = met | late, given(rows, "sla_met_recorded")
    differs = judged & flagged & (flags(rows, "sla_met_recorded") != met)
    return count(rows, differs, {"no_flag": judged & ~flagged}, among=judged & flagged)


_RESOLUTION = Clock("sla_elapsed_h", "resolution_target_h")
_RESPONSE = Clock("response_elapsed_h", "response_target_h", "responded_at")


@dataclass(frozen=True)
class TicketKind:
    """A process whose records are tickets, and what one is called in the definitions."""

    process: str
    zh: str
    one: str
    many: str


def _bucket_measure(process: str, column: str, name: Text, definition: Text) -> Measure:
    return Measure(
        process=process,
        id=column,
        unit="count",
        better="lower" if "breached" in column else "neither",
        section="b" if "breached" in column else "a",
        name=name,
        definition=definition,
        compute=partial(_bucket, column),
        needs=("resolved_at", column),
        date_column="resolved_at",
        clock=_RESOLUTION,
    )


def _ways(kind: TicketKind) -> tuple[tuple[str, Text, Text], ...]:
    """By which deadline the cases of ``resolution_compliance`` were judged."""
    return (
        (
            "by_agreement",
            text("按协议时限判定", "Judged by the agreement"),
            text(
                f"SLA达成率所含{kind.zh}中，按协议对其优先级约定的时限判定的数量。",
                f"{kind.many.capitalize()} of the resolution rate that the agreement's time for their priority judged.",
            ),
        ),
        (
            "by_source",
            text("按来源系统期限判定", "Judged by the source's deadline"),
            text(
                f"SLA达成率所含{kind.zh}中，协议未对其优先级约定时限、按来源系统自身期限判定的数量。",
                f"{kind.many.capitalize()} of the resolution rate that the source's own deadline judged, because the "
                "agreement says nothing for their priority.",
            ),
        ),
    )


def sla_measures(kind: TicketKind) -> tuple[Measure, ...]:
    """Response and resolution against the SLA, the five buckets, and the source's own flag."""
    measure, bucket_measure = partial(Measure, process=kind.process), partial(_bucket_measure, kind.process)
    return (
        measure(
            id="response_compliance",
            unit="share",
            better="higher",
            section="a",
            name=text("响应及时率", "Response within target"),
            definition=text(
                f"按时响应 / 报告期内已有定论的{kind.zh}。"
                "已有定论：报告期内已响应，或响应期限在报告期内已过而未响应（即违约）。期限的确定同解决。",
                "Responded in time / decided in the period. Decided: responded in the period, or its deadline passed "
                "in the period unanswered, which is a breach at once. An answer that comes late in a later period is "
                "late there too. The deadline is found as for the resolution.",
            ),
            version=2,
            compute=_response_compliance,
            needs=("responded_at", "response_met"),
            date_column="responded_at",
            is_breach=True,
            clock=_RESPONSE,
        ),
        measure(
            id="resolution_compliance",
            unit="share",
            better="higher",
            section="a",
            name=text("SLA达成率（解决）", "Resolution within SLA"),
            definition=text(
                f"达成 /（达成 + 违约）。总体：报告期内解决的，以及期末仍未解决且期限已过的{kind.zh}；"
                "未解决的从不算达成。时限：协议对该优先级（期末值）的约定，按其服务时间计、扣除挂起；"
                "协议未约定的按来源系统期限；约定为 none 的无目标。挂起长于所经时间的不计。",
                f"Met / (met + breached), over {kind.many} resolved in the period or still open with the deadline "
                f"before its end. An unresolved {kind.one} is never met. The deadline is the agreement's for the "
                "priority at the end of the period, in its service hours without pauses; where the agreement says "
                "nothing for it, the source's own; none where it says none. A pause longer than the time is left out.",
            ),
            version=2,
            compute=_resolution_compliance,
            needs=("resolved_at", "sla_met"),
            date_column="resolved_at",
            is_breach=True,
            clock=_RESOLUTION,
        ),
        *(
            measure(
                id=f"judged_{way}",
                unit="count",
                better="neither",
                section="a",
                name=name,
                definition=definition,
                compute=partial(_judged, f"sla_{way}"),
                needs=("resolved_at", "sla_met"),
                date_column="resolved_at",
            )
            for way, name, definition in _ways(kind)
        ),
        bucket_measure(
            "sla_met",
            text("SLA达成", "SLA met"),
            text("报告期内按时解决。", "Resolved in the period within the target."),
        ),
        bucket_measure(
            "sla_breached_resolved",
            text("SLA违约（已解决）", "SLA breached, resolved"),
            text("报告期内超时解决。", "Resolved in the period beyond the target."),
        ),
        bucket_measure(
            "sla_breached_open",
            text("SLA违约（未解决）", "SLA breached, open"),
            text("期末未解决且已超时。", "Open at the end of the period, the deadline passed."),
        ),
        bucket_measure(
            "sla_running",
            text("SLA计时中", "SLA running"),
            text("期末未解决，期限未到。", "Open at the end of the period, the deadline ahead."),
        ),
        bucket_measure(
            "sla_none",
            text("无SLA目标", "Without SLA target"),
            text(
                "报告期内解决或期末未解决，但无约定目标。",
                "Resolved in the period or open at its end, with no target agreed.",
            ),
        ),
        measure(
            id="resolution_compliance_recorded",
            unit="share",
            better="higher",
            section="a",
            name=text("SLA达成率（来源系统记录）", "Resolution within SLA, as recorded"),
            definition=text(
                f"报告期内解决的{kind.zh}中，来源系统自身标记为达成的比例。",
                f"Share of the {kind.many} resolved in the period that the source itself flags as met.",
            ),
            compute=_recorded_compliance,
            needs=("resolved_at", "sla_met_recorded"),
            date_column="resolved_at",
            is_breach=True,
            stands_in_for="resolution_compliance",
            clock=_RESOLUTION,
        ),
        measure(
            id="resolution_compliance_disagreements",
            unit="count",
            better="lower",
            section="a",
            name=text("SLA判定不一致", "SLA disagreements"),
            definition=text(
                f"报告期内解决的{kind.zh}中，来源系统标记与重新计算结果不一致的数量。",
                f"{kind.many.capitalize()} resolved in the period whose recorded flag differs from the recomputed "
                "result.",
            ),
            compute=_disagreements,
            needs=("resolved_at", "sla_met_recorded", "sla_met"),
            date_column="resolved_at",
        ),
    )
