"""Measures of availability: agreed service time less downtime, how often and how long services were down.

The services are those that the agreement names, each from its first day to its last; an outage of another one is in no
figure. Where it names none, availability is told of each service that the source knows, and not of the whole: a sum
over those that happened to be down would be no availability of anything.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd

from itss.agreements.models import AgreementVersion
from itss.measures.base import Measure, Outcome
from itss.measures.basis import WHOLE, Basis, Figure, Groups
from itss.measures.outcomes import outcome_of
from itss.measures.reasons import BY_AGREEMENT
from itss.measures.rows import Mask, Numbers, flags, numbers
from itss.measures.scope import Scope
from itss.processes.availability.downtime import clipped
from itss.text import Text, text


def _down(scope: Scope) -> tuple[Numbers, Mask, dict[str, Mask]]:
    """Minutes that each row adds, which rows are outages in agreed time, and what is left out."""
    rows = scope.rows
    minutes, (begins, ends) = numbers(rows, "downtime_min"), clipped(scope)
    here, cancelled, planned = begins < ends, flags(rows, "is_cancelled"), flags(rows, "is_planned")
    spells, place = np.unique(numbers(rows, "spell"), return_inverse=True)
    lost = np.bincount(place, weights=np.nan_to_num(minutes), minlength=len(spells))[place] > 0
    strange = ~_is_named(rows)
    is_out = here & ~cancelled & ~planned & ~strange
    is_cut = is_out & ~lost & (np.nan_to_num(numbers(rows, "cut_min")) > 0)
    excluded = {
        "cancelled": here & cancelled,
        "planned": here & ~cancelled & planned,
        "service_not_agreed": here & ~cancelled & ~planned & strange,
        "outside_hours": is_out & ~lost & ~is_cut,
        **({BY_AGREEMENT: is_cut} if scope.cuts else {}),
    }
    return minutes, is_out & lost, excluded


def _basis(scope: Scope, minutes: Numbers, out: Mask, excluded: dict[str, Mask]) -> Basis:
    """The outages with their minutes; each of them speaks against the target."""
    return Basis(scope.rows, out, None, excluded, out, np.where(out, minutes, np.nan))


def _availability(scope: Scope) -> Outcome:
    minutes, out, excluded = _down(scope)
    agreed, lost = np.nan_to_num(numbers(scope.rows, "agreed_min")), np.where(out, minutes, 0.0)
    amounts = np.where(agreed > 0, agreed, np.where(out, -minutes, np.nan))

    def figures(groups: Groups) -> list[Figure]:
        return [_up(*pair) for pair in zip(groups.sums(agreed), groups.sums(lost), strict=True)]

    basis = Basis(scope.rows, (agreed > 0) | out, agreed > 0, excluded, out, amounts, figures)
    return outcome_of(basis, figures(WHOLE)[0])


def _up(agreed: float, lost: float) -> Figure:
    # what rounding of hours leaves must not make a service less than never available
    up = max(agreed - lost, 0.0)
    return Figure(up / agreed if agreed else None, int(agreed), up, agreed)


def _is_named(rows: pd.DataFrame) -> Mask:
    """Rows of services that the agreement names; all of them where it names none."""
    if "is_agreed" not in rows:
        return np.ones(len(rows), bool)
    named: Mask = flags(rows, "is_agreed") | (numbers(rows, "agreed_min") > 0)
    return named


def _told(amount: float, named: float, others: float) -> float | None:
    """Nothing of a service that nobody agreed: 0 would say that it was up."""
    return None if others and not named else amount


def _downtime(scope: Scope) -> Outcome:
    minutes, out, excluded = _down(scope)
    lost, named = np.where(out, minutes, 0.0), _is_named(scope.rows)

    def figures(groups: Groups) -> list[Figure]:
        each = zip(*map(groups.sums, (lost, out, named, ~named)), strict=True)
        return [Figure(_told(part, *rows), int(n), part) for part, n, *rows in each]

    return outcome_of(replace(_basis(scope, minutes, out, excluded), figures=figures), figures(WHOLE)[0])


def _outages(scope: Scope) -> Outcome:
    minutes, out, excluded = _down(scope)
    named, spells = _is_named(scope.rows), float(len(np.unique(numbers(scope.rows, "spell")[out])))
    value = _told(spells, named.sum(), (~named).sum())
    return outcome_of(_basis(scope, minutes, out, excluded), Figure(value, int(out.sum()), spells))


def _longest(scope: Scope) -> Outcome:
    minutes, out, excluded = _down(scope)
    spells, place = np.unique(numbers(scope.rows, "spell")[out], return_inverse=True)
    lengths = np.bincount(place, weights=minutes[out], minlength=len(spells))
    longest = np.zeros(len(out), bool)
    if len(spells):
        longest[np.flatnonzero(out)[place == int(np.argmax(lengths))]] = True
    value = float(lengths.max()) if len(spells) else None
    return outcome_of(_basis(scope, minutes, longest, excluded), Figure(value, int(out.sum())))


def _named(agreement: AgreementVersion | None) -> Text:
    services = agreement.services if agreement else ()
    if not services:
        return text(
            "协议未列出服务（services），总体不可得。", "The agreement names no services: not available for the whole."
        )
    names = list(dict.fromkeys(one.name for one in services))
    return text(f"协议服务：{'、'.join(names)}。", f"Agreed services: {', '.join(names)}.")


_measure = partial(
    Measure,
    process="availability",
    version=2,
    section="a",
    date_column="started_at",
    needs=("started_at", "ended_at", "downtime_min"),
)

MEASURES: tuple[Measure, ...] = (
    _measure(
        id="availability",
        unit="share",
        better="higher",
        name=text("服务可用率", "Availability"),
        definition=text(
            "（约定服务时间 − 停机时间）/ 约定服务时间。服务为协议所列（services），各自从起始日到终止日；"
            "无停机的服务也计入。同一服务重叠的停机合并计算，截取到报告期内，未恢复的计到期末；计划停机和协议未列服务的停机不计。"
            "总体为各服务之和；协议未列服务时只按服务统计，总体不可得。",
            "(Agreed service time − downtime) / agreed service time, of the services that the agreement names, each "
            "from its first day to its last, down or not. Overlapping outages of a service are united, clipped to the "
            "period, ongoing ones count to its end; planned windows and services that are not named are no downtime. "
            "The whole is the sum over the services; where none is named it is shown per service only.",
        ),
        counted_in="minutes",
        compute=_availability,
        needs=("started_at", "ended_at", "downtime_min", "agreed_min"),
        whole_needs=("is_agreed",),
        agreed=_named,
    ),
    _measure(
        id="downtime_min",
        unit="min",
        better="lower",
        name=text("停机时间", "Downtime"),
        definition=text("约定服务时间内停机的分钟数。", "Minutes of agreed service time in which a service was down."),
        compute=_downtime,
    ),
    _measure(
        id="outages",
        unit="count",
        better="lower",
        name=text("停机次数", "Outages"),
        definition=text(
            "约定服务时间内的停机次数，重叠或相接的计一次。",
            "Outages in agreed service time; those of a service that overlap or touch are one.",
        ),
        compute=_outages,
    ),
    _measure(
        id="longest_outage_min",
        unit="min",
        better="lower",
        name=text("最长停机时间", "Longest outage"),
        definition=text(
            "最长一次停机在约定服务时间内的分钟数；无停机时不适用。",
            "Minutes of agreed service time of the longest outage; not applicable without one.",
        ),
        compute=_longest,
    ),
)
