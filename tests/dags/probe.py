"""Parses the DAG files as Airflow does and prints what came of it as JSON. Run in a process of its own."""

from __future__ import annotations

import json
import runpy
import sys
from pathlib import Path
from typing import Any

from airflow.providers.standard.operators.hitl import HITLOperator
from airflow.providers.standard.operators.python import PythonOperator  # noqa: F401 - its import is not the DAG's cost
from airflow.sdk import DAG, TaskGroup
from airflow.serialization.serialized_objects import DagSerialization

OWN = ("list", "take_up", "watch", "audit")
HEAVY = (
    *(
        "pandas",
        "numpy",
        "duckdb",
        "great_expectations",
        "xlsxwriter",
        "pygal",
        "sqlglot",
        "alembic",
        "jinja2.ext",
        "weasyprint",
    ),
    *("itss.steps", "itss.register"),
)


def main(folder: Path) -> dict[str, Any]:
    before = {name for name in HEAVY if name in sys.modules}
    found = runpy.run_path(str(folder / "service_reports_00.py"))
    heavy = [name for name in HEAVY if name in sys.modules and name not in before]
    dags = {value.dag_id: value for value in found.values() if isinstance(value, DAG)}
    from itss.flow.listing import report_dag_of  # only now: what it imports is the cost of the DAG file

    return {
        "heavy": heavy,
        "dags": {key: _dag(dag) for key, dag in dags.items()},
        "stable": all(_serial(dag) == _serial(report_dag_of(key), key) for key, dag in dags.items()),
        "problems": _problems(folder),
        **{name: _dag(runpy.run_path(str(folder / f"report_{name}.py"))["dag"]) for name in OWN},
    }


def _dag(dag: DAG) -> dict[str, Any]:
    timetable = dag.timetable
    return {
        "groups": [
            group.group_display_name for group in dag.task_group.children.values() if isinstance(group, TaskGroup)
        ],
        "tags": sorted(dag.tags),
        "catchup": dag.catchup,
        "dagrun_timeout": dag.dagrun_timeout,
        "timetable": type(timetable).__name__,
        "zone": str(getattr(timetable, "timezone", None) or timetable._timezone),
        "cron": getattr(timetable, "expression", None) or timetable._expression,
        "start": dag.start_date.isoformat(),
        "doc": dag.doc_md,
        "params": {name: dag.params.get_param(name).schema["type"] for name in dag.params},
        "tasks": {task.task_id: _task(task) for task in dag.tasks},
        "people": [
            key
            for task in dag.tasks
            if "attendees" in task.params
            for key in task.params.get_param("attendees").schema["examples"]
        ],
    }


def _task(task: Any) -> dict[str, Any]:
    return {
        "downstream": sorted(task.downstream_task_ids),
        "templated": {name: repr(getattr(task, name, None)) for name in task.template_fields},
        "owner": task.owner,
        "retries": task.retries,
        "pool": task.pool,
        "limit_s": _limit_s(task),
        "rules": [[rule.exception, rule.action.value] for rule in task.retry_policy.rules],
        "on_failure": [callback.__name__ for callback in task.on_failure_callback],
        "trigger_rule": task.trigger_rule.value,
        "waits_for": task.process if type(task).__name__ == "WaitForHandIn" else "",
        "assigned": [user["id"] for user in task.assigned_users] if isinstance(task, HITLOperator) else [],
        "options": task.options if isinstance(task, HITLOperator) else [],
        "comment": [task.params.get_param(name).schema["type"] for name in task.params]
        if isinstance(task, HITLOperator)
        else [],
    }


def _limit_s(task: Any) -> float | None:
    """The limit of a task that does something of ours."""
    is_within = hasattr(getattr(task, "python_callable", None), "__wrapped__") or isinstance(task, HITLOperator)
    return task.limit_s if is_within else None


def _serial(dag: Any, key: str = "") -> str:
    if key:
        dag = next(found for found in dag if found.dag_id == key)
    return json.dumps(DagSerialization.to_dict(dag), sort_keys=True, default=str)


def _problems(folder: Path) -> str:
    try:
        runpy.run_path(str(folder / "report_list_check.py"))
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return ""


if __name__ == "__main__":
    json.dump(main(Path(sys.argv[1])), sys.stdout)
