"""Four eyes are two persons (四眼原则): who may answer a level must be able to be somebody else at each of them.

Persons are compared as `persons` does, not by their key. Once no level shares a person with another, and none with the
author, any choice of approvers is an assignment of distinct persons: nothing has to be matched.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from itss.problems import Fault, Loc
from itss.report_list.models import Entry
from itss.report_list.person import Person
from itss.report_list.persons import folded, same_person

_APART = "Name somebody else at one of the two, or write `separate_people: false` if one person may answer both."
_NAMED = "Name its approvers, or write `separate_people: false` if one person may answer several levels."


def four_eyes(entry: Entry, people: Mapping[str, Person]) -> Iterator[Fault]:
    """Approvers who are the author, and people who could answer two levels unless the entry allows that."""
    earlier: list[tuple[str, str]] = []
    for number, level in enumerate(entry.approval):
        for place, key in enumerate(level.approvers):
            loc: Loc = ("approval", number, "approvers", place)
            if (why := why_one(key, entry.author, people)) is not None:
                message = f"'{key}' would approve a report of their own: the author is '{entry.author}'{why}."
                yield Fault(loc, message, "Name another approver or author.")
            elif entry.separate_people:
                yield from _at_two_levels(loc, key, level.name, earlier, people)
        earlier += [(key, level.name) for key in level.approvers]
    if entry.separate_people and len(entry.approval) > 1:
        yield from _open_to_anybody(entry)


def _at_two_levels(
    loc: Loc, key: str, level: str, earlier: Sequence[tuple[str, str]], people: Mapping[str, Person]
) -> Iterator[Fault]:
    """``key`` of ``level``, if the same person is an approver, under whatever key, of an earlier level."""
    for other, before in earlier:
        if (why := why_one(key, other, people)) is not None:
            who = f"'{key}' may" if key == other else f"'{key}' and '{other}' are one person{why}, who may"
            yield Fault(loc, f"{who} answer both levels, '{before}' and '{level}'.", _APART)
            return


def _open_to_anybody(entry: Entry) -> Iterator[Fault]:
    for number, level in enumerate(entry.approval):
        if not level.approvers:
            others = ", ".join(f"'{one.name}'" for one in entry.approval if one is not level)
            message = f"The level '{level.name}' names no approvers, so whoever answers {others} may answer it, too."
            yield Fault(("approval", number), message, _NAMED)


def why_one(key: str, other: str, people: Mapping[str, Person]) -> str | None:
    """By what two keys are one person, to be added to a sentence; ``None`` if they are two, or one is not known."""
    if key == other:
        return ""
    one, another = people.get(key), people.get(other)
    if one is None or another is None or not same_person(one, another):
        return None
    if one.user and another.user and folded(one.user) == folded(another.user):
        if one.user == another.user:
            return f" (both are the user '{one.user}')"
        return f" (the users '{one.user}' and '{another.user}' are read as one)"
    return f" (both have the address {one.email})"
