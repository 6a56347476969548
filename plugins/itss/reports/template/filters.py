"""The filters and tests that a template has: short, of texts and flat lists, each with an end."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from jinja2 import Undefined

from itss.reports.template.budget import MAX_ITEMS, Budget, RefusedError
from itss.reports.template.placeholders import Placeholder

Filter = Callable[..., Any]


def filters(budget: Budget) -> dict[str, Filter]:
    """By their names; those that begin with ``_`` are put in by `syntax.prepare` and not for templates."""

    def join(value: object, between: str = "") -> str:
        parts = [str(_plain(item)) for item in _listed(value)]
        return budget.join([part for at, part in enumerate(parts) for part in ((between, part) if at else (part,))])

    return {
        "default": lambda value, other="": other if isinstance(value, Undefined) else value,
        "first": lambda value: _end(value, 0),
        "last": lambda value: _end(value, -1),
        "join": join,
        "length": lambda value: len(value if isinstance(value, str) else _listed(value)),
        "lower": lambda value: _text(value).lower(),
        "upper": lambda value: _text(value).upper(),
        "trim": lambda value: _text(value).strip(),
        "sort": lambda value: sorted(_listed(value)),
        "unique": lambda value: list(dict.fromkeys(_listed(value))),
        "reverse": lambda value: list(reversed(_listed(value))),
        "_joined": join,
        "_flat": flat,
    }


TESTS: Mapping[str, Filter] = {
    "defined": lambda value: not isinstance(value, Undefined),
    "undefined": lambda value: isinstance(value, Undefined),
    "none": lambda value: value is None,
    "in": lambda value, group: value in group,
    "odd": lambda value: value % 2 == 1,
    "even": lambda value: value % 2 == 0,
}


def flat(value: Any) -> Any:
    """A list, tuple or group that the template wrote, if all it holds are texts, numbers and placeholders."""
    items = value.values() if isinstance(value, dict) else value
    if len(value) > MAX_ITEMS:
        raise RefusedError(f"The list becomes longer than {MAX_ITEMS:,}.", "Make it shorter.")
    for item in items:
        _plain(item)
    return value


def _plain(item: object) -> object:
    if isinstance(item, Undefined):
        str(item)
    if item is None or isinstance(item, str | int | float | Placeholder):
        return item
    raise RefusedError("A list holds texts and numbers only, no lists.", "Write it as one list.")


def _listed(value: object) -> Sequence[Any]:
    if isinstance(value, list | tuple):
        return value
    raise RefusedError("This filter is for lists.", "Give it a list.")


def _text(value: object) -> str:
    if isinstance(value, str):
        return value
    raise RefusedError("This filter is for texts.", "Give it a text; what a call returns can only be printed.")


def _end(value: object, at: int) -> Any:
    items = value if isinstance(value, str) else _listed(value)
    if not items:
        raise RefusedError("The list is empty.", "Ask before: {% if … %}.")
    return items[at]
