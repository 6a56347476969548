"""Columns of cells as UTC instants; a time without offset is local in the source's zone.

Refuses local times that the zone skipped, and years before 1 and after 9999: what else a database may hold (infinity)
is no point in time. Its one surprise: a local time that happened twice is taken as the first one, and the second is
kept beside it, for whoever knows that the first is too early.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from itss.sources.cells import BLANKS, read_moment
from itss.sources.columns import Cells, is_text, objects, read_each, trimmed

INSTANT, LOCAL = pa.timestamp("us", "UTC"), pa.timestamp("us")
_FIRST, _LAST = pa.scalar(-62135596800_000_000, pa.int64()), pa.scalar(253402300799_999_999, pa.int64())
_AROUND = ("latest", "earliest")
_DAY = r"^\d{4}[-/.年]\d{1,2}[-/.月]\d{1,2}日?$"
_LAST_MOMENT = pa.scalar(dt.timedelta(days=1, microseconds=-1), pa.duration("us"))


@dataclass(frozen=True)
class Instants:
    """``values``, null where there is none; ``again`` has the second reading of what happened twice, null elsewhere."""

    values: pa.Array
    again: pa.Array

    def not_before(self, begins: pa.Array) -> tuple[pa.Array, int]:
        """The values, with the second reading where the first lies before its begin and the second does not.

        Also how many these are. In the night in which clocks go back, 01:50 to 01:10 are 20 minutes.
        """
        if self.again.null_count == len(self.again):
            return self.values, 0
        is_later = pc.and_(pc.less(self.values, begins), pc.greater_equal(self.again, begins))
        return pc.if_else(pc.fill_null(is_later, False), self.again, self.values), pc.sum(is_later).as_py() or 0


def instants(cells: Cells, zone: str) -> Instants:
    """``cells`` as instants; local times are in ``zone``."""
    if not isinstance(cells, pa.Array):
        return _moments(read_each(cells, read_moment), zone)
    if pa.types.is_timestamp(cells.type) and cells.type.tz:
        return _fixed(cells.cast(INSTANT, safe=False))
    if pa.types.is_timestamp(cells.type) or pa.types.is_date(cells.type):
        return _in_zone(cells.cast(LOCAL, safe=False), zone)
    if not is_text(cells):
        return _moments(read_each(objects(cells), read_moment), zone)
    found = _plain(cells, zone)
    rest = pc.and_not(cells.is_valid(), found.values.is_valid())
    if not pc.any(rest).as_py():
        return found
    coded = cells.filter(rest).dictionary_encode()
    read = _moments(read_each(objects(coded.dictionary), read_moment), zone)
    return Instants(
        pc.replace_with_mask(found.values, rest, read.values.take(coded.indices)),
        pc.replace_with_mask(found.again, rest, read.again.take(coded.indices)),
    )


def to_the_end(found: Instants, cells: Cells, zone: str) -> Instants:
    """``found``, what was read of ``cells``, with the last moment of the day where a cell has no time of day."""
    is_day = pc.and_(_days(cells), found.values.is_valid())
    if not pc.any(is_day).as_py():
        return found
    begins = pc.local_timestamp(found.values.cast(pa.timestamp("us", zone)))
    ends = _in_zone(pc.if_else(is_day, pc.add(begins, _LAST_MOMENT), pa.scalar(None, LOCAL)), zone)
    return Instants(pc.if_else(is_day, ends.values, found.values), pc.if_else(is_day, ends.again, found.again))


def _days(cells: Cells) -> pa.Array:
    """Which cells are days without a time of day; where they can be nothing else, all of them."""
    if is_text(cells):
        return pc.fill_null(pc.match_substring_regex(trimmed(cells), _DAY), False)
    if isinstance(cells, pa.Array):
        return pa.repeat(pa.scalar(pa.types.is_date(cells.type)), len(cells))
    return pa.array([_is_day(cell) for cell in cells], pa.bool_())


def _is_day(cell: object) -> bool:
    if isinstance(cell, str):
        return re.match(_DAY, cell.strip(BLANKS)) is not None
    return isinstance(cell, dt.date) and not isinstance(cell, dt.datetime)


def _plain(cells: pa.Array, zone: str) -> Instants:
    """ISO 8601, all with an offset or all without; any other cell is null, as are all of a mixed column."""
    # Arrow also reads 2026-09-01 08 and 2026-09-01 0805, which are no times here
    raw = cells.cast(pa.binary())
    whole = pc.or_(pc.equal(pc.binary_slice(raw, 13, 14), b":"), pc.equal(pc.binary_length(raw), 10))
    if not pc.all(whole, min_count=0).as_py():
        cells = pc.if_else(whole, cells, pa.scalar(None, cells.type))
    for kind in (INSTANT, LOCAL):
        try:
            values = cells.cast(kind)
        except pa.ArrowInvalid:
            continue
        return _fixed(values) if kind is INSTANT else _in_zone(values, zone)
    return _fixed(pa.nulls(len(cells), INSTANT))


def _moments(moments: Sequence[dt.datetime | None], zone: str) -> Instants:
    local = [one if one is not None and one.utcoffset() is None else None for one in moments]
    fixed = _fixed(pa.array(map(_utc, moments), INSTANT))
    found = _in_zone(pa.array(local, LOCAL), zone)
    return Instants(pc.coalesce(fixed.values, found.values), found.again)


def _utc(moment: dt.datetime | None) -> dt.datetime | None:
    if moment is None or moment.utcoffset() is None:
        return None
    try:
        return moment.astimezone(dt.UTC)
    except OverflowError:
        return None


def _fixed(values: pa.Array) -> Instants:
    return Instants(_within(values), pa.nulls(len(values), INSTANT))


def _in_zone(values: pa.Array, zone: str) -> Instants:
    """Local times of ``zone``; null where the zone skipped one."""
    values = _within(values)
    try:  # all of them happened once
        return _fixed(pc.assume_timezone(values, zone).cast(INSTANT))
    except pa.ArrowInvalid:
        first, second = (_existing(values, zone, ambiguous) for ambiguous in ("earliest", "latest"))
    happened_twice = pc.not_equal(first, second)
    return Instants(_within(first), pc.if_else(happened_twice, _within(second), pa.scalar(None, INSTANT)))


def _existing(values: pa.Array, zone: str, ambiguous: str) -> pa.Array:
    later, sooner = (pc.assume_timezone(values, zone, ambiguous=ambiguous, nonexistent=around) for around in _AROUND)
    return pc.if_else(pc.equal(later, sooner), later, pa.scalar(None, later.type)).cast(INSTANT)


def _within(values: pa.Array) -> pa.Array:
    told = values.cast(pa.int64())
    least, most = pc.min_max(told).values()
    if pc.and_kleene(pc.greater_equal(least, _FIRST), pc.less_equal(most, _LAST)).as_py() is not False:
        return values  # all of them, or there is none
    is_within = pc.and_(pc.greater_equal(told, _FIRST), pc.less_equal(told, _LAST))
    return pc.if_else(is_within, values, pa.scalar(None, values.type))
