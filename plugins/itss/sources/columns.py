"""Columns of cells as they arrive, and how many of them are read at once: each different one is read once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeAlias, TypeVar

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from itss.sources.cells import BLANKS, is_nothing, is_placeholder

Cells: TypeAlias = "pa.Array | pd.Series[Any]"
"""An Arrow array, or a series of whatever Python values a database driver gave."""
T = TypeVar("T")


def cells_of(values: Sequence[Any]) -> Cells:
    """A column of Python values, as an Arrow array where they are of one kind."""
    try:
        return pa.array(values)
    except (pa.ArrowException, OverflowError, UnicodeError):
        return pd.Series(values, dtype=object)


def objects(cells: Cells) -> list[Any]:
    """Python values, since pandas would make 12 a 12.0."""
    return cells.tolist() if isinstance(cells, pd.Series) else cells.to_pylist()


def is_text(cells: Cells) -> bool:
    """Whether all of them are texts, in Arrow."""
    return isinstance(cells, pa.Array) and (pa.types.is_string(cells.type) or pa.types.is_large_string(cells.type))


def trimmed(cells: pa.Array) -> pa.Array:
    """Texts without the `BLANKS` around them; null where nothing is left."""
    texts = pc.utf8_trim(cells.cast(pa.string()), BLANKS)
    if pc.min(pc.binary_length(texts)).as_py() == 0:
        return pc.if_else(pc.equal(texts, ""), pa.scalar(None, pa.string()), texts)
    return texts


def read_each(cells: Iterable[Any], read: Callable[[Any], T | None]) -> list[T | None]:
    """What ``read`` makes of every cell; equal ones are read once, and what says nothing not at all."""
    known: dict[Any, T | None] = {}
    found: list[T | None] = []
    for cell in cells:
        key = (type(cell), cell)
        try:
            value = known[key]
        except KeyError:
            value = known[key] = _read(cell, read)
        except TypeError:  # a list or an object, which has no hash
            value = _read(cell, read)
        found.append(value)
    return found


def _read(cell: Any, read: Callable[[Any], T | None]) -> T | None:
    if is_nothing(cell) or is_placeholder(cell):
        return None
    return read(cell.strip(BLANKS) if isinstance(cell, str) else cell)


def completed(found: pa.Array, cells: pa.Array, read: Callable[[pa.Array], pa.Array]) -> pa.Array:
    """``found``, where that is null with what ``read`` makes of the different ``cells`` that are left."""
    rest = pc.and_not(cells.is_valid(), found.is_valid())
    if not pc.any(rest).as_py():
        return found
    return pc.replace_with_mask(found, rest, by_distinct(cells.filter(rest), read))


def by_distinct(cells: pa.Array, read: Callable[[pa.Array], pa.Array]) -> pa.Array:
    """What ``read`` makes of ``cells``; of texts, each different one is read once."""
    if not is_text(cells):
        return read(cells)
    coded = cells.dictionary_encode()
    return read(coded.dictionary).take(coded.indices)
