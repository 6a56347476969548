"""What a field was over time: every entry of every row in one long frame, and the last one before a moment.

Reads the one spelling that `itss.sources.histories` writes (``2026-09-01T08:00:00Z=open;…``, UTC), once a process and
not once a period. Surprise: of several entries of one instant only the last is kept, since it is what remained.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from itss.measures.lifecycle import Lifecycle
from itss.measures.rows import Instants, Mask
from itss.measures.scope import Scope

Places = npt.NDArray[np.int64]
Codes = npt.NDArray[np.int64]

_INSTANT = pa.timestamp("us", "UTC")


@dataclass(frozen=True, eq=False)
class History:
    """Entries in the order of their rows, and of time within a row.

    ``row`` is the place of the row in its frame, ``at`` (UTC) the instant from which the field was
    ``words[code]``; ``size`` is the number of rows of the frame, with and without entries.
    """

    row: Places
    at: Instants
    code: Codes
    words: tuple[str, ...]
    size: int

    @cached_property
    def ends(self) -> Places:
        """By row the place behind its last entry, which is where the entries of the next row begin."""
        return np.cumsum(np.bincount(self.row, minlength=self.size))

    @cached_property
    def starts(self) -> Places:
        """By row the place of its first entry; that of the next row's where it has none."""
        return np.concatenate([[0], self.ends[:-1]]).astype(np.int64) if self.size else self.ends

    @cached_property
    def given(self) -> Mask:
        """Which rows have a history."""
        return self.ends > self.starts

    @cached_property
    def lifecycle(self) -> Lifecycle:
        """The entries as states of tickets: their words are those of `itss.measures.lifecycle.STATES`."""
        return Lifecycle(self)

    def only(self, chosen: Mask) -> History:
        """The chosen entries, of as many rows as before."""
        return replace(self, row=self.row[chosen], at=self.at[chosen], code=self.code[chosen])

    def last_before(self, moment: np.datetime64) -> Places:
        """By row the place of its last entry before ``moment``; -1 where there is none yet."""
        earlier = np.zeros(len(self.at) + 1, np.int64)
        np.cumsum(self.at < moment, out=earlier[1:])
        count = earlier[self.ends] - earlier[self.starts]
        return np.where(count > 0, self.starts + count - 1, -1)


def parse(texts: pd.Series) -> History:
    """The history of each row of a column; an empty cell has none."""
    cells = pa.array(texts, pa.large_string(), from_pandas=True)
    if isinstance(cells, pa.ChunkedArray):
        cells = cells.combine_chunks()
    entries = pc.split_pattern(cells, ";")
    sides = pc.list_flatten(pc.split_pattern(pc.list_flatten(entries), "=", max_splits=1))
    at = sides.take(pa.array(np.arange(0, len(sides), 2))).cast(_INSTANT)
    words = sides.take(pa.array(np.arange(1, len(sides), 2))).dictionary_encode()
    row = pc.list_parent_indices(entries).to_numpy().astype(np.int64)
    moments = at.to_numpy(zero_copy_only=False).astype("datetime64[us]")
    code = words.indices.to_numpy(zero_copy_only=False).astype(np.int64)
    return _in_order(History(row, moments, code, tuple(words.dictionary.to_pylist()), len(texts)))


def history_of(scope: Scope, column: str) -> History | None:
    """The history in ``column`` of the scope's rows; ``None`` where the source has no such column."""
    if column not in scope.rows:
        return None
    return scope.histories[column] if column in scope.histories else parse(scope.rows[column])


def _in_order(found: History) -> History:
    """Sorted, and one entry an instant."""
    same_row = found.row[1:] == found.row[:-1]
    if (same_row & (found.at[1:] < found.at[:-1])).any():
        order = np.lexsort((found.at, found.row))
        found = History(found.row[order], found.at[order], found.code[order], found.words, found.size)
        same_row = found.row[1:] == found.row[:-1]
    is_last = np.append(~same_row | (found.at[1:] != found.at[:-1]), True)[: len(found.row)]
    return found if is_last.all() else found.only(is_last)
