"""What the watch finds, in numbers for a monitoring system: every value of every gauge at each look, zeros too.

A gauge keeps its value at the other end until another one comes: what is over must be said as well. Costs a few
statements besides those of the look itself.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import get_args

from itss.errors import ItssError, RegisterUnreachableError
from itss.hand_in.owed import due_now
from itss.monitoring.series import Sample, sample
from itss.processes.base import Severity
from itss.register import Register
from itss.register.counts import WAITING
from itss.register.records import COMMENT, REVIEW, REWORK, Asked, State
from itss.report_list.due import FORGOTTEN
from itss.report_list.models import ReportList
from itss.watch.matter import KINDS, Kind, Matter


def gauges(
    people: ReportList,
    register: Register,
    found: Sequence[Matter],
    now: dt.datetime,
    *,
    by: str,
    unasked: Collection[Kind],
    since: dt.datetime | None = None,
) -> Iterator[Sample]:
    """Of a look at ``now`` that has ``found`` these; nothing is said of kinds that nobody has asked about."""
    counts = register.counts(now - FORGOTTEN)
    overdue = {(one.entry.key, one.period.label) for one in due_now("escalate", people, register, now, since)}
    audited = register.last_audit()
    yield sample("register.reachable", 1, by=by)
    asked_about = [kind for kind in KINDS if kind not in unasked]
    yield from _by("matters", "kind", Counter(one.kind for one in found), asked_about)
    yield from _questions(people, register.asked(), now)
    yield from _by("revisions", "state", counts.revisions, get_args(State))
    yield from _by("findings", "severity", counts.findings, get_args(Severity))
    yield from _by("deliveries.unsettled", "status", counts.deliveries, WAITING)
    yield from _by("notices.unsent", "status", counts.notices, WAITING)
    yield sample("hand_ins.overdue", len(overdue))
    yield sample("ledger.head", counts.head)
    yield sample("audit.last", audited.at.timestamp() if audited else 0)
    yield sample("audit.problems", audited.details["protocol"]["problems"] if audited else 0)
    yield sample("watch.last_look", now.timestamp(), by=by)


def failed(by: str, error: ItssError) -> list[Sample]:
    """Of a look that saw nothing: the register did not answer, or the list, a key or a setting cannot be used."""
    if isinstance(error, RegisterUnreachableError):
        return [sample("register.reachable", 0, by=by)]
    return [sample("matters", 1, kind="watch_blind")]


def _questions(people: ReportList, asked: Sequence[Asked], now: dt.datetime) -> Iterator[Sample]:
    """By level; the levels of the list, and those that were levels when somebody was asked."""
    levels = dict.fromkeys([level.name for entry in people.reports for level in entry.approval])
    levels |= dict.fromkeys([COMMENT, REWORK, REVIEW, *(one.level for one in asked)])
    yield from _by("questions.open", "level", Counter(one.level for one in asked), levels)
    for level in levels:
        oldest = min((one.at for one in asked if one.level == level), default=now)
        yield sample("questions.oldest", max((now - oldest).total_seconds(), 0), level=level)


def _by(name: str, tag: str, counts: Mapping[str, int], known: Iterable[str]) -> Iterator[Sample]:
    return (sample(name, counts.get(value, 0), **{tag: value}) for value in known)
