"""The rules by which points of a control chart are marked, and which of them makes the last point a signal.

``eight``: a point outside the limits; the last eight on one side of the mean. ``nhs``, those of NHS *Making data
count* as its R package NHSRplotthedots has them: a point outside; seven in a row that rise, or fall; two of three in
a row in the outer third between mean and limit, all three on one side; seven in a row on one side. A tie ends a
rise, a point on the mean a run; of two of three those near the limit are marked, of all others each point. Refuses
nothing. Surprise: a period without a value, or on few cases, is no point, so that a run goes on across it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np

from itss.measures.base import Unit
from itss.measures.limits import possible
from itss.measures.rows import Mask, Numbers

RuleSet = Literal["eight", "nhs"]
Rule = Literal["", "outside", "shift", "trend_7", "two_of_three", "shift_7"]
EIGHT, SEVEN = 8, 7
_EDGE = 1 + 1e-9
"""What rounding leaves must not put a point on the edge of the zone into it."""


@dataclass(frozen=True)
class Limits:
    """Mean and natural limits of a chart, clipped to what the unit allows."""

    mean: float
    lower: float
    upper: float

    def near(self, unit: Unit) -> float | None:
        """Two thirds of the way to a limit; ``None`` where both limits are clipped, so that nobody knows the way."""
        least, most = possible(unit)
        if self.lower <= least and self.upper >= most:
            return None
        return max(self.upper - self.mean, self.mean - self.lower) * 2 / 3 * _EDGE


def marked(points: Numbers, limits: Limits, unit: Unit, rules: RuleSet) -> list[Rule]:
    """The rule that marks each point, empty where none does; under ``eight`` those outside, and the last of a run."""
    outside = (points > limits.upper) | (points < limits.lower)
    found: list[Rule] = [""] * len(points)
    if rules == "eight":
        if len(points) >= EIGHT and _is_on_one_side(points[-EIGHT:], limits.mean):
            found[-1] = "shift"
    else:
        # the weakest first: one that comes later has the last word
        named: list[tuple[Rule, Mask]] = [
            ("shift_7", _shifted(points, limits.mean)),
            ("two_of_three", _near_limits(points, limits, unit, outside)),
            ("trend_7", _trending(points)),
        ]
        for name, mask in named:
            for at in np.flatnonzero(mask):
                found[at] = name
    for at in np.flatnonzero(outside):
        found[at] = "outside"
    return found


def drawn(found: list[Rule], rules: RuleSet) -> list[Rule]:
    """The marks that a chart shows: under ``eight`` those of points outside alone, as it has always been."""
    return found if rules == "nhs" else [rule if rule == "outside" else "" for rule in found]


def _is_on_one_side(points: Numbers, mean: float) -> bool:
    return bool((points > mean).all() or (points < mean).all())


def _shifted(points: Numbers, mean: float) -> Mask:
    mask = np.zeros(len(points), bool)
    for part in _windows(len(points), SEVEN):
        mask[part] |= _is_on_one_side(points[part], mean)
    return mask


def _trending(points: Numbers) -> Mask:
    """Seven points are six steps, all up or all down."""
    mask = np.zeros(len(points), bool)
    for part in _windows(len(points), SEVEN):
        steps = np.diff(points[part])
        mask[part] |= bool((steps > 0).all() or (steps < 0).all())
    return mask


def _near_limits(points: Numbers, limits: Limits, unit: Unit, outside: Mask) -> Mask:
    mask, near = np.zeros(len(points), bool), limits.near(unit)
    if near is None:
        return mask
    is_near = ~outside & ((points > limits.mean + near) | (points < limits.mean - near))
    for part in _windows(len(points), 3):
        if is_near[part].sum() >= 2 and _is_on_one_side(points[part], limits.mean):
            mask[part] |= is_near[part]
    return mask


def _windows(count: int, length: int) -> Iterator[slice]:
    return (slice(at, at + length) for at in range(count - length + 1))
