"""Reads the report list: the valid entries, and every problem of the rest with its line and remedy.

It never raises for what people wrote. One bad entry neither hides the others nor disappears: it is left out of
``Loaded.list`` and stands in ``Loaded.problems``. Without a report manager nobody could be told of a failure, so
then no entry is valid. Nothing here imports pandas: DAG files load the list at every parse.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from itss.agreements.loader import LoadedAgreements, load_agreements
from itss.agreements.models import Agreement
from itss.exclusions.loader import load_exclusions
from itss.exclusions.models import Exclusions
from itss.own_measures.of_list import process_ids
from itss.own_measures.own_file import FILE, NOTHING_OWN, Own, own_beside
from itss.problems import Fault, Loc, Problem, closest, refused
from itss.report_list.addresses import address_problem
from itss.report_list.delegation import delegate_faults
from itss.report_list.models import Entry, ReportList
from itss.report_list.person import Delegate, Key, Person
from itss.report_list.rules import Known, entry_faults, person_fault
from itss.yaml_file import Document, read_yaml

__all__ = ["Loaded", "Problem", "load"]

_KEY = TypeAdapter(Key)
_EMPTY = ReportList.model_construct(report_manager="", people={}, reports=())


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


def load(path: Path, measures: Mapping[str, Collection[str]] | None = None) -> Loaded:
    """Read ``path`` and the folder ``agreements`` beside it.

    ``measures`` (ids by process) lets targets of unknown measures be found too; it costs the import of all of them.
    """
    found, excluded = _agreed(path.parent / "agreements", measures)
    document = read_yaml(path)
    if isinstance(document, Problem):
        return Loaded(_EMPTY, (document, *found.problems), found.agreements)
    own = own_beside(path)
    reader = _Reader(document, found, own)
    report_list = reader.read()
    problems = [document.problem(fault) for fault in reader.faults]
    problems.sort(key=lambda problem: problem.line)
    keys = frozenset(keys_of(document.data))
    return Loaded(report_list, (*problems, *own.problems, *found.problems), found.agreements, keys, excluded)


def _agreed(
    folder: Path, measures: Mapping[str, Collection[str]] | None
) -> tuple[LoadedAgreements, Mapping[str, Exclusions]]:
    """The agreements of which the exclusions are sound too, with the problems of both, and these exclusions."""
    found = load_agreements(folder, measures)
    excluded = load_exclusions(folder, found.agreements, measures, broken=found.broken)
    sound = {key: one for key, one in found.agreements.items() if key not in excluded.broken}
    known = found.broken | (excluded.broken & frozenset(found.agreements))
    return LoadedAgreements(sound, (*found.problems, *excluded.problems), known), excluded.exclusions


def current(path: Path) -> Loaded:
    """What `load` finds, read and judged again only when one of its files has changed: for whoever asks often."""
    files = [path, path.parent / FILE, *sorted((path.parent / "agreements").glob("*"))]
    states = ((one, one.stat()) for one in files if one.exists())
    return _current(path, *((one, state.st_mtime_ns, state.st_size, state.st_ino) for one, state in states))


@lru_cache(maxsize=2)
def _current(path: Path, *_states: object) -> Loaded:
    return load(path)


def load_accepted(path: Path) -> ReportList:
    """The list of ``path`` without its judgement by the rules: for the process of a task, whose DAG was accepted.

    That spares every task a sixth of a second at its start. `load` judges again before a report is opened.
    """
    document = read_yaml(path)
    return _EMPTY if isinstance(document, Problem) else _Reader(document, None, own_beside(path)).read()


class _Reader:
    """One reading of one document; collects the faults on its way. Without agreements it judges no entry."""

    def __init__(self, document: Document, found: LoadedAgreements | None, own: Own = NOTHING_OWN) -> None:
        self.document, self.own = document, own
        self.is_judging = found is not None
        self.found = found or LoadedAgreements({})
        self.faults: list[Fault] = list(document.doubled)

    def read(self) -> ReportList:
        data = self.document.data
        if not isinstance(data, dict):
            shape = "report_manager, people, reports"
            self._fault((), "The file does not hold a report list.", f"It has the keys {shape}.")
            return _EMPTY
        for name in data.keys() - set(ReportList.model_fields):
            self._fault((str(name),), f"'{name}' is not a key that is known here.", closest(str(name), _TOP))
        people = self._people(data)
        known = Known(
            people=people,
            broken_people=_names(data.get("people")) - set(people),
            agreements=self.found.agreements,
            broken_agreements=self.found.broken,
            processes=process_ids(self.own),
            broken_processes=self.own.broken,
        )
        manager = self._manager(data, known)
        entries = tuple(self._entries(data, known))
        if not manager:
            return _EMPTY
        delegates = self._delegates(data, known, entries)
        return ReportList(report_manager=manager, people=people, delegates=delegates, reports=entries).with_own(
            self.own
        )

    def _fault(self, loc: Loc, message: str, remedy: str) -> None:
        self.faults.append(Fault(loc, message, remedy))

    def _twice(self, section: str) -> bool:
        """Whether a whole section stands twice, so that nobody knows which one was meant."""
        return any(fault.loc == (section,) for fault in self.document.doubled)

    def _people(self, data: dict[str, Any]) -> dict[str, Person]:
        people: dict[str, Person] = {}
        section = data.get("people")
        if self._twice("people"):
            return people
        if not isinstance(section, dict) or not section:
            self._fault(("people",), "There is nobody in 'people'.", _PERSON)
            return people
        for key, value in section.items():
            loc: Loc = ("people", str(key))
            try:
                _KEY.validate_python(key)
                person = Person.model_validate(value)
            except ValidationError as error:
                self.faults += refused(error, Person, loc)
                continue
            if self.is_judging and (problem := address_problem(person.email)):
                self._fault((*loc, "email"), *problem)
                continue
            if person.chat is not None and not _CONNECTION.fullmatch(person.chat):
                # never what is there: the address of a chat is a secret
                self._fault((*loc, "chat"), "This is not the name of an Airflow connection.", _CHAT)
                continue
            if not self.document.is_doubled(loc):
                people[key] = person
        return people

    def _manager(self, data: dict[str, Any], known: Known) -> str | None:
        key = data.get("report_manager")
        loc: Loc = ("report_manager",)
        if not isinstance(key, str) or not key:
            self._fault(
                loc, "'report_manager' is missing: nobody would be told of a failure, so no report runs.", _KEYED
            )
            return None
        fault = person_fault(loc, key, known)
        if fault is not None:
            self._fault(loc, fault.message + " Nobody would be told of a failure, so no report runs.", fault.remedy)
        return key if key in known.people and not self._twice("report_manager") else None

    def _delegates(self, data: dict[str, Any], known: Known, entries: Collection[Entry]) -> tuple[Delegate, ...]:
        """Those that are sound: judged also where no entry is, for one with a fault lets nobody answer."""
        section = data.get("delegates") or []
        if self._twice("delegates"):
            return ()
        if not isinstance(section, list):
            self._fault(("delegates",), "A list is expected here.", "List each with `- {for: …, to: …, from: …}`.")
            return ()
        read: dict[int, Delegate] = {}
        for number, value in enumerate(section):
            try:
                one = Delegate.model_validate(value)
            except ValidationError as error:
                self.faults += refused(error, Delegate, ("delegates", number))
                continue
            if not self.document.is_doubled(("delegates", number)):
                read[number] = one
        faults = list(delegate_faults(read, known, entries))
        self.faults += faults
        return tuple(one for number, one in read.items() if all(fault.loc[1] != number for fault in faults))

    def _entries(self, data: dict[str, Any], known: Known) -> Iterator[Entry]:
        section = data.get("reports")
        if not isinstance(section, list) or not section:
            self._fault(("reports",), "There is no report in 'reports'.", "List at least one, each with `- key: …`.")
            return
        if self._twice("reports"):
            return
        counts = Counter(keys_of(self.document.data))
        former = Counter(was for value in section if (was := _named(value, "was")))
        for number, value in enumerate(section):
            entry = self._entry(("reports", number), value, known)
            key, was = _named(value, "key"), _named(value, "was")
            if key is not None and counts[key] > 1:
                self._fault(("reports", number, "key"), *self._same_key(section, key))
            elif was is not None and (was in counts or former[was] > 1):
                shared = f"'{was}' is the key of an entry" if was in counts else f"Two entries were '{was}'"
                message = f"{shared}: nobody could tell whose reports those on record are."
                self._fault(("reports", number, "was"), message, "Remove `was`, or that other entry.")
            elif entry is not None:
                yield entry

    def _entry(self, loc: Loc, value: Any, known: Known) -> Entry | None:
        try:
            entry = Entry.model_validate(value)
        except ValidationError as error:
            self.faults += refused(error, Entry, loc)
            return None
        faults = entry_faults(entry, known) if self.is_judging else []
        self.faults += [Fault((*loc, *fault.loc), fault.message, fault.remedy) for fault in faults]
        return None if faults or self.document.is_doubled(loc) else entry

    def _same_key(self, section: list[Any], key: str) -> tuple[str, str]:
        lines = [
            str(self.document.line(("reports", i, "key")))
            for i, value in enumerate(section)
            if _named(value, "key") == key
        ]
        return (
            f"The key '{key}' stands on lines {' and '.join(lines)}; none of these entries runs.",
            "Rename all but one.",
        )


_CONNECTION = re.compile(r"[\w.-]{1,200}", re.ASCII)
_CHAT = "Write the address of the chat into an Airflow connection (as its password), and the name of that here."
_TOP = tuple(ReportList.model_fields)
_KEYED = "Write `report_manager:` and the key of a person of 'people'."
_PERSON = "Write for each one a key with title and email, e.g. `report_author: {title: {zh-CN: …, en: …}, email: …}`."


def _names(section: object) -> set[str]:
    return {str(key) for key in section} if isinstance(section, dict) else set()


def keys_of(data: object) -> list[str]:
    """The keys of all entries of a list as it was read, sound or not, in its order."""
    section = data.get("reports") if isinstance(data, dict) else None
    named = (_named(value, "key") for value in (section if isinstance(section, list) else ()))
    return [key for key in named if key is not None]


def _named(value: object, name: str) -> str | None:
    found = value.get(name) if isinstance(value, dict) else None
    return found if isinstance(found, str) else None
