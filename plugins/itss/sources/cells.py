"""One cell of a source as an instant, a number, an integer, a boolean or text: the rules, each in its one spelling.

Every reader takes what is neither null nor blank nor a placeholder, and gives the value, or `None` for what it cannot
read; nothing is guessed. Accepted times start with the year, so that day and month are never mistaken:
``2026-09-01 08:05``, ``2026/9/1 8:05:30``, ``2026年9月1日 08:05``, ISO 8601 with ``T``, ``Z`` or an offset.
"""

from __future__ import annotations

import datetime as dt
import json
import math
import re
from decimal import Decimal
from typing import Any

import pandas as pd
import pyarrow as pa

TEXT_PLACEHOLDERS = (
    *("-", "--", "---", "- -", "—", "——", "–", "N/A", "n/a", "#N/A", "NULL", "Null", "null", "(null)", "<null>"),
)
"""What systems and people write for nothing, in a column of text. ``None`` and ``无`` are answers there."""
PLACEHOLDERS = frozenset(word.lower() for word in TEXT_PLACEHOLDERS) | {"na", "none", "nil", "无", "暂无", "空"}
"""The same where a time, a number or a truth is expected, in any case. ``?`` is a question, and no placeholder."""

BLANKS = "".join(filter(str.isspace, map(chr, range(0x3001)))) + "\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"
"""What is cut off around a cell: blanks, and marks without width that nobody sees, which make another id of one."""

_MOMENT = re.compile(
    r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?"
    r"(?:[T ]*(\d{1,2})[:时](\d{1,2})(?:[:分](?:(\d{1,2})(\.\d{1,9}\d*)?)?秒?)?)?"
    r" ?(Z|UTC|[+-]\d{2}(?::?[0-5]\d)?)?"
)
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_DURATION = re.compile(r"(-?)(?:(\d{1,5}) days?,? )?(\d{1,6}):([0-5]\d)(?::([0-5]\d(?:\.\d+)?))?")
_YES = frozenset({"true", "t", "yes", "y", "1", "是", "on"})
_NO = frozenset({"false", "f", "no", "n", "0", "否", "off"})
_LARGEST = 2**63 - 1


def is_nothing(value: Any) -> bool:
    """Whether nothing stands in a cell: null, or `BLANKS` only."""
    if isinstance(value, str):
        return not value.strip(BLANKS)
    return value is None or value is pd.NA or value is pd.NaT or (isinstance(value, float) and math.isnan(value))


def is_placeholder(value: Any) -> bool:
    """Whether the cell of a column that is no text says in a word that there is nothing."""
    return isinstance(value, str) and value.strip(BLANKS).lower() in PLACEHOLDERS


def read_text(value: Any) -> str | None:
    """Text without the blanks around it; whole numbers without ``.0``."""
    if isinstance(value, str):
        return value.strip(BLANKS)
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


def read_number(value: Any) -> float | None:
    """A real number, with a point; thousands separators, percent signs and infinities are not read."""
    if isinstance(value, str) and not _NUMBER.fullmatch(value):
        return None
    if not isinstance(value, (str, int, float, Decimal)):
        return None
    number = float(value)
    return number if math.isfinite(number) else None


def read_hours(value: Any) -> float | None:
    """Hours as a number, or as a duration: ``4:30``, ``30:00:00``, ``1 day 06:00:00``, what databases have for it."""
    seconds = _seconds(value, least_colons=1)
    return read_number(value) if seconds is None else seconds / 3600


def read_minutes(value: Any) -> float | None:
    """Minutes likewise, but not ``4:30``, which may be minutes and seconds; ``0:04:30`` is plain."""
    seconds = _seconds(value, least_colons=2)
    return read_number(value) if seconds is None else seconds / 60


def _seconds(value: Any, least_colons: int) -> float | None:
    if isinstance(value, dt.timedelta):
        return value.total_seconds()
    if isinstance(value, dt.time):
        value = value.isoformat()
    if isinstance(value, pa.MonthDayNano):
        return None if value.months else value.days * 86400 + value.nanoseconds / 1e9
    found = _DURATION.fullmatch(value) if isinstance(value, str) and value.count(":") >= least_colons else None
    if found is None:
        return None
    sign, days, hours, minutes, seconds = found.groups()
    size = int(days or 0) * 86400 + int(hours) * 3600 + int(minutes) * 60 + float(seconds or 0)
    return -size if sign else size


def read_integer(value: Any) -> int | None:
    """A whole number of 64 bits; ``3.0`` is one, ``3.5`` is not."""
    if isinstance(value, str):
        if not _NUMBER.fullmatch(value):
            return None
        value = Decimal(value)  # exact, where a float would round a long number
    if not isinstance(value, (int, float, Decimal)) or not math.isfinite(value):
        return None
    return int(value) if -_LARGEST <= value <= _LARGEST and value == int(value) else None


def read_boolean(value: Any) -> bool | None:
    """true/false, yes/no, y/n, t/f, on/off, 1/0, 是/否, in any case."""
    if isinstance(value, bytes) and len(value) == 1:  # MySQL's BIT(1)
        value = value[0]
    lowered = (read_text(value) or "").lower()
    return True if lowered in _YES else False if lowered in _NO else None


def read_moment(value: Any) -> dt.datetime | None:
    """A time as it is written: with its offset where it has one, else local."""
    if isinstance(value, dt.datetime):
        return value
    if isinstance(value, dt.date):
        return dt.datetime(value.year, value.month, value.day)  # noqa: DTZ001 - local, as a day is
    found = _MOMENT.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        return None
    year, month, day, hour, minute, second, fraction, offset = found.groups()
    micros = int((fraction or ".")[1:7].ljust(6, "0"))
    try:
        day_of = dt.datetime(int(year), int(month), int(day), tzinfo=_offset(offset))
        return day_of.replace(hour=int(hour or 0), minute=int(minute or 0), second=int(second or 0), microsecond=micros)
    except ValueError:
        return None


def _offset(written: str | None) -> dt.tzinfo | None:
    if written is None:
        return None
    if written in ("Z", "UTC"):
        return dt.UTC
    digits = written[1:].replace(":", "").ljust(4, "0")
    size = dt.timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return dt.timezone(-size if written[0] == "-" else size)
