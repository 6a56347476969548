"""Downtime row by row: outages of one service united, clipped to the period, planned windows taken out.

Owns who an overlap belongs to: the outage that began first. Surprise: a planned window takes its time out of every
outage of its service, also of one that nobody planned, but the agreed service time stays what was agreed.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from itss.calendars import Versions, elapsed_hours
from itss.measures.rows import Instants, Numbers, edge, flags, instants, series
from itss.measures.scope import Scope

_MIN_PER_H = 60.0
_TOLERANCE_MIN = 5e-9  # 0.3 µs, less than any clock tells: what two sums of floats differ by is no downtime
Order = npt.NDArray[np.intp]


def derive_availability(scope: Scope) -> pd.DataFrame:
    """Adds ``downtime_min`` and ``spell`` where service time is agreed."""
    hours = scope.service_hours
    if hours is None:
        return scope.rows
    begins, ends = clipped(scope)
    counts = ~flags(scope.rows, "is_cancelled") & (begins < ends)
    planned = flags(scope.rows, "is_planned")
    service, _ = pd.factorize(_services(scope.rows), use_na_sentinel=False)
    fresh, taken_out = begins.copy(), np.zeros(len(scope.rows))
    spells = np.full(len(scope.rows), -1)
    for number in np.unique(service[counts & ~planned]):
        out = _in_order(np.flatnonzero((service == number) & counts & ~planned), begins)
        windows = united(begins, ends, _in_order(np.flatnonzero((service == number) & counts & planned), begins))
        covered = _covered_before(ends, out)
        fresh[out] = np.maximum(begins[out], covered)
        taken_out[out] = _planned_minutes(fresh[out], ends[out], windows, hours)
        spells[out] = spells.max() + 1 + np.cumsum(begins[out] > covered)
    lost = _open_minutes(fresh, np.maximum(ends, fresh), hours) - taken_out
    minutes = np.where((fresh < ends) & (lost > _TOLERANCE_MIN), lost, 0.0)
    numbered = pd.array(np.where(spells < 0, 0, spells), dtype="Int64")
    numbered[spells < 0] = pd.NA
    return scope.rows.assign(downtime_min=np.where(counts & ~planned, minutes, np.nan), spell=numbered)


def clipped(scope: Scope) -> tuple[Instants, Instants]:
    """Begin and end of each row inside the period; one that is still down ends with the period."""
    start, end = edge(scope.period.start), edge(scope.period.end)
    ended = instants(scope.rows, "ended_at")
    begins = np.maximum(instants(scope.rows, "started_at"), start)
    return begins, np.minimum(np.where(np.isnat(ended), end, ended), end)


def agreed_minutes(scope: Scope) -> float:
    """Agreed service time of the period, of all services of the rows together."""
    hours = scope.service_hours
    if hours is None or not len(scope.rows):
        return 0.0
    start, end = (np.array([edge(moment)]) for moment in (scope.period.start, scope.period.end))
    return float(_open_minutes(start, end, hours)[0]) * _services(scope.rows).nunique()


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


def _planned_minutes(begins: Instants, ends: Instants, windows: tuple[Instants, Instants], hours: Versions) -> Numbers:
    """Open minutes of each interval that lie in one of the windows, which are apart and in order."""
    opens, closes = windows
    if not len(opens):
        return np.zeros(len(begins))
    before = np.concatenate([[0.0], np.cumsum(_open_minutes(opens, closes, hours))])

    def until(moments: Instants) -> Numbers:
        started = np.searchsorted(opens, moments, side="right")
        running = np.maximum(started - 1, 0)
        inside = _open_minutes(opens[running], np.minimum(moments, closes[running]), hours)
        return np.where(started > 0, before[running] + inside, 0.0)

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
