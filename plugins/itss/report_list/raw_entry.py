"""An entry as it was written: the files that it is made of, and in which of them each of its values is."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from itss.problems import Fault, Loc, Problem
from itss.report_list.customers import Customer
from itss.report_list.customers_file import CustomersFile, said_by_customer
from itss.yaml_file import Document


@dataclass(frozen=True)
class Layer:
    """A part of one file: ``loc`` is the way to it."""

    document: Document
    loc: Loc = ()

    def depth(self, loc: Loc) -> int:
        """How many steps of ``loc`` there are in it."""
        data, steps = self.document.data, (*self.loc, *loc)
        for number, step in enumerate(steps):
            try:
                data = data[step]
            except (KeyError, IndexError, TypeError):
                return number - len(self.loc)
        return len(loc)

    @property
    def place(self) -> tuple[Path, int]:
        """File and line of the key of the entry that it is."""
        return self.document.path, self.document.line((*self.loc, "key"))


@dataclass(frozen=True)
class RawEntry:
    """One entry of one customer, or of nobody in particular, as it was written."""

    data: Any
    own: Layer
    defaults: Layer | None = None
    customers: CustomersFile | None = None
    customer: Customer | None = None
    written: Any = None
    """What it was before it was made for its customer."""
    is_refused: bool = False
    """Whether it, or its customer, has a fault already that is among the problems of the files."""

    def problem(self, fault: Fault) -> Problem:
        """``fault`` (its way begins at the entry) where the value is written."""
        if self.customers and self.customer:
            said = said_by_customer(fault.loc, self.written, self.customer)
            if said is not None:
                return self.customers.problem(self.customer.key, Fault(said, fault.message, fault.remedy))
        layers = [self.own, *([self.defaults] if self.defaults else [])]
        best = max(layers, key=lambda layer: layer.depth(fault.loc))  # of equals the first, which is its own
        return best.document.problem(Fault((*best.loc, *fault.loc), fault.message, fault.remedy))

    @property
    def is_doubled(self) -> bool:
        """Whether a key is written twice anywhere in what it is made of."""
        is_twice = self.own.document.is_doubled(self.own.loc)
        return is_twice or bool(self.defaults and self.defaults.document.doubled)


def merged(below: Any, above: Any) -> Any:
    """``above``, with what only ``below`` has: groups key by key, anything else as a whole."""
    if not isinstance(below, dict) or not isinstance(above, dict):
        return above
    return {**below, **{key: merged(below[key], value) if key in below else value for key, value in above.items()}}


def value_at(data: Any, loc: Loc) -> Any:
    for step in loc:
        data = data[step]
    return data
