"""Which rows make a figure, told by a measure while somebody listens.

Every shape of `itss.measures.outcomes` tells its masks here; a measure that makes its outcome itself tells them too.
Surprise: without a listener nothing is kept, because the masks of all figures of ten million rows fit nowhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True)
class Parts:
    """Masks over the rows of a scope: in the numerator, in the denominator, left out by reason.

    ``amounts`` is what each row brings to a sum or a statistic (hours, minutes); NaN where it brings nothing.
    """

    numerator: npt.NDArray[np.bool_] | None = None
    denominator: npt.NDArray[np.bool_] | None = None
    excluded: Mapping[str, npt.NDArray[np.bool_]] = field(default_factory=dict)
    amounts: npt.NDArray[np.float64] | None = None


_LISTENER: ContextVar[list[Parts] | None] = ContextVar("listener", default=None)


def tell(
    numerator: npt.NDArray[np.bool_] | None = None,
    denominator: npt.NDArray[np.bool_] | None = None,
    excluded: Mapping[str, npt.NDArray[np.bool_]] | None = None,
    amounts: npt.NDArray[np.float64] | None = None,
) -> None:
    """Tell the rows of the figure that is being computed; the last word of a measure is the one that counts.

    Without a numerator it is the rows with an amount.
    """
    told = _LISTENER.get()
    if told is not None:
        numerator = ~np.isnan(amounts) if numerator is None and amounts is not None else numerator
        told.append(Parts(numerator, denominator, excluded or {}, amounts))


@contextmanager
def listening() -> Iterator[list[Parts]]:
    """Collect what the measures computed inside tell."""
    told: list[Parts] = []
    token = _LISTENER.set(told)
    try:
        yield told
    finally:
        _LISTENER.reset(token)
