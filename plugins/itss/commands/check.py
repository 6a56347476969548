"""``python -m itss check``: every problem of the report list, the agreements and the SQL files, in one go.

Beyond what loading finds it asks the processes: whether targets name measures that exist, whether dimensions can
split anything, and whether each query yields the columns of its process. It needs no Airflow and no database.
"""

from __future__ import annotations

import datetime as dt
from argparse import Namespace
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path

from itss import processes
from itss.agreements.models import AgreementVersion
from itss.agreements.notes import agreement_notes
from itss.commands.check_exclusions import exclusion_problems
from itss.commands.check_queries import Queries
from itss.delivery.folder import overlap
from itss.errors import RegisterError
from itss.own_measures.judging import judged
from itss.own_measures.own_file import own_beside
from itss.periods import PERIODS_OF_YEAR
from itss.problems import Fault, Loc, Problem, closest, shown
from itss.processes import PROCESSES
from itss.processes.base import Process
from itss.processes.declared import faults
from itss.register import Register
from itss.report_list.after import after_problems
from itss.report_list.loader import Loaded, load
from itss.report_list.models import Entry
from itss.report_list.shards import MOST, STUBS, needed
from itss.reports.template.of_list import Tried, entry_problems, folder_problems, folders
from itss.settings import head_of_list, settings
from itss.sources.contract import value_faults
from itss.steps.own_definitions import unversioned_since
from itss.watch.list_and_record import existing_register, notes, record_problems
from itss.yaml_file import Document, read_yaml

_Known = Mapping[str, Process]


def main(args: Namespace) -> int:
    """Print the problems of ``args.list`` (default: the product's own list), one a line; 1 if there are any."""
    place = settings()
    place.verify()
    path = head_of_list(Path(args.list) if args.list else place.report_list)
    loaded, problems, queries = check(path, place.shipped)
    changed: list[str] = []
    if path.resolve() == head_of_list(place.report_list).resolve():  # another list has nothing to do with this record
        recorded, changed = _against_record(path, loaded, place.register_url)
        problems += recorded
    if args.airflow is not None:
        problems += _against_airflow(path, loaded, args.airflow)
    for problem in problems:
        print(problem)
    for note in (*_agreement_notes(loaded, path.parent / "agreements"), *changed):
        print(f"note: {note}")
    if problems:
        files = len({problem.file for problem in problems})
        print(f"\n{_count(len(problems), 'problem')} in {_count(files, 'file')}.")
        return 1
    reports, agreements = _count(len(loaded.list.reports), "report"), _count(len(loaded.agreements), "agreement")
    print(f"{shown(path)}: {reports}, {agreements}, {_count(queries, 'SQL file')}: no problems.")
    return 0


def _against_record(path: Path, loaded: Loaded, url: str) -> tuple[list[Problem], list[str]]:
    """What the record says against the list, and what is open by an older one; nothing where there is no record."""
    if loaded.document is None or not loaded.list.reports:
        return [], []
    register = existing_register(url)
    if register is None:
        return [], []
    try:
        if register.version() is None:
            return [], ["The list was not compared with the record: the register has no tables yet (`itss setup`)."]
        found = record_problems(loaded, register) + _unversioned(path, loaded, register)
        return found, list(notes(loaded, register))
    except RegisterError as error:
        return [], [f"The list was not compared with the record: {error}"]


def _unversioned(path: Path, loaded: Loaded, register: Register) -> list[Problem]:
    """KPIs whose definition is not the one that a report was made by last, and whose version is."""
    own, place, now = own_beside(path), settings(), dt.datetime.now(dt.UTC)
    if not own.content.measures:
        return []
    found: dict[Fault, None] = {}
    for entry in loaded.list.reports:
        period = entry.period.period_of(now)
        found |= dict.fromkeys(unversioned_since(place, register, entry.key, period, own))
    return [own.problem(fault) for fault in found]


