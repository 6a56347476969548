"""Cells of a source, a whole column at once, as the values of a column of a process.

What is already typed and what is spelled in the usual way is read by Arrow; every other cell goes to `cells`, whose
rules hold for all of them: the two never differ, the first is only faster.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from itss.processes.base import Column, ColumnType
from itss.sources import cells as rules
from itss.sources.columns import Cells, by_distinct, completed, is_text, objects, read_each, trimmed
from itss.sources.histories import read_histories
from itss.sources.history_words import known_words
from itss.sources.instants import Instants, instants, to_the_end
from itss.sources.intervals import read_intervals

_TYPES: Mapping[ColumnType, pa.DataType] = {
    "string": pa.string(),
    "number": pa.float64(),
    "integer": pa.int64(),
    "boolean": pa.bool_(),
    "intervals": pa.string(),
    "history": pa.string(),
}
_NOTHING = pa.array(rules.TEXT_PLACEHOLDERS)


@dataclass(frozen=True)
class Converted:
    """``values`` with nulls where nothing stood or nothing could be read; ``bad`` marks the latter."""

    values: pa.Array
    bad: pa.Array
    placeholders: int = 0
    """How many cells said in a word that there is nothing."""
    instants: Instants | None = None
    """Of a column of instants: the values with their second readings."""


def convert(column: Column, cells: Cells, zone: str, opened: pa.Array | None = None) -> Converted:
    """``cells`` as values of ``column``; local times are in ``zone``, those that are listed not before ``opened``.

    A number whose name ends in ``_h`` or ``_min`` may be written as a duration.
    """
    if column.type == "string":
        return _texts(cells)
    found = instants(cells, zone) if column.type == "instant" else None
    if found and column.is_deadline:
        found = to_the_end(found, cells, zone)
    values = found.values if found else _values(column, cells, zone, opened)
    bad, placeholders = _left(cells, values)
    return Converted(values, bad, placeholders, found)


def _texts(cells: Cells) -> Converted:
    if not is_text(cells):
        plain = isinstance(cells, pa.Array) and (pa.types.is_integer(cells.type) or pa.types.is_boolean(cells.type))
        cells = cells.cast(pa.string()) if plain else pa.array(_each_text(cells), pa.string())
    texts = trimmed(cells)
    is_placeholder = pc.is_in(texts, _NOTHING)
    if count := pc.sum(is_placeholder).as_py() or 0:
        texts = pc.if_else(is_placeholder, pa.scalar(None, pa.string()), texts)
    return Converted(texts, _none_of(texts), count)


def _each_text(cells: Cells) -> list[str | None]:
    return [None if rules.is_nothing(cell) else rules.read_text(cell) for cell in objects(cells)]


def _values(column: Column, cells: Cells, zone: str, opened: pa.Array | None) -> pa.Array:
    if column.type == "intervals":
        return read_intervals(_texts(cells).values, zone, opened)
    if column.type == "history":
        return known_words(read_histories(_texts(cells).values, zone, opened), column.values)
    kind, read = _TYPES[column.type], _reader(column)

    def each(some: Cells) -> pa.Array:
        return pa.array(read_each(objects(some), read), kind)

    if not isinstance(cells, pa.Array):
        return each(cells)
    quick = _QUICK[column.type](cells)
    return by_distinct(cells, each) if quick is None else completed(quick, cells, each)


def _reader(column: Column) -> Callable[[Any], Any]:
    if column.type == "number":
        units = (("_h", rules.read_hours), ("_min", rules.read_minutes))
        return next((read for suffix, read in units if column.name.endswith(suffix)), rules.read_number)
    return rules.read_integer if column.type == "integer" else rules.read_boolean


def _left(cells: Cells, values: pa.Array) -> tuple[pa.Array, int]:
    """The cells that hold something and were not read, and how many say in a word that they hold nothing."""
    if isinstance(cells, pa.Array):
        left = pc.and_not(cells.is_valid(), values.is_valid())
        if not pc.any(left).as_py():
            return left, 0
        some = cells.filter(left)
        if pa.types.is_timestamp(cells.type):  # infinity, which Python has no value for
            return left, 0
    else:
        left, some = values.is_null(), cells[values.is_null().to_pandas().to_numpy()]
    given = [not rules.is_nothing(cell) for cell in objects(some)]
    words = [rules.is_placeholder(cell) for cell in objects(some)]
    bad = pa.array([is_given and not is_word for is_given, is_word in zip(given, words, strict=True)], pa.bool_())
    return pc.replace_with_mask(left, left, bad), sum(words)


def _number(cells: pa.Array) -> pa.Array | None:
    if pa.types.is_integer(cells.type) or pa.types.is_float64(cells.type):
        values = cells.cast(pa.float64(), safe=False)
        return pc.if_else(pc.is_finite(values), values, pa.scalar(None, pa.float64()))
    return _spelled(cells, r"^-?\d{1,15}(\.\d{1,40})?$").cast(pa.float64()) if is_text(cells) else None


def _integer(cells: pa.Array) -> pa.Array | None:
    if pa.types.is_signed_integer(cells.type):
        return cells.cast(pa.int64())
    return _spelled(cells, r"^-?\d{1,18}$").cast(pa.int64()) if is_text(cells) else None


def _boolean(cells: pa.Array) -> pa.Array | None:
    if pa.types.is_integer(cells.type):
        found = pc.equal(cells, 1)
        return found if pc.all(pc.or_(found, pc.equal(cells, 0)), min_count=0).as_py() else None
    return cells if pa.types.is_boolean(cells.type) else None


_QUICK: Mapping[ColumnType, Callable[[pa.Array], pa.Array | None]] = {
    "number": _number,
    "integer": _integer,
    "boolean": _boolean,
}


def _spelled(cells: pa.Array, pattern: str) -> pa.Array:
    """The cells of one plain spelling, the others null."""
    cells = cells.cast(pa.string())
    return pc.if_else(pc.match_substring_regex(cells, pattern), cells, pa.scalar(None, pa.string()))


def _none_of(cells: pa.Array) -> pa.Array:
    return pa.repeat(pa.scalar(False), len(cells))
