"""The rows an outcome stands on, as masks: the whole is counted from them, and so is every member of a dimension.

Surprise: a member is never computed on rows of its own. Rows are put in the order of their members once, and every
mask in that order is counted member by member, which costs as much as counting it once.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise, starmap
from typing import Any, Literal, overload

import numpy as np
import numpy.typing as npt
import pandas as pd

from itss.measures.base import Outcome
from itss.measures.rows import Mask, Numbers

_BITS = 8
_BLOCK, _RUN = 2**16, 2**12
"""Rows of a block: so few that it lies in a processor's own cache, so many that a member has this many among them."""

Figure = tuple[float | None, int, float | None, float | None]
"""Value, n, numerator, denominator."""


@dataclass(frozen=True, eq=False)
class Basis:
    """What every shape of `itss.measures.outcomes` stands on: masks over ``rows`` of those left out, by reason."""

    rows: pd.DataFrame | None
    excluded: Mapping[str, Mask]
    against: Mask | None

    def figures(self, split: Split, left_out: Sequence[Mask]) -> tuple[list[Figure], list[list[int]]]:
        """The figure of each member, and how many of its rows each mask left out."""
        raise NotImplementedError


@dataclass(frozen=True, eq=False)
class Cases(Basis):
    """``part`` of the n cases of ``whole``: a share of them, or a count, which is divided by ``per`` where given."""

    whole: Mask
    part: Mask
    shape: Literal["count", "share"]
    per: float | None = None

    def figures(self, split: Split, left_out: Sequence[Mask]) -> tuple[list[Figure], list[list[int]]]:
        whole, part, *others = split.counts([self.whole, self.part, *left_out])
        return list(map(self._figure, whole, part)), others

    def _figure(self, whole: int, part: int) -> Figure:
        below = float(whole) if self.shape == "share" else self.per
        if below is None:
            return float(part), whole, float(part), None
        return (part / below if below else None), whole, float(part), below


@dataclass(frozen=True, eq=False)
class Statistic(Basis):
    """The ``function`` of the ``values`` that are numbers, which are the cases, in ascending order."""

    values: Numbers
    function: Callable[[Numbers], float]

    def figures(self, split: Split, left_out: Sequence[Mask]) -> tuple[list[Figure], list[list[int]]]:
        found = [(self.function(own) if len(own) else None, len(own)) for own in split.ascending(self.values)]
        return [(value, n, None, None) for value, n in found], split.counts(left_out)


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


@dataclass(frozen=True)
class _Block:
    """Some rows on end; their ``places`` in it, those of the first member first, and each member's ``runs`` of them."""

    rows: slice
    places: npt.NDArray[np.unsignedinteger]
    runs: list[slice]


class Split:
    """Rows in the order of the members of a dimension; without a dimension all of them are one nameless member.

    Surprise: they are put in order block by block. What is looked up in a block lies in the processor's cache, and a
    place in it takes two bytes where members are few: a row among ten millions costs what it costs among one million.
    """

    def __init__(self, labels: pd.Series | None = None) -> None:
        self.members: list[str] = [""]
        self._blocks: list[_Block] | None = None
        self._last: _Sorted | None = None
        self._room: Numbers | None = None
        if labels is not None:
            codes, members = pd.factorize(labels, sort=True)
            self.members = [str(member) for member in members]
            small = codes.astype(np.min_scalar_type(len(members)))  # short codes are sorted by radix
            self._sizes = np.bincount(codes, minlength=len(members))
            step = max(_BLOCK, _RUN * len(members))
            self._blocks = [self._block(small[start : start + step], start) for start in range(0, len(small), step)]

    def _block(self, codes: npt.NDArray[Any], start: int) -> _Block:
        places = np.argsort(codes, kind="stable").astype(np.min_scalar_type(len(codes) - 1))
        ends = [0, *np.cumsum(np.bincount(codes, minlength=len(self.members))).tolist()]
        return _Block(slice(start, start + len(codes)), places, list(starmap(slice, pairwise(ends))))

    @cached_property
    def positions(self) -> list[npt.NDArray[np.int64]]:
        """The places of each member's rows, ascending; none at all without a dimension."""
        if self._blocks is None:
            return []
        return [
            np.concatenate(
                [np.add(block.places[block.runs[member]], block.rows.start, dtype=np.int64) for block in self._blocks]
            )
            for member in range(len(self.members))
        ]

    def counts(self, masks: Sequence[Mask]) -> list[list[int]]:
        """How many rows each member has, mask by mask."""
        if self._blocks is None or not masks:
            return [[int(np.count_nonzero(mask))] for mask in masks]
        if len(masks) > _BITS:
            return self.counts(masks[:_BITS]) + self.counts(masks[_BITS:])
        found = np.zeros((len(masks), len(self.members)), np.int64)
        for block in self._blocks:
            # one bit for each mask, so that they are put in order together
            bits = np.zeros(len(block.places), np.uint8)
            for mask in reversed(masks):
                bits += bits
                bits |= mask[block.rows].view(np.uint8)
            bits = bits.take(block.places)
            for number in range(len(masks)):
                hit = bits & (1 << number)
                found[number] += [np.count_nonzero(hit[run]) for run in block.runs]
        return found.tolist()

    def ascending(self, values: Numbers) -> list[Numbers]:
        """The values of each member's rows that are numbers, in ascending order.

        Mean, median and percentile of a column are asked for one after the other, so the last answer is kept, for as
        long as the column lives; the next column is sorted in the same memory, where fresh memory costs as much time
        as the sorting.
        """
        if self._last is None or not self._last.is_of(values):
            if self._room is None or self._room.shape != values.shape:
                self._room = np.empty(values.shape)
            parts = [_sort(part) for part in self._gathered(values, self._room)]
            self._last = _Sorted(weakref.ref(_owner(values), self._forget), values.ctypes.data, values.shape, parts)
        return self._last.parts

    def _gathered(self, values: Numbers, room: Numbers) -> list[Numbers]:
        """The values of each member's rows in ``room``, which has the shape of the values."""
        if self._blocks is None:
            np.copyto(room, values)
            return [room]
        ends = np.cumsum(self._sizes)
        parts = [room[end - size : end] for end, size in zip(ends, self._sizes, strict=True)]
        free = [0] * len(parts)
        for block in self._blocks:
            inside = values[block.rows].take(block.places)
            for member, run in enumerate(block.runs):
                end = free[member] + run.stop - run.start
                parts[member][free[member] : end] = inside[run]
                free[member] = end
        return parts

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
    reasons = [reason for reason, mask in basis.excluded.items() if mask.any()]
    figures, left_out = basis.figures(split, [basis.excluded[reason] for reason in reasons])
    found = []
    for number, figure in enumerate(figures):
        excluded = {reason: counts[number] for reason, counts in zip(reasons, left_out, strict=True) if counts[number]}
        places = split.positions[number] if split.positions else None
        against = () if basis.against is None or basis.rows is None else RowIds(basis.rows, basis.against, places)
        found.append(Outcome(*figure, excluded, against))
    return found
