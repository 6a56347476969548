"""Cells of a source, a whole column at once, as instants, numbers, integers, booleans and text.

What is already typed and what is spelled in the usual way is read by Arrow; every other cell goes to `parse`, whose
rules hold for all of them: the two never differ, the first is only faster.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from itss.processes.base import ColumnType
from itss.sources.histories import parse_history
from itss.sources.intervals import parse_intervals
from itss.sources.parse import Parsed, parse_boolean, parse_instant, parse_integer, parse_number, parse_text

Cells: TypeAlias = "pa.Array | pd.Series[Any]"
"""An Arrow array, or a series of whatever Python values a database driver gave."""
Typed: TypeAlias = tuple[pa.Array, pa.Array]
"""Values with nulls where nothing stood or nothing could be read, and a mask of the latter."""

INSTANT = pa.timestamp("us", "UTC")
ARROW_TYPES: Mapping[ColumnType, pa.DataType] = {
    "string": pa.string(),
    "instant": INSTANT,
    "number": pa.float64(),
    "integer": pa.int64(),
    "boolean": pa.bool_(),
    "intervals": pa.string(),
    "history": pa.string(),
}
_PARSERS: Mapping[ColumnType, Callable[[pd.Series[Any], str], Parsed]] = {
    "string": parse_text,
    "instant": parse_instant,
    "number": parse_number,
    "integer": parse_integer,
    "boolean": parse_boolean,
    "intervals": parse_intervals,
    "history": parse_history,
}
_FIRST, _LAST = pa.scalar(-62135596800_000_000, pa.int64()), pa.scalar(253402300799_999_999, pa.int64())
"""Years 1 to 9999, in microseconds: what else a database may hold (infinity) is no point in time."""


def typed(kind: ColumnType, cells: Cells, zone: str) -> Typed:
    """``cells`` as ``kind``; local times are in ``zone``."""
    if isinstance(cells, pd.Series):
        return _by_cell(kind, cells, zone)
    quick = _QUICK.get(kind)
    found = quick(cells, zone) if quick else None
    if found is None:
        return _distinct(kind, cells, zone) if kind == "boolean" else _by_cell(kind, objects(cells), zone)
    rest = pc.and_not(cells.is_valid(), found.is_valid())
    # of text what is null now is null for good, and of what came as a time nothing else can be made
    if kind == "string" or pa.types.is_timestamp(cells.type):
        return found, rest if kind == "instant" else _none_of(cells)
    if not pc.any(rest).as_py():
        return found, rest
    values, bad = _by_cell(kind, objects(cells.filter(rest)), zone)
    return pc.replace_with_mask(found, rest, values), pc.replace_with_mask(rest, rest, bad)


def cells_of(values: Sequence[Any]) -> Cells:
    """A column of Python values, as an Arrow array where they are of one kind."""
    try:
        return pa.array(values)
    except (pa.ArrowException, OverflowError, UnicodeError):
        return pd.Series(values, dtype=object)


def _text(cells: pa.Array, _: str) -> pa.Array | None:
    if pa.types.is_integer(cells.type) or pa.types.is_boolean(cells.type):
        return cells.cast(pa.string())
    return _trimmed(cells) if _is_text(cells) else None


def _trimmed(cells: pa.Array) -> pa.Array:
    trimmed = pc.utf8_trim_whitespace(cells.cast(pa.string()))
    if pc.min(pc.binary_length(trimmed)).as_py() == 0:
        return pc.if_else(pc.equal(trimmed, ""), pa.scalar(None, pa.string()), trimmed)
    return trimmed


def _number(cells: pa.Array, _: str) -> pa.Array | None:
    if pa.types.is_integer(cells.type) or pa.types.is_float64(cells.type):
        values = cells.cast(pa.float64(), safe=False)
        return pc.if_else(pc.is_finite(values), values, pa.scalar(None, pa.float64()))
    return _spelled(cells, r"^-?\d{1,15}(\.\d{1,40})?$").cast(pa.float64()) if _is_text(cells) else None


def _integer(cells: pa.Array, _: str) -> pa.Array | None:
    if pa.types.is_signed_integer(cells.type):
        return cells.cast(pa.int64())
    return _spelled(cells, r"^-?\d{1,18}$").cast(pa.int64()) if _is_text(cells) else None


def _boolean(cells: pa.Array, _: str) -> pa.Array | None:
    if pa.types.is_integer(cells.type):
        found = pc.equal(cells, 1)
        return found if pc.all(pc.or_(found, pc.equal(cells, 0)), min_count=0).as_py() else None
    return cells if pa.types.is_boolean(cells.type) else None


def _instant(cells: pa.Array, zone: str) -> pa.Array | None:
    if pa.types.is_timestamp(cells.type):
        if cells.type.tz is None:
            return _local(cells.cast(pa.timestamp("us"), safe=False), zone)
        return _within(cells.cast(INSTANT, safe=False))
    if not _is_text(cells):
        return None
    # Arrow also reads 2026-09-01 08 and 2026-09-01 0805, which are no times here
    at = [pc.equal(pc.binary_slice(cells.cast(pa.binary()), place, place + 1), mark) for place, mark in _MARKS]
    whole = pc.and_(*at)
    if not pc.all(whole, min_count=0).as_py():
        cells = pc.if_else(whole, cells, pa.scalar(None, cells.type))
    for kind in (INSTANT, pa.timestamp("us")):
        try:
            values = cells.cast(kind)
        except pa.ArrowInvalid:
            continue
        return _local(values, zone) if kind.tz is None else _within(values)
    return None


_MARKS = ((13, b":"), (16, b":"))


def _intervals(cells: pa.Array, _: str) -> pa.Array | None:
    """One interval a cell, in the very spelling that `parse_intervals` gives."""
    if not _is_text(cells):
        return None
    cells = _spelled(cells, f"^{_SECOND}/({_SECOND})?$")
    begin, end = (pc.utf8_slice_codeunits(cells, place, place + 20) for place in (0, 21))
    try:
        for side in (begin, pc.if_else(pc.equal(end, ""), pa.scalar(None, pa.string()), end)):
            side.cast(INSTANT)
    except pa.ArrowInvalid:  # a 30th of February: which cell has it is found one by one
        return pa.nulls(len(cells), pa.string())
    in_order = pc.or_(pc.equal(end, ""), pc.greater_equal(end, begin))
    return pc.if_else(in_order, cells, pa.scalar(None, pa.string()))


_SECOND = r"[1-9]\d{3}-\d\d-\d\dT\d\d:\d\d:\d\dZ"


def _within(values: pa.Array) -> pa.Array:
    told = values.cast(pa.int64())
    least, most = pc.min_max(told).values()
    if pc.and_kleene(pc.greater_equal(least, _FIRST), pc.less_equal(most, _LAST)).as_py() is not False:
        return values  # all of them, or there is none
    return pc.if_else(
        pc.and_(pc.greater_equal(told, _FIRST), pc.less_equal(told, _LAST)), values, pa.scalar(None, values.type)
    )


def _local(values: pa.Array, zone: str) -> pa.Array:
    """Local times of ``zone``; null where the zone skipped one. One that happened twice is taken as the first."""
    values = _within(values)
    try:
        found = pc.assume_timezone(values, zone, ambiguous="earliest")
    except pa.ArrowInvalid:
        later, sooner = (pc.assume_timezone(values, zone, ambiguous="earliest", nonexistent=n) for n in _AROUND)
        found = pc.if_else(pc.equal(later, sooner), later, pa.scalar(None, later.type))
    return _within(found.cast(INSTANT))


_AROUND = ("latest", "earliest")

_QUICK: Mapping[ColumnType, Callable[[pa.Array, str], pa.Array | None]] = {
    "string": _text,
    "number": _number,
    "integer": _integer,
    "boolean": _boolean,
    "instant": _instant,
    "intervals": _intervals,
}


def _spelled(cells: pa.Array, pattern: str) -> pa.Array:
    """The cells of one plain spelling, the others null."""
    cells = cells.cast(pa.string())
    return pc.if_else(pc.match_substring_regex(cells, pattern), cells, pa.scalar(None, pa.string()))


def _is_text(cells: pa.Array) -> bool:
    return bool(pa.types.is_string(cells.type) or pa.types.is_large_string(cells.type))


def _distinct(kind: ColumnType, cells: pa.Array, zone: str) -> Typed:
    """Few different cells: each is read once."""
    coded = cells.dictionary_encode()
    values, bad = _by_cell(kind, objects(coded.dictionary), zone)
    return values.take(coded.indices), pc.fill_null(bad.take(coded.indices), False)


def _by_cell(kind: ColumnType, cells: pd.Series[Any], zone: str) -> Typed:
    parsed = _PARSERS[kind](cells, zone)
    return pa.array(parsed.values, ARROW_TYPES[kind], from_pandas=True), pa.array(parsed.bad, pa.bool_())


def objects(cells: pa.Array) -> pd.Series[Any]:
    """Python values, since pandas would make 12 a 12.0."""
    return pd.Series(cells.to_pylist(), dtype=object)


def _none_of(cells: pa.Array) -> pa.Array:
    return pa.repeat(pa.scalar(False), len(cells))
