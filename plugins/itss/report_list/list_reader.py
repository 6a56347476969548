"""What is valid in the files of a list, and what is wrong with the rest: one reading, section by section.

It never raises for what people wrote. Without a report manager nobody could be notified of a failure, so then no entry
is valid.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from typing import Any

from pydantic import TypeAdapter, ValidationError

from itss.agreements.loader import LoadedAgreements
from itss.own_measures.of_list import process_ids
from itss.own_measures.own_file import NOTHING_OWN, Own
from itss.problems import Fault, Loc, closest, refused
from itss.report_list.addresses import address_problem
from itss.report_list.delegation import delegate_faults
from itss.report_list.list_document import ListDocument
from itss.report_list.models import Entry, ReportList
from itss.report_list.person import Delegate, Key, Person
from itss.report_list.pools import pool_faults, sound_pools
from itss.report_list.raw_entry import Layer
from itss.report_list.rules import Known, entry_faults, person_fault

_KEY = TypeAdapter(Key)
_CONNECTION = re.compile(r"[\w.-]{1,200}", re.ASCII)
_CHAT = "Write the address of the chat into an Airflow connection (as its password), and the name of that here."
_TOP = tuple(ReportList.model_fields)
_KEYED = "Write `report_manager:` and the key of a person of 'people'."
_PERSON = "Write for each one a key with title and email, e.g. `report_author: {title: {zh-CN: …, en: …}, email: …}`."
EMPTY_LIST = ReportList.model_construct(report_manager="", people={}, reports=())


class ListReader:
    """One reading of one document; collects the faults on its way. Without agreements it judges no entry."""

    def __init__(self, document: ListDocument, found: LoadedAgreements | None, own: Own = NOTHING_OWN) -> None:
        self.document, self.own = document, own
        self.is_judging = found is not None
        self.found = found or LoadedAgreements({})
        self.faults: list[Fault] = []

    def read(self) -> ReportList:
        data = self.document.data
        if not isinstance(data, dict):
            shape = "report_manager, people, reports"
            self._fault((), "The file does not hold a report list.", f"It has the keys {shape}.")
            return EMPTY_LIST
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
            return EMPTY_LIST
        delegates = self._delegates(data, known, entries)
        found = ReportList(
            report_manager=manager,
            people=people,
            delegates=delegates,
            pools=self._pools(data, entries),
            reports=entries,
        )
        found, files = found.with_own(self.own), self.document.customers.values()
        given = data.get("delegates") or []
        if any(file.problems for file in files) or not isinstance(given, list) or len(delegates) < len(given):
            return found  # nobody knows whom a broken customer names, or for whom a broken delegate is there
        return found.with_customers(one for file in files for one in file.customers)

    def _fault(self, loc: Loc, message: str, remedy: str) -> None:
        self.faults.append(Fault(loc, message, remedy))

    def _people(self, data: dict[str, Any]) -> dict[str, Person]:
        people: dict[str, Person] = {}
        section = data.get("people")
        if self.document.is_twice("people"):
            return people
        if section is None and self.document.is_headless:
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
        if key is None and self.document.is_headless:
            return None
        if not isinstance(key, str) or not key:
            self._fault(
                loc, "'report_manager' is missing: nobody would be notified of a failure, so no report runs.", _KEYED
            )
            return None
        fault = person_fault(loc, key, known)
        if fault is not None:
            self._fault(loc, fault.message + " Nobody would be notified of a failure, so no report runs.", fault.remedy)
        return key if key in known.people and not self.document.is_twice("report_manager") else None

    def _delegates(self, data: dict[str, Any], known: Known, entries: Collection[Entry]) -> tuple[Delegate, ...]:
        """Those that are sound: judged also where no entry is, for one with a fault lets nobody answer."""
        section = data.get("delegates") or []
        if self.document.is_twice("delegates"):
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

    def _pools(self, data: dict[str, Any], entries: Collection[Entry]) -> dict[str, int]:
        """Those that are sound; whether an entry uses each is asked where none was left out."""
        if self.document.is_twice("pools"):
            return {}
        pools, faults = sound_pools(data.get("pools") or {})
        is_complete = self.document.is_whole and not self.document.problems and len(entries) == len(data["reports"])
        if self.is_judging and entries and is_complete:
            faults += pool_faults(pools, entries)
        self.faults += faults
        return pools

    def _entries(self, data: dict[str, Any], known: Known) -> Iterator[Entry]:
        section = data["reports"]
        if not section:
            if self.document.is_whole and not self.document.problems:
                message = "There is no report in 'reports'."
                self._fault(("reports",), message, "List at least one, each with `- key: …`, or in `reports/`.")
            return
        if self.document.is_twice("reports"):
            return
        keys = Counter(keys_of(self.document.data))
        written = self.document.written
        former = Counter(was for value in section if (was := word_of(value, "was")))
        for number, value in enumerate(section):
            is_refused = self.document.is_refused(number)
            entry = None if is_refused else self._entry(("reports", number), value, known)
            key, was = word_of(value, "key"), word_of(value, "was")
            if key is not None and len(written.get(base := key.partition(".")[0], ())) > 1:
                self._fault(("reports", number, "key"), *_same_key(base, written[base]))
            elif not is_refused and was is not None and (was in keys or former[was] > 1):
                shared = f"'{was}' is the key of an entry" if was in keys else f"Two entries were '{was}'"
                message = f"{shared}: nobody could say whose reports those on record are."
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


def _same_key(key: str, written: Sequence[Layer]) -> tuple[str, str]:
    places = list(dict.fromkeys(one.place for one in written))
    is_one_file = len({file for file, _ in places}) == 1
    lines = [str(line) if is_one_file else f"{file.name}:{line}" for file, line in places]
    where = f"on lines {' and '.join(lines)}" if is_one_file else f"in {' and '.join(lines)}"
    return f"The key '{key}' is {where}; none of these entries runs.", "Rename all but one."


def _names(section: object) -> set[str]:
    return {str(key) for key in section} if isinstance(section, dict) else set()


def keys_of(data: object) -> list[str]:
    """The keys of all entries of a list as it was read, sound or not, in its order."""
    section = data.get("reports") if isinstance(data, dict) else None
    keys = (word_of(value, "key") for value in (section if isinstance(section, list) else ()))
    return [key for key in keys if key is not None]


def word_of(value: object, name: str) -> str | None:
    """What an entry says under ``name``, where it is a text."""
    found = value.get(name) if isinstance(value, dict) else None
    return found if isinstance(found, str) else None
