"""Column types that mean the same on SQLite and PostgreSQL.

Owns two traps: SQLite forgets time zones, and PostgreSQL refuses NUL characters in text, which people do paste
into comments. An instant is UTC on both; a NUL or half a surrogate pair becomes U+FFFD on both.
"""

from __future__ import annotations

import datetime as dt
import re

from sqlalchemy import DateTime, Dialect, Text
from sqlalchemy.types import TypeDecorator

from itss.errors import RegisterError

UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


class Instant(TypeDecorator[dt.datetime]):
    """An aware datetime, kept and returned in UTC; a naive one is refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: dt.datetime | None, dialect: Dialect) -> dt.datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise RegisterError(f"The instant {value.isoformat()} has no time zone.", "Pass it in UTC.")
        instant = value.astimezone(dt.UTC)
        return instant.replace(tzinfo=None) if dialect.name == "sqlite" else instant

    def process_result_value(self, value: dt.datetime | None, dialect: Dialect) -> dt.datetime | None:  # noqa: ARG002
        if value is None:
            return None
        return value.replace(tzinfo=dt.UTC) if value.tzinfo is None else value.astimezone(dt.UTC)


class Words(TypeDecorator[str]):
    """Text of any length from anywhere, with what a database cannot store made visible instead of refused."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        return None if value is None else UNSTORABLE.sub("\ufffd", value)
