"""What a long list costs: the parse in the process of a task, its check, and the DAGs of all of it.

In seconds of the processor, but for the check, which a person waits for.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.entry import Entry, rounded
from benchmarks.long_list import INCLUDE, key, written

FEW, MANY, STUBS = 10, 1000, 32
PARSE, CHECK_S, DAGS = 1.1, 10.0, 1.3


def entries() -> list[Entry]:
    """Four lines."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.environ |= {"ITSS_VAR": name, "AIRFLOW_HOME": str(folder / "airflow")}
        os.environ["AIRFLOW__CORE__PLUGINS_FOLDER"] = str(
            INCLUDE.parent / "plugins"
        )  # where the timetable is known from
        few, many = written(folder / "few", FEW), written(folder / "many", MANY)
        found = [_parse(kind, few, many) for kind in ("plain", "preloaded")]
        return [*found, _check(many), _dags(many)]


def _parse(kind: str, few: Path, many: Path) -> Entry:
    """One of the first entries, which both lists have, in 20 forks each."""
    command = [sys.executable, "-m", "benchmarks.parse_forks", kind, key(3), str(few), str(many)]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    seconds: dict[str, list[float]] = {"0": [], "1": []}
    for line in said.splitlines():
        number, _, value = line.partition(" ")
        if number in seconds:
            seconds[number].append(float(value))
    peer, ours = (statistics.median(seconds[number]) for number in ("0", "1"))
    name = f"parse of one entry of {MANY:,} in a task's process, {kind}"
    return Entry(
        name,
        rounded(ours),
        "s CPU",
        f"of {FEW}",
        rounded(peer),
        rounded(ours / peer),
        f"<= {PARSE}",
        ours <= PARSE * peer,
    )


def _check(many: Path) -> Entry:
    command = [sys.executable, "-m", "itss", "check", "--list", str(many)]
    start = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    seconds = time.perf_counter() - start
    return Entry(
        f"itss check of {MANY:,} entries",
        rounded(seconds),
        "s",
        "",
        None,
        None,
        f"<= {CHECK_S:g} s",
        seconds <= CHECK_S,
    )


def _dags(many: Path) -> Entry:
    """All shards of the list built and serialised, against empty DAGs of the same shapes, by turns of a shard."""
    os.environ["ITSS_REPORT_LIST"] = str(many)
    from airflow.serialization.serialized_objects import DagSerialization
    from itss.flow.listing import report_dags
    from itss.report_list.loader import load

    from benchmarks.dags.empty_report import build
    from benchmarks.shape import shape

    periods = {entry.key: entry.period.schedule for entry in load(many).list.reports}
    shapes: list[dict[str, Any]] = []
    ours = theirs = 0.0
    count = 0
    for number in range(STUBS):
        start = time.process_time()
        made = list(report_dags(number, STUBS))
        for dag in made:
            json.dumps(DagSerialization.to_dict(dag))
        ours += time.process_time() - start
        shapes = [shape(dag, f"empty_{dag.dag_id}", periods[dag.dag_id]) for dag in made]
        count += len(made)
        start = time.process_time()
        for one in shapes:
            json.dumps(DagSerialization.to_dict(build(one)))
        theirs += time.process_time() - start
    if count != MANY:
        raise SystemExit(f"{count} DAGs of {MANY} entries.")
    return Entry(
        f"DAGs of {MANY:,} entries built and serialised",
        rounded(ours),
        "s CPU",
        "bare DAGs of their shapes",
        rounded(theirs),
        rounded(ours / theirs),
        f"<= {DAGS}",
        ours <= DAGS * theirs,
    )
