"""The empty DAG of the benchmark has the shape of the report it is compared with, and none of what we add."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
COMPARE = """
import json, runpy, sys
from pathlib import Path
from airflow.sdk import TaskGroup
from itss.flow.listing import report_dag_of
from benchmarks.shape import airflows_own, shape

def seen(dag):
    def groups(group):
        return {name: sorted(child.children) if isinstance(child, TaskGroup) else None
                for name, child in group.children.items()}
    return {
        "tasks": {task.task_id: airflows_own(type(task)).__name__ for task in dag.tasks},
        "edges": sorted([task.task_id, after] for task in dag.tasks for after in task.downstream_task_ids),
        "rules": {task.task_id: str(task.trigger_rule) for task in dag.tasks},
        "groups": groups(dag.task_group),
        "own": sorted({type(task).__module__.split(".")[0] for task in dag.tasks}),
        "added": sorted(task.task_id for task in dag.tasks
                        if task.on_failure_callback or task.retry_policy
                        or any(type(link).__module__.startswith("itss.") for link in task.operator_extra_links)),
    }

key, archive = sys.argv[2], sys.argv[3] == "archive"
built = next(report_dag_of(key))
Path(sys.argv[1]).write_text(json.dumps([shape(built, "empty_x", "0 6 1 * *", "Asia/Shanghai", archive_only=archive)]))
empty = runpy.run_path("benchmarks/dags/empty_report.py")["empty_x"]
print(json.dumps({"built": seen(built), "empty": seen(empty)}))
"""


def compared(folder: Path, key: str, way: str) -> tuple[dict[str, Any], dict[str, Any]]:
    own = {name: value for name, value in os.environ.items() if not name.startswith("ITSS_")}
    own |= {"AIRFLOW_HOME": str(folder), "ITSS_VAR": str(folder), "ITSS_BENCHMARK_SHAPES": str(folder / "shapes.json")}
    own["PYTHONPATH"] = f"{ROOT / 'plugins'}{os.pathsep}{ROOT}"
    ran = subprocess.run(
        [sys.executable, "-c", COMPARE, str(folder / "shapes.json"), key, way],
        env=own, cwd=ROOT, capture_output=True, text=True,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr[-3000:]
    found = json.loads(ran.stdout.splitlines()[-1])
    return found["built"], found["empty"]


@pytest.mark.parametrize("key", ["customer_monthly", "internal_monthly", "improvement_monthly"])
def test_tasks_groups_edges_rules_and_operators_are_the_same(tmp_path: Path, key: str) -> None:
    built, empty = compared(tmp_path, key, "full")
    assert len(built["tasks"]) > 10
    for what in ("tasks", "edges", "rules", "groups"):
        assert empty[what] == built[what], what
    assert (empty["own"], empty["added"]) == (["airflow"], [])
    assert built["own"] == ["airflow", "itss"]


def test_in_a_backfill_only_the_tasks_that_ask_people_are_others(tmp_path: Path) -> None:
    built, empty = compared(tmp_path, "customer_monthly", "archive")
    assert (empty["edges"], empty["rules"], empty["groups"]) == (built["edges"], built["rules"], built["groups"])
    others = {task for task, kind in built["tasks"].items() if empty["tasks"][task] != kind}
    assert others == {task for task, kind in built["tasks"].items() if kind.startswith("HITL")}
    assert {empty["tasks"][task] for task in others} == {"PythonOperator"}
