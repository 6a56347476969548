"""Whether a process declares all that the other rooms will ask of it.

A renderer asks for roles, not for names, so what is missing would be found in a report. Here it is found before: by
`itss check`, and by the tests over all processes. Reasons are asked of the measures themselves, on no rows at all,
because every outcome names the reasons for which it leaves rows out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pandas as pd

from itss.measures.base import Measure
from itss.measures.major_events import TOLD_BY
from itss.measures.reasons import REASONS
from itss.measures.rows import UTC_INSTANT
from itss.measures.scope import Scope
from itss.periods import parse_period
from itss.processes.base import Process

_TYPES = {"instant": UTC_INSTANT, "number": "float64", "integer": "Int64", "boolean": "boolean"}
_PERIOD = parse_period("2026-01", "month", "UTC")


def faults(process: Process, all_processes: Mapping[str, Process]) -> list[str]:
    """What is wrong with the declaration, one sentence each; none is the aim."""
    return [*_columns(process, all_processes), *_measures(process), *_roles(process), *_reasons(process, all_processes)]


def _columns(process: Process, all_processes: Mapping[str, Process]) -> Iterator[str]:
    names = [column.name for column in (*process.columns, *process.derived)]
    given = {column.name for column in process.columns}
    leading = [column.name for column in process.columns if column.required and column.type == "instant"]
    if names[:1] != ["id"]:
        yield "The first column is not 'id'."
    if len(set(names)) != len(names):
        yield "Two columns have the same name."
    if len(leading) != 1:
        yield f"A record begins with one required instant; there are {len(leading)}."
    for column in process.columns:
        if (column.type == "instant") != column.name.endswith("_at"):
            yield f"The name of an instant ends with '_at', and no other name does: '{column.name}'."
        if column.refers_to and column.refers_to not in all_processes:
            yield f"The column '{column.name}' refers to '{column.refers_to}', which is no process."
    asked = {
        "ended_by": process.ended_by,
        "cancelled_by": tuple(name for name, _ in process.cancelled_by),
        "is_timed": ("priority",) if process.is_timed else (),
        "major_events": (TOLD_BY,) if process.major_events else (),
    }
    yield from (f"dimensions names '{name}', no column." for name in process.dimensions if name not in names)
    for role, columns in asked.items():
        yield from (f"{role} asks for the column '{name}', which it has not." for name in columns if name not in given)
    yield from (
        f"always_by names '{name}', no dimension." for name in process.always_by if name not in process.dimensions
    )


def _measures(process: Process) -> Iterator[str]:
    names = {column.name for column in (*process.columns, *process.derived)}
    ids = [measure.id for measure in process.measures]
    if len(set(ids)) != len(ids):
        yield "Two measures have the same id."
    for measure in process.measures:
        if measure.process != process.id:
            yield f"{measure.id} says that it is a measure of '{measure.process}'."
        clock = measure.clock
        asked = (*measure.needs, measure.date_column or "", clock.elapsed, clock.target, clock.until)
        for name in asked:
            if name and name not in names:
                yield f"{measure.id} asks for the column '{name}', which it has not."
        if not measure.needs:
            yield f"{measure.id} needs no column, so it would always be available."
        if measure.stands_in_for and measure.stands_in_for not in ids:
            yield f"{measure.id} stands in for '{measure.stands_in_for}', which it has not."


def _roles(process: Process) -> Iterator[str]:
    units = {measure.id: measure.unit for measure in process.measures}
    counts = {name: getattr(process, name) for name in ("inflow", "outflow", "stock", "aged_stock", "daily_inflow")}
    opinion = vars(process.opinion) if process.opinion else {}
    listed = [("headline", name) for name in process.headline] + [("breaches", name) for name in process.breaches]
    for role, name in [*counts.items(), *opinion.items(), *listed]:
        if name and name not in units:
            yield f"{role} names the measure '{name}', which it has not."
        if name and role in counts and units.get(name) != "count":
            yield f"{role} is a count, not '{name}'."
    if not process.headline:
        yield "Without a headline a scorecard without targets has nothing of it."
    if process.stock and not (process.ended_by and process.inflow):
        yield "What is left needs what came in (inflow) and what ended it (ended_by)."


def _reasons(process: Process, all_processes: Mapping[str, Process]) -> Iterator[str]:
    known = {*process.reasons, *REASONS}
    scope = nothing(process, all_processes)
    for measure in process.measures:
        for reason in sorted(_left_out(measure, scope) - known):
            yield f"{measure.id} leaves out rows as '{reason}', which has no words among its reasons."


def _left_out(measure: Measure, scope: Scope) -> set[str]:
    outcome = measure.compute(scope)
    return {*outcome.excluded, *(outcome.basis.excluded if outcome.basis else ())}


def nothing(process: Process, all_processes: Mapping[str, Process]) -> Scope:
    """A scope to try a measure on: all columns and no row, of this process and of the others."""
    frames = {key: _empty(other) for key, other in all_processes.items()}
    return Scope(_empty(process), _PERIOD, None, frames)


def _empty(process: Process) -> pd.DataFrame:
    columns = (*process.columns, *process.derived)
    return pd.DataFrame({one.name: pd.Series(dtype=_TYPES.get(one.type, "str")) for one in columns})