def _against_airflow(path: Path, loaded: Loaded, url: str) -> list[Problem]:
    """What a running Airflow lacks for the valid part of the list."""
    from itss.running_airflow import airflow_problems

    if loaded.document is None or not loaded.list.reports:
        return []
    place = settings()
    return airflow_problems(path, loaded, place, url or place.airflow_url)


def check(path: Path, include: Path) -> tuple[Loaded, list[Problem], int]:
    """The list in ``path`` with all problems of it and what belongs to it, and the number of SQL files read."""
    own = own_beside(path)
    found = judged(own)
    known = found.processes
    measures = {key: {measure.id: measure.unit for measure in process.measures} for key, process in known.items()}
    loaded = load(path, measures)
    problems = [*loaded.problems, *(one for one in found.problems if one not in own.problems)]
    problems += [*_agreement_problems(loaded, path.parent / "agreements", known), *_process_problems()]
    problems += [*exclusion_problems(loaded, path.parent / "agreements"), *after_problems(loaded)]
    queries = Queries(path.parent, include)
    tried: Tried = {}
    templates = folders(path, include)
    problems += folder_problems(templates)
    for entry in loaded.list.reports:
        faults = [
            *_split_faults(entry, loaded, known),
            *_year_faults(entry, loaded),
            *queries.note(entry),
            *_overlap(entry),
            *_told_faults(entry, known),
            *_pdf_faults(entry),
        ]
        for one in entry_problems(entry, loaded.list, loaded.agreements, known, templates, tried):
            (faults if isinstance(one, Fault) else problems).append(one)  # type: ignore[arg-type]
        loc = loaded.loc(entry.key)
        problems += [loaded.problem(Fault((*loc, *fault.loc), fault.message, fault.remedy)) for fault in faults]
    problems += queries.problems(known, own.declared)
    problems += queries.problems_of_files({problem.file for problem in problems})
    problems += _shard_problems(path)
    return loaded, list(dict.fromkeys(problems)), len(queries.files)  # several entries may have one template


def _shard_problems(path: Path) -> Iterator[Problem]:
    """A list of more DAGs than the DAG files of this house can make in the time that Airflow gives them."""
    stubs = len(list(settings().dags.glob(STUBS)))
    if 0 < stubs < (files := needed(path)):
        message = f"The list needs {files} DAG files, of {MOST} DAGs at most each, and there are {stubs}."
        remedy = f"Copy dags/{STUBS.replace('*', '00')} until there are {files}: …_{stubs:02d}.py and so on."
        yield Problem(path, 1, "", message, remedy)


def _told_faults(entry: Entry, known: _Known) -> Iterator[Fault]:
    """What the entry says that its sources cannot tell, of columns and values that there are not."""
    for process, source in entry.data_source.items():
        for column, values in source.cannot_tell.items():
            for fault in value_faults(known[process], column, values) if process in known else ():
                yield Fault(("data_source", process, *fault.loc), fault.message, fault.remedy)


def _pdf_faults(entry: Entry) -> Iterator[Fault]:
    """A PDF that cannot be made on this machine."""
    if "pdf" not in entry.distribution.formats:
        return
    from itss.reports.drawing import pdf  # WeasyPrint is loaded only where somebody asks for it

    if why := pdf.missing():
        yield Fault(("distribution", "formats"), f"No PDF can be made here. {why}", pdf.REMEDY)


def _agreement_notes(loaded: Loaded, folder: Path) -> Iterator[Problem]:
    for key, agreement in loaded.agreements.items():
        document = read_yaml(folder / f"{key}.yaml")
        if isinstance(document, Document):
            yield from map(document.problem, agreement_notes(agreement))


