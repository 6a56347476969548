"""Spans of time: what several have in common, united, or left out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

Span = tuple[dt.datetime, dt.datetime]
"""Half-open, both ends aware."""


def common(spans: Sequence[Span], limits: Span) -> list[Span]:
    """What lies within ``limits`` of each span."""
    cut = [(max(begin, limits[0]), min(end, limits[1])) for begin, end in spans]
    return [(begin, end) for begin, end in cut if begin < end]


def united(spans: Sequence[Span]) -> list[Span]:
    """The same time as spans that neither overlap nor touch, in order."""
    found: list[Span] = []
    for begin, end in sorted(spans):
        if found and begin <= found[-1][1]:
            found[-1] = found[-1][0], max(end, found[-1][1])
        else:
            found.append((begin, end))
    return found


def without(spans: Sequence[Span], holes: Sequence[Span]) -> tuple[Span, ...]:
    """What is left of the spans beside the holes."""
    left = list(spans)
    for hole in holes:
        parts = [part for begin, end in left for part in ((begin, min(end, hole[0])), (max(begin, hole[1]), end))]
        left = [(begin, end) for begin, end in parts if begin < end]
    return tuple(left)
