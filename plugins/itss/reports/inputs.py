"""What a report is built from, and typed views on the frames of figures and trends.

Refuses a figure of a measure it was not given. Surprise: changes are computed here from value and earlier value,
so that points and percent cannot be mixed up.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

import pandas as pd

from itss.agreements.models import AgreementVersion, Target
from itss.checks.findings import Finding
from itss.errors import ConfigurationError
from itss.measures.assurance import assurance_of
from itss.measures.base import Measure, Section
from itss.measures.year_figures import YEAR
from itss.periods import Period
from itss.processes.base import Process
from itss.report_list.models import Entry, ReportList
from itss.reports.figure import (
    CoverageLine,
    Figure,
    Restatement,
    Trend,
    YearAllowance,
    coverage_line,
    number,
    raw_of,
    trend_of,
    word,
)
from itss.reports.template.files import TemplateFiles
from itss.text import Text

if TYPE_CHECKING:
    from itss.measures.compute import Measured


Part = Literal["form", "definitions", "exclusions"]
"""What a report is made by besides data, entry and agreement: its template, own measures, what is not counted."""


@dataclass(frozen=True)
class Submission:
    """What was handed in for one process; ``missing`` says why there are no rows, and is empty where there are."""

    process: str
    source: str
    rows: int
    sha256: str
    collected_at: dt.datetime
    missing: str = ""
    outside: Mapping[str, int] = field(default_factory=dict)
    """Rows that were left out because they concern none of the periods: ``after`` them, ``before`` them."""
    empty: Sequence[str] = ()
    absent: Sequence[str] = ()
    """Periods for which it was handed in that there was nothing, and for which nothing was handed in."""
    columns: Sequence[str] = ()
    """The columns that the source has."""
    unfilled: Sequence[str] = ()
    """Those of them without a single value."""
    cannot_tell: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """By column, the values that the source says it can never yield."""
    present_value: Sequence[str] = ()
    """The columns whose values are those of the collection, also in the figures of an earlier period."""


@dataclass(frozen=True)
class RevisionLine:
    """One line of the revision history."""

    number: int
    state: str
    at: dt.datetime
    note: str = ""


@dataclass(frozen=True)
class ImprovementLine:
    """An item to improve as it stood when the period ended; ``state`` is open, overdue, done or cancelled."""

    key: str
    report: str
    title: str
    owner: str
    due_on: dt.date
    state: str
    closed_on: dt.date | None = None
    result: str = ""
    moved_to: dt.date | None = None
    """The day that it was moved to since; ``due_on`` is the one agreed first, and judges it."""
    is_past: bool = False
    """Closed before the period: no longer followed up, but the last thing that was done about a missed target."""


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
    """The figures of the last revision, as are the findings and nonconformities below, where there is one."""
    previous_findings: Sequence[Finding] | None = None
    previous_nonconformities: pd.DataFrame | None = None
    reformed: Sequence[tuple[Part, str]] = ()
    """What was copied otherwise for this revision than for the last one, and the file."""
    archive_only: bool = False
    """Made afterwards for the archive: nobody approved it, nobody gets it."""
    comment: str = ""
    """What the author says about the figures; empty = nothing."""
    quarantine: pd.DataFrame = field(default_factory=pd.DataFrame)
    """The rows that are in no figure: process, row (from 0), id, rules, cells."""
    comments: Mapping[str, str] = field(default_factory=dict)
    """What he says about single sections (by their key), having reworked a returned revision."""
    agreement_versions: Sequence[AgreementVersion] = ()
    """All versions of the agreement, the oldest first; those that come into force later, too."""
    improvements: Sequence[ImprovementLine] = ()
    """What reviews want improved: open at the end of the period, closed in it, or past."""
    template: TemplateFiles | None = None
    """The files of the report's form; ``None`` = the shipped one of that name."""

    @cached_property
    def every_figure(self) -> tuple[Figure, ...]:
        """All figures, in the order they were computed: those of the period, and those of the year so far."""
        return tuple(self._figure(row) for row in self.measured.figures.to_dict("records"))

    @cached_property
    def figures(self) -> tuple[Figure, ...]:
        """The figures of the period."""
        return tuple(figure for figure in self.every_figure if figure.dimension != YEAR)

    @cached_property
    def yearly(self) -> tuple[Figure, ...]:
        """The figures of the year so far, of the targets over the year."""
        return tuple(figure for figure in self.every_figure if figure.dimension == YEAR)

    @cached_property
    def allowances(self) -> Mapping[tuple[str, str, str], YearAllowance]:
        """What the targets over the year allow and what is used of it, by (process, measure id, member)."""
        return {
            (str(row["process"]), str(row["measure"]), str(row["member"])): YearAllowance(
                first=word(row["first"]),
                last=word(row["last"]),
                counted=word(row["counted"]),
                allowed=number(row["allowed"]),
                used=number(row["used"]),
                why=word(row["why"]),
            )
            for row in self.measured.allowances.to_dict("records")
        }

    @cached_property
    def whole(self) -> Mapping[tuple[str, str], Figure]:
        """Whole-scope figures by (process, measure id), in the order of the processes' declarations."""
        found = {figure.key: figure for figure in self.figures if not figure.dimension}
        return {key: found[key] for key in self.measures if key in found}

    @cached_property
    def trends(self) -> Mapping[tuple[str, str], Trend]:
        """Trends by (process, measure id), of processes whose period is covered; with the cases that they compare."""
        rows = self.measured.trends.to_dict("records")
        found = {(str(row["process"]), str(row["measure"])): trend_of(row) for row in rows}
        return {key: self._with_cases(key, trend) for key, trend in found.items() if self.is_covered(key[0])}

    def _with_cases(self, key: tuple[str, str], trend: Trend) -> Trend:
        cases, figure = self.cases.get(key, {}), self.whole.get(key)
        before, last_year = (cases.get(moment.label) for moment in (self.period.shift(-1), self.period.a_year_before()))
        compared = [] if figure is None else [figure.n, *([] if before is None else [before])]
        is_few = figure is not None and figure.is_on_cases and min(compared) < figure.measure.few_below
        target, is_at_least = (figure.target, figure.at_least) if figure else (None, True)
        lower, upper = (None, None) if is_few else (trend.lower, trend.upper)
        hope = assurance_of(target, lower, upper, is_at_least=is_at_least, value=trend.value)
        trend = replace(trend, n_before=before, n_last_year=last_year, is_few=is_few, assurance=hope)
        return replace(trend, is_signal=False, rule="", direction="few_cases") if is_few else trend

    @cached_property
    def coverage(self) -> Mapping[str, CoverageLine]:
        """What the data of each process cover; of versions that did not know it, nothing."""
        rows = self.measured.coverage.to_dict("records")
        return {str(row["process"]): coverage_line(row) for row in rows}

    @cached_property
    def history(self) -> Mapping[tuple[str, str], Mapping[str, float | None]]:
        """Value by period label, by (process, measure id)."""
        found: dict[tuple[str, str], dict[str, float | None]] = {}
        for row in self.measured.history.to_dict("records"):
            key = (str(row["process"]), str(row["measure"]))
            found.setdefault(key, {})[str(row["period"])] = number(row["value"])
        return found

    @cached_property
    def cases(self) -> Mapping[tuple[str, str], Mapping[str, int]]:
        """Number of cases by period label, by (process, measure id)."""
        found: dict[tuple[str, str], dict[str, int]] = {}
        for row in self.measured.history.to_dict("records"):
            if (n := number(row["n"])) is not None:
                found.setdefault((str(row["process"]), str(row["measure"])), {})[str(row["period"])] = int(n)
        return found

    def is_covered(self, process: str) -> bool:
        """Whether the whole period of a process is known; true where nothing says that it is not."""
        return process not in self.coverage or self.coverage[process].covered == "whole"

    def submission(self, process: str) -> Submission | None:
        """What was handed in for a process."""
        return next((one for one in self.submissions if one.process == process), None)

    def tells(self, process: str, column: str) -> bool:
        """Whether a field was collected and is filled in, so that *none* is an answer and not an unasked question."""
        given = self.submission(process)
        if given is None or given.missing or not self.is_covered(process):
            return False
        if not given.rows:
            return self.period.label in given.empty  # handed in that there was nothing
        return column in given.columns and column not in given.unfilled

    @cached_property
    def before(self) -> Mapping[tuple[str, str, str, str], Figure]:
        """Figures of the period before, by (process, measure id, dimension, member)."""
        rows = self.measured.before.to_dict("records")
        found = (self._figure(row) for row in rows if (str(row["process"]), str(row["measure"])) in self.measures)
        return {(*figure.key, figure.dimension, figure.member): figure for figure in found}

    @cached_property
    def computed(self) -> Mapping[tuple[str, str], frozenset[str]]:
        """Earlier periods whose point was never published but computed from the source, by (process, measure id)."""
        rows = self.measured.history
        rows = rows[(rows["origin"] == "computed") & (rows["period"] != self.period.label)]
        groups = rows.groupby(["process", "measure"], sort=False)["period"]
        return {(str(process), str(measure)): frozenset(periods) for (process, measure), periods in groups}

    @cached_property
    def restatements(self) -> tuple[Restatement, ...]:
        """What was published otherwise, in the order of the measures."""
        return tuple(
            Restatement(
                process=str(row["process"]),
                measure=str(row["measure"]),
                period=str(row["period"]),
                published=number(row["published"]),
                recomputed=number(row["recomputed"]),
            )
            for row in self.measured.restatements.to_dict("records")
        )

    def of_section(self, section: Section) -> Sequence[Figure]:
        """Whole-scope figures of one of the six contents."""
        return [figure for figure in self.whole.values() if figure.measure.section == section]

    def members(self, process: str, dimension: str) -> Sequence[Figure]:
        """Figures of a process split by a dimension."""
        return self._by_dimension.get((process, dimension), ())

    @cached_property
    def _by_dimension(self) -> Mapping[tuple[str, str], Sequence[Figure]]:
        found: dict[tuple[str, str], list[Figure]] = {}
        for figure in self.figures:
            found.setdefault((figure.measure.process, figure.dimension), []).append(figure)
        return found

    def _figure(self, row: Mapping[Any, Any]) -> Figure:
        key = (str(row["process"]), str(row["measure"]))
        if key not in self.measures:
            raise ConfigurationError(
                f"There is a figure of the unknown measure {key[0]}.{key[1]}.", "Measure this revision again."
            )
        dimension, member = word(row["dimension"]), word(row["member"])
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
            status=word(row["status"]),
            low=number(row.get("low")),
            high=number(row.get("high")),
            excluded=json.loads(left_out) if (left_out := word(row.get("excluded"))) not in ("", "{}") else {},
            raw=raw_of(row),
        )

    def _is_at_least(self, key: tuple[str, str], dimension: str, member: str) -> bool:
        over = "year" if dimension == YEAR else "period"
        of = member.partition(" ")[2] if dimension == YEAR else member
        for target in self._targets.get((*key, of, over), ()):
            if dimension in (YEAR, target.dimension):
                return target.at_least is not None
        return self.measures[key].better != "lower"

    @cached_property
    def _targets(self) -> Mapping[tuple[str, str, str, str], Sequence[Target]]:
        found: dict[tuple[str, str, str, str], list[Target]] = {}
        for target in self.agreement.targets if self.agreement else ():
            found.setdefault((target.process, target.measure, target.member, target.over), []).append(target)
        return found
