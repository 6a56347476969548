"""Measures of problems: volumes, backlog, times, reopenings, known causes, incidents that come back.

An incident is *repeated* when another one that names the same problem was opened in the 30 days before it. Cancelled
incidents neither repeat nor are repeated. One that names no problem counts in the denominator only.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from itss.measures.base import Measure, Outcome
from itss.measures.basis import Basis, Figure
from itss.measures.outcomes import outcome_of, share
from itss.measures.rows import before, edge, flags, given, in_period, instants, numbers, within
from itss.measures.scope import Scope
from itss.processes._tickets.as_of import cancelled_at_end
from itss.processes._tickets.clocks import derive_times
from itss.processes._tickets.measures import backlog_measures, time_measures, volume_measures
from itss.processes._tickets.reopening import reopening_measures
from itss.processes._tickets.sla import TicketKind
from itss.processes._tickets.workload import workload_measures
from itss.text import text

REPEAT_WINDOW = np.timedelta64(30, "D")
KIND = TicketKind("problem", "问题", "problem", "problems")


def derive_problem(scope: Scope) -> pd.DataFrame:
    """Adds its end and times, whether its cause was known, and what the incidents say of it, as far as sources tell."""
    rows = derive_times(scope)
    columns: dict[str, pd.Series | npt.NDArray[Any]] = {}
    if "cause_known_at" in rows:
        columns["is_cause_known"] = before(rows, "cause_known_at", scope.period.end)
    elif "cause" in rows:
        columns["is_cause_known"] = given(rows, "cause")
    incidents = scope.others.get("incident")
    if incidents is not None and "problem" in incidents:
        columns["incidents_repeated"] = _repeats(scope, incidents)
    return rows.assign(**columns)


def _repeats(scope: Scope, incidents: pd.DataFrame) -> npt.NDArray[np.int64]:
    linked = incidents[given(incidents, "problem") & ~cancelled_at_end(scope, "incident")]
    opened = instants(linked, "opened_at")
    links = pd.DataFrame({"problem": linked["problem"].astype(object).to_numpy(), "at": opened}).sort_values("at")
    earlier = links.groupby("problem", sort=False)["at"].shift(1).to_numpy(dtype="datetime64[us]")
    at = links["at"].to_numpy(dtype="datetime64[us]")
    here = within(at, scope.period.start, scope.period.end)
    counts = links.assign(repeated=here & (at - earlier <= REPEAT_WINDOW)).groupby("problem")["repeated"].sum()
    found = counts.reindex(scope.rows["id"].astype(object), fill_value=0).to_numpy(dtype="int64")
    # a problem raised after the period was none of it yet, whichever incidents were linked to it since
    return np.where(before(scope.rows, "opened_at", scope.period.end), found, 0)


def _known_cause(scope: Scope) -> Outcome:
    end, cancelled = scope.period.end, flags(scope.rows, "is_cancelled")
    waiting = (instants(scope.rows, "opened_at") < edge(end)) & ~before(scope.rows, "ended_at", end)
    known = flags(scope.rows, "is_cause_known")
    return share(scope.rows, known, waiting & ~cancelled, {"cancelled": waiting & cancelled})


def _repeat_incidents(scope: Scope) -> Outcome:
    repeated = numbers(scope.rows, "incidents_repeated")
    incidents = scope.others["incident"]
    counts = in_period(incidents, "opened_at", scope.period) & ~cancelled_at_end(scope, "incident")
    part, whole = float(repeated.sum()), int(counts.sum())
    again = repeated > 0
    # the denominator is counted among incidents, so no row of a problem is in it
    basis = Basis(scope.rows, again, against=again, amounts=np.where(again, repeated, np.nan))
    return outcome_of(basis, Figure(part / whole if whole else None, whole, part, float(whole)))


_measure = partial(Measure, process="problem", unit="share", section="a")

MEASURES: tuple[Measure, ...] = (
    *volume_measures(KIND),
    *backlog_measures(KIND),
    *time_measures(KIND, "ttr", "ttr_clock"),
    *reopening_measures(KIND),
    _measure(
        id="known_cause_rate",
        better="higher",
        name=text("已知原因的问题占比", "Open problems with a known cause"),
        definition=text(
            "期末前已查明原因 / 报告期末未结束的问题。来源无查明时间（cause_known_at）时，以收集时记录的原因为准。",
            "Cause known before the end of the period / problems open at the end of the period. Where the source has "
            "no cause_known_at, a cause on record at the collection counts.",
        ),
        compute=_known_cause,
        needs=("opened_at", "ended_at", "is_cause_known"),
        date_column="opened_at",
    ),
    _measure(
        id="repeat_incident_rate",
        better="lower",
        name=text("重复事件率", "Repeated incidents"),
        definition=text(
            "报告期内提出、且在同一问题的前一事件之后30天内发生的事件 / 报告期内提出的事件。",
            "Incidents opened in the period within 30 days after another one of the same problem / incidents opened "
            "in the period.",
        ),
        compute=_repeat_incidents,
        needs=("incidents_repeated",),
        date_column="opened_at",
        by_dimension=False,  # the incidents of a problem may be of any service
    ),
    *workload_measures(KIND),
)
