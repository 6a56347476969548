"""Values of a source as instants, numbers, integers, booleans and text; what does not parse is told, never guessed.

Every parser takes a series of whatever the source gave and returns the typed series with a mask of the cells that hold
something but could not be read. Accepted times start with the year, so that day and month are never mistaken:
``2026-09-01 08:05``, ``2026/9/1 8:05:30``, ``2026年9月1日 08:05``, ISO 8601 with ``T``, ``Z`` or an offset.
"""

from __future__ import annotations

import datetime as dt
import json
import math
import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

INSTANT = "datetime64[us, UTC]"
_CANONICAL = re.compile(
    r"(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.\d{1,9})?)?)? ?(Z|[+-]\d{2}(?::?\d{2})?)?"
)
_YEAR_FIRST = re.compile(
    r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?"
    r"(?:[T ]*(\d{1,2})[:时](\d{1,2})(?:[:分](\d{1,2})?(\.\d+)?秒?)?)?"
    r" ?(Z|UTC|[+-]\d{2}(?::?\d{2})?)?"
)
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_YES = frozenset({"true", "t", "yes", "y", "1", "是", "on"})
_NO = frozenset({"false", "f", "no", "n", "0", "否", "off"})
_LARGEST = 2**63 - 1


class Parsed(NamedTuple):
    """``values`` with nulls where nothing stood or nothing could be read; ``bad`` marks the latter."""

    values: pd.Series[Any]
    bad: pd.Series[bool]


def parse_text(series: pd.Series[Any], zone: str) -> Parsed:  # noqa: ARG001 - one signature for all
    """Text without the blanks around it; whole numbers without ``.0``."""
    values = pd.Series([_text(value) for value in series], index=series.index, dtype="str")
    return Parsed(values, _none_of(series))


def parse_number(series: pd.Series[Any], zone: str) -> Parsed:  # noqa: ARG001
    """Real numbers, with a point; thousands separators, percent signs and infinities are not read."""
    return _by_cell(series, _number, "float64")


def parse_integer(series: pd.Series[Any], zone: str) -> Parsed:  # noqa: ARG001
    """Whole numbers of 64 bits; ``3.0`` is one, ``3.5`` is not."""
    return _by_cell(series, _integer, "Int64")


def parse_boolean(series: pd.Series[Any], zone: str) -> Parsed:  # noqa: ARG001
    """true/false, yes/no, y/n, t/f, on/off, 1/0, 是/否, in any case."""
    return _by_cell(series, _boolean, "boolean")


def parse_instant(series: pd.Series[Any], zone: str) -> Parsed:
    """UTC instants; a time without offset is local in ``zone``, and bad if that zone skipped it.

    A local time that happened twice is taken as the first one.
    """
    if isinstance(series.dtype, pd.DatetimeTZDtype):
        return Parsed(series.dt.tz_convert("UTC").dt.as_unit("us"), _none_of(series))
    written = pd.Series([_written_instant(value) for value in series], index=series.index, dtype="str")
    given = written.notna()
    canonical = written.str.fullmatch(_CANONICAL.pattern).fillna(False).astype(bool)
    other = given & ~canonical
    if other.any():
        written = written.where(~other, written[other].map(_normal, na_action="ignore"))
        canonical = written.str.fullmatch(_CANONICAL.pattern).fillna(False).astype(bool)
    has_offset = canonical & written.str.contains(r"(?:Z|[T ]\S*[+-]\d{2}(?::?\d{2})?)$", na=False)
    values = pd.Series(pd.NaT, index=series.index, dtype=INSTANT)
    values = values.where(~has_offset, _zoned(written.where(has_offset)))
    is_local = canonical & ~has_offset
    values = values.where(~is_local, _local(written.where(is_local), zone))
    values = values.mask(written.str.startswith("0000", na=False))  # no year, and Python has none
    return Parsed(values, given & values.isna())


