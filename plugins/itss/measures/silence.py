"""Silence in a stream of events: which of it is improbable, so that the events were not recorded.

Silence is improbable where ``exp(-rate · working days of silence) < 0.001``, the chance that a Poisson stream is silent
for so long. Refuses to conclude anything from fewer than three days with events. Surprise: a stream that comes in
batches was silent between them, so its rate is at most ``-ln(silent working days / working days)`` of what it showed.
"""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from itss.agreements.models import AgreementVersion
from itss.measures.rows import Instants
from itss.measures.spans import Span
from itss.measures.workdays import working_days
from itss.periods import Period, at_time, period_of

IMPROBABLE = 0.001
DAYS_WITH_EVENTS = 3
"""Fewer days with events than this have no rate."""
SILENT_DAYS = 2
"""A single silent day proves nothing: it may be a holiday that no calendar knows."""
HOLE_DAYS = 10
"""A silence between events is a hole from so many working days on: a shorter one may be a holiday that no calendar
knows."""
_QUARTER = 15 * 60 * 1_000_000  # microseconds of a quarter of an hour
_Days = npt.NDArray[np.datetime64]


@dataclass(frozen=True)
class Stream:
    """Days with ``events``, among the ``working`` days from ``start`` to ``end``; all of them local days."""

    days: _Days
    events: int
    working: _Days
    start: np.datetime64
    end: np.datetime64
    least: int
    """The working days of one period: a rate of fewer would be that of a burst."""
    zone: str

    def working_between(self, begin: np.datetime64, end: np.datetime64) -> int:
        """Working days from ``begin`` to before ``end``."""
        low, high = np.searchsorted(self.working, np.array([begin, end], dtype="datetime64[D]"))
        return max(int(high - low), 0)

    def is_improbable(self, begin: np.datetime64, end: np.datetime64) -> bool:
        silent = self.working_between(begin, end)
        return silent >= SILENT_DAYS and math.exp(-self.rate * silent) < IMPROBABLE

    @property
    def rate(self) -> float:
        """Events a working day of the time between them, or less where the stream comes in batches."""
        return self._rate(sum(self.working_between(*gap) for gap in self._gaps))

    def _rate(self, unknown: int) -> float:
        shown = self.working_between(self.days[0], self.days[-1] + 1) - unknown
        if len(self.days) < DAYS_WITH_EVENTS or shown <= 0:
            return 0.0
        silent = shown - int(np.isin(self.days, self.working).sum())
        rate = self.events / max(shown, self.least)
        return rate if silent <= 0 else min(rate, -math.log(silent / shown))

    @property
    def _gaps(self) -> list[tuple[np.datetime64, np.datetime64]]:
        """Silences between events that are long and improbable; judged by the rate of all the time between."""
        rate = self._rate(0)
        low = np.searchsorted(self.working, self.days[:-1] + 1)
        silent = np.searchsorted(self.working, self.days[1:]) - low
        found = np.flatnonzero((silent >= HOLE_DAYS) & (np.exp(-rate * silent) < IMPROBABLE))
        return [(self.days[at] + 1, self.days[at + 1]) for at in found]

    @property
    def holes(self) -> list[Span]:
        return [(_midnight(begin, self.zone), _midnight(end, self.zone)) for begin, end in self._gaps]


def stream_of(
    facts: Instants,
    first: dt.datetime,
    last: dt.datetime,
    period: Period,
    agreement: AgreementVersion | None,
    country: str | None,
) -> Stream:
    begin = period_of(first, period.kind, period.zone).first_day
    end = max(period_of(last, period.kind, period.zone).next_day, period.next_day)
    known = working_days(begin, end, agreement, country)
    return Stream(
        days=_local_days(facts, period.zone),
        events=len(facts),
        working=np.array(sorted(known), dtype="datetime64[D]"),
        start=np.datetime64(begin, "D"),
        end=np.datetime64(period.next_day, "D"),
        least=sum(period.first_day <= day < period.next_day for day in known),
        zone=period.zone,
    )


def _local_days(facts: Instants, zone: str) -> _Days:
    """The local days on which they lie; of ten million instants only the quarters of an hour are converted."""
    quarters = pd.unique(pd.Series(facts.view("int64") // _QUARTER))
    local = pd.DatetimeIndex((np.asarray(quarters) * _QUARTER).astype("datetime64[us]"), tz="UTC")
    return np.unique(local.tz_convert(zone).tz_localize(None).to_numpy().astype("datetime64[D]"))


def _midnight(day: np.datetime64, zone: str) -> dt.datetime:
    return at_time(day.astype("datetime64[D]").item(), dt.time(), zone)
