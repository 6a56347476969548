"""Two repositories of reports with one product: what one process parses of the one is never of the other's list."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = """
import json, sys
from pathlib import Path
from itss.flow.listing import shard_dags
stubs, found = [Path(one) for one in sys.argv[1:]], []
for stub in (*stubs, stubs[0]):
    found.append({dag.dag_id: [one for one in dag.tags if one.startswith("is:")] for dag in shard_dags(stub)})
found.append([dag.dag_id for dag in shard_dags(stubs[1], "of_a")])
found.append([dag.dag_id for dag in shard_dags(stubs[0], "of_a")])
print(json.dumps(found))
"""


def bundle(folder: Path, key: str) -> Path:
    """A repository with one entry of its own, and a query of its own for it; returns its DAG file."""
    shutil.copytree(ROOT / "tests" / "flow" / "list", folder / "include")
    path = folder / "include" / "report_list.yaml"
    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    first = document["reports"][0]
    document["reports"] = [first | {"key": key}, first | {"key": "of_both"}]
    path.write_text(yaml.safe_dump(document, allow_unicode=True), encoding="utf-8")
    query = folder / "include" / "sql" / "export" / "incident.sql"
    query.write_text(f"{query.read_text().rstrip()}\nWHERE id != '{key}'\n")
    (folder / "dags").mkdir()
    return Path(shutil.copy(ROOT / "dags" / "service_reports_00.py", folder / "dags"))


def test_each_dag_file_reads_its_own_bundle(tmp_path: Path) -> None:
    stubs = [str(bundle(tmp_path / name, f"of_{name}")) for name in ("a", "b")]
    own = {name: value for name, value in os.environ.items() if not name.startswith("ITSS_")}
    own |= {"AIRFLOW_HOME": str(tmp_path / "airflow"), "ITSS_VAR": str(tmp_path / "var")}
    own |= {"AIRFLOW__CORE__LOAD_EXAMPLES": "False", "AIRFLOW__CORE__PLUGINS_FOLDER": str(ROOT / "plugins")}
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, *stubs], env=own, cwd=ROOT, check=True, capture_output=True, text=True
    )
    first, second, again, of_task_in_b, of_task_in_a = json.loads(done.stdout.splitlines()[-1])
    assert (set(first), set(second)) == ({"of_a", "of_both"}, {"of_b", "of_both"})
    assert again == first
    assert first["of_both"] != second["of_both"], "the mark has the query of its own bundle"
    assert (of_task_in_b, of_task_in_a) == ([], ["of_a"])
