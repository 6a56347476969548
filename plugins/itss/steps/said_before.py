"""What an entry and an agreement did not say in earlier releases: at its default it is nothing that a report says.

A version that was sealed then is compared with a rerun by hash. A field that came later and was not touched must
therefore not be in what is hashed, or the rerun would be a correction of nothing that goes to everybody.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Path = tuple[str, ...]
OF_ENTRY: Mapping[Path, Any] = {("omits",): {}, ("rules",): "eight"}
OF_AGREEMENT: Mapping[Path, Any] = {("targets", "*", "over"): "period"}
"""Fields that release 0.3.0 did not have, with their defaults; ``*`` is each item of a list, or each value."""


def without_later(document: Any, later: Mapping[Path, Any]) -> Any:
    """``document`` without the fields of ``later`` that have their default."""
    for path, default in later.items():
        document = _without(document, path, default)
    return document


def _without(document: Any, path: Path, default: Any) -> Any:
    name, *rest = path
    if name == "*" and isinstance(document, list):
        return [_without(item, tuple(rest), default) for item in document]
    if not isinstance(document, Mapping):
        return document
    if name == "*":
        return {key: _without(value, tuple(rest), default) for key, value in document.items()}
    if name not in document:
        return document
    if rest:
        return {**document, name: _without(document[name], tuple(rest), default)}
    return {key: value for key, value in document.items() if key != name or value != default}
