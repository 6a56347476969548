"""In what an entry as it was opened differs from the list of today: the ways to the values, as they are written there.

A revision goes on as it was opened; what differs holds for the next one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from itss.report_list.audience import named_by
from itss.report_list.models import Entry, ReportList

_NOT_SAID = frozenset({"key", "was", "retired"})
"""What is about the entry and in no report: a revision does not differ by it."""


def differences(then: Entry, people_then: ReportList, now: Entry, people_now: ReportList) -> list[str]:
    """Ways such as ``approval.initial_review.approvers`` or ``people.customer.email``, in the order of the list."""
    both = named_by(then) & named_by(now)  # who is new, or no longer named, is said where they are named
    opened, today = _document(then, people_then, both), _document(now, people_now, both)
    return [way for way in _ways(opened, today, "") if way not in _NOT_SAID]


def _document(entry: Entry, people: ReportList, named: Collection[str]) -> dict[str, Any]:
    document = entry.model_dump(mode="json", by_alias=True)
    # the order of the levels is a value of its own, beside what each of them says
    order = [level["name"] for level in document["approval"]]
    document["approval"] = {level["name"]: level for level in document["approval"]} | {"order": order}
    known = {key: person for key, person in people.people.items() if key in named}
    return document | {"people": {key: person.model_dump(mode="json", by_alias=True) for key, person in known.items()}}


def _ways(then: Any, now: Any, way: str) -> Iterator[str]:
    if isinstance(then, dict) and isinstance(now, dict):
        for key in {**then, **now}:
            yield from _ways(then.get(key), now.get(key), f"{way}.{key}".lstrip("."))
    elif then != now:
        yield way