def _agreement_problems(loaded: Loaded, folder: Path, known: _Known) -> Iterator[Problem]:
    """Targets for members of a dimension that the measure is never split by, which nobody would ever judge."""
    for key, agreement in loaded.agreements.items():
        document = read_yaml(folder / f"{key}.yaml")
        if isinstance(document, Problem):
            continue
        for number, version in enumerate(agreement.versions):
            yield from map(document.problem, _priority_faults(number, version, known))
            for place, target in enumerate(version.targets):
                measure = next(one for one in known[target.process].measures if one.id == target.measure)
                possible = known[target.process].dimensions if measure.by_dimension else ()
                if target.dimension and target.dimension not in possible:
                    message = f"{target.process}.{target.measure} cannot be split by '{target.dimension}'."
                    remedy = closest(target.dimension, possible, "It can be split by")
                    where = ("versions", number, "targets", place, "dimension")
                    yield document.problem(Fault(where, message, remedy))


def _process_problems() -> Iterator[Problem]:
    """What a process does not declare, though a report will ask for it."""
    for key, process in PROCESSES.items():
        file = Path(processes.__file__).parent / key / "__init__.py"
        for fault in faults(process, PROCESSES):
            yield Problem(file, 1, key, fault, "Declare it there.")


def _priority_faults(number: int, version: AgreementVersion, known: _Known) -> Iterator[Fault]:
    """Targets for a priority that is most likely misspelled; any other may have deadlines of the source's own."""
    times = version.time_targets
    for place, target in enumerate(version.targets):
        near = get_close_matches(target.member, times, n=1)
        is_timed = known[target.process].is_timed
        if near and is_timed and target.dimension == "priority" and target.member not in times:
            message = f"There are no time targets for the priority '{target.member}'."
            loc: Loc = ("versions", number, "targets", place, "member")
            yield Fault(loc, message, closest(target.member, times, "Priorities are"))


def _split_faults(entry: Entry, loaded: Loaded, known: _Known) -> Iterator[Fault]:
    """Dimensions that split nothing, and targets of the agreement that need one the entry does not have."""
    processes = [known[process] for process in entry.data_source if process in known]
    possible = {name for process in processes for name in process.dimensions}
    for number, name in enumerate(entry.dimensions):
        if name not in possible:
            message = f"None of the processes of this report can be split by '{name}'."
            yield Fault(("dimensions", number), message, closest(name, possible, "They can be split by"))
    split = {(process.id, name) for process in processes for name in (*entry.dimensions, *process.always_by)}
    targets = [target for version in loaded.agreements[entry.agreement].versions for target in version.targets]
    wanted = {(t.process, t.dimension): t for t in targets if t.dimension and t.process in entry.data_source}
    for (process, dimension), target in wanted.items():
        if (process, dimension) not in split and process in known and dimension in known[process].dimensions:
            message = (
                f"'{entry.agreement}' has a target for {process}.{target.measure} by '{dimension}', "
                "which this report is not split by, so nobody would see it missed."
            )
            yield Fault(("agreement",), message, f"Add {dimension} to `dimensions`.")


def _year_faults(entry: Entry, loaded: Loaded) -> Iterator[Fault]:
    """Targets over the year of a report whose rows do not reach back to the begin of the year."""
    needed = PERIODS_OF_YEAR[entry.period.kind]
    versions = loaded.agreements[entry.agreement].versions
    asked = [t for version in versions for t in version.targets if t.over == "year" and t.process in entry.data_source]
    if asked and entry.history < needed:
        name = f"{asked[0].process}.{asked[0].measure}"
        message = (
            f"'{entry.agreement}' has a target over the year for {name}, and {entry.history} periods do not reach back "
            "to the begin of the year, so that nobody could judge it."
        )
        yield Fault(("history",), message, f"Write `history: {needed}` or more.")


def _overlap(entry: Entry) -> Iterator[Fault]:
    """A shared folder in which the product keeps what is not for everybody, or that lies in such a one."""
    folder = entry.distribution.folder
    if folder and (name := overlap(folder, settings())):
        message = f"The shared folder overlaps with the {name}."
        yield Fault(("distribution", "folder"), message, "Name a folder of its own.")


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" + ("" if number == 1 else "s")
