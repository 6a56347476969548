"""A list of 2,000 entries in a running Airflow with its own settings: are all DAGs there, and what does an edit change?

Counts, not times: of DAGs, of files whose processor was killed, of the new versions that one edited entry makes.
"""

from __future__ import annotations

import sqlite3
import tempfile
import time
from contextlib import closing
from pathlib import Path

from itss.standalone.embedded import Embedded
from itss.standalone.prepare import report_list

from benchmarks.entry import Entry, rounded
from benchmarks.in_airflow import STOCK, own_place
from benchmarks.long_list import entry_file, key, written

COUNT, EDITED, PATIENCE_S = 2000, 7, 3600
KILLED = "exceeding the timeout"


def entries() -> list[Entry]:
    """Four lines."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        place = own_place(folder, written(folder / "list", COUNT))
        with Embedded(place, report_list(place), 1, STOCK, triggerer=False) as airflow:
            database = airflow.home / "airflow.db"
            start = time.perf_counter()
            airflow.wait(lambda: _dags(database) >= COUNT, PATIENCE_S, f"{COUNT} DAGs", 2)
            seconds = time.perf_counter() - start
            for number in (EDITED, EDITED + 1):  # a version that nobody has run is replaced in place
                run = {"dag_run_id": "of_the_benchmark", "logical_date": None}
                airflow.client().post(f"/dags/{key(number)}/dagRuns", run)
            airflow.wait(lambda: _begun(database) == 2, PATIENCE_S, "two runs", 2)
            there, before = _dags(database), _versions(database)
            file = entry_file(folder / "list", EDITED)
            words = file.read_text(encoding="utf-8")
            file.write_text(words.replace("due_working_days: '5'", "due_working_days: '6'", 1), encoding="utf-8")
            airflow.wait(lambda: _versions(database) > before, PATIENCE_S, "a new version", 2)
            edited = time.time()
            airflow.wait(lambda: _oldest_parse(database) > edited, PATIENCE_S, "a whole pass after the edit", 2)
            made, killed = _versions(database) - before, _killed(airflow)
    return [
        Entry(f"DAGs of {COUNT:,} entries in Airflow", there, "DAGs", "entries", COUNT, None, "all", there == COUNT),
        Entry("until all of them were there", rounded(seconds), "s", "", None, None, "told", True),
        Entry("DAG files whose processor was killed", killed, "files", "", None, None, "0", killed == 0),
        Entry("new versions after one entry was edited", made, "versions", "", None, None, "1", made == 1),
    ]


def _ask(database: Path, query: str) -> float:
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=60)) as connection:
        return float(connection.execute(query).fetchone()[0] or 0)


_OURS = "dag_id LIKE 'report\\_0%' ESCAPE '\\'"


def _dags(database: Path) -> int:
    return int(_ask(database, f"SELECT count(*) FROM dag WHERE {_OURS} AND is_stale = 0"))


def _versions(database: Path) -> int:
    """Of all DAGs, those of the product among them."""
    return int(_ask(database, "SELECT count(*) FROM dag_version"))


def _oldest_parse(database: Path) -> float:
    """When the DAG was parsed whose last parse is longest ago."""
    return _ask(database, f"SELECT strftime('%s', min(last_parsed_time)) FROM dag WHERE {_OURS}")


def _begun(database: Path) -> int:
    """How many DAGs have a run with tasks."""
    return int(_ask(database, "SELECT count(DISTINCT dag_id) FROM task_instance WHERE run_id = 'of_the_benchmark'"))


def _killed(airflow: Embedded) -> int:
    return sum(KILLED in line for line in airflow.log("dag-processor").splitlines())
