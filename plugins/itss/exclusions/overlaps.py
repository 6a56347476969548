"""Exclusions that say the same twice: nobody could tell which of the two took a record out.

Looks at those that still count. A record that is named, and lies in a time that is taken out as well, is seen only
with the data: it is then taken out once, by the first of the two.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from itertools import combinations

from itss.exclusions.models import Exclusion
from itss.problems import Fault, Loc

_Item = tuple[int, Exclusion]


def overlap_faults(loc: Loc, exclusions: Mapping[int, Exclusion]) -> Iterator[Fault]:
    """Keys and evidence names that are used twice, records and times that are taken out twice; by place in the list."""
    yield from _names(loc, exclusions)
    by_record: dict[tuple[str, str], list[_Item]] = defaultdict(list)
    for number, one in exclusions.items():
        for name in one.id if not one.withdrawn_on else ():
            by_record[one.process, name].append((number, one))
    for (_, name), items in by_record.items():
        yield from _records(loc, name, items)
    yield from _times(loc, [item for item in exclusions.items() if item[1].is_of_time and not item[1].withdrawn_on])


def _names(loc: Loc, exclusions: Mapping[int, Exclusion]) -> Iterator[Fault]:
    keys: set[str] = set()
    files: dict[str, Exclusion] = {}
    for number, one in exclusions.items():
        if one.key in keys:
            yield Fault((*loc, number, "key"), f"There are two exclusions '{one.key}'.", "Rename one.")
        keys.add(one.key)
        first = files.setdefault(one.evidence.name, one)
        if first.evidence.sha256 != one.evidence.sha256:
            message = f"'{one.evidence.name}' of '{first.key}' is another file of the same name."
            yield Fault((*loc, number, "evidence", "file"), message, "Rename one: both are kept in one folder.")


def _records(loc: Loc, name: str, items: list[_Item]) -> Iterator[Fault]:
    if len({number for number, _ in items}) < len(items):
        yield Fault((*loc, items[0][0], "id"), f"'{name}' is listed twice.", "Keep it once.")
    for (here, one), (number, other) in combinations(items, 2):
        if here != number and _share_a_measure(one, other):
            message = f"'{name}' is taken out by '{one.key}' already."
            yield Fault((*loc, number, "id"), message, "Keep it in one of the two.")
            return


def _times(loc: Loc, items: Iterable[_Item]) -> Iterator[Fault]:
    known = [(one.since, one.until, number, one) for number, one in items if one.since and one.until]
    open_ones: list[tuple[int, Exclusion]] = []
    for since, _, number, one in sorted(known, key=lambda item: (item[0], item[2])):
        open_ones = [item for item in open_ones if item[1].until and item[1].until > since]
        for at, other in open_ones:
            if one.process == other.process and _share_a_service(one, other) and _share_a_measure(one, other):
                first = one if number < at else other
                message = f"Its time overlaps with that of '{first.key}'."
                yield Fault((*loc, max(number, at), "from"), message, "Let one begin where the other ends.")
                break
        open_ones.append((number, one))


def _share_a_service(one: Exclusion, other: Exclusion) -> bool:
    return not one.service or not other.service or one.service == other.service


def _share_a_measure(one: Exclusion, other: Exclusion) -> bool:
    # one that names no measure concerns every agreed one, whichever those are in the period
    return not one.measures or not other.measures or bool(set(one.measures) & set(other.measures))
