"""What the plugin costs the processes that load it: each task is one, and only the API server needs the portal."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TASK = "from airflow.sdk.plugins_manager import integrate_macros_plugins as load\n"
SCHEDULER = "from airflow.plugins_manager import get_timetables_plugins as load\n"
TAIL = "import json, sys\nbefore = set(sys.modules)\nload()\nprint(json.dumps(sorted(set(sys.modules) - before)))"


@pytest.mark.parametrize(("process", "wanted"), [(TASK, "itss.airflow_plugin"), (SCHEDULER, "itss.flow.timetable")])
def test_only_the_api_server_imports_the_portal(tmp_path: Path, process: str, wanted: str) -> None:
    own = {"AIRFLOW_HOME": str(tmp_path), "AIRFLOW__CORE__PLUGINS_FOLDER": str(ROOT / "plugins")}
    own |= {"PYTHONPATH": str(ROOT / "plugins"), "AIRFLOW__CORE__LOAD_EXAMPLES": "False"}
    ran = subprocess.run(
        [sys.executable, "-c", process + TAIL], env=os.environ | own, capture_output=True, text=True, check=True
    )
    found = json.loads(ran.stdout.splitlines()[-1])
    assert wanted in found
    heavy = ("fastapi", "pandas", "duckdb", "great_expectations", "itss.portal", "itss.register", "itss.steps")
    assert [name for name in found if name.startswith(heavy)] == []
    assert process == SCHEDULER or [name for name in found if name.startswith("itss.")] == ["itss.airflow_plugin"]
