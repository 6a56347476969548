"""The processes of one report list: those of the product with their further columns and KPIs, and the declared ones.

Owns the question that every room asks instead of `itss.processes.PROCESSES`. Refuses, when it is asked for processes,
a file with any problem: a report that lacks a KPI without a word would be worse than none.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from itss.errors import ConfigurationError
from itss.own_measures.own_file import Own, own_beside
from itss.processes import EXCLUSION_SHEET, PROCESS_IDS
from itss.text import Text, text

if TYPE_CHECKING:  # they need pandas
    from itss.measures.base import Measure
    from itss.processes.base import Process


def process_ids(own: Own) -> tuple[str, ...]:
    """The ids that a list with ``own`` may name as sources; needs no pandas."""
    return (*PROCESS_IDS, *(key for key in own.declared if key not in PROCESS_IDS), EXCLUSION_SHEET)


def processes_of(own: Own, asked: Iterable[str]) -> dict[str, Process]:
    """The processes that are asked for, in that order; the sheet of agreed exclusions is none, and is left out.

    `ConfigurationError` with all problems of the file, if it has any and speaks of one of these.
    """
    from itss.own_measures.judging import judged

    found, names = judged(own), [name for name in asked if name != EXCLUSION_SHEET]
    if found.problems and own.speaks_of.intersection(names):
        listed = "".join(f"\n  {problem}" for problem in found.problems)
        raise ConfigurationError(f"The KPIs are not usable:{listed}", "Correct them: python -m itss check.")
    return {name: found.processes[name] for name in names}


def process_of(own: Own, key: str) -> Process:
    """What is collected under a key, whatever is wrong with others; `ConfigurationError` where it is not usable."""
    if key == EXCLUSION_SHEET:
        from itss.processes.exclusion_sheet import SHEET

        return SHEET
    from itss.own_measures.judging import judged

    found = judged(own)
    if key not in found.processes:
        listed = "".join(f"\n  {problem}" for problem in found.problems)
        raise ConfigurationError(f"The process '{key}' is not usable.{listed}", "Correct it: python -m itss check.")
    return found.processes[key]


def name_of(own: Own, key: str) -> Text:
    """The name of a process, for whoever only speaks of it; its id where nobody knows it any more."""
    if key in own.content.processes:
        return own.content.processes[key].title
    if key == EXCLUSION_SHEET:
        return process_of(own, key).name
    from itss.processes import PROCESSES

    return PROCESSES[key].name if key in PROCESSES else text(key, key)


def measures_of(report_list: Path) -> Mapping[str, Mapping[str, Measure]]:
    """The sound measures of a list by process and id: of the product, and of the ``measures.yaml`` beside it."""
    return _by_id(own_beside(report_list))


@lru_cache(maxsize=4)
def _by_id(own: Own) -> Mapping[str, Mapping[str, Measure]]:
    from itss.own_measures.judging import judged

    return {key: {one.id: one for one in process.measures} for key, process in judged(own).processes.items()}
