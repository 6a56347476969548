"""What the processes of Airflow import in advance: which of them, without a thread, and that their children work."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
from pathlib import Path

import pytest
from itss import preload

ROOT = Path(__file__).resolve().parents[2]
OUTSIDE = {"audit", "backup", "commands", "flow", "portal", "sample", "standalone", "report_list", "calendars"}
"""Rooms that no task of a report imports as a whole, or that come along with the DAG files and the other rooms."""
HEAVY = [
    "duckdb",
    "great_expectations",
    "holidays.countries.china",
    "itss.checks.run",
    "itss.steps.rendering",
    "pandas",
]

CHILDREN = """
import json, os, sys, tempfile
import airflow
names = sorted(name for name in {heavy} if name in sys.modules)
light = "itss.flow.listing" in sys.modules
threads = len(os.listdir("/proc/self/task"))
left = [name for name in ("OPENBLAS_NUM_THREADS", "JE_ARROW_MALLOC_CONF") if name in os.environ]
import duckdb, numpy, pandas
ends = []
for _ in range(2):
    child = os.fork()
    if not child:
        rows = pandas.DataFrame({{"n": numpy.arange(300_000), "word": "x"}})
        with tempfile.TemporaryDirectory() as folder:
            rows.to_parquet(folder + "/rows.parquet")
            counted = duckdb.sql(f"SELECT sum(n), count(word) FROM '{{folder}}/rows.parquet'").fetchall()
            again = pandas.read_parquet(folder + "/rows.parquet")
        square = numpy.ones((400, 400)) @ numpy.ones((400, 400))
        right = counted == [(44_999_850_000, 300_000)] and again.equals(rows) and square[0, 0] == 400
        os._exit(0 if right else 1)
    ends.append(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
print(json.dumps({{"names": names, "light": light, "threads": threads, "left": left, "ends": ends}}))
"""


def seen_by(home: Path, *command: str, **variables: str) -> dict[str, object]:
    """What an Airflow process with this command has imported before anything of its own, and how its children end."""
    own = {name: value for name, value in os.environ.items() if name not in ("OPENBLAS_NUM_THREADS", "ITSS_PRELOAD")}
    own |= {"AIRFLOW_HOME": str(home), "AIRFLOW__CORE__PLUGINS_FOLDER": str(ROOT / "plugins")}
    code = "import sys\nsys.argv = " + repr(["airflow", *command]) + CHILDREN.format(heavy=HEAVY)
    ran = subprocess.run([sys.executable, "-c", code], env=own | variables, capture_output=True, text=True, timeout=120)
    assert ran.returncode == 0, ran.stderr[-3000:]
    found: dict[str, object] = json.loads(ran.stdout.splitlines()[-1])
    return found


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="threads are counted in /proc")
def test_the_scheduler_imports_everything_starts_no_thread_and_its_children_compute(tmp_path: Path) -> None:
    found = seen_by(tmp_path, "scheduler", "--skip-serve-logs")
    assert found == {"names": HEAVY, "light": True, "threads": 1, "left": [], "ends": [0, 0]}


def test_the_api_server_imports_nothing(tmp_path: Path) -> None:
    found = seen_by(tmp_path, "api-server")
    assert (found["names"], found["light"]) == ([], False)


@pytest.mark.parametrize(
    ("command", "all_of_it", "anything"),
    [
        (["/usr/bin/airflow", "scheduler"], True, True),
        (["-m", "scheduler", "--num-runs", "1"], True, True),
        (["airflow", "celery", "worker", "--concurrency", "2"], True, True),
        (["airflow", "dag-processor"], False, True),
        (["airflow", "api-server"], False, False),
        (["airflow", "triggerer"], False, False),
        (["airflow", "celery", "flower"], False, False),
        (["airflow", "dags", "list"], False, False),
        (["airflow", "standalone"], False, False),
        (["airflow"], False, False),
        ([], False, False),
    ],
)
def test_the_command_decides(
    monkeypatch: pytest.MonkeyPatch, command: list[str], all_of_it: bool, anything: bool
) -> None:
    monkeypatch.delenv("ITSS_PRELOAD", raising=False)
    asked: list[str] = []
    monkeypatch.setattr(preload, "load_all", asked.extend)
    preload.preload(command)
    assert ("itss.flow.listing" in asked, "pandas" in asked or "itss.steps.checking" in asked) == (anything, all_of_it)
    monkeypatch.setenv("ITSS_PRELOAD", "0")
    asked.clear()
    preload.preload(command)
    assert asked == []


def test_a_library_that_is_missing_stops_nothing(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        preload.load_all(["no_such_library", "itss.text"])
    assert [record.getMessage().split(" ")[0] for record in caplog.records] == ["no_such_library"]


def test_every_room_that_tasks_work_in_is_preloaded() -> None:
    rooms = {path.parent.name for path in (ROOT / "plugins" / "itss").glob("*/__init__.py")}
    assert set(preload.ROOMS) == rooms - OUTSIDE


def test_the_settings_file_is_no_plugin() -> None:
    assert "airflow_local_settings.py" in (ROOT / "plugins" / ".airflowignore").read_text().split()
