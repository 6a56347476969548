"""What entry, agreement and frames did not say in earlier releases: at its default it is nothing that a report says.

A version that was sealed then is compared with a rerun by hash. A field or column that came later and was not touched
must therefore not be in what is hashed, or the rerun would be a correction of nothing that goes to everybody.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

Path = tuple[str, ...]
OF_ENTRY: Mapping[Path, Any] = {
    ("omits",): {},
    ("rules",): "eight",
    ("for_each",): None,
    ("customer",): None,
    ("start_within",): None,
    ("task_limit",): "2h",
    ("after",): (),
    ("when",): None,
}
OF_AGREEMENT: Mapping[Path, Any] = {("targets", "*", "over"): "period"}
"""Fields that release 0.3.0 did not have, with their defaults; ``*`` is each item of a list, or each value."""


FIRST_COLUMNS: Mapping[str, str] = {
    "figures": "measure process period dimension member value unit numerator denominator n target status low high "
    "excluded version",
    "trends": "measure process n_points value previous change last_year change_last_year mean lower upper limits "
    "baseline baseline_first baseline_last signal direction slope p defined_since",
    "restatements": "measure process period published recomputed",
    "nonconformities": "process measure member id title service priority opened_at ended_at elapsed_h target owner "
    "cause action",
    "major_events": "process id title service started_at ended_at duration_h cause action opened_before_7d "
    "opened_after_7d breaches_before_7d breaches_after_7d",
    "quarantine": "process row id rules cells",
    "redefined": "measure process period was version published recomputed",
    "proposals": "measure process version points first last mean lower upper",
}
"""The columns of the frames of 0.3.0: others are said only where they have something."""
_FOLLOW = {"trends": frozenset({"rule", "flagged"})}
"""Columns that follow from entry, figures and limits, which are said: they say nothing new beside them."""


def frame_without_later(name: str, frame: pd.DataFrame) -> pd.DataFrame:
    """A frame of what is said, without columns that came later and have nothing, or only what follows from others."""
    if name not in FIRST_COLUMNS:  # a frame that is said only where it has rows
        return frame
    first, follow = FIRST_COLUMNS[name].split(), _FOLLOW.get(name, frozenset())
    later = frame.loc[:, [column not in first for column in frame.columns]].astype(object)
    has_something = (later.notna() & (later != "")).any()
    return frame.drop(columns=[one for one in later if one in follow or not has_something[str(one)]])


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
