"""Who and what of the list may be written into the files, forms and questions of one entry.

Of an entry for one customer: nobody whom only another customer names, and no report of another customer. Of any other
entry it is the whole list, as ever.
"""

from __future__ import annotations

from collections.abc import Iterable

from itss.report_list.customers import Customer, customer_of
from itss.report_list.models import Entry, ReportList


def people_for(entry: Entry, known: ReportList) -> ReportList:
    """``known``, a list that was read, as ``entry`` may know it.

    Where ``known`` does not say who the customers are, nobody can say whom they name: then only those whom the entry
    itself names, the report manager and their delegates are left.
    """
    if entry.customer is None:
        return known
    named = _with_delegates([*named_by(entry), known.report_manager], known)
    if known.customers is not None:
        others = {key for one in known.customers if one.key != entry.customer.key for key in _named_by_customer(one)}
        named |= known.people.keys() - _with_delegates(others, known)
    return known.model_copy(
        update={
            "people": known.named(named),
            "delegates": tuple(one for one in known.delegates if {one.for_, one.to} <= named),
            "reports": tuple(one for one in known.reports if is_same_customer(one, entry)),
        }
    )


def is_same_customer(one: Entry, other: Entry) -> bool:
    """Whether both are for one and the same customer."""
    return one.customer is not None and other.customer is not None and one.customer.key == other.customer.key


def keys_of_customer(entry: Entry, known: ReportList) -> frozenset[str]:
    """The keys of the reports of an entry's customer, as they are in ``known`` and as they were before."""
    same = [one for one in (entry, *known.reports) if is_same_customer(one, entry)]
    return frozenset(key for one in same for key in (one.key, one.was) if key)


def is_of_customer(report: str, entry: Entry, known: ReportList) -> bool:
    """Whether ``report``, by its key today or before, is for the customer of ``entry``; of no customer's entry, any."""
    if entry.customer is None:
        return True
    return customer_of(report) == entry.customer.key or report in keys_of_customer(entry, known)


def named_by(entry: Entry) -> frozenset[str]:
    """Everybody whom an entry names."""
    approvers = [key for level in entry.approval for key in level.approvers]
    return frozenset((*entry.data_collector, entry.author, *approvers, *entry.distribution.recipients))


def _named_by_customer(one: Customer) -> Iterable[str]:
    return (*(one.recipients or ()), *(key for keys in one.approvers.values() for key in keys))


def _with_delegates(keys: Iterable[str], known: ReportList) -> set[str]:
    """``keys``, and those who are named as delegate of one of them, for whatever days."""
    found = set(keys)
    return found | {one.to for one in known.delegates if one.for_ in found}
