"""The rows an outcome stands on, as masks: the whole is counted from them, and so is every member of a dimension.

Surprise: a member is never computed on rows of its own. Rows are put in the order of their members once, and every
mask in that order is counted member by member, which costs as much as counting it once.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, overload

import numpy as np
import numpy.typing as npt
import pandas as pd

from itss.measures.base import Outcome
from itss.measures.rows import Mask, Numbers

_BITS = 8
Shape = Literal["count", "share", "statistic"]


@dataclass(frozen=True, eq=False)
class Basis:
    """What `itss.measures.outcomes` was given: masks over ``rows``, and what to make of them.

    ``whole`` are the n cases, ``part`` those counted among them. A statistic is the ``function`` of the ``values`` of
    the whole in ascending order. A count is divided by ``per`` where that is given.
    """

    shape: Shape
    rows: pd.DataFrame | None
    whole: Mask
    part: Mask
    excluded: Mapping[str, Mask] = field(default_factory=dict)
    against: Mask | None = None
    values: Numbers | None = None
    function: Callable[[Numbers], float] | None = None
    per: float | None = None


class RowIds(Sequence[str]):
    """The ids of the rows of a mask, read when somebody asks; equal to the tuple of them."""

    def __init__(self, rows: pd.DataFrame, mask: Mask, among: npt.NDArray[np.int64] | None = None) -> None:
        self.rows, self._mask, self._among = rows, mask, among

    @property
    def positions(self) -> npt.NDArray[np.int64]:
        """The places of the rows in their frame, ascending."""
        return np.flatnonzero(self._mask) if self._among is None else self._among[self._mask[self._among]]

    @overload
    def __getitem__(self, place: int) -> str: ...
    @overload
    def __getitem__(self, place: slice) -> tuple[str, ...]: ...
    def __getitem__(self, place: int | slice) -> str | tuple[str, ...]:
        return self._ids()[place]

    def __len__(self) -> int:
        return len(self.positions)

    def __bool__(self) -> bool:
        return bool(self._mask.any() if self._among is None else self._mask[self._among].any())

    def __iter__(self) -> Iterator[str]:
        return iter(self._ids())

    def __eq__(self, other: object) -> bool:
        return self._ids() == tuple(other) if isinstance(other, (tuple, RowIds)) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._ids())

    def __repr__(self) -> str:
        return repr(self._ids())

    def _ids(self) -> tuple[str, ...]:
        return tuple(map(str, self.rows["id"].iloc[self.positions].tolist()))


class Split:
    """Rows in the order of the members of a dimension; without a dimension all of them are one nameless member."""

    def __init__(self, labels: pd.Series | None = None) -> None:
        self.members: list[str] = [""]
        self._order: npt.NDArray[np.int64] | None = None
        self._slices = [slice(None)]
        self._last: _Sorted | None = None
        self._room: Numbers | None = None
        if labels is not None:
            codes, members = pd.factorize(labels, sort=True)
            self.members = [str(member) for member in members]
            small = codes.astype(np.min_scalar_type(len(members)))  # short codes are sorted by radix
            self._order = np.argsort(small, kind="stable")
            ends = np.cumsum(np.bincount(codes, minlength=len(members)))
            self._slices = [slice(end - count, end) for end, count in zip(ends, np.diff(ends, prepend=0), strict=True)]

    def positions(self) -> list[npt.NDArray[np.int64]]:
        """The places of each member's rows, ascending; none at all without a dimension."""
        return [] if self._order is None else [self._order[part] for part in self._slices]

    def counts(self, masks: Sequence[Mask]) -> list[list[int]]:
        """How many rows each member has, mask by mask."""
        if self._order is None:
            return [[int(np.count_nonzero(mask))] for mask in masks]
        if len(masks) > _BITS:
            return self.counts(masks[:_BITS]) + self.counts(masks[_BITS:])
        # one bit for each mask, so that they are put in order together
        bits = np.zeros(len(self._order), np.uint8)
        for number, mask in enumerate(masks):
            bits |= np.left_shift(mask.view(np.uint8), number)
        bits = bits.take(self._order)
        hits = (bits & (1 << number) for number in range(len(masks)))
        return [[int(np.count_nonzero(hit[part])) for part in self._slices] for hit in hits]

    def ascending(self, values: Numbers) -> list[Numbers]:
        """The values of each member's rows that are numbers, in ascending order.

        Mean, median and percentile of a column are asked for one after the other, so the last answer is kept, for as
        long as the column lives; the next column is sorted in the same memory, where fresh memory costs as much time
        as the sorting.
        """
        if self._last is None or not self._last.is_of(values):
            if self._room is None or self._room.shape != values.shape:
                self._room = np.empty(values.shape)
            if self._order is None:
                np.copyto(self._room, values)
            else:
                values.take(self._order, out=self._room, mode="clip")  # "raise" would make a copy on the way
            parts = [_sort(self._room[part]) for part in self._slices]
            self._last = _Sorted(weakref.ref(_owner(values), self._forget), values.ctypes.data, values.shape, parts)
        return self._last.parts

    def _forget(self, gone: object) -> None:  # noqa: ARG002 - what a weak reference calls
        self._last = self._room = None


@dataclass(frozen=True, eq=False)
class _Sorted:
    """Sorted parts of a column; a column of a frame is a new array each time it is read, and yet the same memory."""

    owner: weakref.ref[npt.NDArray[Any]]
    address: int
    shape: tuple[int, ...]
    parts: list[Numbers]

    def is_of(self, values: Numbers) -> bool:
        is_same_memory = self.owner() is _owner(values) and self.address == values.ctypes.data
        return is_same_memory and self.shape == values.shape and values.flags.c_contiguous


def _owner(values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """The array whose memory this one looks at."""
    while isinstance(values.base, np.ndarray):
        values = values.base
    return values


def _sort(values: Numbers) -> Numbers:
    """Sort in place; the numbers, without those that are none."""
    values.sort()  # puts what is no number last
    return values[: int(np.searchsorted(values, np.nan))]


WHOLE = Split()


def outcomes(basis: Basis, split: Split) -> list[Outcome]:
    """The outcome of each member of the split, in its order."""
    size = len(split.members)
    reasons = [reason for reason, mask in basis.excluded.items() if mask.any()]
    whole, part, *left_out = split.counts([basis.whole, basis.part, *(basis.excluded[reason] for reason in reasons)])
    amounts = [None] * size if basis.values is None else split.ascending(basis.values)
    positions, found = split.positions(), []
    for number in range(size):
        places = positions[number] if positions else None
        value, numerator, denominator = _figure(basis, part[number], whole[number], amounts[number])
        excluded = {reason: counts[number] for reason, counts in zip(reasons, left_out, strict=True) if counts[number]}
        against = () if basis.against is None or basis.rows is None else RowIds(basis.rows, basis.against, places)
        found.append(Outcome(value, whole[number], numerator, denominator, excluded, against))
    return found


def _figure(
    basis: Basis, part: int, whole: int, amounts: Numbers | None
) -> tuple[float | None, float | None, float | None]:
    """Value, numerator, denominator."""
    if basis.shape == "statistic":
        return (
            (basis.function(amounts) if basis.function and amounts is not None and len(amounts) else None),
            None,
            None,
        )
    if basis.shape == "share":
        return (part / whole if whole else None), float(part), float(whole)
    if basis.per is None:
        return float(part), float(part), None
    return (part / basis.per if basis.per else None), float(part), float(basis.per)
