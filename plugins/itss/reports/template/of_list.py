"""The templates of a report list: every entry's, tried with its measures, and those that lie beside the list."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

from itss.agreements.models import Agreement, AgreementVersion
from itss.problems import Fault, Problem
from itss.processes import EXCLUSION_SHEET
from itss.processes.base import Process
from itss.report_list.models import Entry, ReportList
from itss.reports.template.judging import of_entry, of_folder
from itss.reports.template.synthetic import inputs, judged_by

FOLDER = "templates"
Tried = dict[str, list[Problem | Fault]]
"""What was found before, by the shape of an entry: a thousand reports have a handful of shapes."""


def folders(report_list: Path, include: Path) -> list[Path]:
    """Where the templates of a list are looked for, in that order."""
    return list(dict.fromkeys((report_list.parent / FOLDER, include / FOLDER)))


def entry_problems(
    entry: Entry,
    people: ReportList,
    agreements: Mapping[str, Agreement],
    known: Mapping[str, Process],
    places: list[Path],
    tried: Tried,
) -> list[Problem | Fault]:
    """What is wrong with the template of an entry; nothing where something it needs is wrong itself.

    An entry of a shape that was ``tried`` before is not tried again.
    """
    agreement = agreements.get(entry.agreement)
    processes = [key for key in entry.data_source if key != EXCLUSION_SHEET]
    if agreement is None or not all(process in known for process in processes):
        return []
    shape = _shape(entry, judged_by(entry, agreement)[1])
    if shape not in tried:
        tried[shape] = list(of_entry(inputs(entry, people, agreement, {key: known[key] for key in processes}), places))
    return tried[shape]


def _shape(entry: Entry, version: AgreementVersion) -> str:
    """All of an entry and its agreement that makes a difference to the calls of its template: no name, no number."""
    said = {
        "entry": [entry.template, entry.language, entry.kind, sorted(entry.omits), entry.dimensions, entry.rules],
        "asked": [entry.history, entry.comment, entry.review, len(entry.approval), entry.distribution.formats],
        "sources": [entry.collection_method, list(entry.data_source)],
        "period": [entry.period.kind, entry.period.year_starts],
        "targets": [
            [one.process, one.measure, one.dimension, one.member, one.over, one.at_least is None]
            for one in version.targets
        ],
        "services": bool(version.services),
    }
    return json.dumps(said)


def folder_problems(places: list[Path]) -> Iterator[Problem]:
    """What is wrong with the templates of all folders, used or not."""
    for place in places:
        for folder in sorted({path.parent for path in place.glob("*/report.*.md.j2")}):
            yield from of_folder(folder, places)
