"""From the files of the report list to DAGs, and to the one readable error that shows what is wrong with it.

What builds a DAG is imported only where there is one to build: most DAG files of a small house are empty.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from itss import __version__
from itss.errors import ConfigurationError
from itss.report_list import list_files
from itss.report_list.list_document import ListDocument, read_nearest
from itss.report_list.loader import load, load_accepted, states_of
from itss.report_list.shards import STUBS, Shards, place_of, shards_of
from itss.settings import read_beside, settings

if TYPE_CHECKING:
    from airflow.sdk import DAG

    from itss.flow.standing_entries import Opened
    from itss.report_list.loader import Loaded
    from itss.report_list.models import ReportList

log = logging.getLogger(__name__)


def shard_dags(stub: Path, only: str | None = None) -> Iterator[DAG]:
    """The DAGs of the DAG file ``stub``; just the one of ``only``, be it of another file by now (a task needs it).

    The list is that of the bundle of ``stub``, from here on: the task in this process reads it, too.
    """
    read_beside(stub)
    if only is not None:
        return report_dag_of(only)
    stubs = sorted(stub.parent.glob(STUBS))
    return report_dags(stubs.index(stub), len(stubs))


def report_dags(number: int = 0, stubs: int = 1) -> Iterator[DAG]:
    """A DAG per valid entry of the shard ``number``, of the ``stubs`` that there are.

    An entry that is not valid any more, or not in the list, keeps the DAG that its open revisions were opened with.
    """
    head = settings().report_list
    shards = shards_of(head, stubs)
    if number >= shards.count:
        return
    from itss.flow.build import report_dag
    from itss.flow.standing_entries import opened_entries

    loaded = load(head, wanted=shards.wanted(number))
    own = _own_keys(loaded, shards, number)
    opened = opened_entries(lambda key: key in own or place_of(key, shards.count) == number, str(number))
    for entry in loaded.list.reports:
        if entry.key in own:
            yield report_dag(entry, loaded.list, opened.pop(entry.key, ()))
    for key, revisions in opened.items():
        if key in own or not _is_listed(head, key):
            yield _unlisted_dag(revisions, loaded.list)


def report_dag_of(key: str) -> Iterator[DAG]:
    """The DAG of one entry, of whose list nothing else is read and nothing is judged: for the process of a task."""
    from itss.flow.build import report_dag
    from itss.flow.standing_entries import opened_entries

    found = load_accepted(settings().report_list, key)
    revisions = opened_entries(key).get(key, [])
    for entry in found.reports:
        yield report_dag(entry, found, revisions)
    if revisions and not found.reports:
        yield _unlisted_dag(revisions, found)


def _unlisted_dag(revisions: list[Opened], found: ReportList) -> DAG:
    """The DAG of what is open of an entry that is not valid, or not in the list any more."""
    from itss.flow.build import report_dag

    newest = revisions[-1]
    # the pools of today are those that Airflow has
    people = newest.people.model_copy(update={"pools": found.pools})
    return report_dag(newest.entry, people, revisions, is_listed=False)


def _own_keys(loaded: Loaded, shards: Shards, number: int) -> frozenset[str]:
    """The keys of all entries of a shard, sound or not; one that is in two files is the first one's."""
    entries = loaded.document.entries if loaded.document else ()
    files: dict[str, Path] = {}
    for one in entries:
        key = one.data.get("key") if isinstance(one.data, dict) else None
        if isinstance(key, str):
            files.setdefault(key, one.own.document.path)
    return frozenset(key for key, file in files.items() if shards.is_its_own(number, file, key))


def _is_listed(head: Path, key: str) -> bool:
    """Whether the entry is in the list after all, in a file of another shard."""
    document = read_nearest(head, key)
    return isinstance(document, ListDocument) and document.has(key)


def refuse_problems(stub: Path) -> None:
    """Raise `ConfigurationError` naming every problem of the list beside ``stub``; do nothing when there is none.

    The DAG file that calls this fails, red in the UI, as long as an entry is broken, while all others run.
    """
    read_beside(stub)
    lines = _problems(settings().report_list)
    if lines:
        raise ConfigurationError(
            f"The report list has {len(lines)} problem(s); the reports concerned do not run:\n"
            + "\n".join(lines)
            + "\n",
            "Correct them, then look again with: python -m itss check.",
        )


def _problems(head: Path) -> list[str]:
    """All problems of the list, judged again only when one of its files has changed: that takes seconds if it is long.

    What was found is kept in a file, for Airflow parses each DAG file in a process of its own.
    """
    kept = settings().var / "list_problems.json"
    files = [*list_files.all_files(head), *sorted((head.parent / "agreements").glob("*"))]
    state = [__version__, *map(list, states_of(files))]
    with suppress(OSError, ValueError):
        known = json.loads(kept.read_bytes())
        if known["state"] == state:
            return list(known["problems"])
    from itss.archive.store import write
    from itss.report_list.after import after_problems

    loaded = load(head)
    found = [str(problem) for problem in (*loaded.problems, *after_problems(loaded))]
    try:
        write(kept, json.dumps({"state": state, "problems": found}).encode())
    except OSError as error:
        log.warning("%s cannot be written, and the list is judged at each parse: %s", kept, error)
    return found
