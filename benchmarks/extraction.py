"""Five million incidents from PostgreSQL into the report's Parquet file, against psql that copies the table to a file.

The query is the product's own for the canonical tables; the collecting process is one of its own, as a task is. The
server is started here and ended with the benchmark; both sides read the same table, warmed by one unmeasured copy.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

import pytest
import sqlalchemy as sa
from itss.periods import parse_period
from itss.processes import PROCESSES
from itss.report_list.data_source import DataSource
from itss.sources.collect import collect
from itss.sources.connections import connection_url

from benchmarks.entry import Entry, rounded
from tests.servers import run_postgresql

ROWS = 5_000_000
PERIOD = parse_period("2026-09", "month", "Asia/Shanghai")
TABLE = Path(__file__).with_suffix(".sql")
SQL = Path(__file__).resolve().parents[1] / "include" / "sql" / "itss" / "incident.sql"
CONNECTION = "benchmark"
_LEAST_RATIO, _MOST_GB = 0.5, 1.0


def entries() -> list[Entry]:
    """Rows a second against psql, and the peak memory of the collecting process; nothing without a server."""
    if not shutil.which("psql"):
        print("extraction is left out: psql is not installed (as root: make servers).", file=sys.stderr)
        return []
    try:
        with run_postgresql() as server, tempfile.TemporaryDirectory() as folder:
            return _measured(server.admin, Path(folder))
    except pytest.skip.Exception as error:
        print(f"extraction is left out: {error} (as root: make servers).", file=sys.stderr)
        return []


def _measured(url: sa.URL, folder: Path) -> list[Entry]:
    _run(url, TABLE.read_text(encoding="utf-8").replace("{rows}", str(ROWS)))
    found = _round(url, folder)
    # each row where its last update left it
    _run(url, "ALTER TABLE incident RENAME TO ordered")
    _run(url, "CREATE TABLE incident AS SELECT * FROM ordered ORDER BY COALESCE(closed, opened)")
    updated = _round(url, folder)
    name = f"{ROWS:,} incidents from PostgreSQL to Parquet"
    return [
        _rate(name, found, f">= {_LEAST_RATIO}", holds=found["ratio"] >= _LEAST_RATIO),
        _rate(f"{name}, in the order of their last updates", updated, "told", holds=True),
        _peak(f"peak memory of {name}", found),
        _peak("peak memory of the same, in the order of their last updates", updated),
    ]


def _round(url: sa.URL, folder: Path) -> Mapping[str, float]:
    """What the collecting process says, with the peer's rate and the ratio of the two."""
    _run(url, "VACUUM (FREEZE, ANALYZE) incident")
    _copied(url, folder / "warm.txt")
    peer = ROWS / _copied(url, folder / "copy.txt")
    found = _collected(url, folder / "incident.parquet")
    if found["rows"] != ROWS:
        raise SystemExit(f"{found['rows']} rows were collected of {ROWS}.")
    return {**found, "rate": ROWS / found["seconds"], "peer": peer, "ratio": ROWS / found["seconds"] / peer}


def _rate(name: str, found: Mapping[str, float], goal: str, *, holds: bool) -> Entry:
    rate, peer, ratio = (rounded(found[key]) for key in ("rate", "peer", "ratio"))
    return Entry(name, rate, "rows/s", "psql, COPY … TO STDOUT into a file", peer, ratio, goal, holds)


def _peak(name: str, found: Mapping[str, float]) -> Entry:
    peak = found["peak_gb"]
    return Entry(name, rounded(peak), "GB", "", None, None, f"<= {_MOST_GB:g} GB", peak <= _MOST_GB)


def _run(url: sa.URL, statement: str) -> None:
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(statement.replace("%", "%%"))
    engine.dispose()


def _copied(url: sa.URL, to: Path) -> float:
    """Seconds that psql needs."""
    command = ["psql", "-X", "-h", url.host, "-p", str(url.port), "-U", url.username, "-d", url.database]
    with to.open("wb") as file:
        begun = time.perf_counter()
        subprocess.run(
            [*command, "-c", "COPY incident TO STDOUT"], check=True, stdout=file, env=_with(PGPASSWORD=url.password)
        )
        return time.perf_counter() - begun


def _collected(url: sa.URL, to: Path) -> Mapping[str, float]:
    plain = url.set(drivername="postgresql").render_as_string(hide_password=False)
    environment = _with(**{f"AIRFLOW_CONN_{CONNECTION.upper()}": plain})
    command = [sys.executable, "-m", "benchmarks.extraction", str(to)]
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, env=environment).stdout)


def _with(**variables: str) -> Mapping[str, str]:
    return {**os.environ, **variables}


def _main(to: Path) -> None:
    begun = time.perf_counter()
    collected = collect(
        PROCESSES["incident"],
        DataSource(system="itss", connection=CONNECTION),
        sql_file=SQL,
        base=to.parent,
        start=PERIOD.shift(-12).start,
        end=PERIOD.end,
        connection_url=connection_url,
        to=to,
    )
    seconds = time.perf_counter() - begun
    print(json.dumps({"rows": collected.rows, "seconds": seconds, "peak_gb": _peak_gb()}))


def _peak_gb() -> float:
    """Of this program; what getrusage tells begins with what the process that started it had in memory."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text(encoding="ascii"))
    return int(found[1]) / 1024**2 if found else float("nan")


if __name__ == "__main__":
    _main(Path(sys.argv[1]))
