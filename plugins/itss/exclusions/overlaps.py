"""Exclusions that say the same twice: nobody could tell which of the two took a record out.

Looks at those that still count. A record that is named, and lies in a time that is taken out as well, is seen only
with the data: it is then taken out once, by the first of the two.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import combinations

from itss.exclusions.models import Exclusion
from itss.problems import Fault, Loc


def overlap_faults(loc: Loc, exclusions: Mapping[int, Exclusion]) -> Iterator[Fault]:
    """Keys and evidence names that are used twice, records and times that are taken out twice; by place in the list."""
    for (_, one), (number, other) in combinations(exclusions.items(), 2):
        here: Loc = (*loc, number)
        if one.key == other.key:
            yield Fault((*here, "key"), f"There are two exclusions '{one.key}'.", "Rename one.")
        if one.evidence.name == other.evidence.name and one.evidence.sha256 != other.evidence.sha256:
            message = f"'{other.evidence.name}' of '{one.key}' is another file of the same name."
            yield Fault((*here, "evidence", "file"), message, "Rename one: both are kept in one folder.")
        if one.process == other.process and _share_a_measure(one, other):
            yield from _twice(here, one, other)
    for number, one in exclusions.items():
        if len(set(one.id)) < len(one.id):
            name = next(name for name in one.id if one.id.count(name) > 1)
            yield Fault((*loc, number, "id"), f"'{name}' is listed twice.", "Keep it once.")


def _twice(loc: Loc, one: Exclusion, other: Exclusion) -> Iterator[Fault]:
    if one.withdrawn_on or other.withdrawn_on:
        return
    for name in sorted(set(one.id) & set(other.id)):
        yield Fault((*loc, "id"), f"'{name}' is taken out by '{one.key}' already.", "Keep it in one of the two.")
    times = (one.since, one.until, other.since, other.until)
    if not all(times) or (one.service and other.service and one.service != other.service):
        return
    (since, until), (begin, end) = one.span, other.span
    if since < end and begin < until:
        message = f"Its time overlaps with that of '{one.key}'."
        yield Fault((*loc, "from"), message, "Let one begin where the other ends.")


def _share_a_measure(one: Exclusion, other: Exclusion) -> bool:
    # one that names no measure concerns every agreed one, whichever those are in the period
    return not one.measures or not other.measures or bool(set(one.measures) & set(other.measures))
