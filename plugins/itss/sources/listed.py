"""Texts that list instants, each with something behind it: ``instant=word;instant=word``, ``begin/end;begin/end``.

A text with one entry that cannot be read is refused whole, because the rest of it would tell another story.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray


@dataclass(frozen=True)
class Entries:
    """Entries of many texts: the ``row`` of the text of each, its time, and the text behind it."""

    row: NDArray[np.int64]
    at: pa.Array
    behind: pa.Array

    def in_order(self) -> Entries:
        """By time within each text; of entries of one instant the order given is kept."""
        at = self.at.cast(pa.int64()).fill_null(0).to_numpy()
        same_text = self.row[1:] == self.row[:-1]
        if not (same_text & (at[1:] < at[:-1])).any():
            return self
        order = pa.array(np.lexsort((at, self.row)))
        return Entries(self.row[order.to_numpy()], self.at.take(order), self.behind.take(order))

    def written(self, between: str, texts: pa.Array, bad: Any) -> pa.Array:
        """A text for each of ``texts``, null for those in which an entry is ``bad``."""
        is_refused = np.zeros(len(texts), bool)
        is_refused[self.row[bad]] = True
        kept = ~is_refused[self.row]
        entries = pc.binary_join_element_wise(written_instants(self.at), self.behind, between).filter(pa.array(kept))
        ends = np.cumsum(np.bincount(self.row[kept], minlength=len(texts)))
        lists = pa.ListArray.from_arrays(pa.array(np.append(0, ends), pa.int32()), entries)
        return pc.if_else(pa.array(is_refused), pa.scalar(None, pa.string()), _only(texts, pc.binary_join(lists, ";")))


def split(texts: pa.Array) -> tuple[NDArray[np.int64], pa.Array]:
    """The entries of every text, and the row of each."""
    lists = pc.split_pattern(texts, ";")
    return pc.list_parent_indices(lists).to_numpy().astype(np.int64), pc.list_flatten(lists)


def written_instants(instants: pa.Array) -> pa.Array:
    """Instants as ``2026-09-01T08:00:00Z``, with a fraction only where it is none of a whole second; null as empty."""
    seconds = instants.cast(pa.timestamp("s", "UTC"), safe=False)
    texts = _iso(seconds)
    is_broken = pc.not_equal(seconds.cast(instants.type), instants)
    if pc.any(is_broken).as_py():
        texts = pc.if_else(is_broken, _iso(instants), texts)
    return pc.fill_null(texts, "")


def _iso(instants: pa.Array) -> pa.Array:
    # several times as fast as to format them one by one
    local = instants.cast(pa.timestamp(instants.type.unit)).cast(pa.string())
    return pc.binary_join_element_wise(pc.binary_replace_slice(local, 10, 11, "T"), "Z", "")


def _only(texts: pa.Array, values: pa.Array) -> pa.Array:
    return pc.if_else(texts.is_valid(), values, pa.scalar(None, pa.string()))
