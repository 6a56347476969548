"""Incidents in any number for the benchmarks: drawn at random, in the types that a collected frame has."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd
from itss.agreements.models import AgreementVersion, ServiceHours, TimeTarget
from itss.calendars.pauses import written_pauses
from itss.periods import Period

OFFICE_HOURS = ServiceHours(
    weekly={day: ((dt.time(9), dt.time(18)),) for day in ("mon", "tue", "wed", "thu", "fri")}, holidays="CN"
)
TIMES = {"Critical": (0.5, 4.0), "High": (1.0, 8.0), "Moderate": (4.0, 24.0), "Low": (8.0, 40.0)}
AGREEMENT = AgreementVersion(
    version="benchmark",
    effective_from=dt.date(2020, 1, 1),
    service_hours=OFFICE_HOURS,
    time_targets={key: TimeTarget(response_h=a, resolution_h=b) for key, (a, b) in TIMES.items()},
)
SERVICES = ("Email", "ERP", "CRM", "Network", "Printing", "Portal", "数据库", "邮件")
_HOUR_US = 3_600_000_000


def incidents(count: int, period: Period, months: int = 1) -> pd.DataFrame:
    """``count`` incidents opened in the ``months`` that end with ``period``; some late, some open, some cancelled.

    Times are drawn in proportion to what is agreed for the priority, so that about one in ten is late, as at a service
    desk that mostly keeps its word.
    """
    rng = np.random.default_rng(20260930)
    begin, end = (int(moment.timestamp() * 1e6) for moment in (period.shift(1 - months).start, period.end))
    opened = rng.integers(begin, end, count)
    levels = (*TIMES, "Planning")
    priority = rng.integers(0, len(levels), count)
    response_h, resolution_h = np.array([*TIMES.values(), (8.0, 80.0)]).T
    responded = opened + _hours(rng.exponential(response_h[priority] / 2))
    resolved = responded + _hours(rng.exponential(resolution_h[priority]))
    closed = resolved + _hours(rng.exponential(60, count))
    never, withdrawn = rng.random(count) < 0.02, rng.random(count) < 0.01
    return pd.DataFrame(
        {
            "id": pd.Series(np.char.add("INC", np.arange(count).astype("U8")), dtype="str"),
            "title": _words(rng, [f"title {n}" for n in range(500)], count),
            "service": _words(rng, SERVICES, count),
            "priority": _chosen(levels, priority),
            "opened_at": _instants(opened),
            "responded_at": _instants(responded, rng.random(count) < 0.05),
            "resolved_at": _instants(resolved, never | withdrawn),
            "closed_at": _instants(closed, never | (rng.random(count) < 0.1)),
            "pause_h": np.where(rng.random(count) < 0.1, rng.integers(1, 20, count) / 2, 0.0),
            "reopened_at": _instants(resolved + _hours(rng.exponential(200, count)), rng.random(count) < 0.95),
            "reopen_count": pd.Series((rng.random(count) < 0.05).astype(np.int64), dtype="Int64"),
            "is_cancelled": pd.Series(withdrawn, dtype="boolean"),
            "sla_met_recorded": pd.Series(rng.random(count) < 0.9, dtype="boolean").mask(rng.random(count) < 0.05),
        }
    )


def _hours(hours: npt.NDArray[np.float64]) -> npt.NDArray[np.int64]:
    return (hours * 60).astype(np.int64) * (_HOUR_US // 60)


def _words(rng: np.random.Generator, words: Sequence[str], count: int) -> pd.Series:
    return _chosen(words, rng.integers(0, len(words), count))


def _chosen(words: Sequence[str], numbers: npt.NDArray[np.int64]) -> pd.Series:
    return pd.Series(pd.array(np.array(words, dtype=object), dtype="str").take(numbers))


def _instants(microseconds: npt.NDArray[np.int64], empty: npt.NDArray[np.bool_] | None = None) -> pd.Series:
    values = pd.Series(pd.DatetimeIndex(microseconds.astype("datetime64[us]")).tz_localize("UTC"))
    return values if empty is None else values.mask(empty)


def with_pauses(rows: pd.DataFrame, period: Period) -> pd.DataFrame:
    """The rows with the pauses of a status history for 10 % of them, up to three each, some of them overlapping."""
    rng = np.random.default_rng(20261001)
    row = np.sort(rng.integers(0, len(rows), len(rows) // 7))  # some are drawn twice or more often
    begin = rows["opened_at"].iloc[row].reset_index(drop=True) + pd.to_timedelta(
        rng.integers(0, 96, len(row)), unit="h"
    )
    end = begin + pd.to_timedelta(rng.integers(1, 30, len(row)), unit="h")
    pauses = pd.DataFrame({"row": row, "started_at": begin, "ended_at": end.where(end < pd.Timestamp(period.end))})
    return rows.assign(pauses=written_pauses(pauses).reindex(rows.index).astype("str"))


def with_states(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows with a status history of four changes each: opened, paused, taken up again, solved."""
    rng = np.random.default_rng(20261002)
    at, texts = rows["opened_at"].to_numpy(dtype="datetime64[s]"), pd.Series("", index=rows.index, dtype="str")
    for number, word in enumerate(("open", "paused", "open", "solved")):
        mark = ";" if number else ""
        texts += pd.Series(
            np.char.add(np.char.add(mark, np.datetime_as_string(at, unit="s")), f"Z={word}"), dtype="str"
        )
        at = at + rng.integers(600, 90_000, len(rows)).astype("timedelta64[s]")
    return rows.assign(states=texts)
