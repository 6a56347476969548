"""A finding: one expectation that rows did not meet. Knows nothing of Great Expectations."""

from __future__ import annotations

from dataclasses import dataclass

from itss.processes.base import Severity
from itss.text import Text

FINDING_COLUMNS = [
    "process",
    "severity",
    "rule",
    "column",
    "failed",
    "total",
    "rows",
    "why_zh",
    "why_en",
    "remedy_zh",
    "remedy_en",
    "source",
]
"""The columns of ``findings.csv``."""


@dataclass(frozen=True)
class Finding:
    """``failed`` of ``total`` rows of ``process`` break ``rule``; ``rows`` are the ids of up to 20 of them."""

    process: str
    rule: str
    severity: Severity
    column: str
    failed: int
    total: int
    rows: tuple[str, ...]
    why: Text
    remedy: Text
    source: str
    """Where the rows came from: connection or file, and the SQL file."""

    def line(self) -> str:
        """The finding in one line of plain English, for logs and errors."""
        sample = f", e.g. {', '.join(self.rows[:5])}" if self.rows else ""
        return (
            f"{self.severity}: {self.process}.{self.rule} ({self.column}): {self.failed} of {self.total} rows"
            f"{sample}; {self.why.en} {self.remedy.en} [{self.source}]"
        )
