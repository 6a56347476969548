"""What the checks are told beside the rows, and what comes out of them. Knows nothing of Great Expectations."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import pandas as pd

from itss.agreements.models import AgreementVersion
from itss.checks.findings import Finding
from itss.measures.coverage import Collected
from itss.periods import Period
from itss.processes.base import Expectation

QUARANTINE_COLUMNS = ["process", "row", "id", "rules", "cells"]
"""The columns of ``quarantine.parquet``: ``row`` is the position in the collected rows, from 0."""

Result = Literal["passed", "failed", "not evaluated", "not asked"]


@dataclass(frozen=True)
class About:
    """What the rules need to know of a process beside its rows. Without a period nothing is asked about time."""

    mandatory: bool = True
    period: Period | None = None
    fresh_days: float | None = None
    quarantine_share: float = 0.01
    earliest: dt.date = dt.date(2000, 1, 1)
    """What lies before this day (UTC) is a typing error."""
    collected: Collected | None = None
    """When the rows were collected, and what is declared of them; without it nothing is asked of the future."""
    history: int = 0
    """How many periods were collected; without any nothing is asked of what the data cover."""
    agreement: AgreementVersion | None = None
    country: str | None = None
    """Whose public holidays are no working days, beside those of the agreement."""
    is_declared: bool = False
    """Somebody has said what the source covers."""
    outside: Mapping[str, int] = field(default_factory=dict)
    """How many rows the source returned that concern none of the periods: ``after`` them, ``before`` them."""
    cannot_tell: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """By column, the values of which the source says that it never yields them."""
    earlier_rows: tuple[int, ...] = ()
    """How many rows were handed in for each earlier period that was covered, oldest first."""
    published_backlog: float | None = None
    """The backlog that was last published for the end of the period before."""


@dataclass(frozen=True)
class Past:
    """What the register knows of earlier periods of a report, by process; empty in a preview."""

    rows: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    backlog: Mapping[str, float] = field(default_factory=dict)
    found: Mapping[tuple[str, str], frozenset[str]] = field(default_factory=dict)
    """Labels of the earlier periods in which (process, rule) was found."""

    def since(self, finding: Finding, period: Period) -> str:
        """The first of the periods without a gap in which it was found; empty where the last one did not have it."""
        labels, first = self.found.get((finding.process, finding.rule), frozenset()), ""
        while (period := period.shift(-1)).label in labels:
            first = period.label
        return first


@dataclass(frozen=True)
class Verdict:
    """One rule on one process: what was seen, how many rows break it, some of them, why it could not be evaluated."""

    rule: Expectation
    result: Result
    observed: str = ""
    failed: int = 0
    total: int = 0
    rows: tuple[str, ...] = ()
    error: str = ""


@dataclass(frozen=True)
class Suite:
    """All verdicts on the rows of one process; ``quarantined`` of them are left out of the figures."""

    process: str
    source: str
    total: int
    quarantined: int
    verdicts: tuple[Verdict, ...]
    outside: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Checked:
    """Findings, the critical ones of each process first; rows to leave out (`QUARANTINE_COLUMNS`); all verdicts."""

    findings: list[Finding]
    quarantine: pd.DataFrame
    suites: tuple[Suite, ...]
