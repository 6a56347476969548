"""DAGs of the shapes that the benchmark wrote down: the same groups, tasks, edges and operators, and nothing to do.

Stock operators, no callbacks, no retry policy, no link. A human task asks with the same form.
"""

from __future__ import annotations

import datetime as dt
import json
import os
from pathlib import Path
from typing import Any

from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.providers.standard.operators.hitl import HITLEntryOperator, HITLOperator
from airflow.providers.standard.operators.python import BranchPythonOperator, PythonOperator, ShortCircuitOperator
from airflow.providers.standard.operators.trigger_dagrun import TriggerDagRunOperator
from airflow.providers.standard.sensors.python import PythonSensor
from airflow.sdk import DAG, CronDataIntervalTimetable, Param, TaskGroup, get_parsing_context
from airflow.sdk.exceptions import AirflowSkipException


def nothing() -> None:
    """Do nothing."""


def yes() -> bool:
    """Go on."""
    return True


def to_deliver() -> str:
    """The way of an approved report."""
    return "deliver"


def to_archive() -> str:
    """The way of a report that is made for the archive alone."""
    return "seal"


def skip() -> None:
    """Ask nobody, as a human task does in such a run."""
    raise AirflowSkipException("A backfill for the archive asks nobody.")


def build(shape: dict[str, Any]) -> DAG:
    """The DAG of a shape."""
    with DAG(
        shape["dag_id"],
        schedule=CronDataIntervalTimetable(shape["cron"], timezone=shape["zone"]) if shape["cron"] else None,
        start_date=dt.datetime.fromisoformat(shape["start"]),
        catchup=False,
        **shape["limits"],
    ) as dag:
        _fill(shape["children"], shape)
    for before, after in shape["edges"]:
        dag.get_task(before).set_downstream(dag.get_task(after))
    return dag


def _fill(children: list[dict[str, Any]], shape: dict[str, Any]) -> None:
    for child in children:
        if "group" in child:
            with TaskGroup(child["group"], group_display_name=child["title"], prefix_group_id=False):
                _fill(child["children"], shape)
        else:
            _task(child, shape)


def _task(task: dict[str, Any], shape: dict[str, Any]) -> Any:
    named = {"task_id": task["task"], "task_display_name": task["title"], "trigger_rule": task["rule"]}
    form = {name: Param(one["value"], **one["schema"]) for name, one in task.get("form", {}).items()}
    asked = {"subject": task["title"], "params": form, "assigned_users": task.get("assigned_users")}
    if shape["archive_only"] and form:
        return PythonOperator(python_callable=skip, **named)
    match task["kind"]:
        case "PythonOperator":
            return PythonOperator(python_callable=nothing, **named)
        case "ShortCircuitOperator":
            return ShortCircuitOperator(python_callable=yes, **named)
        case "BranchPythonOperator":
            return BranchPythonOperator(python_callable=to_archive if shape["archive_only"] else to_deliver, **named)
        case "PythonSensor":
            return PythonSensor(python_callable=yes, mode="reschedule", **named)
        case "EmptyOperator":
            return EmptyOperator(**named)
        case "TriggerDagRunOperator":
            return TriggerDagRunOperator(trigger_dag_id=shape["dag_id"], logical_date=None, **named)
        case "HITLOperator":
            return HITLOperator(options=task["options"], **asked, **named)
        case "HITLEntryOperator":
            return HITLEntryOperator(**asked, **named)
    raise ValueError(f"There is no empty {task['kind']}: say here what it is.")


only = get_parsing_context().dag_id
shapes = os.environ.get("ITSS_BENCHMARK_SHAPES")
for one in json.loads(Path(shapes).read_text(encoding="utf-8")) if shapes else []:
    if only in (None, one["dag_id"]):
        globals()[one["dag_id"]] = build(one)
