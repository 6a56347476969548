"""The files of the report list as one document: what each entry says in the end, and where each value is written.

An entry is put together from ``defaults.yaml``, its own file and its customer, the latter above the former: groups key
by key, lists and values as a whole. A fault is reported where the value is that won. Nothing is judged here.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from itss.problems import Fault, Loc, Problem, closest
from itss.report_list import list_files
from itss.report_list.customers import FILE_NAME
from itss.report_list.customers_file import CustomersFile, read_customers, with_customer
from itss.report_list.list_files import EVERYTHING, Wanted, nearest, only, passed_over
from itss.report_list.raw_entry import Layer, RawEntry, merged, value_at
from itss.settings import head_of_list
from itss.yaml_file import Document, read_yaml

_DOTTED = re.compile(r"[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*")
_ABSENT = "Check ITSS_REPORT_LIST or ITSS_HOME; the list of a DAG bundle is include/report_list.yaml beside its dags/."
_OF_ONE = ("was", "for_each", "retired", "customer")
"""What is no default: of many entries it would make one, or end them all."""


@dataclass(frozen=True)
class ListDocument:
    """All that was read of a list; ``problems`` are those of the files themselves."""

    path: Path
    heads: tuple[Document, ...]
    entries: tuple[RawEntry, ...]
    customers: Mapping[str, CustomersFile]
    problems: tuple[Problem, ...] = ()
    is_whole: bool = True
    """Whether all entries were read."""
    written: Mapping[str, Sequence[Layer]] = field(default_factory=dict)
    """By key, the entries that were written under it, before one was made for each customer."""

    @cached_property
    def data(self) -> Any:
        """One document with the sections of the list, or what the head holds instead of them."""
        if self.heads and not all(isinstance(head.data, dict) for head in self.heads):
            return next(head.data for head in self.heads if not isinstance(head.data, dict))
        data: dict[str, Any] = {}
        for head in self.heads:
            data |= {name: _joined(data.get(name), value) for name, value in head.data.items()}
        return data | {"reports": [entry.data for entry in self.entries]}

    def problem(self, fault: Fault) -> Problem:
        """The fault with its file and line; of an entry its way begins with ``("reports", number)``."""
        if len(fault.loc) > 1 and fault.loc[0] == "reports" and isinstance(fault.loc[1], int):
            return self.entries[fault.loc[1]].problem(Fault(fault.loc[2:], fault.message, fault.remedy))
        if not self.heads:
            return Problem(self.path, 1, str(fault.loc[0]) if fault.loc else "", fault.message, fault.remedy)
        head, loc = self._head(fault.loc)
        return head.problem(Fault(loc, fault.message, fault.remedy))

    def is_doubled(self, loc: Loc) -> bool:
        """Whether a key is written twice at or below ``loc``."""
        if len(loc) > 1 and loc[0] == "reports" and isinstance(loc[1], int):
            return self.entries[loc[1]].is_doubled
        head, own = self._head(loc)
        return head.is_doubled(own) or loc[:2] in _in_both(self.heads)

    def has(self, key: str) -> bool:
        """Whether the entry ``key`` was read, sound or not."""
        return any(isinstance(one.data, dict) and one.data.get("key") == key for one in self.entries)

    @property
    def is_headless(self) -> bool:
        """Whether ``people.yaml`` could not be read: what it says is not missing, and its problem is known already."""
        is_told = any(one.file.name == list_files.PEOPLE for one in self.problems)
        return is_told and all(head.path.name != list_files.PEOPLE for head in self.heads)

    def is_refused(self, number: int) -> bool:
        """Whether reading the files found the entry ``number`` to be at fault."""
        return self.entries[number].is_refused

    def is_twice(self, section: str) -> bool:
        """Whether a whole section is written twice, so that nobody knows which one was meant."""
        return any(fault.loc == (section,) for head in self.heads for fault in head.doubled) or (
            (section,) in _in_both(self.heads)
        )

    def _head(self, loc: Loc) -> tuple[Document, Loc]:
        """The file of a section, and the way to ``loc`` in it."""
        best = max(self.heads, key=lambda head: Layer(head).depth(loc))
        if len(loc) > 1 and isinstance(loc[1], int):  # a list of both: the second is counted on from the first
            for head in self.heads:
                items = head.data.get(loc[0]) if isinstance(head.data, dict) else None
                length = len(items) if isinstance(items, list) else 0
                if loc[1] < length:
                    return head, loc
                loc = (loc[0], loc[1] - length, *loc[2:])
        return best, loc


def read_list(path: Path, wanted: Wanted = EVERYTHING) -> ListDocument | Problem:
    """The list in ``path``, or in the folder ``path``; a `Problem` where there is none, or its head cannot be read."""
    head = head_of_list(path)
    heads: list[Document] = []
    problems: list[Problem] = []
    if head.exists() or not list_files.is_there(head):
        read = read_yaml(head)
        if isinstance(read, Problem):
            return read if head.exists() else replace(read, remedy=_ABSENT)
        heads.append(read)
    for found in _optional(head.parent / list_files.PEOPLE, problems):
        heads.append(found)
    count = len(problems)
    defaults = next(_optional(head.parent / list_files.DEFAULTS, problems), None)
    builder = _Builder(head, defaults, wanted, problems)
    # nobody knows what the entries would say: a level, a review or a limit of theirs might be missing
    builder.is_refusing = len(problems) > count and builder.defaults is None
    builder.add_head(heads)
    try:
        files = wanted.files(head)
    except OSError as error:
        message = f"The folder cannot be read ({error.strerror})."
        problems.append(Problem(head.parent / list_files.FOLDER, 1, "", message, "Check what it is and who may."))
        files = []
    for file in files:
        builder.add_file(file)
    if any(entry.customer for entry in builder.entries):
        builder.add_other_customers()
    if wanted is EVERYTHING:
        builder.add_unused()
        problems += [Problem(file, 1, "", "This file is not read.", remedy) for file, remedy in passed_over(head)]
    for one in (*heads, *([defaults] if defaults else [])):
        problems += map(one.problem, one.doubled)
    for loc in _in_both(heads):
        message = f"'{loc[-1]}' is in {heads[0].path.name}, too."
        problems.append(heads[1].problem(Fault(loc, message, "Keep one of the two.")))
    is_whole = wanted is EVERYTHING
    entries, told = tuple(builder.entries), tuple(problems)
    return ListDocument(head, tuple(heads), entries, builder.customers, told, is_whole, builder.written)


def read_nearest(head: Path, key: str) -> ListDocument | Problem:
    """The list as far as the entry ``key`` is concerned, in the file of its name if it is there, else anywhere."""
    document = read_list(head, nearest(head, key))
    if isinstance(document, Problem) or document.has(key):
        return document
    return read_list(head, only(head, key))


class _Builder:
    """Puts the entries together, file by file; what cannot be read becomes a problem and stops no other."""

    def __init__(self, head: Path, defaults: Document | None, wanted: Wanted, problems: list[Problem]) -> None:
        self.head, self.wanted, self.problems = head, wanted, problems
        self.entries: list[RawEntry] = []
        self.customers: dict[str, CustomersFile] = {}
        self.defaults = self._sound(defaults) if defaults else None
        self.is_refusing = False
        self.written: dict[str, list[Layer]] = defaultdict(list)
        self.made: dict[str, set[str]] = defaultdict(set)
        """By customers file, the keys of the entries that name it."""

    def _sound(self, defaults: Document) -> Layer | None:
        if defaults.data is None or isinstance(defaults.data, dict):
            for name in ("key", *_OF_ONE):
                if name in (defaults.data or {}):
                    message = f"'{name}' is of one entry alone."
                    self.problems.append(defaults.problem(Fault((name,), message, "Write it there.")))
            return Layer(defaults) if defaults.data else None
        self.problems.append(defaults.problem(Fault((), "This is no group of keys.", "Write keys of an entry here.")))
        return None

    def add_head(self, heads: list[Document]) -> None:
        """The entries of the section ``reports`` of the head."""
        for head in heads:
            section = head.data.get("reports") if isinstance(head.data, dict) else None
            if isinstance(section, list):
                for number in range(len(section)):
                    self._add(Layer(head, ("reports", number)))
            elif section is not None:
                message, remedy = "There is no report in 'reports'.", "List at least one, each with `- key: …`."
                self.problems.append(head.problem(Fault(("reports",), message, remedy)))

    def add_file(self, file: Path) -> None:
        """The entry, or the entries, of one file of the folder."""
        document = read_yaml(file)
        if isinstance(document, Problem):
            self.problems.append(document)
            return
        self.problems += map(document.problem, document.doubled)
        data = document.data
        way: Loc = ("reports",) if isinstance(data, dict) and data.keys() == {"reports"} else ()
        section = value_at(data, way)
        several: list[Loc] = [(*way, number) for number in range(len(section))] if isinstance(section, list) else []
        locs = [()] if isinstance(data, dict) and not way else several
        if not locs:
            message = "The file holds no entry."
            self.problems.append(document.problem(Fault(way, message, "Write the keys of one, or a list of several.")))
        for loc in locs:
            self._add(Layer(document, loc))

    def add_other_customers(self) -> None:
        """The customers of other files, whose entries were not read: whom they name is for no file of these entries.

        What is wrong there is a matter of those entries.
        """
        for file in list_files.customers_files(self.head):
            if file.name not in self.customers and (found := read_customers(file)).is_one:
                self.customers[file.name] = found

    def add_unused(self) -> None:
        """Former keys of reports that no entry makes: under a misspelled name their history would be lost."""
        for name, made in self.made.items():
            for customer in self.customers[name].customers:
                for key in sorted(customer.was.keys() - made):
                    fault = Fault(("was", key), f"No entry '{key}' is made for these customers.", closest(key, made))
                    self.problems.append(self.customers[name].problem(customer.key, fault))

    def _add(self, own: Layer) -> None:
        data = value_at(own.document.data, own.loc)
        if not isinstance(data, dict):
            self.entries.append(RawEntry(data, own))
            return
        if own.loc == () and "key" not in data:
            data = {"key": own.document.path.stem} | data  # the file is called like it
        taken: set[str] = set()
        if self.defaults is not None:
            below = self.defaults.document.data
            taken = set(_OF_ONE) & below.keys() - data.keys()
            data = merged({name: value for name, value in below.items() if name != "key"}, data)
        if isinstance(data.get("key"), str):
            self.written[data["key"]].append(own)
        for entry in [RawEntry(data, own, self.defaults, is_refused=True)] if taken else self._of_each(data, own):
            entry = replace(entry, is_refused=entry.is_refused or self.is_refusing)
            if not isinstance(entry.data.get("key"), str) or self.wanted.is_entry(entry.data):
                self.entries.append(entry)

    def _of_each(self, data: dict[str, Any], own: Layer) -> Iterator[RawEntry]:
        """The entry, or one for each customer of the file that it names."""
        plain = RawEntry(data, own, self.defaults)
        for name, is_made in (("key", _DOTTED.fullmatch(str(data.get("key")))), ("customer", "customer" in data)):
            if is_made:
                message, remedy = f"Such a `{name}` is not written by hand.", "Write `for_each` and a customers file."
                self.problems.append(plain.problem(Fault((name,), message, remedy)))
                return
        if "for_each" not in data:
            yield plain
            return
        each = data["for_each"]
        if not isinstance(each, str) or not FILE_NAME.fullmatch(each):
            message = "It is empty." if each is None else f"'{each}' is not the name of a customers file."
            remedy = "Name a file beside the list, such as customers.yaml (letters, digits, _ and -), or remove it."
            self.problems.append(plain.problem(Fault(("for_each",), message, remedy)))
            yield replace(plain, is_refused=True)
            return
        if each not in self.customers:
            self.customers[each] = read_customers(list_files.customers_file(self.head, each))
            self.problems += self.customers[each].problems
        found = self.customers[each]
        self.made[each].add(str(data.get("key")))
        for customer in found.customers:
            unknown = set(customer.approvers) - _levels(data)
            for level in sorted(unknown):
                message = f"The entry '{data.get('key')}' has no level '{level}'."
                self.problems.append(found.problem(customer.key, Fault(("approvers", level), message, "Correct it.")))
            finished = with_customer(data, customer)
            yield RawEntry(finished, own, self.defaults, found, customer, data, is_refused=bool(unknown))
        for name in found.broken:
            yield RawEntry({**data, "key": f"{data.get('key')}.{name}"}, own, self.defaults, is_refused=True)


def _optional(path: Path, problems: list[Problem]) -> Iterator[Document]:
    if path.exists() or path.is_symlink():  # one that leads nowhere is a problem
        read = read_yaml(path)
        if isinstance(read, Document):
            yield read
        else:
            problems.append(read)


def _in_both(heads: Sequence[Document]) -> list[Loc]:
    """What is said in two files, so that nobody knows which one was meant."""
    if len(heads) < 2 or not all(isinstance(head.data, dict) for head in heads):
        return []
    first, second = heads[0].data, heads[1].data
    found: list[Loc] = []
    for name in first.keys() & second.keys():
        if isinstance(first[name], dict) and isinstance(second[name], dict):
            found += [(name, key) for key in first[name].keys() & second[name].keys()]
        elif name == "report_manager":
            found.append((name,))
    return sorted(found, key=str)


def _levels(data: Mapping[str, Any]) -> set[str]:
    """The names of its levels of approval."""
    section = data.get("approval")
    names = (one.get("name") for one in section if isinstance(one, dict)) if isinstance(section, list) else ()
    return {name for name in names if isinstance(name, str)}


def _joined(first: Any, second: Any) -> Any:
    """A section that is in two files."""
    if isinstance(first, dict) and isinstance(second, dict):
        return {**first, **second}
    return [*first, *second] if isinstance(first, list) and isinstance(second, list) else second
