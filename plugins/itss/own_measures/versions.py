"""Whether a KPI whose definition changed says so by its version: only then is its history computed again.

Owns what a definition is: where the cases come from and how the figure is made of them. Name, words and direction may
change under one version.
"""

from __future__ import annotations

from collections.abc import Iterator

from itss.own_measures.models import OwnMeasure
from itss.own_measures.own_file import Own
from itss.problems import Fault

_DEFINING = ("process", "shape", "of", "where", "value", "numerator", "denominator")
_DEFINING_TOO = ("complement", "includes_cancelled", "unit")


def unversioned(before: Own, now: Own) -> Iterator[Fault]:
    """A fault for each KPI of ``now`` that is defined otherwise than in ``before``, without a newer version."""
    for key, one in now.content.measures.items():
        other = before.content.measures.get(key)
        changed = [] if other is None else _changed(other, one)
        if other is None or not (changed or one.version < other.version) or one.version > other.version:
            continue
        said = f"its {', '.join(changed)}" if changed else "its version"
        message = f"The definition of {one.process}.{key} is not the one that was reported last: {said} changed."
        remedy = f"Write `version: {other.version + 1}`, or restore the definition of version {other.version}."
        yield Fault(("measures", key, changed[0] if changed else "version"), message, remedy)


def _changed(before: OwnMeasure, now: OwnMeasure) -> list[str]:
    words = [name for name in _DEFINING if _said(getattr(before, name)) != _said(getattr(now, name))]
    return words + [name for name in _DEFINING_TOO if getattr(before, name) != getattr(now, name)]


def _said(words: str | None) -> str:
    return " ".join((words or "").split())
