"""One spelling of a document and of a row, so that whoever hashes the same thing gets the same hash.

ASCII on purpose: NUL characters and half surrogate pairs, which people do paste, are escaped, and so every database
keeps the text as it is. Surprise: values are told apart by their Python type and not by their column's, for a migration
that knows the tables only as they are reflected has to hash a row as the code does.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import math
from collections.abc import Iterable, Mapping
from typing import Any


def canonical(document: Any) -> str:
    """The one JSON text of a document; `ValueError` for NaN and infinities, which are no JSON."""
    return json.dumps(document, ensure_ascii=True, sort_keys=True, separators=(",", ":"), allow_nan=False)


def sha256_of(text: str) -> str:
    """The hash of an ASCII text, in hexadecimal digits."""
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def instant(at: dt.datetime) -> str:
    """An instant in UTC, to the microsecond; one without a zone is in UTC already."""
    aware = at.replace(tzinfo=dt.UTC) if at.tzinfo is None else at.astimezone(dt.UTC)
    return aware.isoformat(timespec="microseconds")


def image(row: Mapping[Any, Any]) -> dict[str, Any]:
    """A row as it was read, in plain JSON values."""
    return {str(name): _plain(value) for name, value in row.items()}


def row_sha256(row: Mapping[Any, Any]) -> str:
    """The hash of a row's image."""
    return sha256_of(canonical(image(row)))


def frame_sha256(rows: Iterable[Mapping[Any, Any]]) -> str:
    """The hash of rows in their order, without their ids: those are the database's, and say nothing."""
    whole = hashlib.sha256()
    for row in rows:
        said = canonical([_plain(row[name]) for name in sorted(row) if name != "id"])
        whole.update(f"{said}\n".encode("ascii"))
    return whole.hexdigest()


def _plain(value: Any) -> Any:
    if isinstance(value, dt.datetime):
        return instant(value)
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, float):
        # SQLite keeps no sign of zero
        return value + 0.0 if math.isfinite(value) else repr(value)
    return value
