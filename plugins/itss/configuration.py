"""``python -m itss check``: every problem of the report list, the agreements and the SQL files, in one go.

Beyond what loading finds it asks the processes: whether targets name measures that exist, whether dimensions can
split anything, and whether each query yields the columns of its process. It needs no Airflow and no database.
"""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path

from itss.problems import Fault, Loc, Problem, closest, shown
from itss.processes import PROCESSES
from itss.queries import DATABASE_DIALECTS, FILE_DIALECTS, query_problems
from itss.report_list.loader import Loaded, load
from itss.report_list.models import Entry
from itss.settings import settings
from itss.steps.produce import sql_file
from itss.yaml_file import Document, read_yaml


def main(args: Namespace) -> int:
    """Print the problems of ``args.list`` (default: the product's own list), one a line; 1 if there are any."""
    place = settings()
    path = Path(args.list) if args.list else place.report_list
    loaded, problems, queries = check(path, place.include)
    for problem in problems:
        print(problem)
    if problems:
        files = len({problem.file for problem in problems})
        print(f"\n{_count(len(problems), 'problem')} in {_count(files, 'file')}.")
        return 1
    reports, agreements = _count(len(loaded.list.reports), "report"), _count(len(loaded.agreements), "agreement")
    print(f"{shown(path)}: {reports}, {agreements}, {_count(queries, 'SQL file')}: no problems.")
    return 0


def check(path: Path, include: Path) -> tuple[Loaded, list[Problem], int]:
    """The list in ``path`` with all problems of it and what belongs to it, and the number of SQL files read."""
    measures = {key: {measure.id for measure in process.measures} for key, process in PROCESSES.items()}
    loaded = load(path, measures)
    problems = list(loaded.problems)
    document = read_yaml(path)
    uses: dict[Path, tuple[str, tuple[str, ...]]] = {}
    if isinstance(document, Document):
        for entry in loaded.list.reports:
            problems += _entry_problems(document, entry, include, uses)
    for folder in dict.fromkeys((path.parent / "sql", include / "sql")):
        for file in sorted(folder.glob("*/*.sql")):
            # a file that no valid entry uses is read all the same, in whatever dialect it may be
            uses.setdefault(file, (file.stem, (*DATABASE_DIALECTS, *FILE_DIALECTS)))
    for file, (process, dialects) in uses.items():
        if process in PROCESSES:
            problems += query_problems(file, PROCESSES[process], dialects)
        else:
            message = f"There is no process '{process}'."
            problems.append(Problem(file, 1, "", message, "Name the file like its process: " + ", ".join(PROCESSES)))
    return loaded, problems, len(uses)


def _entry_problems(
    document: Document, entry: Entry, include: Path, uses: dict[Path, tuple[str, tuple[str, ...]]]
) -> Iterator[Problem]:
    """What is wrong with an entry that loading could not see; notes in ``uses`` which query it reads, and how."""
    keys = [value.get("key") if isinstance(value, dict) else None for value in document.data["reports"]]
    loc: Loc = ("reports", keys.index(entry.key))
    dimensions = {name for process in entry.data_source for name in PROCESSES[process].dimensions}
    for number, name in enumerate(entry.dimensions):
        if name not in dimensions:
            message = f"None of the processes of this report can be split by '{name}'."
            remedy = closest(name, dimensions, "They can be split by")
            yield document.problem(Fault((*loc, "dimensions", number), message, remedy))
    for process, source in entry.data_source.items():
        if entry.collection_method == "register":
            continue
        file = sql_file(document.path.parent, include, source.system, process)
        if file.is_file():
            uses[file] = (process, FILE_DIALECTS if source.file else DATABASE_DIALECTS)
        else:
            message = f"There is no query {shown(file)}."
            remedy = f"Write it, there or as sql/{source.system}/{process}.sql beside the report list."
            yield document.problem(Fault((*loc, "data_source", process), message, remedy))


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" + ("" if number == 1 else "s")
