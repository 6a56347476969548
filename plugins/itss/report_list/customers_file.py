"""A file of customers, read and judged by itself; and what a customer changes in an entry that is made for them."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from itss.problems import Fault, Loc, Problem, refused
from itss.report_list.customers import CUSTOMER, Customer
from itss.yaml_file import Document, read_yaml

SECTION = "customers"
_NOT_BINDS = frozenset({"start", "end"})


@dataclass(frozen=True)
class CustomersFile:
    """The sound customers of one file, the keys of the ``broken`` ones, and the problems of both."""

    path: Path
    customers: tuple[Customer, ...] = ()
    problems: tuple[Problem, ...] = ()
    document: Document | None = None
    places: Mapping[str, int] | None = None
    broken: tuple[str, ...] = ()

    @property
    def is_one(self) -> bool:
        """Whether it has customers, or may have: a file that cannot be read might."""
        return self.document is None or (isinstance(self.document.data, dict) and SECTION in self.document.data)

    def problem(self, key: str, fault: Fault) -> Problem:
        """A fault of the customer ``key``, its way beginning there."""
        if self.document is None or self.places is None:
            return Problem(self.path, 1, key, fault.message, fault.remedy)
        return self.document.problem(Fault((SECTION, self.places[key], *fault.loc), fault.message, fault.remedy))


def read_customers(path: Path) -> CustomersFile:
    """The customers of ``path``: ``customers:`` and a list of them. Whoever has a problem gets no report."""
    document = read_yaml(path)
    if isinstance(document, Problem):
        return CustomersFile(path, problems=(document,))
    section = document.data.get(SECTION) if isinstance(document.data, dict) else None
    if not isinstance(section, list) or not section:
        fault = Fault((SECTION,), "There is no customer in 'customers'.", "List them, each with `- key: …`.")
        return CustomersFile(path, problems=(document.problem(fault),), document=document)
    faults = list(document.doubled)
    for name in sorted(map(str, set(document.data) - {SECTION})):
        faults.append(Fault((name,), f"'{name}' is not a key that is known here.", "The file has `customers`."))
    named = [value.get("key") if isinstance(value, dict) else None for value in section]
    places = {key: named.index(key) for key in named if isinstance(key, str)}
    found: list[Customer] = []
    for number, value in enumerate(section):
        loc: Loc = (SECTION, number)
        key = named[number]
        is_twice = isinstance(key, str) and named.count(key) > 1
        if is_twice and named.index(key) != number:
            message = f"The customer '{key}' is written twice; neither gets a report."
            faults.append(Fault((*loc, "key"), message, "Rename or remove one of the two."))
        try:
            one = Customer.model_validate(value)
        except ValidationError as error:
            faults += refused(error, Customer, loc)
            continue
        wrong = sorted(_NOT_BINDS & set(one.binds))
        faults += [
            Fault((*loc, "binds", name), f"':{name}' is of the period.", "Choose another name.") for name in wrong
        ]
        if not wrong and not is_twice and not document.is_doubled(loc):
            found.append(one)
    alike = _alike(found)
    for one in alike:
        message = f"'{one.key}' has the same binds as another customer, and would get that one's rows."
        faults.append(Fault((SECTION, places[one.key], "binds"), message, "Write what the source says of its own."))
    found = [one for one in found if one not in alike]
    broken = tuple(places.keys() - {one.key for one in found})
    return CustomersFile(path, tuple(found), tuple(map(document.problem, faults)), document, places, broken)


def _alike(customers: Sequence[Customer]) -> list[Customer]:
    """Those whose queries would yield the same rows: most likely one was copied, and not changed."""
    said = [{name: str(value) for name, value in ({CUSTOMER: one.key} | one.binds).items()} for one in customers]
    counts = Counter(frozenset(one.items()) for one in said)
    return [one for one, binds in zip(customers, said, strict=True) if counts[frozenset(binds.items())] > 1]


def with_customer(entry: Mapping[str, Any], customer: Customer) -> dict[str, Any]:
    """``entry`` (as it was written) as it is for ``customer``."""
    key = str(entry.get("key"))
    data = {name: value for name, value in entry.items() if name != "for_each"}
    data["key"] = f"{key}.{customer.key}"
    data["title"] = _titled(entry.get("title"), customer)
    data["customer"] = {
        "key": customer.key,
        "title": customer.title,
        "binds": {CUSTOMER: customer.key} | customer.binds,
        "roles": customer.roles,
    }
    for name in ("language", "agreement", "template"):
        if (value := getattr(customer, name)) is not None:
            data[name] = value
    if customer.recipients is not None and isinstance(entry.get("distribution"), dict):
        data["distribution"] = entry["distribution"] | {"recipients": list(customer.recipients)}
    if customer.approvers and isinstance(entry.get("approval"), list):
        data["approval"] = [_answered(level, customer) for level in entry["approval"]]
    if customer.first is not None and isinstance(entry.get("period"), dict):
        data["period"] = entry["period"] | {"first": customer.first}
    data |= _ended(entry, customer)
    was = customer.was.get(key) or (f"{entry['was']}.{customer.key}" if entry.get("was") else None)
    return data | ({"was": was} if was else {})


def said_by_customer(loc: Loc, entry: Mapping[str, Any], customer: Customer) -> Loc | None:
    """The way in the customers file to what is at ``loc`` of the ``entry``; ``None`` where that itself says it."""
    first, rest = (loc[0] if loc else ""), loc[1:]
    if first in ("language", "agreement", "template"):
        return (first, *rest) if getattr(customer, str(first)) is not None else None
    if first == "retired":
        return loc if customer.retired and _ended(entry, customer) == {"retired": customer.retired} else None
    if first == CUSTOMER:
        return rest
    if loc[:2] == ("distribution", "recipients"):
        return loc[1:] if customer.recipients is not None else None
    if loc[:2] == ("period", "first"):
        return ("first",) if customer.first is not None else None
    if first == "was":
        key = str(entry.get("key"))
        return ("was", key) if key in customer.was else None
    if first == "approval" and len(loc) > 2 and loc[2] == "approvers" and isinstance(loc[1], int):
        level = _own_level(entry["approval"][loc[1]], customer) if isinstance(entry.get("approval"), list) else None
        return ("approvers", level, *loc[3:]) if level else None
    return None


def _titled(title: Any, customer: Customer) -> Any:
    if not isinstance(title, dict):
        return title
    names = {"zh-CN": customer.title.zh, "en": customer.title.en}
    return {
        language: f"{words} · {names[language]}" if language in names else words for language, words in title.items()
    }


def _own_level(level: Any, customer: Customer) -> str | None:
    """The name of the ``level`` of approval, where the customer says who answers there."""
    name = level.get("name") if isinstance(level, dict) else None
    return name if isinstance(name, str) and name in customer.approvers else None


def _answered(level: Any, customer: Customer) -> Any:
    name = _own_level(level, customer)
    return level | {"approvers": list(customer.approvers[name])} if name else level


def _ended(entry: Mapping[str, Any], customer: Customer) -> dict[str, Any]:
    """The earlier end of the two; what is no day is left, to be refused."""
    ends = [day for day in (entry.get("retired"), customer.retired) if day is not None]
    try:
        return {"retired": min(dt.date.fromisoformat(str(day)) for day in ends)} if ends else {}
    except ValueError:
        return {}
