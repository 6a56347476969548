"""The rows that a figure stands on, and the members by which rows are counted.

A `Basis` is masks and amounts over the rows of a scope. The whole, the figure of each member, and the list of the rows
behind a figure are all read from it, so they cannot say different things.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple, overload

import numpy as np
import numpy.typing as npt
import pandas as pd

from itss.measures.rows import Mask, Numbers

Places = npt.NDArray[np.intp]


class Figure(NamedTuple):
    """The numbers of one outcome, as `itss.measures.base.Outcome` explains them."""

    value: float | None
    n: int
    numerator: float | None = None
    denominator: float | None = None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, eq=False)
class Groups:
    """The members of a dimension, sorted, and for each row the number of its member.

    Without ``codes`` all rows are one nameless member: the whole.
    """

    members: Sequence[str] = ("",)
    codes: Places | None = None

    @classmethod
    def by(cls, labels: pd.Series) -> Groups:
        """The members are the distinct labels; every row has one."""
        codes, members = pd.factorize(labels, sort=True)
        return cls([str(member) for member in members], codes)

    @cached_property
    def places(self) -> Sequence[Places | None]:
        """The places of each member's rows, ascending; ``None`` is all places."""
        if self.codes is None:
            return [None]
        small = self.codes.astype(np.min_scalar_type(len(self.members)))  # short codes are sorted by radix
        ends = np.cumsum(np.bincount(self.codes, minlength=len(self.members)))
        return np.split(np.argsort(small, kind="stable"), ends[:-1])[: len(self.members)]

    def sums(self, values: Mask | Numbers) -> list[float]:
        """The sum of each member's values; of a mask: how many of its rows."""
        if self.codes is None:
            return [float(np.count_nonzero(values) if values.dtype == bool else values.sum())]
        return [float(total) for total in np.bincount(self.codes, weights=values, minlength=len(self.members))]

    def ascending(self, values: Numbers) -> list[Numbers]:
        """Each member's values that are numbers, in ascending order."""
        parts = [values.copy() if places is None else values[places] for places in self.places]
        for part in parts:
            part.sort()  # puts what is no number last
        return [part[: int(np.searchsorted(part, np.nan))] for part in parts]


WHOLE = Groups()


@dataclass(frozen=True, eq=False)
class Basis:
    """Which of ``rows`` are in the numerator, in the denominator, left out by reason, and against the target.

    ``amounts`` is what each row brings to a sum or a statistic, NaN where nothing. ``figures`` gives the figure of
    each member; without it a measure is computed on the rows of each member alone. ``rows`` may be ``None`` where no
    row can speak against a target.
    """

    rows: pd.DataFrame | None
    numerator: Mask
    denominator: Mask | None = None
    excluded: Mapping[str, Mask] = field(default_factory=dict)
    against: Mask | None = None
    amounts: Numbers | None = None
    figures: Callable[[Groups], list[Figure]] | None = None

    def left_out(self, groups: Groups = WHOLE) -> list[dict[str, int]]:
        """How many rows of each member every reason left out; a reason that left out none is not listed."""
        found: list[dict[str, int]] = [{} for _ in groups.members]
        for reason, mask in self.excluded.items():
            for counts, number in zip(found, groups.sums(mask) if mask.any() else (), strict=False):
                if number:
                    counts[reason] = int(number)
        return found

    def ids_against(self, groups: Groups = WHOLE) -> list[Sequence[str]]:
        """The ids of each member's rows that speak against the target."""
        if self.rows is None or self.against is None:
            return [()] * len(groups.members)
        return [RowIds(self.rows, self.against, places) for places in groups.places]


class RowIds(Sequence[str]):
    """The ids of the rows of a mask (of those ``among``, places), read when asked for; equal to the tuple of them.

    Most figures are never asked, and the ids of ten million rows would not fit beside them.
    """

    def __init__(self, rows: pd.DataFrame, mask: Mask, among: Places | None = None) -> None:
        self.rows, self._mask, self._among = rows, mask, among

    @property
    def positions(self) -> Places:
        """The places of the rows in their frame, ascending."""
        return np.flatnonzero(self._mask) if self._among is None else self._among[self._mask[self._among]]

    @overload
    def __getitem__(self, place: int) -> str: ...
    @overload
    def __getitem__(self, place: slice) -> tuple[str, ...]: ...
    def __getitem__(self, place: int | slice) -> str | tuple[str, ...]:
        return tuple(map(str, self.rows["id"].iloc[self.positions].tolist()))[place]

    def __len__(self) -> int:
        return int(np.count_nonzero(self._mask if self._among is None else self._mask[self._among]))

    def __iter__(self) -> Iterator[str]:
        return iter(self[:])  # one by one each would look for all the places again

    def __eq__(self, other: object) -> bool:
        return self[:] == tuple(other) if isinstance(other, (tuple, RowIds)) else NotImplemented

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return repr(self[:])
