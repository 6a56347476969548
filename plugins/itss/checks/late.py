"""Late entries: what happened in the period, and was written down after its end. They are why a figure is restated."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
import pandas as pd

from itss.checks.findings import Finding
from itss.measures.base import RECORDED_AT
from itss.measures.rows import Mask, before, edge, first_given, in_period, instants
from itss.periods import Period
from itss.processes.base import Process
from itss.text import text

RECORDED_LATE = "recorded_late"


def late_findings(batches: Iterable[tuple[Process, pd.DataFrame, str]], period: Period) -> Iterator[Finding]:
    """One finding a process, naming every such row; (process, frame, where it came from) each."""
    for process, rows, source in batches:
        if RECORDED_AT not in rows:
            continue
        concerned = _of_period(process, rows, period)
        late = concerned & (instants(rows, RECORDED_AT) >= edge(period.end))
        if late.any():
            yield Finding(
                process=process.id,
                rule=RECORDED_LATE,
                severity="info",
                column=RECORDED_AT,
                failed=int(np.count_nonzero(late)),
                total=int(np.count_nonzero(concerned)),
                rows=tuple(map(str, rows["id"][late])),
                why=text(
                    "这些记录属于本期，但在期末之后才录入；此前编制的报告不含它们。",
                    "These records belong to the period and were written down after its end: a report made before "
                    "lacks them.",
                ),
                remedy=text("请提醒记录人及时录入。", "Ask those who record them to do so in time."),
                source=source,
            )


def _of_period(process: Process, rows: pd.DataFrame, period: Period) -> Mask:
    """Begun in the period, or under way in it where a process has an end."""
    if not process.ended_by:
        return in_period(rows, process.leading, period)
    ended = first_given(rows, process.ended_by)
    return before(rows, process.leading, period.end) & ~(ended < edge(period.start))
