"""Reads the report list: the valid entries, and every problem of the rest with its line and remedy.

One bad entry neither hides the others nor disappears: it is left out of ``Loaded.list`` and named in
``Loaded.problems``. Nothing here imports pandas: DAG files load the list at every parse.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from pathlib import Path

from itss.agreements.loader import LoadedAgreements, load_agreements
from itss.agreements.models import Agreement
from itss.exclusions.loader import load_exclusions
from itss.exclusions.models import Exclusions
from itss.own_measures.own_file import own_beside
from itss.problems import Fault, Loc, Problem
from itss.report_list.list_document import ListDocument, read_list, read_nearest
from itss.report_list.list_files import EVERYTHING, NO_ENTRY, Wanted, all_files, only
from itss.report_list.list_reader import EMPTY_LIST, ListReader, keys_of, word_of
from itss.report_list.models import ReportList
from itss.settings import head_of_list

__all__ = ["Loaded", "Problem", "load"]


@dataclass(frozen=True)
class Loaded:
    """The valid part of the list, the agreements beside it, and all problems of both, in the order of the files."""

    list: ReportList
    problems: tuple[Problem, ...] = ()
    agreements: Mapping[str, Agreement] = field(default_factory=dict)
    keys: frozenset[str] = frozenset()
    """The keys of all entries, also of those with problems: what is none of these is not in the list any more."""
    exclusions: Mapping[str, Exclusions] = field(default_factory=dict)
    """By agreement, what was agreed not to count; their evidence was not looked at."""
    document: ListDocument | None = None
    """The files as they were read; ``None`` where there is no list at all."""

    def loc(self, key: str) -> Loc:
        """The way to the entry ``key``, for faults of it."""
        return ("reports", self._numbers[key])

    @cached_property
    def _numbers(self) -> dict[str, int]:
        entries = self.document.entries if self.document else ()
        return {key: number for number, one in enumerate(entries) if (key := word_of(one.data, "key"))}

    def problem(self, fault: Fault) -> Problem:
        """The fault with its file and line."""
        if self.document is None:
            raise LookupError("There is no list.")
        return self.document.problem(fault)


def load(path: Path, measures: Mapping[str, Collection[str]] | None = None, wanted: Wanted = EVERYTHING) -> Loaded:
    """Read the list in ``path`` and the folder ``agreements`` beside it; of its entries those that are ``wanted``.

    ``measures`` (ids by process) lets targets of unknown measures be found too; it costs the import of all of them.
    """
    head = head_of_list(path)
    document = read_list(head, wanted)
    if isinstance(document, Problem):
        found, _ = _agreed(head.parent / "agreements", measures)
        return Loaded(EMPTY_LIST, (document, *found.problems), found.agreements)
    named = None if document.is_whole else {str(word_of(one.data, "agreement")) for one in document.entries}
    found, excluded = _agreed(head.parent / "agreements", measures, named)
    own = own_beside(head)
    reader = ListReader(document, found, own)
    report_list = reader.read()
    # what is written once for many customers is wrong once
    problems = dict.fromkeys([*document.problems, *map(document.problem, reader.faults)])
    order = {name: number for number, name in enumerate(dict.fromkeys(problem.file for problem in problems))}
    listed = sorted(problems, key=lambda problem: (order[problem.file], problem.line))
    keys = frozenset(keys_of(document.data))
    return Loaded(report_list, (*listed, *own.problems, *found.problems), found.agreements, keys, excluded, document)


def load_one(path: Path, key: str) -> Loaded:
    """What `load` finds of one entry, for its own steps. Of the others those are read that may claim its keys."""
    head = head_of_list(path)
    loaded = load(head, wanted=only(head, key))
    if former := {entry.was for entry in loaded.list.reports if entry.was is not None}:
        loaded = load(head, wanted=only(head, key, *former))
    reports = tuple(entry for entry in loaded.list.reports if entry.key == key)
    return replace(loaded, list=loaded.list.model_copy(update={"reports": reports}))


def _agreed(
    folder: Path, measures: Mapping[str, Collection[str]] | None, named: Collection[str] | None = None
) -> tuple[LoadedAgreements, Mapping[str, Exclusions]]:
    """The agreements of which the exclusions are sound too, with the problems of both, and these exclusions.

    Where only those ``named`` are read, the others are known to be there and nothing more.
    """
    found = load_agreements(folder, measures, named)
    others = {one.stem for one in folder.glob("*.yaml")} - set(found.agreements) if named is not None else found.broken
    excluded = load_exclusions(folder, found.agreements, measures, broken=others)
    sound = {key: one for key, one in found.agreements.items() if key not in excluded.broken}
    known = found.broken | (excluded.broken & frozenset(found.agreements))
    return LoadedAgreements(sound, (*found.problems, *excluded.problems), known), excluded.exclusions


def current(path: Path) -> Loaded:
    """What `load` finds, read and judged again only when one of its files has changed: for whoever asks often."""
    head = head_of_list(path)
    files = [*all_files(head), *sorted((head.parent / "agreements").glob("*"))]
    return _current(head, *states_of(files))


@lru_cache(maxsize=2)
def _current(path: Path, *_states: object) -> Loaded:
    return load(path)


def states_of(files: Iterable[Path]) -> Iterator[tuple[str, int, int, int]]:
    """What changes when one of ``files`` does: for whoever keeps what was read."""
    for one in files:
        with suppress(OSError):  # it is not there, or a link that leads to itself
            state = one.stat()
            yield str(one), state.st_mtime_ns, state.st_size, state.st_ino


def load_accepted(path: Path, key: str | None = None) -> ReportList:
    """The list without its judgement by the rules, of the entry ``key`` alone: for a task, whose DAG was accepted.

    That spares every task its start. `load` and `load_one` judge again before a report is opened.
    """
    head = head_of_list(path)
    return _accepted(head, read_list(head) if key is None else read_nearest(head, key))


def load_people(path: Path) -> ReportList:
    """The people of the list, likewise, and no entry."""
    head = head_of_list(path)
    return _accepted(head, read_list(head, NO_ENTRY))


def _accepted(head: Path, document: ListDocument | Problem) -> ReportList:
    return EMPTY_LIST if isinstance(document, Problem) else ListReader(document, None, own_beside(head)).read()
