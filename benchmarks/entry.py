"""One line of the benchmarks: what was measured, against whom, and whether the goal holds.

Ratios are formed within one run, from the medians of rounds taken in turns: a machine that is busy slows both sides.
"""

from __future__ import annotations

import gc
import json
import statistics
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

ROUNDS = 5
RESULTS = Path(__file__).resolve().parent / "results.json"


@dataclass(frozen=True)
class Entry:
    """A value with its unit, the peer's value, the ratio of the two as the goal counts it, and whether it holds."""

    name: str
    value: float
    unit: str
    peer: str
    peer_value: float | None
    ratio: float | None
    goal: str
    holds: bool


def in_turns(
    *works: Callable[[], object],
    clock: Callable[[], float] = time.perf_counter,
    prepare: Callable[[], object] = lambda: None,
) -> list[float]:
    """Median seconds of each work; all take their turn in every round, and a first round warms up.

    ``prepare`` is done before each of them, and does not count.
    """
    seconds: list[list[float]] = [[] for _ in works]
    for _ in range(ROUNDS + 1):
        for work, found in zip(works, seconds, strict=True):
            prepare()
            gc.collect()
            start = clock()
            work()
            found.append(clock() - start)
    return [statistics.median(found[1:]) for found in seconds]


def rounded(value: float) -> float:
    """Three digits that count."""
    return float(f"{value:.3g}")


def write(entries: list[Entry], path: Path = RESULTS, *, whole: bool) -> None:
    """Write ``entries``; unless they are the whole, those of an earlier run that were not measured now are kept."""
    names = {entry.name for entry in entries}
    earlier = json.loads(path.read_text(encoding="utf-8")) if path.is_file() and not whole else []
    kept = [entry for entry in earlier if entry["name"] not in names]
    path.write_text(json.dumps([*map(asdict, entries), *kept], indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def table(entries: list[Entry]) -> str:
    """The entries as lines of text."""
    rows = [("what", "ours", "peer", "", "ratio", "goal", "holds")]
    for entry in entries:
        ours = f"{entry.value:,g} {entry.unit}"
        peer = "" if entry.peer_value is None else f"{entry.peer_value:,g} {entry.unit}"
        ratio = "" if entry.ratio is None else f"{entry.ratio:,g}"
        rows.append((entry.name, ours, peer, entry.peer, ratio, entry.goal, "yes" if entry.holds else "NO"))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows)
