"""What a field was over time, as sources write it: ``instant=word;instant=word``.

A cell with one entry that cannot be read is refused whole. Entries come out in order of time. A local time that
happened twice is the second one where it would else lie before the entry that is written before it, or the first entry
before its row was opened.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from itss.sources.instants import INSTANT, Instants, instants
from itss.sources.listed import Entries, split

_SIDES = r"^\s*(?P<at>[^=]*[^=\s])\s*=\s*(?P<word>[^=\s](?:[^=]*[^=\s])?)\s*$"


def read_histories(texts: pa.Array, zone: str, opened: pa.Array | None = None) -> pa.Array:
    """Texts in the one spelling that `itss.measures.history` reads; null where one was refused.

    ``texts`` are trimmed; times without offset are in ``zone``.
    """
    row, entries = split(pc.utf8_trim(texts, "; "))
    sides = pc.extract_regex(entries, _SIDES)
    begins = pa.nulls(len(row), INSTANT) if opened is None else opened.take(pa.array(row))
    at = _in_turn(instants(pc.struct_field(sides, "at"), zone), row, begins)
    found = Entries(row, at, pc.fill_null(pc.struct_field(sides, "word"), "")).in_order()
    return found.written("=", texts, found.at.is_null().to_numpy(False))


def _in_turn(found: Instants, row: NDArray[np.int64], begins: pa.Array) -> pa.Array:
    """The times, each read so that it does not lie before the one that is written before it, if it can be."""
    at, moved = found.values, 1
    while moved:  # what was moved may move the next one
        before = pa.concat_arrays([pa.nulls(1, INSTANT), at])[: len(at)]
        is_first = pa.array(np.append(True, row[1:] != row[:-1])[: len(row)])
        before = pc.if_else(is_first, begins, before)
        at, moved = Instants(at, found.again).not_before(before)
    return at
