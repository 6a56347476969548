"""Tables as CSV that a spreadsheet program may open: text that it would compute gets an apostrophe before it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

_FORMULA = re.compile(r"^[\s\x00-\x1f]*[=+\-@\uff1d\uff0b\uff0d\uff20]")
"""Also behind blanks, and the full-width signs that some programs take for the others."""
_NUMBER = re.compile(r"[+-]?\d+(\.\d*)?([eE][+-]?\d+)?")


def csv_text(frame: pd.DataFrame) -> str:
    """``frame`` without its index; a program that reads it takes one leading apostrophe from a text."""
    guarded = frame.copy()
    for name in guarded.columns:
        if not _is_plain(guarded[name]):
            guarded[name] = guarded[name].map(_guard).astype(object)
    # without a byte order mark: these files are read by programs, people get the workbook
    return guarded.to_csv(index=False, lineterminator="\n")


def _is_plain(column: pd.Series) -> bool:
    """Numbers, truths and instants, which nobody outside has written."""
    return column.dtype.kind in "iufbM" or str(column.dtype) in ("Int64", "Float64", "boolean")


def _guard(value: object) -> object:
    if not isinstance(value, str) or _NUMBER.fullmatch(value) or not _FORMULA.match(value):
        return value
    return f"'{value}"
