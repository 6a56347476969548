"""The full incident measure set against one hand-written DuckDB query for the same figures, over millions of rows.

Both start from rows in memory and end with every figure: whole, by service, by priority. Ours also lists every breach.
The figures are compared first; a benchmark of other figures would be none.
"""

from __future__ import annotations

import json
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
from benchmarks.incident_rows import AGREEMENT, incidents, with_pauses, with_states

PERIOD = parse_period("2026-09", "month", "Asia/Shanghai")
MILLION = 1_000_000
_MOST_RATIO, _MOST_PAUSED, _MOST_LOGGED = 2, 2, 3
_MOST_S_13_MONTHS, _MOST_S_TEN_MILLION, _MOST_GB = 10, 20, 4


def entries() -> list[Entry]:
    """Against the query; with pauses; with states; ten million, in time and memory; thirteen months."""
    rows = incidents(MILLION, PERIOD)
    return [_against_query(rows), _with_pauses(rows), _with_states(rows), *_ten_million(), _thirteen_months()]


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


def _with_states(rows: pd.DataFrame) -> Entry:
    logged = with_states(rows)
    ours, plain = in_turns(partial(measure, logged), partial(measure, rows))
    name = "the same, each with four changes of its state"
    return _entry(name, ours, "the same with last values", plain, ours / plain, _MOST_LOGGED)


def _thirteen_months() -> Entry:
    rows = incidents(MILLION, PERIOD, months=13)
    (ours,) = in_turns(partial(measure, rows, history=13))
    return _limit("all incident measures, 1 million over 13 months, with trends", ours, "s", _MOST_S_13_MONTHS)


def _ten_million() -> list[Entry]:
    """In a process of its own that reads the rows from a file: its peak memory is that of the measures' step."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "incident.parquet"
        # written by another process still, which leaves this one small
        _alone("write", path)
        found = json.loads(_alone("read", path))
    return [
        _limit("all incident measures, 10 million of one month", found["took_s"], "s", _MOST_S_TEN_MILLION),
        _limit("peak memory of measuring 10 million incidents", found["peak_gb"], "GB", _MOST_GB),
    ]


def _alone(verb: str, path: Path) -> str:
    command = [sys.executable, "-m", "benchmarks.incidents", verb, str(path)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def _main(verb: str, path: Path) -> None:
    if verb == "write":
        write_frame(path, incidents(10 * MILLION, PERIOD))
        return
    (took_s,) = in_turns(partial(measure, read_frame(path)))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
    print(json.dumps({"took_s": took_s, "peak_gb": peak}))


def _limit(name: str, ours: float, unit: str, most: float) -> Entry:
    return Entry(name, rounded(ours), unit, "", None, None, f"<= {most:g} {unit}", ours <= most)


def _entry(name: str, ours: float, peer: str, theirs: float, ratio: float, most: float) -> Entry:
    return Entry(name, rounded(ours), "s", peer, rounded(theirs), rounded(ratio), f"<= {most:g}", ratio <= most)


if __name__ == "__main__":
    _main(sys.argv[1], Path(sys.argv[2]))
