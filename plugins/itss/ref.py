"""The name of one revision: the one key of the register, the workspace and the archive, and how it is printed."""

from __future__ import annotations

from typing import NamedTuple

_NAME = "[a-z][a-z0-9_]{1,49}"
KEY = rf"{_NAME}(\.{_NAME})?"
"""The shape of a report's key: that of its entry, with that of the customer behind a dot where it was made for one."""
LONGEST_KEY = 50 + 1 + 50


class Ref(NamedTuple):
    """Report key, period label, revision number; printed as ``customer_monthly 2026-09 r01``."""

    report: str
    period: str
    number: int

    def __str__(self) -> str:
        return f"{self.report} {self.period} r{self.number:02d}"

    @property
    def path(self) -> str:
        """Its folder below the root of workspace or archive."""
        return f"{self.report}/{self.period}/r{self.number:02d}"
