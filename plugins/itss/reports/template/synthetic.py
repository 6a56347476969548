"""A report that nobody measured: every figure of an entry's measures, by which `check` tries its template.

Each measure has a value, its agreed target and two members a dimension, so that loops have something to go through;
there is no history, no event and no breach, so that what a template says of nothing is tried, too.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from itss.agreements.models import Agreement, AgreementVersion
from itss.measures.base import Measure
from itss.measures.compute import ALL_FIGURE_COLUMNS, Measured
from itss.measures.coverage import COVERAGE_COLUMNS
from itss.measures.major_events import EVENT_COLUMNS
from itss.measures.nonconformities import NONCONFORMITY_COLUMNS
from itss.measures.published import HISTORY_COLUMNS, RESTATEMENT_COLUMNS
from itss.measures.trends import TREND_COLUMNS
from itss.periods import Period
from itss.processes.base import Process
from itss.report_list.models import Entry, ReportList
from itss.reports.inputs import ReportInputs, Submission

MEMBERS = ("A", "B")
CASES = 20


def inputs(entry: Entry, people: ReportList, agreement: Agreement, processes: Mapping[str, Process]) -> ReportInputs:
    """The inputs of the entry's last period; ``processes`` are those that it collects."""
    period, version = judged_by(entry, agreement)
    measures = {(one.process, one.id): one for process in processes.values() for one in process.measures}
    return ReportInputs(
        entry=entry,
        list=people,
        period=period,
        revision=1,
        due_at=period.end,
        cutoff_at=period.end,
        agreement_title=agreement.title,
        agreement=version,
        measured=_measured(entry, period, version, processes, measures),
        findings=(),
        submissions=[Submission(name, "–", CASES, "", period.end) for name in processes],
        revisions=(),
        measures=measures,
        processes=processes,
        code_version="0",
        preview=True,
    )


def judged_by(entry: Entry, agreement: Agreement) -> tuple[Period, AgreementVersion]:
    """The period of the trial, and the version that judges it."""
    period = entry.period.closed("", dt.datetime.now(dt.UTC))
    return period, agreement.in_force(period) or agreement.versions[-1]


def _measured(
    entry: Entry,
    period: Period,
    version: AgreementVersion,
    processes: Mapping[str, Process],
    measures: Mapping[tuple[str, str], Measure],
) -> Measured:
    targets = {
        (t.process, t.measure, t.dimension, t.member): t.at_least if t.at_least is not None else t.at_most
        for t in version.targets
    }
    rows = [
        _row(measure, period, dimension, member, targets.get((measure.process, measure.id, dimension, member)))
        for measure in measures.values()
        for dimension, member in _places(entry, processes[measure.process], measure)
    ]
    empty = {
        "before": ALL_FIGURE_COLUMNS,
        "history": HISTORY_COLUMNS,
        "restatements": RESTATEMENT_COLUMNS,
        "trends": TREND_COLUMNS,
        "nonconformities": NONCONFORMITY_COLUMNS,
        "major_events": EVENT_COLUMNS,
        "coverage": COVERAGE_COLUMNS,
    }
    frames = {name: pd.DataFrame(columns=columns) for name, columns in empty.items()}
    return Measured(figures=pd.DataFrame(rows, columns=ALL_FIGURE_COLUMNS), **frames)


def _places(entry: Entry, process: Process, measure: Measure) -> Iterator[tuple[str, str]]:
    """The whole, and the members of each dimension that the measure is split by."""
    yield "", ""
    for dimension in dict.fromkeys((*entry.dimensions, *process.always_by)) if measure.by_dimension else ():
        if dimension in process.dimensions:
            yield from ((dimension, member) for member in MEMBERS)


def _row(measure: Measure, period: Period, dimension: str, member: str, target: float | None) -> dict[str, Any]:
    value = 1.0 if measure.unit == "share" else float(CASES)
    missed = target is not None and (value < target if measure.better != "lower" else value > target)
    return {
        "measure": measure.id,
        "process": measure.process,
        "period": period.label,
        "dimension": dimension,
        "member": member,
        "value": value,
        "unit": measure.unit,
        "numerator": CASES if measure.unit == "share" else None,
        "denominator": CASES if measure.unit == "share" else None,
        "n": CASES,
        "target": target,
        "status": "" if target is None else "missed" if missed else "met",
        "excluded": "{}",
        "version": measure.version,
    }
