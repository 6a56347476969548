"""The processes that a ``measures.yaml`` makes, and everything that is wrong with what it says of their columns.

Every KPI is computed once on no rows at all, so that DuckDB itself has read its SQL before a report needs it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

from itss.errors import ItssError
from itss.measures.base import Measure
from itss.measures.scope import Scope
from itss.own_measures.compiling import compiled
from itss.own_measures.declaring import declared, extended
from itss.own_measures.own_file import Own
from itss.problems import Fault, Loc, Problem
from itss.processes import PROCESSES
from itss.processes.base import Process
from itss.processes.declared import faults, nothing


@dataclass(frozen=True)
class Judged:
    """The processes with what is sound, and all problems of the file in the order of its lines."""

    processes: Mapping[str, Process]
    problems: tuple[Problem, ...] = ()


@lru_cache(maxsize=8)
def judged(own: Own) -> Judged:
    """What ``own`` makes of the processes of the product."""
    if not own.sha256:
        return Judged(PROCESSES)
    content, found = own.content, list[Fault]()
    processes = dict(PROCESSES)
    for key, columns in content.columns.items():
        if key in PROCESSES:
            processes[key] = extended(PROCESSES[key], columns, found)
    for key, one in content.processes.items():
        made = declared(key, one, found)
        if made is not None:
            processes[key] = made
    found += _measured(own, processes)
    found += _declarations(own, processes)
    problems = {*own.problems, *map(own.problem, found)}
    return Judged(processes, tuple(sorted(problems, key=lambda one: (one.line, one.message))))


def _measured(own: Own, processes: dict[str, Process]) -> Iterator[Fault]:
    """Add the sound KPIs to ``processes``; yields what is wrong with the others."""
    empty: dict[str, Scope] = {}
    for key, one in own.content.measures.items():
        process = processes.get(one.process)
        if process is None:
            continue  # told of where the process is declared
        measure, wrong = compiled(key, one, process)
        if measure is not None:
            if process.id not in empty:
                empty[process.id] = nothing(process, {process.id: process})
            wrong = list(_tried(measure, empty[process.id]))
        yield from wrong
        if measure is not None and not wrong:
            kept = (*process.measures, measure)
            processes[one.process] = replace(process, measures=kept, headline=(*process.headline, key))


def _declarations(own: Own, processes: Mapping[str, Process]) -> Iterator[Fault]:
    """What a report will ask of the declared processes, and they lack."""
    asked = {one.process for one in own.content.measures.values()}
    for key in own.content.processes:
        process = processes.get(key)
        if process is None:
            continue
        if process.measures:
            for words in faults(process, {key: process}):
                yield Fault(_place(key, words), words, "Correct the declaration.")
        elif key not in asked and not own.problems:
            yield Fault(("processes", key), f"No KPI is of the process '{key}'.", "Write one below `measures:`.")


def _place(process: str, words: str) -> Loc:
    named = words.split("'")[1] if "'" in words else ""
    return ("processes", process, "columns", named) if named else ("processes", process)


def _tried(measure: Measure, empty: Scope) -> Iterator[Fault]:
    try:
        measure.compute(empty)
    except ItssError as error:
        yield Fault(("measures", measure.id), str(error), "")
