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
    "since",
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
    since: str = ""
    """The first of the periods without a gap in which it was found, where it is not new."""

    @property
    def is_on_the_whole(self) -> bool:
        """It is about the rows together (too few, too old), not about some of them."""
        return not self.column and not self.rows

    def line(self) -> str:
        """The finding in one line of plain English, for logs and errors."""
        if self.is_on_the_whole:
            said = f"{self.process}: {self.why.en} {self.remedy.en} [{self.source}; rule {self.rule}]"
        else:
            sample = f", e.g. {', '.join(self.rows[:5])}" if self.rows else ""
            said = (
                f"{self.process}.{self.rule} ({self.column}): {self.failed} of {self.total} rows{sample}; "
                f"{self.why.en} {self.remedy.en} [{self.source}]"
            )
        return " ".join(f"{self.severity}: {said}".split())
