"""What a report is built from, and typed views on the frames of figures and trends.

Refuses a figure of a measure it was not given. Surprise: changes are computed here from value and earlier value,
so that points and percent cannot be mixed up.
"""

from __future__ import annotations

import datetime as dt
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import pandas as pd

from itss.agreements.models import AgreementVersion
from itss.checks.findings import Finding
from itss.errors import ConfigurationError
from itss.measures.base import Measure, Section
from itss.periods import Period
from itss.processes.base import Process
from itss.report_list.models import Entry, ReportList
from itss.text import Text

if TYPE_CHECKING:
    from itss.measures.compute import Measured


@dataclass(frozen=True)
class Submission:
    """What was handed in for one process; ``missing`` says why there are no rows, and is empty where there are."""

    process: str
    source: str
    rows: int
    sha256: str
    collected_at: dt.datetime
    missing: str = ""


@dataclass(frozen=True)
class RevisionLine:
    """One line of the revision history."""

    number: int
    state: str
    at: dt.datetime
    note: str = ""


@dataclass(frozen=True)
class Figure:
    """One row of the figures; ``dimension`` and ``member`` are empty for the whole."""

    measure: Measure
    dimension: str
    member: str
    value: float | None
    numerator: float | None
    denominator: float | None
    n: int
    target: float | None
    at_least: bool
    status: str
    low: float | None
    high: float | None
    excluded: Mapping[str, int]

    @property
    def key(self) -> tuple[str, str]:
        """(process, measure id)."""
        return self.measure.process, self.measure.id


@dataclass(frozen=True)
class Trend:
    """One row of the trends: a whole-scope figure against its own past."""

    n_points: int
    value: float | None
    previous: float | None
    last_year: float | None
    mean: float | None
    lower: float | None
    upper: float | None
    is_signal: bool
    direction: str
    p: float | None

    @property
    def is_outside(self) -> bool:
        """Whether the present value itself lies outside the control limits."""
        if self.value is None or self.lower is None or self.upper is None:
            return False
        return not self.lower <= self.value <= self.upper


@dataclass(frozen=True)
class ReportInputs:
    """Everything a report says comes from here: no clock, no database, no environment."""

    entry: Entry
    list: ReportList
    period: Period
    revision: int
    due_at: dt.datetime
    cutoff_at: dt.datetime
    agreement_title: Text
    agreement: AgreementVersion | None
    measured: Measured
    findings: Sequence[Finding]
    submissions: Sequence[Submission]
    revisions: Sequence[RevisionLine]
    measures: Mapping[tuple[str, str], Measure]
    processes: Mapping[str, Process]
    code_version: str
    preview: bool
    previous: pd.DataFrame | None = None

    @cached_property
    def figures(self) -> tuple[Figure, ...]:
        """All figures, in the order they were computed."""
        return tuple(self._figure(row) for row in self.measured.figures.to_dict("records"))

    @cached_property
    def whole(self) -> Mapping[tuple[str, str], Figure]:
        """Whole-scope figures by (process, measure id), in the order of the processes' declarations."""
        found = {figure.key: figure for figure in self.figures if not figure.dimension}
        return {key: found[key] for key in self.measures if key in found}

    @cached_property
    def trends(self) -> Mapping[tuple[str, str], Trend]:
        """Trends by (process, measure id)."""
        return {
            (str(row["process"]), str(row["measure"])): _trend(row) for row in self.measured.trends.to_dict("records")
        }

    @cached_property
    def history(self) -> Mapping[tuple[str, str], Mapping[str, float | None]]:
        """Value by period label, by (process, measure id)."""
        found: dict[tuple[str, str], dict[str, float | None]] = {}
        for row in self.measured.history.to_dict("records"):
            key = (str(row["process"]), str(row["measure"]))
            found.setdefault(key, {})[str(row["period"])] = number(row["value"])
        return found

    def of_section(self, section: Section) -> Sequence[Figure]:
        """Whole-scope figures of one of the six contents."""
        return [figure for figure in self.whole.values() if figure.measure.section == section]

    def members(self, process: str, dimension: str) -> Sequence[Figure]:
        """Figures of a process split by a dimension."""
        return [f for f in self.figures if f.dimension == dimension and f.measure.process == process]

    def _figure(self, row: Mapping[Any, Any]) -> Figure:
        key = (str(row["process"]), str(row["measure"]))
        if key not in self.measures:
            raise ConfigurationError(
                f"There is a figure of the unknown measure {key[0]}.{key[1]}.", "Measure this revision again."
            )
        dimension, member = _word(row["dimension"]), _word(row["member"])
        return Figure(
            measure=self.measures[key],
            dimension=dimension,
            member=member,
            value=number(row["value"]),
            numerator=number(row["numerator"]),
            denominator=number(row["denominator"]),
            n=int(number(row["n"]) or 0),
            target=number(row["target"]),
            at_least=self._is_at_least(key, dimension, member),
            status=_word(row["status"]),
            low=number(row.get("low")),
            high=number(row.get("high")),
            excluded=json.loads(_word(row.get("excluded")) or "{}"),
        )

    def _is_at_least(self, key: tuple[str, str], dimension: str, member: str) -> bool:
        for target in self.agreement.targets if self.agreement else ():
            if (target.process, target.measure, target.dimension, target.member) == (*key, dimension, member):
                return target.at_least is not None
        return self.measures[key].better != "lower"


def number(value: Any) -> float | None:
    """A float, or ``None`` for everything that is no finite number."""
    if value is None or isinstance(value, str) or pd.isna(value) or not math.isfinite(value):
        return None
    return float(value)


def _word(value: Any) -> str:
    return "" if value is None or value is pd.NA or value != value else str(value)


def _trend(row: Mapping[Any, Any]) -> Trend:
    return Trend(
        n_points=int(number(row["n_points"]) or 0),
        is_signal=row["signal"] is not None and not pd.isna(row["signal"]) and bool(row["signal"]),
        direction=_word(row["direction"]) or "too_few",
        **{name: number(row[name]) for name in ("value", "previous", "last_year", "mean", "lower", "upper", "p")},
    )
