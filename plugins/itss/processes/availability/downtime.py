"""Downtime row by row: outages of one service united, clipped to the period, planned windows taken out.

Owns who an overlap belongs to: the outage that began first. Surprise: a planned window takes its time out of every
outage of its service, also of one that nobody planned, but the agreed service time stays what was agreed. Agreed time
comes as rows of its own, one a service: so a service without an outage has a figure, and members add up. A time that
was agreed not to count (``cuts`` of the scope) is no agreed time of its service, and so no downtime either.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import pandas as pd
from pandas.api.types import is_bool_dtype

from itss.calendars import Versions, elapsed_hours
from itss.measures.rows import Instants, Numbers, before, edge, flags, instants, series
from itss.measures.scope import Cut, Scope

_MIN_PER_H = 60.0
_TOLERANCE_MIN = 5e-9  # 0.3 µs, less than any clock tells: what two sums of floats differ by is no downtime
_DAY = dt.timedelta(days=1)
Order = npt.NDArray[np.intp]
Span = tuple[np.datetime64, np.datetime64]


def derive_availability(scope: Scope) -> pd.DataFrame:
    """Adds ``downtime_min`` and ``spell``, and a row for each service with its ``agreed_min``.

    Nothing without agreed service time; ``is_agreed`` exists where the agreement names its services.
    """
    hours = scope.service_hours
    if hours is None or scope.agreement is None:
        return scope.rows
    spans = agreed_spans(scope)
    begins, ends = clipped(scope)
    services = _services(scope.rows)
    counts = ~flags(scope.rows, "is_cancelled") & (begins < ends)
    planned = flags(scope.rows, "is_planned")
    minutes, spells = np.where(counts & ~planned, 0.0, np.nan), np.full(len(scope.rows), -1)
    uncut, whole = minutes.copy(), _spans(scope) if scope.cuts else spans
    for name in services[counts & ~planned].unique():
        here = (services == name).to_numpy() & counts
        out = _in_order(np.flatnonzero(here & ~planned), begins)
        windows = united(begins, ends, _in_order(np.flatnonzero(here & planned), begins))
        covered = _covered_before(ends, out)
        fresh, until = np.maximum(begins[out], covered), np.maximum(ends[out], covered)
        minutes[out] = _Service(spans.get(name, ()), hours).lost(fresh, until, windows)
        uncut[out] = _Service(whole.get(name, ()), hours).lost(fresh, until, windows) if scope.cuts else minutes[out]
        spells[out] = spells.max() + 1 + np.cumsum(begins[out] > covered)
    numbered = pd.array(np.where(spells < 0, 0, spells), dtype="Int64")
    numbered[spells < 0] = pd.NA
    rows = scope.rows.assign(downtime_min=minutes, spell=numbered, agreed_min=np.nan)
    if scope.cuts:
        rows = rows.assign(cut_min=uncut - minutes)
    if scope.agreement.services:
        rows = rows.assign(is_agreed=services.isin(list(spans)).to_numpy())
    return _with_agreed(rows, {name: _Service(own, hours).agreed for name, own in spans.items()})


def agreed_spans(scope: Scope) -> dict[str, tuple[Span, ...]]:
    """The parts of the period in which each service is agreed; all of it for those known by its end, if none is named.

    Days of the agreement begin at midnight of its own zone. Without the cuts of the scope.
    """
    whole = _spans(scope)
    return {name: _without(own, scope.cuts, name) for name, own in whole.items()} if scope.cuts else whole


def _without(spans: tuple[Span, ...], cuts: tuple[Cut, ...], service: str) -> tuple[Span, ...]:
    """The spans without the cuts of the service, and of all services."""
    for cut in (one for one in cuts if one.service in ("", service)):
        begin, end = edge(cut.start), edge(cut.end)
        pieces = [piece for a, b in spans for piece in ((a, min(b, begin)), (max(a, end), b))]
        spans = tuple((a, b) for a, b in pieces if a < b)
    return spans


def _spans(scope: Scope) -> dict[str, tuple[Span, ...]]:
    start, end = scope.period.start, scope.period.end
    if scope.agreement is None or not scope.agreement.services:
        known = _services(scope.rows)[before(scope.rows, "started_at", end)]
        return dict.fromkeys(sorted(known.unique()), ((edge(start), edge(end)),))
    zone = ZoneInfo(scope.agreement.service_hours.timezone)
    found: dict[str, tuple[Span, ...]] = {}
    for one in scope.agreement.services:
        begin = max(start, _midnight(one.since, zone)) if one.since else start
        until = min(end, _midnight(one.until + _DAY, zone)) if one.until else end
        own = ((edge(begin), edge(until)),) if begin < until else ()
        found[one.name] = found.get(one.name, ()) + own
    return found


def _midnight(day: dt.date, zone: ZoneInfo) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), tzinfo=zone)


def _with_agreed(rows: pd.DataFrame, agreed: Mapping[str, float]) -> pd.DataFrame:
    """A row more for each service that is agreed in the period, so that it is one of them without any outage."""
    minutes = {name: minutes for name, minutes in agreed.items() if minutes > 0}
    more = pd.DataFrame(
        {
            "id": pd.Series([f"agreed {name}".strip() for name in minutes], dtype="str"),
            "service": pd.Series([name or None for name in minutes], dtype="str"),
            "agreed_min": pd.Series(list(minutes.values()), dtype="float64"),
        }
    )
    found: pd.DataFrame = pd.concat([rows, more], ignore_index=True)
    return found.astype({name: dtype for name, dtype in rows.dtypes.items() if not is_bool_dtype(dtype)})


def clipped(scope: Scope) -> tuple[Instants, Instants]:
    """Begin and end of each row inside the period; one that is still down ends with the period."""
    start, end = edge(scope.period.start), edge(scope.period.end)
    ended = instants(scope.rows, "ended_at")
    begins = np.maximum(instants(scope.rows, "started_at"), start)
    return begins, np.minimum(np.where(np.isnat(ended), end, ended), end)


def united(begins: Instants, ends: Instants, order: Order) -> tuple[Instants, Instants]:
    """The chosen intervals, in the order of their begin, joined where they overlap or touch."""
    if not len(order):
        return begins[:0], ends[:0]
    first = np.flatnonzero(begins[order] > _covered_before(ends, order))
    last = np.append(first[1:] - 1, len(order) - 1)
    return begins[order][first], np.maximum.accumulate(ends[order])[last]


def _in_order(places: Order, begins: Instants) -> Order:
    return places[np.argsort(begins[places], kind="stable")]


def _covered_before(ends: Instants, order: Order) -> Instants:
    """Up to when the intervals before each one reach; before everything for the first."""
    reached = np.maximum.accumulate(ends[order])
    return np.concatenate([[np.datetime64("0001-01-01", "us")], reached[:-1]])


class _Service:
    """The open minutes of one service, in the parts of the period in which it is agreed."""

    def __init__(self, spans: tuple[Span, ...], hours: Versions) -> None:
        self._spans, self._hours = spans, hours

    @property
    def agreed(self) -> float:
        """All of them."""
        return float(sum(_open_minutes(np.array([a]), np.array([b]), self._hours)[0] for a, b in self._spans))

    def minutes(self, begins: Instants, ends: Instants) -> Numbers:
        """Those of each interval."""
        found = np.zeros(len(begins))
        for start, end in self._spans:
            since, until = np.clip(begins, start, end), np.clip(ends, start, end)
            found += _open_minutes(since, np.maximum(until, since), self._hours)
        return found

    def lost(self, begins: Instants, ends: Instants, windows: tuple[Instants, Instants]) -> Numbers:
        """Those of each interval outside of the windows: what a rounding leaves is none."""
        lost = self.minutes(begins, ends) - self.minutes_within(begins, ends, windows)
        return np.where(lost > _TOLERANCE_MIN, lost, 0.0)

    def minutes_within(self, begins: Instants, ends: Instants, windows: tuple[Instants, Instants]) -> Numbers:
        """Those of each interval that lie in one of the windows, which are apart and in order."""
        opens, closes = windows
        if not len(opens):
            return np.zeros(len(begins))
        before_it = np.concatenate([[0.0], np.cumsum(self.minutes(opens, closes))])

        def until(moments: Instants) -> Numbers:
            started = np.searchsorted(opens, moments, side="right")
            running = np.maximum(started - 1, 0)
            inside = self.minutes(opens[running], np.minimum(moments, closes[running]))
            return np.where(started > 0, before_it[running] + inside, 0.0)

        return until(ends) - until(begins)


def _open_minutes(begins: Instants, ends: Instants, hours: Versions) -> Numbers:
    index = pd.RangeIndex(len(begins))
    found = elapsed_hours(series(begins, index), series(ends, index), hours).to_numpy(dtype="float64")
    minutes: Numbers = np.nan_to_num(found) * _MIN_PER_H
    return minutes


def _services(rows: pd.DataFrame) -> pd.Series:
    """The service of each row; rows that name none are one service."""
    if "service" not in rows:
        return pd.Series("", index=rows.index)
    return rows["service"].astype(object).where(rows["service"].notna(), "")
