"""Who may stand in for whom: a delegate may break none of the rules that the approver whom they stand in for keeps.

Only days that two delegations share count against them. A delegate of a delegate stands in for nobody else: what is
delegated is not passed on. Whoever answers is judged once more then, by the entry as it was opened.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from itertools import combinations

from itss.problems import Fault
from itss.report_list.models import Entry
from itss.report_list.person import Delegate, Person
from itss.report_list.rules import Known, person_fault
from itss.report_list.separation import why_one

_ANOTHER = "Name somebody else."
_DAYS = "Change the days of one of them, or remove it."
_Levels = Mapping[str, Mapping[str, list[str]]]
"""By key of an approver, and of an entry: the levels that they answer there."""


def delegate_faults(delegates: Mapping[int, Delegate], known: Known, entries: Collection[Entry]) -> Iterator[Fault]:
    """Every rule that one of ``delegates`` (by place in the list) breaks; whoever breaks one stands in for nobody."""
    if not known.people:  # which is told once
        return
    alone = {number: list(_alone(number, one, known)) for number, one in delegates.items()}
    for found in alone.values():
        yield from found
    sound = {number: delegates[number] for number, found in alone.items() if not found}
    levels = _levels(sound, entries)
    for number, one in sound.items():
        at_entries = (list(_at_entry(number, one, entry, known.people)) for entry in entries)
        yield from next(filter(None, at_entries), ())  # the same is wrong at every entry of theirs
    for pair in combinations(sound, 2):
        if sound[pair[0]].overlaps(sound[pair[1]]):
            yield from _together(*pair, sound, levels, known.people)
    yield from _circles(sound, known.people)


def _alone(number: int, one: Delegate, known: Known) -> Iterator[Fault]:
    for name, key in (("for", one.for_), ("to", one.to)):
        if fault := person_fault(("delegates", number, name), key, known):
            yield fault
    person = known.people.get(one.to)
    if person is not None and person.user is None:
        remedy = f"Add `user:` with the Airflow user to people.{one.to}."
        yield Fault(("delegates", number, "to"), f"'{one.to}' has no user and cannot answer.", remedy)
    if one.until < one.since:
        message = f"It begins on {one.since} and ends on {one.until}, which is before that."
        yield Fault(("delegates", number, "until"), message, "Swap or correct the two days.")
    if (why := why_one(one.to, one.for_, known.people)) is not None:
        message = f"'{one.for_}' would stand in for themself{why and f': {one.to!r} is the same person{why}'}."
        yield Fault(("delegates", number, "to"), message, _ANOTHER)


def _at_entry(number: int, one: Delegate, entry: Entry, people: Mapping[str, Person]) -> Iterator[Fault]:
    """The delegate is the author of what they would approve, or an approver of another level of it."""
    mine = [level.name for level in entry.approval if one.for_ in level.approvers]
    if not mine:
        return
    if (why := why_one(one.to, entry.author, people)) is not None:
        message = f"'{one.to}' is the author of '{entry.key}'{why}, which '{one.for_}' approves."
        yield Fault(("delegates", number, "to"), message, _ANOTHER)
    for level in entry.approval if entry.separate_people else ():
        others = [why for key in level.approvers if (why := why_one(one.to, key, people)) is not None]
        if others and mine != [level.name]:
            message = (
                f"'{one.to}' answers '{level.name}' of '{entry.key}'{others[0]}, and would answer '{mine[0]}' "
                f"for '{one.for_}', too."
            )
            yield Fault(("delegates", number, "to"), message, _ANOTHER)


def _together(
    one: int, other: int, delegates: Mapping[int, Delegate], levels: _Levels, people: Mapping[str, Person]
) -> Iterator[Fault]:
    """Two that share a day: both for one person, or both to one person who would then answer two levels."""
    a, b = delegates[one], delegates[other]
    if a.for_ == b.for_:
        for number, way in ((one, b), (other, a)):
            message = f"'{a.for_}' has another delegate, '{way.to}', from {way.since} to {way.until}: the days overlap."
            yield Fault(("delegates", number, "from"), message, _DAYS)
    elif why_one(a.to, b.to, people) is not None:
        for entry in levels[a.for_].keys() & levels[b.for_].keys():
            first, second = levels[a.for_][entry], levels[b.for_][entry]
            if len({*first, *second}) > 1:
                message = (
                    f"'{a.to}' would answer two levels of '{entry}': '{first[0]}' for '{a.for_}', '{second[0]}' for "
                    f"'{b.for_}'."
                )
                yield from (Fault(("delegates", number, "to"), message, _ANOTHER) for number in (one, other))


def _levels(delegates: Mapping[int, Delegate], entries: Collection[Entry]) -> _Levels:
    found: dict[str, dict[str, list[str]]] = {one.for_: defaultdict(list) for one in delegates.values()}
    for entry in entries:
        for level in entry.approval if entry.separate_people else ():
            for key in found.keys() & set(level.approvers):
                found[key][entry.key].append(level.name)
    return found


def _circles(delegates: Mapping[int, Delegate], people: Mapping[str, Person]) -> Iterator[Fault]:
    """People who stand in for each other on one day; a circle that there is at all is there on the first day of one."""
    persons = {
        key: next(other for other in people if why_one(key, other, people) is not None)
        for one in delegates.values()
        for key in (one.for_, one.to)
    }
    left = dict(delegates)
    for day in sorted({one.since for one in delegates.values()}):
        while circle := _circle({n: one for n, one in left.items() if one.covers(day)}, persons):
            way = " → ".join(f"'{left[number].for_}'" for number in (*circle, circle[0]))
            for number in circle:
                message = f"They stand in for each other on {day}: {way}."
                yield Fault(("delegates", number, "to"), message, _DAYS)
            for number in circle:
                del left[number]


def _circle(delegates: Mapping[int, Delegate], persons: Mapping[str, str]) -> list[int]:
    """The delegations of one circle, in the order in which each is passed on to the next; empty if there is none."""
    after = {
        number: [n for n, other in delegates.items() if persons[other.for_] == persons[one.to]]
        for number, one in delegates.items()
    }
    try:
        TopologicalSorter(after).prepare()
    except CycleError as error:
        return list(error.args[1][:0:-1])  # it names the last one again
    return []