def _zoned(written: pd.Series[Any]) -> pd.Series[Any]:
    return pd.to_datetime(written, format="ISO8601", errors="coerce", utc=True).dt.as_unit("us")


def _local(written: pd.Series[Any], zone: str) -> pd.Series[Any]:
    naive = pd.to_datetime(written, format="ISO8601", errors="coerce").dt.as_unit("us")
    first = np.ones(len(naive), dtype=bool)
    return naive.dt.tz_localize(zone, ambiguous=first, nonexistent="NaT").dt.tz_convert("UTC")


def _written_instant(value: Any) -> str | None:
    if _is_null(value):
        return None
    if isinstance(value, dt.datetime):
        return value.isoformat(" ", "microseconds") if value.utcoffset() is None else _utc(value)
    if isinstance(value, dt.date):
        return value.isoformat()
    return str(value).strip() or None


def _utc(value: dt.datetime) -> str:
    return value.astimezone(dt.UTC).isoformat(" ", "microseconds")


def _normal(written: str) -> str:
    match = _YEAR_FIRST.fullmatch(written)
    if match is None:
        return written
    year, month, day, hour, minute, second, fraction, offset = match.groups()
    clock = f" {int(hour):02d}:{int(minute):02d}:{int(second or 0):02d}{fraction or ''}" if hour else ""
    return f"{year}-{int(month):02d}-{int(day):02d}{clock}{'Z' if offset == 'UTC' else offset or ''}"


def _by_cell(series: pd.Series[Any], read: Callable[[Any], Any], dtype: str) -> Parsed:
    """``read`` gives a value, or `None` for what it cannot read; it never sees a null."""
    known: dict[Any, Any] = {}
    values: list[Any] = []
    bad: list[bool] = []
    for cell in series:
        if _is_null(cell) or (isinstance(cell, str) and not cell.strip()):
            values.append(None)
            bad.append(False)
            continue
        key = (type(cell), cell) if not isinstance(cell, (list, dict)) else None
        value = known[key] if key in known else read(cell.strip() if isinstance(cell, str) else cell)
        if key is not None:
            known[key] = value
        values.append(value)
        bad.append(value is None)
    return Parsed(pd.Series(values, index=series.index, dtype=dtype), pd.Series(bad, index=series.index, dtype=bool))


def _text(value: Any) -> str | None:
    if _is_null(value):
        return None
    if isinstance(value, str):
        return value.strip() or None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 2**53 else repr(value)
    if isinstance(value, Decimal):
        whole = value.to_integral_value() if value.is_finite() else value
        return f"{whole if whole == value else value:f}"
    if isinstance(value, (bytes, memoryview)):
        return bytes(value).decode("utf-8", errors="backslashreplace")
    if isinstance(value, (list, dict)):
        return json.dumps(value, ensure_ascii=False, default=str)
    return str(value)


def _number(value: Any) -> float | None:
    if isinstance(value, str) and not _NUMBER.fullmatch(value):
        return None
    if not isinstance(value, (str, int, float, Decimal)):
        return None
    number = float(value)
    return number if math.isfinite(number) else None


def _integer(value: Any) -> int | None:
    if isinstance(value, str):
        if not _NUMBER.fullmatch(value):
            return None
        value = Decimal(value)  # exact, where a float would round a long number
    if not isinstance(value, (int, float, Decimal)) or not math.isfinite(value) or value != int(value):
        return None
    return int(value) if abs(int(value)) <= _LARGEST else None


def _boolean(value: Any) -> bool | None:
    if isinstance(value, bytes) and len(value) == 1:  # MySQL's BIT(1)
        value = value[0]
    written = _text(value)
    lowered = written.lower() if written else ""
    return True if lowered in _YES else False if lowered in _NO else None


def _is_null(value: Any) -> bool:
    return value is None or value is pd.NA or value is pd.NaT or (isinstance(value, float) and math.isnan(value))


def _none_of(series: pd.Series[Any]) -> pd.Series[bool]:
    return pd.Series(False, index=series.index, dtype=bool)
