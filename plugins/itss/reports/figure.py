"""Typed views on the rows of the frames: a figure, a trend, a restatement."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import pandas as pd

from itss.measures.assurance import Assurance
from itss.measures.base import Measure
from itss.measures.few import stands_on_cases


@dataclass(frozen=True)
class Raw:
    """A figure without what was agreed not to count."""

    value: float | None
    numerator: float | None
    denominator: float | None
    n: int
    status: str


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
    raw: Raw | None = None
    """Without the agreed exclusions, where they change it."""

    @property
    def key(self) -> tuple[str, str]:
        """(process, measure id)."""
        return self.measure.process, self.measure.id

    @property
    def is_on_cases(self) -> bool:
        """Whether it is a share or a statistic of cases, so that it can stand on few."""
        is_of_cases = stands_on_cases(self.measure.unit, self.n, self.numerator, self.denominator)
        return is_of_cases and self.measure.counted_in == "cases"

    @property
    def is_few(self) -> bool:
        """Whether it stands on few cases: its status holds, but nothing more can be said of it."""
        return self.value is not None and self.is_on_cases and self.n < self.measure.few_below

    @property
    def against(self) -> float | None:
        """Of a share, the cases that count against it; ``None`` where it is not made of cases (but of minutes)."""
        if self.measure.unit != "share" or self.numerator is None or not self.is_on_cases:
            return None
        return self.n - self.numerator if self.at_least else self.numerator


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
    limits: str = ""
    """``fixed`` by the baseline named beside it, ``provisional``, or empty: there are none."""
    baseline: int | None = None
    baseline_first: str = ""
    baseline_last: str = ""
    defined_since: str = ""
    """The first period under the present definition, where earlier ones were published under another."""
    n_before: int | None = None
    n_last_year: int | None = None
    """The cases of the period before, and of the same one last year."""
    is_few: bool = False
    """The figure or the one before it stands on few cases: no signal, no direction, nothing has moved."""
    rule: str = ""
    """The rule of the chart that makes it a signal (`itss.measures.chart_rules`)."""
    flagged: Mapping[str, str] | None = None
    """By period label the rule that marks its point; ``None`` of versions that did not keep it."""
    assurance: Assurance = ""
    """Whether the target of the period may be expected to be held; empty where there is none."""

    @property
    def is_outside(self) -> bool:
        """Whether the present value itself lies outside the control limits."""
        if self.is_few or self.value is None or self.lower is None or self.upper is None:
            return False
        return not self.lower <= self.value <= self.upper


@dataclass(frozen=True)
class YearAllowance:
    """One row of the allowances of the year: what a target over the year allows, and what of it is used.

    ``first`` and ``last`` day of the year so far; ``why`` there is no figure; amounts in what is ``counted``.
    """

    first: str
    last: str
    counted: str
    allowed: float | None
    used: float | None
    why: str

    @property
    def left(self) -> float | None:
        """What is left; below 0 is how much too much was used. ``None`` where there is no allowance."""
        return None if self.allowed is None or self.used is None else self.allowed - self.used


@dataclass(frozen=True)
class Restatement:
    """A figure of this or an earlier period that was published otherwise than the source says now."""

    process: str
    measure: str
    period: str
    published: float | None
    recomputed: float | None


def number(value: Any) -> float | None:
    """A float, or ``None`` for everything that is no finite number."""
    if isinstance(value, float):  # nearly every one is: asking pandas of each takes a third of reading the figures
        return float(value) if math.isfinite(value) else None
    if value is None or isinstance(value, str) or pd.isna(value) or not math.isfinite(value):
        return None
    return float(value)


def word(value: Any) -> str:
    return "" if value is None or value is pd.NA or value != value else str(value)


def raw_of(row: Mapping[Any, Any]) -> Raw | None:
    """The raw figure beside a row of the figures; older versions have none."""
    n = number(row.get("raw_n"))
    if n is None:
        return None
    above, below = number(row.get("raw_numerator")), number(row.get("raw_denominator"))
    return Raw(number(row.get("raw_value")), above, below, int(n), word(row.get("raw_status")))


def trend_of(row: Mapping[Any, Any]) -> Trend:
    return Trend(
        n_points=int(number(row["n_points"]) or 0),
        is_signal=row["signal"] is not None and not pd.isna(row["signal"]) and bool(row["signal"]),
        direction=word(row["direction"]) or "too_few",
        limits=word(row.get("limits")),
        baseline=None if (version := number(row.get("baseline"))) is None else int(version),
        baseline_first=word(row.get("baseline_first")),
        baseline_last=word(row.get("baseline_last")),
        defined_since=word(row.get("defined_since")),
        value=number(row["value"]),
        previous=number(row["previous"]),
        last_year=number(row["last_year"]),
        mean=number(row["mean"]),
        lower=number(row["lower"]),
        upper=number(row["upper"]),
        p=number(row["p"]),
        rule=_rule(row),
        flagged=_flagged(row),
    )


def _rule(row: Mapping[Any, Any]) -> str:
    """As it was kept; older versions kept only that there is a signal, of the two rules that there were."""
    if "rule" in row:
        return word(row["rule"])
    if row["signal"] is None or pd.isna(row["signal"]) or not row["signal"]:
        return ""
    value, lower, upper = (number(row[name]) for name in ("value", "lower", "upper"))
    is_inside = value is not None and lower is not None and upper is not None and lower <= value <= upper
    return "shift" if is_inside else "outside"


def _flagged(row: Mapping[Any, Any]) -> Mapping[str, str] | None:
    if "flagged" not in row:
        return None
    return {
        label: rule for label, _, rule in (mark.partition("=") for mark in word(row["flagged"]).split(";")) if label
    }


@dataclass(frozen=True)
class CoverageLine:
    """What the data of a process cover (`itss.measures.coverage`); instants UTC, ``None`` without any such fact.

    ``first`` and ``last`` fact of the leading event, ``since`` and ``until`` what is covered, ``covered`` of the
    reported period; ``newest`` fact of any kind.
    """

    process: str
    column: str
    first: dt.datetime | None
    last: dt.datetime | None
    since: dt.datetime | None
    until: dt.datetime | None
    covered: Literal["whole", "part", "none"]
    newest: dt.datetime | None = None


def coverage_line(row: Mapping[Any, Any]) -> CoverageLine:
    """One row of the coverage."""
    instants = {
        name: None if pd.isna(row[name]) else row[name].to_pydatetime()
        for name in ("first", "last", "since", "until", "newest")
    }
    return CoverageLine(process=str(row["process"]), column=str(row["column"]), covered=row["covered"], **instants)
