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
            zh = f"剔除标识“{one.key}”重复，请改名。"
            yield Fault((*loc, number, "key"), f"There are two exclusions '{one.key}'.", "Rename one.", zh)
        keys.add(one.key)
        first = files.setdefault(one.evidence.kept_as, one)
        if first.evidence.sha256 != one.evidence.sha256:
            message = f"'{one.evidence.name}' of '{first.key}' is another file of the same name."
            zh = f"“{first.key}”的证据“{one.evidence.name}”与此同名而内容不同，请改名：两者保存在同一文件夹。"
            yield Fault((*loc, number, "evidence", "file"), message, "Rename one: both are kept in one folder.", zh)


def _records(loc: Loc, name: str, items: list[_Item]) -> Iterator[Fault]:
    if len({number for number, _ in items}) < len(items):
        yield Fault((*loc, items[0][0], "id"), f"'{name}' is listed twice.", "Keep it once.", f"“{name}”列了两次。")
    for (here, one), (number, other) in combinations(items, 2):
        if here != number and _share_a_customer(one, other) and _share_a_measure(one, other):
            message = f"'{name}' is taken out by '{one.key}' already."
            zh = f"“{name}”已由“{one.key}”剔除，只能保留在其中一项。"
            yield Fault((*loc, number, "id"), message, "Keep it in one of the two.", zh)
            return


def _times(loc: Loc, items: Iterable[_Item]) -> Iterator[Fault]:
    known = [(one.since, one.until, number, one) for number, one in items if one.since and one.until]
    open_ones: list[tuple[int, Exclusion]] = []
    for since, _, number, one in sorted(known, key=lambda item: (item[0], item[2])):
        open_ones = [item for item in open_ones if item[1].until and item[1].until > since]
        for at, other in open_ones:
            if one.process == other.process and _share_a_report(one, other) and _share_a_measure(one, other):
                first = one if number < at else other
                message = f"Its time overlaps with that of '{first.key}'."
                zh = f"时段与“{first.key}”的时段重叠，请让一个在另一个结束时开始。"
                yield Fault((*loc, max(number, at), "from"), message, "Let one begin where the other ends.", zh)
                break
        open_ones.append((number, one))


def _share_a_report(one: Exclusion, other: Exclusion) -> bool:
    return _share_a_customer(one, other) and _share_a_service(one, other)


def _share_a_customer(one: Exclusion, other: Exclusion) -> bool:
    return not one.customer or not other.customer or one.customer == other.customer


def _share_a_service(one: Exclusion, other: Exclusion) -> bool:
    return not one.service or not other.service or one.service == other.service


def _share_a_measure(one: Exclusion, other: Exclusion) -> bool:
    # one that names no measure concerns every agreed one, whichever those are in the period
    return not one.measures or not other.measures or bool(set(one.measures) & set(other.measures))
