"""How big a machine has to be: docs/how-to/sizing.md is written by it, a row for each number of tickets and of entries.

``ITSS_BENCHMARK_TICKETS=10000,100000`` and ``ITSS_BENCHMARK_ENTRIES=10`` measure fewer sizes; rows of the page that
were not measured now stay. It is run on request only (``ONLY=sizing``): the whole takes 20 minutes and 20 GB of disk.
"""

from __future__ import annotations

import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa
import yaml

from benchmarks.entry import Entry, rounded
from benchmarks.long_list import INCLUDE, written
from benchmarks.sizing_step import STEPS
from tests.servers import run_postgresql

PAGE = INCLUDE.parent / "docs" / "how-to" / "sizing.md"
TABLE = Path(__file__).with_name("extraction.sql")
REPORT, PERIOD, MONTHS = "sizing_monthly", "2026-09", 13
TICKETS = os.environ.get("ITSS_BENCHMARK_TICKETS", "10000,100000,1000000,10000000")
ENTRIES = os.environ.get("ITSS_BENCHMARK_ENTRIES", "10,100,1000,2000")
PATIENCE_S = 7200
_AT = """to_char(opened + (%s) * interval '1 minute', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')"""
_STATES = (
    f"{_AT % '0'} || '=open' || CASE WHEN n % 50 <> 1 THEN"
    f" ';' || {_AT % '240 + n % 4000'} || '=solved;' || {_AT % '5000 + n % 9000'} || '=closed' ELSE '' END"
)
"""The log of a ticket's states: a source with histories, as most are."""
_SERVICES = ("scheduler", "dag-processor", "api-server")


@dataclass(frozen=True)
class Table:
    """A table of the page, between two comments of its name; the first column is the key of a row."""

    name: str
    head: Sequence[str]

    def put(self, text: str, rows: Mapping[str, Sequence[str]]) -> str:
        """The page's text with ``rows`` in it, those of before that are not measured anew, and all in their order."""
        begin, end = f"<!-- {self.name} -->", f"<!-- /{self.name} -->"
        before, _, rest = text.partition(begin)
        within, found, after = rest.partition(end)
        if not found:
            raise SystemExit(f"{PAGE} has no {begin} … {end}.")
        old = {line.split("|")[1].strip(): line for line in within.splitlines() if re.match(r"\| \d", line)}
        new = old | {key: f"| {' | '.join((key, *cells))} |" for key, cells in rows.items()}
        lines = [f"| {' | '.join(self.head)} |", "|---" + "|---:" * (len(self.head) - 1) + "|"]
        lines += [new[key] for key in sorted(new, key=lambda key: int(key.replace(",", "")))]
        return "\n".join((before + begin, *lines, end)) + after


OF_TICKETS = Table(
    "tickets", ("tickets", *(f"{step}: s, CPU s, MB" for step in STEPS), "parquet, MB", "report's files, MB")
)
OF_ENTRIES = Table(
    "entries",
    (
        "entries",
        "`itss check`: s, MB",
        "one DAG file: s, MB",
        "first pass of the DAG processor, s",
        *(f"{service}, MB" for service in _SERVICES),
    ),
)


def entries() -> list[Entry]:
    """A line for each step and size; the page is written after every size, so one that is ended keeps what it has."""
    found: list[Entry] = []
    _write(Table("machine", ()), machine())
    with run_postgresql() as server, tempfile.TemporaryDirectory() as name:
        for count in _numbers(TICKETS):
            rows, said = _of_tickets(count, server.admin, Path(name) / str(count))
            _fill(OF_TICKETS, f"{count:,}", rows)
            found += said
    for count in _numbers(ENTRIES):
        rows, said = _of_entries(count)
        _fill(OF_ENTRIES, f"{count:,}", rows)
        found += said
    return found


