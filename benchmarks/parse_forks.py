"""Parses the DAG file as the process of a task does, in one fork after the other, and prints the seconds of each.

``python -m benchmarks.parse_forks (plain|preloaded) KEY LIST…``: a line a fork, ``<number of the list> <seconds>``, the
lists in turns. The parent has imported what a worker of Airflow has (plain), or what `itss.preload` adds (preloaded).
"""

from __future__ import annotations

import os
import runpy
import sys
import time
from pathlib import Path

ROUNDS = 21
STUB = Path(__file__).resolve().parents[1] / "dags" / "service_reports_00.py"


def main(kind: str, key: str, lists: list[str]) -> None:
    """Fork and measure; the first round is left out."""
    from airflow.sdk.definitions._internal.contextmanager import DagContext  # noqa: F401
    from airflow.sdk.definitions.context import Context  # noqa: F401

    if kind == "preloaded":
        from itss.preload import preload

        preload(["airflow", "scheduler"])
    for round_ in range(ROUNDS + 1):
        for number, path in enumerate(lists):
            seconds = _forked(path, key)
            if round_:
                print(number, seconds, flush=True)


def _forked(path: str, key: str) -> float:
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.environ["ITSS_REPORT_LIST"] = path
        os.environ["_AIRFLOW_PARSING_CONTEXT_DAG_ID"] = key
        start = time.process_time()
        found = runpy.run_path(str(STUB))
        seconds = time.process_time() - start
        if key not in found:
            os._exit(1)
        os.write(writer, str(seconds).encode())
        os._exit(0)
    os.close(writer)
    said = os.read(reader, 100)
    os.close(reader)
    if os.waitpid(child, 0)[1]:
        raise SystemExit(f"{key} was not found in {path}.")
    return float(said)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3:])
