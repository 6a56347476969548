"""Intervals of time as sources write them: ``begin/end;begin/end``, each side a time that `instants` reads.

The last end may be missing: it lasts. A cell with one interval that cannot be read, ends before it begins, or lasts
though another follows, is refused whole, because the rest of it would make a wrong figure.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from itss.sources.instants import INSTANT, instants
from itss.sources.listed import Entries, split, written_instants

_SIDES = r"^\s*(?P<begin>[^/]*[^/\s])\s*/\s*(?P<end>[^/]*?)\s*$"


def read_intervals(texts: pa.Array, zone: str, opened: pa.Array | None = None) -> pa.Array:
    """Texts in the one spelling that `itss.calendars.read_pauses` reads; null where one was refused.

    ``texts`` are trimmed; times without offset are in ``zone``, and the second one of an hour that came twice where
    the first would be before the row was ``opened``.
    """
    row, entries = split(texts)
    sides = pc.extract_regex(entries, _SIDES)
    found = instants(pc.struct_field(sides, "begin"), zone)
    begins = found.values if opened is None else found.not_before(opened.take(pa.array(row)))[0]
    written = pc.struct_field(sides, "end")
    lasts = pc.equal(written, "")
    ends, _ = instants(pc.if_else(lasts, pa.scalar(None, pa.string()), written), zone).not_before(begins)
    is_read = pc.or_(pc.and_(lasts, begins.is_valid()), pc.fill_null(pc.greater_equal(ends, begins), False))
    begins = pc.if_else(pc.fill_null(is_read, False), begins, pa.scalar(None, INSTANT))
    listed = Entries(row, begins, written_instants(ends)).in_order()
    goes_on = np.append(listed.row[1:] == listed.row[:-1], False)[: len(row)]
    is_bad = listed.at.is_null().to_numpy(False) | (goes_on & pc.equal(listed.behind, "").to_numpy(False))
    return listed.written("/", texts, is_bad)