def machine() -> str:
    """One line about where it was measured."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1024**3
    model = re.search(r"model name\s*: (.+)", Path("/proc/cpuinfo").read_text(encoding="utf-8"))
    name = model[1] if model else platform.machine()
    load = os.getloadavg()[0]
    return (
        f"{os.cpu_count()} × {name}, {memory:.0f} GB, Python {platform.python_version()}, {time.strftime('%Y-%m-%d')}; "
        f"load of the machine when it began: {load:.1f}."
    )


def _numbers(words: str) -> list[int]:
    return [int(word) for word in words.split(",") if word.strip()]


def _fill(table: Table, key: str, cells: Sequence[str]) -> None:
    PAGE.write_text(table.put(PAGE.read_text(encoding="utf-8"), {key: cells}), encoding="utf-8")


def _write(table: Table, line: str) -> None:
    text = PAGE.read_text(encoding="utf-8")
    marked = rf"(<!-- {table.name} -->\n).*?(<!-- /{table.name} -->)"
    PAGE.write_text(re.sub(marked, rf"\g<1>{line}\n\g<2>", text, count=1, flags=re.S), encoding="utf-8")


def _of_tickets(count: int, url: sa.URL, folder: Path) -> tuple[list[str], list[Entry]]:
    _make_tickets(url, count)
    listed, out = _list_of_one(folder), folder / "out"
    plain = url.set(drivername="postgresql").render_as_string(hide_password=False)
    environment = {**os.environ, "ITSS_VAR": str(folder / "var"), "AIRFLOW_CONN_SIZING": plain}
    cells, found = [], []
    for step in STEPS:
        command = [sys.executable, "-m", "benchmarks.sizing_step", step, str(listed), REPORT, PERIOD, str(out)]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        if done.returncode:
            print(f"{step} of {count:,} tickets ended with {done.returncode}:\n{done.stderr[-800:]}", file=sys.stderr)
            cells += [f"ended ({done.returncode})", *["–"] * (len(STEPS) - len(cells) - 1)]
            return [*cells, "–", "–"], found
        took = json.loads(done.stdout.splitlines()[-1])
        cells.append(f"{took['wall_s']:.1f}, {took['cpu_s']:.1f}, {took['peak_mb']:.0f}")
        found.append(_told(f"{step} of {count:,} tickets", took["wall_s"], "s"))
    parquet = sum(path.stat().st_size for path in out.rglob("*.parquet")) / 1e6
    files = sum(path.stat().st_size for path in out.glob("report.*")) / 1e6
    shutil.rmtree(folder)
    return [*cells, f"{parquet:.1f}", f"{files:.1f}"], found


def _make_tickets(url: sa.URL, count: int) -> None:
    """The table of `extraction.sql`, its tickets spread evenly over the months that the report looks at."""
    seconds = 395 * 86_400 / count
    statement = TABLE.read_text(encoding="utf-8").replace("{rows}", str(count))
    statement = statement.replace("interval '6 seconds'", f"interval '{seconds:.6f} seconds'")
    statement = statement.replace("NULL::text AS state_history", f"{_STATES} AS state_history")
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql("DROP TABLE IF EXISTS incident")
        connection.exec_driver_sql(statement.replace("%", "%%"))
        connection.exec_driver_sql("VACUUM (FREEZE, ANALYZE) incident")
    engine.dispose()


def _list_of_one(folder: Path) -> Path:
    """The shipped internal report, of incidents alone."""
    written(folder / "list", 2)
    second = folder / "list" / "reports" / "report_00001.yaml"
    entry = yaml.load(second.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)
    entry |= {"key": REPORT, "history": str(MONTHS), "data_source": {}}
    entry["data_source"]["incident"] = {"system": "itss", "connection": "sizing", "time_limit_s": "7200"}
    for file in (folder / "list" / "reports").glob("*.yaml"):
        file.unlink()
    target = folder / "list" / "reports" / f"{REPORT}.yaml"
    target.write_text(yaml.safe_dump(entry, allow_unicode=True, sort_keys=False), encoding="utf-8")
    return folder / "list" / "report_list.yaml"


def _of_entries(count: int) -> tuple[list[str], list[Entry]]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        listed = written(folder / "list", count)
        check_s, check_mb = _alone([sys.executable, "-m", "itss", "check", "--list", str(listed)], {})
        parse = [sys.executable, "-c", _PARSE]
        parse_s, parse_mb = _alone(parse, {"ITSS_REPORT_LIST": str(listed), "ITSS_VAR": name, "AIRFLOW_HOME": name})
        pass_s, services = _in_airflow(folder, listed, count)
    cells = [f"{check_s:.1f}, {check_mb:.0f}", f"{parse_s:.1f}, {parse_mb:.0f}", f"{pass_s:.0f}"]
    told = [
        _told(f"itss check, {count:,} entries", check_s, "s"),
        _told(f"first pass of the DAG processor, {count:,} entries", pass_s, "s"),
        *(_told(f"{service} with {count:,} entries", mb, "MB") for service, mb in services.items()),
    ]
    return [*cells, *(f"{services[service]:.0f}" for service in _SERVICES)], told


_PARSE = "from itss.flow.listing import report_dags; list(report_dags(0, 32))"


def _alone(command: Sequence[str], more: Mapping[str, str]) -> tuple[float, float]:
    """Seconds and peak memory in MB of a command, its imports included."""
    begun = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, env={**os.environ, **more})
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(command)} ended with {process.returncode}.")
    return time.perf_counter() - begun, used.ru_maxrss / 1024


def _in_airflow(folder: Path, listed: Path, count: int) -> tuple[float, dict[str, float]]:
    """Seconds until all DAGs are there, and the memory of each service then, its forks not counted."""
    from itss.standalone.embedded import Embedded
    from itss.standalone.prepare import report_list

    from benchmarks.in_airflow import STOCK, own_place
    from benchmarks.running_list import _dags

    place = own_place(folder, listed)
    begun = time.perf_counter()
    with Embedded(place, report_list(place), 1, STOCK, triggerer=False) as airflow:
        airflow.wait(lambda: _dags(airflow.home / "airflow.db") >= count, PATIENCE_S, f"{count} DAGs", 1)
        seconds = time.perf_counter() - begun
        return seconds, {service: max(_resident_mb(service, airflow.home), default=0.0) for service in _SERVICES}


def _resident_mb(service: str, home: Path) -> Iterator[float]:
    """Of the processes of this Airflow's session that have the service's name: the service itself is the biggest.

    By the session and not by the environment, which a process that renames itself overwrites.
    """
    guard = json.loads((home / "session.json").read_text(encoding="utf-8"))["pid"]
    for process in Path("/proc").glob("[0-9]*"):
        try:
            command = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            pid = int(process.name)
            if service in command.replace("_", "-") and os.getsid(pid) == guard != pid:
                found = re.search(r"VmRSS:\s+(\d+) kB", (process / "status").read_text(encoding="utf-8"))
                yield int(found[1]) / 1024 if found else 0.0
        except OSError:
            continue


def _told(name: str, value: float, unit: str) -> Entry:
    cells: dict[str, Any] = {"peer": "", "peer_value": None, "ratio": None, "goal": "told", "holds": True}
    return Entry(name, rounded(value), unit, **cells)
