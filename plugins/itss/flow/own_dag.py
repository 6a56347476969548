"""The DAGs that belong to the product itself and to no entry of the list: their schedule, retries and alarm.

Parsed without reading the list: a broken list must not make them disappear.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

from airflow.providers.standard.operators.python import PythonOperator
from airflow.sdk import DAG, CronDataIntervalTimetable

from itss.flow import failures
from itss.flow.labels import OWN_TASKS
from itss.flow.report_head import RETRIES
from itss.flow.retrying import RETRY_POLICY
from itss.flow.time_limit import limit_own
from itss.settings import read_beside, settings
from itss.text import Text

_FIRST = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


def own_dag(stub: Path, key: str, title: Text, doc: str, cron: str, on_failure: Any) -> DAG:
    """A DAG of the product, one run at a time, on the clock of Shanghai; what was missed meanwhile is not caught up.

    Its tasks read the list of the bundle of the DAG file ``stub``.
    """
    read_beside(stub)
    place = settings()
    return DAG(
        dag_id=key,
        dag_display_name=f"{title.zh} {title.en}",
        description=title.en,
        doc_md=doc,
        schedule=CronDataIntervalTimetable(cron, timezone="Asia/Shanghai"),
        start_date=place.since or _FIRST,
        catchup=False,
        max_active_runs=1,
        on_failure_callback=failures.notify_of_failed_run,
        tags=["service-report", key.replace("_", "-")],
        default_args={
            "owner": "Service report manager",
            "retries": RETRIES,
            "retry_delay": dt.timedelta(seconds=place.retry_delay_s),
            "retry_policy": RETRY_POLICY,
            "on_failure_callback": on_failure,
            "show_return_value_in_logs": False,
        },
    )


def own_task(name: str, call: Any, *, limits: float = 1, **given: Any) -> Any:
    """A task of such a DAG, named as `labels` says; it may take so many times the usual limit."""
    task = PythonOperator(task_id=name, task_display_name=OWN_TASKS[name], python_callable=call, op_kwargs=given)
    limit_own(task, limits)
    return task
