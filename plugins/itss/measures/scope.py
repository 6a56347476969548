"""What a measure is computed over: the rows, the period, the agreement. Knows no measure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from itss.agreements.models import AgreementVersion
from itss.periods import Period

if TYPE_CHECKING:
    import pandas as pd

    from itss.calendars import Versions
    from itss.measures.history import History

CannotTell = Mapping[str, Sequence[str]]
"""By column, the values that a source says it can never yield."""
_Mask = npt.NDArray[np.bool_]


class Cut(NamedTuple):
    """A part of the period that was agreed not to count, of one service or (no name) of all."""

    service: str
    start: dt.datetime
    end: dt.datetime


@dataclass(frozen=True)
class Scope:
    """What a measure is computed over: the rows (of one dimension member, or all), the period, the agreement.

    ``rows`` has the process's columns (see `itss.processes.base.Column`), instants as UTC timestamps; it reaches
    back over the history, so a measure selects its own population by ``period``. ``others`` are the frames of the
    other processes of the report, for links such as change ↔ incident. ``earlier_hours`` are the service hours of the
    agreement's versions up to this one, where there is more than one; ``earlier_own_hours`` those of the priorities
    that have some of their own. ``covered_days`` are the days of the period that the source covers (first day, day
    after the last), where it does not cover all of them. ``histories`` are those of the whole process's rows by column,
    ``other_histories`` those of ``others``, read once for all periods. ``cuts`` are for processes of time
    alone, which take them out of it. ``kept`` belongs to `itss.measures.rows`.
    """

    rows: pd.DataFrame
    period: Period
    agreement: AgreementVersion | None
    others: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    earlier_hours: Versions = ()
    earlier_own_hours: Mapping[str, Versions] = field(default_factory=dict)
    histories: Mapping[str, History] = field(default_factory=dict, repr=False)
    other_histories: Mapping[str, Mapping[str, History]] = field(default_factory=dict, repr=False)
    covered_days: Sequence[tuple[dt.date, dt.date]] | None = None
    cannot_tell: CannotTell = field(default_factory=dict)
    cuts: tuple[Cut, ...] = ()
    kept: dict[str, tuple[_Mask, _Mask]] = field(default_factory=dict, init=False, compare=False, repr=False)

    @property
    def service_hours(self) -> Versions | None:
        """Service hours by the day from which each counts; ``None`` where nothing is agreed."""
        if self.agreement is None:
            return None
        return self.earlier_hours or ((self.agreement.effective_from, self.agreement.service_hours),)

    @property
    def own_hours(self) -> Mapping[str, Versions]:
        """Service hours of the priorities that have hours of their own, by the day from which each counts."""
        if self.agreement is None or self.earlier_hours:
            return self.earlier_own_hours
        since = self.agreement.effective_from
        times = self.agreement.time_targets.items()
        return {priority: ((since, target.hours),) for priority, target in times if target.hours}
