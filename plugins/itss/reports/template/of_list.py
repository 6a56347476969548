"""The templates of a report list: every entry's, tried with its measures, and those that lie beside the list."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from itss.agreements.models import Agreement
from itss.problems import Fault, Problem
from itss.processes import EXCLUSION_SHEET
from itss.processes.base import Process
from itss.report_list.models import Entry, ReportList
from itss.reports.template.judging import of_entry, of_folder
from itss.reports.template.synthetic import inputs

FOLDER = "templates"


def folders(report_list: Path, include: Path) -> list[Path]:
    """Where the templates of a list are looked for, in that order."""
    return list(dict.fromkeys((report_list.parent / FOLDER, include / FOLDER)))


def entry_problems(
    entry: Entry,
    people: ReportList,
    agreements: Mapping[str, Agreement],
    known: Mapping[str, Process],
    places: list[Path],
) -> Iterator[Problem | Fault]:
    """What is wrong with the template of an entry; nothing where something it needs is wrong itself."""
    agreement = agreements.get(entry.agreement)
    processes = [key for key in entry.data_source if key != EXCLUSION_SHEET]
    if agreement is None or not all(process in known for process in processes):
        return
    yield from of_entry(inputs(entry, people, agreement, {key: known[key] for key in processes}), places)


def folder_problems(places: list[Path]) -> Iterator[Problem]:
    """What is wrong with the templates of all folders, used or not."""
    for place in places:
        for folder in sorted({path.parent for path in place.glob("*/report.*.md.j2")}):
            yield from of_folder(folder, places)
