"""What the data of a process covers: from when to when its leading kind of event (opened, sent, sampled) is recorded.

Silence at an edge is uncovered only if it is improbable (`itss.measures.silence`). Surprise: what the source, the list
or a file handed in says itself wins.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from itss.agreements.models import AgreementVersion
from itss.measures.base import RECORDED_AT
from itss.measures.rows import Instants, edge, flags, instants
from itss.measures.silence import IMPROBABLE, SILENT_DAYS, stream_of
from itss.measures.spans import Span, common, united, without
from itss.measures.workdays import DaySpan
from itss.periods import Period, period_of

TOLERANCE = dt.timedelta(minutes=10)
"""So far clocks may differ: what lies later than this after the collection has not happened."""
COVERAGE_COLUMNS = ["process", "column", "first", "last", "since", "until", "covered", "newest"]
_DATES = ("first", "last", "since", "until", "newest")
Covered = Literal["whole", "part", "none"]


class _Column(Protocol):
    @property
    def name(self) -> str: ...
    @property
    def type(self) -> str: ...
    @property
    def is_plan(self) -> bool: ...
    @property
    def plan_if(self) -> str: ...


class _Process(Protocol):
    @property
    def id(self) -> str: ...
    @property
    def columns(self) -> Iterable[_Column]: ...
    @property
    def leading_column(self) -> _Column: ...


@dataclass(frozen=True)
class Collected:
    """When a source was collected, and what is said of what it covers.

    ``since`` and ``until`` are declared edges; ``empty`` are the spans for which somebody handed in that there was
    nothing, ``missing`` those for which nobody handed in anything.
    """

    at: dt.datetime
    since: dt.datetime | None = None
    until: dt.datetime | None = None
    empty: tuple[Span, ...] = ()
    missing: tuple[Span, ...] = ()

    @property
    def limit(self) -> np.datetime64:
        """What lies later is no fact."""
        return edge(self.at + TOLERANCE)


@dataclass(frozen=True)
class Coverage:
    """``first`` and ``last`` fact of the leading event (of the window, where it has any), and the covered ``spans``.

    ``silent`` are the working days from the last fact to the end of the period; ``rate`` are the events a working day
    by which they are judged, 0 where nothing can be concluded. ``newest`` is the newest fact of any kind.
    """

    process: str
    column: str
    first: dt.datetime | None
    last: dt.datetime | None
    spans: tuple[Span, ...]
    silent: int = 0
    rate: float = 0.0
    newest: dt.datetime | None = None

    def of(self, period: Period) -> Covered:
        """Whether the whole period is covered, a part of it, or nothing."""
        if any(begin <= period.start and period.end <= end for begin, end in self.spans):
            return "whole"
        return "part" if self.within(period) else "none"

    def within(self, period: Period) -> list[Span]:
        """The spans in the period."""
        return common(self.spans, (period.start, period.end))

    def denies(self, period: Period) -> bool:
        """Whether the source shows that a period after its begin is not covered; before it, it knows nothing."""
        return bool(self.spans) and period.start >= self.spans[0][0] and self.of(period) != "whole"

    def days(self, period: Period) -> tuple[DaySpan, ...] | None:
        """The covered days of the period, first day and day after the last; ``None`` where all of them are."""
        if self.of(period) == "whole":
            return None
        zone = ZoneInfo(period.zone)
        return tuple(
            (begin.astimezone(zone).date(), (end - dt.timedelta(microseconds=1)).astimezone(zone).date() + _DAY)
            for begin, end in self.within(period)
        )

    @property
    def most_silent(self) -> float:
        """So many working days of silence are not yet improbable."""
        return max(-math.log(IMPROBABLE) / self.rate, SILENT_DAYS - 1) if self.rate else math.inf


_DAY = dt.timedelta(days=1)


def coverage_of(
    process: _Process,
    rows: pd.DataFrame,
    window: Sequence[Period],
    agreement: AgreementVersion | None,
    collected: Collected | None = None,
    country: str | None = None,
) -> Coverage:
    """What ``rows`` cover of ``window``, the periods collected, oldest first; its last one is reported.

    Working days are those of the agreement, without the public holidays of ``country``. Without ``collected`` every
    instant is a fact.
    """
    column, end = process.leading_column, window[-1].end
    facts, newest = _facts(column, rows, collected), newest_fact(process, rows, collected)
    inside = facts[facts >= edge(window[0].start)]
    used = inside if len(inside) else facts
    if not len(used):
        return Coverage(process.id, column.name, None, None, _said((), collected, window), newest=newest)
    first, last = (_moment(value) for value in (used.min(), used.max()))
    stream = None if column.is_plan else stream_of(used, first, last, window[-1], agreement, country)
    begin = period_of(first, window[-1].kind, window[-1].zone).start
    if stream is None:
        spans: tuple[Span, ...] = ((begin, max(end, last)),)
        return Coverage(process.id, column.name, first, last, _said(spans, collected, window), newest=newest)
    if stream.is_improbable(stream.start, stream.days[0]):
        begin = first
    is_over = stream.is_improbable(stream.days[-1] + 1, stream.end)
    whole = (begin, last if is_over else max(end, last))
    spans = without([whole], stream.holes)
    silent = stream.working_between(stream.days[-1] + 1, stream.end)
    said = _said(spans, collected, window)
    return Coverage(process.id, column.name, first, last, said, silent, stream.rate, newest)


def newest_fact(process: _Process, rows: pd.DataFrame, collected: Collected | None = None) -> dt.datetime | None:
    """The newest instant of any column that had happened when the source was collected; ``None`` where there is none.

    Plans and deadlines are no facts; where a process has nothing else, as the reports that are due, they are asked.
    """
    columns = [
        column
        for column in process.columns
        if column.type == "instant" and column.name in rows and column.name != RECORDED_AT
    ]
    facts = [column for column in columns if not column.is_plan] or columns
    newest = [values.max() for column in facts if len(values := _facts(column, rows, collected))]
    return _moment(max(newest)) if newest else None


def coverage_frame(known: Mapping[str, Coverage], period: Period) -> pd.DataFrame:
    """`COVERAGE_COLUMNS`, one row a process; instants UTC, empty where the source has no such event."""
    rows = [
        {
            "process": one.process,
            "column": one.column,
            "first": one.first,
            "last": one.last,
            "since": one.spans[0][0] if one.spans else None,
            "until": one.spans[-1][1] if one.spans else None,
            "covered": one.of(period),
            "newest": one.newest,
        }
        for one in known.values()
    ]
    frame = pd.DataFrame(rows, columns=COVERAGE_COLUMNS).astype({"process": "str", "column": "str", "covered": "str"})
    dates = {name: pd.to_datetime(frame[name], utc=True).dt.as_unit("us") for name in _DATES}
    return frame.assign(**dates)


def _facts(column: _Column, rows: pd.DataFrame, collected: Collected | None) -> Instants:
    """The leading instants that have happened; a planned window is no sign that the source was alive."""
    values = instants(rows, column.name)
    chosen = ~np.isnat(values)
    if column.plan_if:
        chosen &= ~flags(rows, column.plan_if)
    if collected is not None and not column.is_plan:
        chosen &= values <= collected.limit
    return values if chosen.all() else values[chosen]


def _said(spans: Sequence[Span], collected: Collected | None, window: Sequence[Period]) -> tuple[Span, ...]:
    """The spans, widened and narrowed by what is declared."""
    if collected is None:
        return tuple(spans)
    spans = without(united([*spans, *collected.empty]), collected.missing)
    since, until = collected.since, collected.until
    if since is None and until is None:
        return tuple(spans)
    begin = since or (spans[0][0] if spans else window[0].start)
    end = until or (spans[-1][1] if spans else window[-1].end)
    if (since and until) or not spans:
        return ((begin, end),) if begin < end else ()
    edges = [(begin, min(spans[0][1], end))] if since else [(max(spans[-1][0], begin), end)]
    return tuple(common(united([*spans, *(one for one in edges if one[0] < one[1])]), (begin, end)))


def _moment(value: np.datetime64) -> dt.datetime:
    found: dt.datetime = value.astype("datetime64[us]").item()
    return found.replace(tzinfo=dt.UTC)
