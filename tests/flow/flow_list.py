"""The list of the flow tests, and the rows that its reports are about."""

from __future__ import annotations

import csv
import datetime as dt
from pathlib import Path

LIST = Path(__file__).parent / "list"


def write_incidents(path: Path, resolved_after_h: int) -> None:
    """Six incidents a month, January to August 2026, at fixed hours."""
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "title", "priority", "opened_at", "resolved_at"])
        for month in range(1, 9):
            for number in range(1, 7):
                opened = dt.datetime(2026, month, number * 4, 10)  # noqa: DTZ001 - the file has no zone
                resolved = opened + dt.timedelta(hours=resolved_after_h * number)
                priority = "High" if number % 2 else "Low"
                writer.writerow([f"INC{month:02d}{number:02d}", f"打印机 {number}", priority, opened, resolved])
