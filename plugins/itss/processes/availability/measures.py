"""Measures of availability: agreed service time less downtime, how often and how long services were down.

The services are those that the source names in the collected history, so a service that was never down in it is not
known. The whole weighs all services equally; the members add up to it.
"""

from __future__ import annotations

from functools import partial

import numpy as np

from itss.measures.base import Measure, Outcome
from itss.measures.basis import Basis, Figure
from itss.measures.outcomes import outcome_of, total
from itss.measures.rows import Mask, Numbers, flags, numbers
from itss.measures.scope import Scope
from itss.processes.availability.downtime import agreed_minutes, clipped
from itss.text import text


def _down(scope: Scope) -> tuple[Numbers, Mask, dict[str, Mask]]:
    """Minutes that each row adds, which rows are outages in agreed time, and what is left out."""
    rows = scope.rows
    minutes, (begins, ends) = numbers(rows, "downtime_min"), clipped(scope)
    here, cancelled, planned = begins < ends, flags(rows, "is_cancelled"), flags(rows, "is_planned")
    spells, place = np.unique(numbers(rows, "spell"), return_inverse=True)
    lost = np.bincount(place, weights=np.nan_to_num(minutes), minlength=len(spells))[place] > 0
    is_out = here & ~cancelled & ~planned
    excluded = {
        "cancelled": here & cancelled,
        "planned": here & ~cancelled & planned,
        "outside_hours": is_out & ~lost,
    }
    return minutes, is_out & lost, excluded


def _basis(scope: Scope, minutes: Numbers, out: Mask, excluded: dict[str, Mask]) -> Basis:
    """The outages with their minutes; each of them speaks against the target."""
    return Basis(scope.rows, out, None, excluded, out, np.where(out, minutes, np.nan))


def _availability(scope: Scope) -> Outcome:
    minutes, out, excluded = _down(scope)
    agreed, lost = agreed_minutes(scope), float(minutes[out].sum())
    # what rounding of hours leaves must not make a service less than never available
    value = max(agreed - lost, 0.0) / agreed if agreed else None
    return outcome_of(_basis(scope, minutes, out, excluded), Figure(value, int(out.sum()), agreed - lost, agreed))


def _downtime(scope: Scope) -> Outcome:
    minutes, out, excluded = _down(scope)
    return total(scope.rows, np.where(out, minutes, np.nan), excluded, against=out)


def _outages(scope: Scope) -> Outcome:
    minutes, out, excluded = _down(scope)
    spells = float(len(np.unique(numbers(scope.rows, "spell")[out])))
    return outcome_of(_basis(scope, minutes, out, excluded), Figure(spells, int(out.sum()), spells))


def _longest(scope: Scope) -> Outcome:
    minutes, out, excluded = _down(scope)
    spells, place = np.unique(numbers(scope.rows, "spell")[out], return_inverse=True)
    lengths = np.bincount(place, weights=minutes[out], minlength=len(spells))
    longest = np.zeros(len(out), bool)
    if len(spells):
        longest[np.flatnonzero(out)[place == int(np.argmax(lengths))]] = True
    value = float(lengths.max()) if len(spells) else None
    return outcome_of(_basis(scope, minutes, longest, excluded), Figure(value, int(out.sum())))


_measure = partial(
    Measure,
    process="availability",
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
            "（约定服务时间 − 停机时间）/ 约定服务时间。同一服务重叠的停机合并计算，截取到报告期内，未恢复的计到期末；"
            "计划停机不计。总体为各服务之和。",
            "(Agreed service time − downtime) / agreed service time. Overlapping outages of a service are united, "
            "clipped to the period, ongoing ones count to its end; planned windows are no downtime. The whole is the "
            "sum over the services.",
        ),
        compute=_availability,
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
