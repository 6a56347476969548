"""The shapes of an outcome that stands on rows: a count, a share, a ratio of sums, a total, a statistic.

Every shape keeps numerator, denominator, the rows left out by reason and the rows that speak against a target. A
measure with a shape of its own makes its `Basis` and calls `outcome_of`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd

from itss.measures.base import Outcome
from itss.measures.basis import WHOLE, Basis, Figure, Groups
from itss.measures.rows import Mask, Numbers

_Z = 1.959963984540054  # 97.5 % point of the normal distribution
_MOST = 2.0**53  # whole numbers are exact up to it
_Masks = Mapping[str, Mask] | None


def count(
    rows: pd.DataFrame,
    hits: Mask,
    excluded: _Masks = None,
    *,
    against: bool = False,
    among: Mask | None = None,
    per: float | None = None,
) -> Outcome:
    """How many rows; with ``against`` each of them speaks against the target.

    n is the number of rows ``among`` which they were looked for. With ``per`` the count is divided by it.
    """

    def figure(part: float, n: float) -> Figure:
        value = part if per is None else part / per if per else None
        return Figure(value, int(n), part, per)

    def figures(groups: Groups) -> list[Figure]:
        parts = groups.sums(hits)
        return list(map(figure, parts, parts if among is None else groups.sums(among)))

    return _outcome(Basis(rows, hits, None, excluded or {}, hits if against else None, figures=figures))


def share(
    rows: pd.DataFrame,
    part: Mask,
    whole: Mask,
    excluded: _Masks = None,
    *,
    against: Mask | None = None,
    interval: bool = False,
) -> Outcome:
    """``part`` of ``whole``, 0–1; no value with an empty whole. ``against`` defaults to the rest of the whole.

    With ``interval`` it has its Wilson 95 % interval.
    """
    part = part & whole
    wrong = whole & ~part if against is None else against & whole

    def figures(groups: Groups) -> list[Figure]:
        return [_quotient(*pair, interval) for pair in zip(groups.sums(part), groups.sums(whole), strict=True)]

    return _outcome(Basis(rows, part, whole, excluded or {}, wrong, figures=figures))


def ratio(
    rows: pd.DataFrame,
    part: Numbers,
    whole: Numbers,
    excluded: _Masks = None,
    *,
    against: Mask | None = None,
) -> Outcome:
    """The sum of ``part`` over the sum of ``whole``, which is n; no value where that is not above 0. NaN is nothing.

    A row is in the numerator or denominator if it brings something to it.
    """
    above, below = np.nan_to_num(part), np.nan_to_num(whole)

    def figures(groups: Groups) -> list[Figure]:
        return list(map(_quotient, groups.sums(above), groups.sums(below)))

    return _outcome(Basis(rows, above != 0, below != 0, excluded or {}, against, part, figures))


def total(
    rows: pd.DataFrame,
    amounts: Numbers,
    excluded: _Masks = None,
    *,
    against: Mask | None = None,
    unknown: Mask | None = None,
) -> Outcome:
    """The sum of the amounts that are numbers, n of them; 0 without any row.

    With ``unknown``, the rows whose amount nobody gave, it has no value where there are such rows alone.
    """
    known, brought = ~np.isnan(amounts), np.nan_to_num(amounts)
    lacking = np.zeros(len(known), bool) if unknown is None else unknown

    def figures(groups: Groups) -> list[Figure]:
        each = zip(groups.sums(brought), groups.sums(known), groups.sums(lacking), strict=True)
        return [Figure(part if n or not others else None, int(n), part) for part, n, others in each]

    return _outcome(Basis(rows, known, None, excluded or {}, against, amounts, figures))


def statistic(
    values: Numbers,
    function: Callable[[Numbers], float],
    excluded: _Masks = None,
    *,
    rows: pd.DataFrame | None = None,
    against: Mask | None = None,
) -> Outcome:
    """``function`` of the values that are numbers, given in ascending order; no value if there is none.

    ``against`` are masked ``rows``.
    """

    def figures(groups: Groups) -> list[Figure]:
        return [Figure(function(own) if len(own) else None, len(own)) for own in groups.ascending(values)]

    return _outcome(Basis(rows, ~np.isnan(values), None, excluded or {}, against, values, figures))


def outcome_of(basis: Basis, figure: Figure) -> Outcome:
    """The outcome of a measure with a shape of its own: it gives the figure, its rows are those of the basis."""
    return _outcomes(basis, WHOLE, [figure])[0]


def member_outcomes(basis: Basis, groups: Groups) -> list[Outcome] | None:
    """The outcome of each member, in order; ``None`` where the measure must be computed on the rows of each."""
    return _outcomes(basis, groups, basis.figures(groups)) if basis.figures else None


def _outcome(basis: Basis) -> Outcome:
    return (member_outcomes(basis, WHOLE) or [])[0]


def _outcomes(basis: Basis, groups: Groups, figures: list[Figure]) -> list[Outcome]:
    each = zip(figures, basis.left_out(groups), basis.ids_against(groups), strict=True)
    whole = basis if groups is WHOLE else None
    return [Outcome(*figure[:4], excluded, against, *figure[4:], basis=whole) for figure, excluded, against in each]


def _quotient(part: float, whole: float, interval: bool = False) -> Figure:
    low, high = wilson(part, whole) if interval and whole else (None, None)
    value = part / whole if whole > 0 else None  # of sums, the whole may be anything
    n = math.ceil(min(max(whole, 0.0), _MOST))
    return Figure(value if value is not None and math.isfinite(value) else None, n, part, whole, low, high)


def wilson(part: float, whole: float) -> tuple[float, float]:
    """The Wilson score interval of a share, 95 %; ``whole`` > 0. Wilson 1927, without continuity correction."""
    p, z2 = part / whole, _Z * _Z
    centre = (p + z2 / (2 * whole)) / (1 + z2 / whole)
    half = _Z / (1 + z2 / whole) * math.sqrt(p * (1 - p) / whole + z2 / (4 * whole * whole))
    return max(0.0, centre - half), min(1.0, centre + half)
