"""The shape of a built report DAG as plain data: of this `dags/empty_report.py` makes a DAG that does nothing.

It is written down once, so that the empty DAG costs what Airflow's own cost: no list is read when it is parsed.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from airflow.sdk import DAG, TaskGroup


def shape(dag: DAG, key: str, cron: str = "", zone: str = "UTC", *, archive_only: bool = False) -> dict[str, Any]:
    """Groups, tasks and edges of ``dag`` for a DAG ``key``, which nothing starts by itself before its next period.

    ``archive_only``: its runs are backfills, which skip the tasks that ask people and go from the gate to the archive.
    """
    return {
        "dag_id": key,
        "cron": cron,
        "zone": zone,
        "start": dt.datetime.now(dt.UTC).isoformat(),
        "archive_only": archive_only,
        "limits": {"max_active_runs": dag.max_active_runs, "max_active_tasks": dag.max_active_tasks},
        "children": _children(dag.task_group),
        "edges": sorted([task.task_id, after] for task in dag.tasks for after in task.downstream_task_ids),
    }


def _children(group: TaskGroup) -> list[dict[str, Any]]:
    return [
        {"group": child.group_id, "title": child.group_display_name, "children": _children(child)}
        if isinstance(child, TaskGroup)
        else _task(child)
        for child in group.children.values()
    ]


def _task(task: Any) -> dict[str, Any]:
    known = {"task": task.task_id, "title": task.task_display_name, "kind": airflows_own(type(task)).__name__}
    known["rule"] = str(getattr(task.trigger_rule, "value", task.trigger_rule))
    if hasattr(task, "assigned_users"):
        params = {name: task.params.get_param(name) for name in task.params}
        known["form"] = {name: {"value": param.value, "schema": param.schema} for name, param in params.items()}
        known["options"] = list(task.options)
        known["assigned_users"] = task.assigned_users
    return known


def airflows_own(kind: type) -> type:
    """The nearest class of Airflow's own that a task is."""
    return next(base for base in kind.__mro__ if base.__module__.startswith("airflow."))
