"""The three shapes of an outcome that stands on rows: a count, a share, a statistic.

Every shape keeps numerator, denominator, the rows left out by reason and the rows that speak against a target.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import pandas as pd

from itss.measures.base import Outcome
from itss.measures.basis import WHOLE, Basis, Cases, Statistic, outcomes
from itss.measures.parts import tell
from itss.measures.rows import Mask, Numbers

_Z = 1.959963984540054  # 97.5 % point of the normal distribution


def count(
    rows: pd.DataFrame,
    hits: Mask,
    excluded: Mapping[str, Mask] | None = None,
    *,
    against: bool = False,
    among: Mask | None = None,
    per: float | None = None,
) -> Outcome:
    """How many rows; with ``against`` each of them speaks against the target.

    n is the number of rows ``among`` which they were looked for. With ``per`` the count is divided by it.
    """
    tell(hits, excluded=excluded)
    whole = hits if among is None else among
    return _outcome(Cases(rows, excluded or {}, hits if against else None, whole, hits, "count", per))


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
    wrong = whole & ~part if against is None else against & whole
    return _outcome(Cases(rows, excluded or {}, wrong, whole, part, "share"))


def statistic(
    values: Numbers,
    function: Callable[[Numbers], float],
    excluded: Mapping[str, Mask] | None = None,
    *,
    rows: pd.DataFrame | None = None,
    against: Mask | None = None,
) -> Outcome:
    """``function`` of the values that are numbers, given in ascending order; no value if there is none.

    ``against`` are masked ``rows``.
    """
    tell(excluded=excluded, amounts=values)
    return _outcome(Statistic(rows, excluded or {}, against, values, function))


def _outcome(basis: Basis) -> Outcome:
    """The outcome of the whole, which remembers its basis until somebody alters it."""
    outcome = outcomes(basis, WHOLE)[0]
    object.__setattr__(outcome, "basis", basis)
    return outcome


def wilson(part: float, whole: float) -> tuple[float, float]:
    """The Wilson score interval of a share, 95 %; ``whole`` > 0. Wilson 1927, without continuity correction."""
    p, z2 = part / whole, _Z * _Z
    centre = (p + z2 / (2 * whole)) / (1 + z2 / whole)
    half = _Z / (1 + z2 / whole) * math.sqrt(p * (1 - p) / whole + z2 / (4 * whole * whole))
    return max(0.0, centre - half), min(1.0, centre + half)
