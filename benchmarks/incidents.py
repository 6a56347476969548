"""The full incident measure set against one hand-written DuckDB query for the same figures, over millions of rows.

Both start from rows in memory and end with every figure: whole, by service, by priority. Ours also lists every breach.
The figures are compared first; a benchmark of other figures would be none.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path

import pandas as pd
from itss.measures.compute import Measured, measure_all
from itss.periods import Period, parse_period
from itss.processes import PROCESSES
from itss.sources.snapshot import read_frame, write_frame

from benchmarks import peer_query
from benchmarks.entry import Entry, in_turns, rounded
from benchmarks.incident_rows import AGREEMENT, incidents, with_pauses

PERIOD = parse_period("2026-09", "month", "Asia/Shanghai")
MILLION = 1_000_000
_KEEPS_MEMORY = {
    "MALLOC_MMAP_MAX_": "0", "MALLOC_TRIM_THRESHOLD_": str(2**40), "ARROW_DEFAULT_MEMORY_POOL": "system",
}  # fmt: skip
"""glibc keeps what is freed, and serves Arrow too. Left to themselves both keep only small blocks (those of one million
rows) and have the kernel hand out anew each time those of ten million: the growth measured would be the kernel's."""
_MOST_RATIO, _MOST_GROWTH, _MOST_GB, _MOST_S, _MOST_PAUSED = 2, 10, 4, 10, 2


def entries() -> list[Entry]:
    """Against the query; with pauses; ten times as many; thirteen months."""
    rows = incidents(MILLION, PERIOD)
    return [_against_query(rows), _with_pauses(rows), *_ten_million(), _thirteen_months()]


def measure(rows: pd.DataFrame, period: Period = PERIOD, history: int = 1) -> Measured:
    """What a report computes of incidents."""
    known = {"incident": PROCESSES["incident"]}
    return measure_all({"incident": rows}, known, period, AGREEMENT, ("service", "priority"), history)


def _against_query(rows: pd.DataFrame) -> Entry:
    with peer_query.connect(rows, PERIOD) as connection:
        peer_query.compare(measure(rows).figures, peer_query.figures(connection))
        ours, theirs = in_turns(partial(measure, rows), partial(peer_query.figures, connection))
    name = "all incident measures, 1 million of one month"
    return _entry(name, ours, "one DuckDB query, both cores", theirs, ours / theirs, _MOST_RATIO)


def _with_pauses(rows: pd.DataFrame) -> Entry:
    paused = with_pauses(rows, PERIOD)
    ours, plain = in_turns(partial(measure, paused), partial(measure, rows))
    name = "the same, 10 % of them with pauses from status history"
    return _entry(name, ours, "the same with told hours", plain, ours / plain, _MOST_PAUSED)


def _thirteen_months() -> Entry:
    rows = incidents(MILLION, PERIOD, months=13)
    (ours,) = in_turns(partial(measure, rows, history=13))
    return Entry(
        "all incident measures, 1 million over 13 months, with trends",
        rounded(ours), "s", "", None, None, f"<= {_MOST_S} s", ours <= _MOST_S,
    )  # fmt: skip


def _ten_million() -> list[Entry]:
    """In a process of its own that reads the rows from a file: its peak memory is that of the measures' step."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "incident.parquet"
        # written by another process still, which leaves this one small
        _alone("write", path)
        found = json.loads(_alone("read", path))
    many, few, peak = found["many_s"], found["few_s"], found["peak_gb"]
    name = "all incident measures, 10 million of one month"
    return [
        _entry(name, many, "1 million", few, many / few, _MOST_GROWTH),
        Entry(
            "peak memory of measuring 10 million incidents",
            rounded(peak), "GB", "", None, None, f"<= {_MOST_GB} GB", peak <= _MOST_GB,
        ),
    ]  # fmt: skip


def _alone(verb: str, path: Path) -> str:
    command = [sys.executable, "-m", "benchmarks.incidents", verb, str(path)]
    return subprocess.run(command, check=True, capture_output=True, text=True, env=os.environ | _KEEPS_MEMORY).stdout


def _main(verb: str, path: Path) -> None:
    if verb == "write":
        write_frame(path, incidents(10 * MILLION, PERIOD))
        return
    rows = read_frame(path)
    few = rows.iloc[:MILLION].reset_index(drop=True)
    many_s, few_s = in_turns(partial(measure, rows), partial(measure, few))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
    print(json.dumps({"many_s": many_s, "few_s": few_s, "peak_gb": peak}))


def _entry(name: str, ours: float, peer: str, theirs: float, ratio: float, most: float) -> Entry:
    return Entry(name, rounded(ours), "s", peer, rounded(theirs), rounded(ratio), f"<= {most:g}", ratio <= most)


if __name__ == "__main__":
    _main(sys.argv[1], Path(sys.argv[2]))
