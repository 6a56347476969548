"""The table of the faults: what was put in how often, how many runs recovered, what was lost and doubled."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

IS_THOROUGH = os.environ.get("ITSS_FAULTS") == "all"


@dataclass
class Count:
    """One fault, once: what was lost and doubled is told by the test."""

    lost: int = 0
    doubled: int = 0


Injected = Callable[[str], Any]


def tell(terminal: Any) -> None:
    """Print the table of all tests that ran, whichever process they ran in."""
    table: dict[str, list[int]] = {}
    for reports in terminal.stats.values():
        for report in reports:
            if getattr(report, "when", "") != "call":
                continue
            for name, value in report.user_properties:
                if name == "fault":
                    row = table.setdefault(value[0], [0, 0, 0, 0])
                    row[:] = [had + more for had, more in zip(row, value[1:], strict=True)]
    if not table:
        return
    width = max(len(name) for name in [*table, "fault"])
    terminal.section("faults")
    terminal.write_line(f"{'fault':{width}}  injected  recovered  lost  doubled")
    total = [sum(column) for column in zip(*table.values(), strict=True)]
    for name, row in [*sorted(table.items()), ("total", total)]:
        terminal.write_line(f"{name:{width}}  {row[0]:8}  {row[1]:9}  {row[2]:4}  {row[3]:7}")
    if to := os.environ.get("ITSS_FAULTS_TABLE"):
        Path(to).write_text(json.dumps(table, indent=1))
