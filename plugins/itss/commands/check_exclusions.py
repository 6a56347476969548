"""Agreed exclusions, for ``itss check``: what only their evidence, the day of today and the whole list show."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from itss.exclusions.loader import FILE, load_exclusions
from itss.problems import Fault, Loc, Problem, closest
from itss.report_list.loader import Loaded
from itss.yaml_file import read_yaml


def exclusion_problems(loaded: Loaded, folder: Path) -> Iterator[Problem]:
    """What is wrong with the exclusions in ``folder``, beyond what loading found already."""
    if not loaded.exclusions:
        return
    now = dt.datetime.now(dt.UTC)
    unsound = [one.stem for one in folder.glob("*.yaml") if one.stem not in loaded.agreements]
    known = {key: one for key, one in loaded.agreements.items() if key in loaded.exclusions}
    others = [*unsound, *loaded.agreements]
    found = load_exclusions(folder, known, broken=others, now=now, with_evidence=True)
    yield from (problem for problem in found.problems if problem not in loaded.problems)
    document = read_yaml(folder / FILE)
    if not isinstance(document, Problem):
        yield from map(document.problem, _faults(loaded))


def _faults(loaded: Loaded) -> Iterator[Fault]:
    """Exclusions that would reach a customer with whom they were not agreed, or none at all."""
    customers = None if loaded.list.customers is None else [one.key for one in loaded.list.customers]
    sharing: dict[str, set[str]] = defaultdict(set)
    for entry in loaded.list.reports:
        if entry.customer:
            sharing[entry.agreement].add(entry.customer.key)
    for agreement, exclusions in loaded.exclusions.items():
        for number, one in enumerate(exclusions):
            loc: Loc = (agreement, number)
            if one.customer is not None and customers is not None and one.customer not in customers:
                message = f"There is no customer '{one.customer}'."
                yield Fault((*loc, "customer"), message, closest(one.customer, customers, "Customers are"))
            elif one.customer is None and not one.is_of_time and len(sharing[agreement]) > 1:
                message = (
                    f"Reports of {len(sharing[agreement])} customers have this agreement: whose records are these?"
                )
                yield Fault((*loc, "id"), message, "Write `customer:` with the customer's key: no other sees them.")
