"""What stands on few cases: such a share or statistic makes no signal, no direction and no movement.

Its status against an agreed target is told all the same. Surprise: a count is never few, it is its own cases; nor is a
sum (minutes of downtime), nor a share of amounts (minutes of service) whose denominator is not the number of cases.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from itss.measures.base import Unit
from itss.measures.rows import Mask

FEW = 10
"""Fewer cases than this are few, unless a measure says otherwise (`Measure.few_below`)."""


def stands_on_cases(unit: Unit, n: float, numerator: float | None, denominator: float | None) -> bool:
    """Whether a figure is a share of cases or a statistic of them, so that ``n`` says what it can carry."""
    if unit == "count":
        return False
    return denominator in (None, n) if unit == "share" else numerator is None


def on_few_cases(figures: pd.DataFrame, below: int = FEW) -> Mask:
    """Which rows (``unit``, ``n``, ``numerator``, ``denominator``) stand on fewer cases than ``below``."""
    rows = zip(*(figures[name] for name in ("unit", "n", "numerator", "denominator")), strict=True)
    is_few = [
        pd.notna(n) and n < below and stands_on_cases(unit, n, _known(numerator), _known(denominator))
        for unit, n, numerator, denominator in rows
    ]
    return np.array(is_few, dtype=bool)


def keys_on_cases(figures: pd.DataFrame) -> frozenset[tuple[str, str]]:
    """(process, measure) of the whole figures that stand on cases; ``figures`` as `Measured` has them."""
    whole = figures[figures["dimension"] == ""]
    return frozenset(
        (str(process), str(measure))
        for process, measure, unit, n, numerator, denominator in zip(
            *(whole[name] for name in ("process", "measure", "unit", "n", "numerator", "denominator")), strict=True
        )
        if stands_on_cases(unit, n, _known(numerator), _known(denominator))
    )


def _known(value: float) -> float | None:
    return None if pd.isna(value) else float(value)
