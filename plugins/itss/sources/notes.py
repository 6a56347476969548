"""What was assumed while cells were read, counted for the record of the source."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass
class Notes:
    """Counts over all rows of a source; they grow as its batches are read."""

    placeholders: int = 0
    second_readings: int = 0

    def words(self) -> Iterator[str]:
        """A sentence without full stop for each kind that occurred."""
        if self.placeholders:
            yield f"{self.placeholders:,} placeholder(s) such as N/A or -- read as empty"
        if self.second_readings:
            yield f"{self.second_readings:,} end(s) in the hour that came twice read as the second time"
