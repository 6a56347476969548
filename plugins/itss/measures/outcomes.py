"""The four shapes of an outcome: a count, a share, a statistic, and nothing to compute it from.

Every shape keeps numerator, denominator, the rows left out by reason and the ids that speak against a target.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd

from itss.measures.base import Outcome
from itss.measures.parts import tell
from itss.measures.rows import Mask, Numbers, ids, tally

_Z = 1.959963984540054  # 97.5 % point of the normal distribution


def count(
    rows: pd.DataFrame, hits: Mask, excluded: Mapping[str, Mask] | None = None, *, against: bool = False
) -> Outcome:
    """How many rows; with ``against`` each of them speaks against the target."""
    tell(hits, excluded=excluded)
    n = int(np.count_nonzero(hits))
    return Outcome(float(n), n, float(n), None, tally(excluded or {}), ids(rows, hits) if against else ())


def share(
    rows: pd.DataFrame,
    part: Mask,
    whole: Mask,
    excluded: Mapping[str, Mask] | None = None,
    *,
    against: Mask | None = None,
) -> Outcome:
    """``part`` of ``whole``, 0–1; no value with an empty whole. ``against`` defaults to the rest of the whole."""
    part = part & whole
    tell(part, whole, excluded)
    numerator, n = int(np.count_nonzero(part)), int(np.count_nonzero(whole))
    wrong = whole & ~part if against is None else against & whole
    return Outcome(numerator / n if n else None, n, float(numerator), float(n), tally(excluded or {}), ids(rows, wrong))


def statistic(
    values: Numbers, function: Callable[[Numbers], float], excluded: Mapping[str, Mask] | None = None
) -> Outcome:
    """``function`` of the values that are numbers; no value if there is none."""
    tell(~np.isnan(values), excluded=excluded, amounts=values)
    known = values[~np.isnan(values)]
    return Outcome(float(function(known)) if len(known) else None, len(known), excluded=tally(excluded or {}))


def wilson(part: float, whole: float) -> tuple[float, float]:
    """The Wilson score interval of a share, 95 %; ``whole`` > 0. Wilson 1927, without continuity correction."""
    p, z2 = part / whole, _Z * _Z
    centre = (p + z2 / (2 * whole)) / (1 + z2 / whole)
    half = _Z / (1 + z2 / whole) * math.sqrt(p * (1 - p) / whole + z2 / (4 * whole * whole))
    return max(0.0, centre - half), min(1.0, centre + half)
