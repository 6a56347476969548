"""Step 1 of the procedure as a DAG of its own: compile the register, tell who hands in what, remind, escalate.

Parsed without reading the list: a broken list must not make this DAG disappear. Each notice is on record, so a run may
be repeated or cleared whenever somebody likes.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from airflow.providers.standard.operators.python import PythonOperator
from airflow.sdk import DAG, CronDataIntervalTimetable

from itss.flow import tasks
from itss.flow.build import RETRIES, RETRY_POLICY
from itss.flow.labels import LIST_TASKS
from itss.settings import settings
from itss.text import text

LIST_DAG = "report_list"
TITLE = text("服务报告列表", "Service report list")
_DOC = """# 服务报告列表 · report list

Every day: takes up what was dropped into the inbox, compiles 服务报告信息收集登记表.xlsx into it, tells each data
collector once a period what is due by when, reminds who has not handed in, and tells the report manager what is
overdue.
"""


def list_dag() -> DAG:
    """The DAG ``report_list``, daily at 07:00 in Shanghai."""
    place = settings()
    start = dt.datetime.fromisoformat(place.schedule_from or "2026-01-01T00:00:00+00:00")
    with DAG(
        dag_id=LIST_DAG,
        dag_display_name=f"{TITLE.zh} {TITLE.en}",
        description=TITLE.en,
        doc_md=_DOC,
        schedule=CronDataIntervalTimetable("0 7 * * *", timezone="Asia/Shanghai"),
        start_date=start,
        catchup=False,
        max_active_runs=1,
        tags=["service-report", "report-list"],
        default_args={
            "owner": "Service report manager",
            "retries": RETRIES,
            "retry_delay": dt.timedelta(seconds=place.retry_delay_s),
            "retry_policy": RETRY_POLICY,
            "on_failure_callback": tasks.tell_failure,
        },
    ) as dag:
        kinds = {"announce": "announce", "remind": "remind", "escalate": "escalate", "tell_refusals": "refused"}
        take_up = _task("take_up", tasks.take_up)
        compiled = _task("compile", tasks.compile_register)
        take_up >> compiled >> [_task(name, tasks.tell, kind=kind) for name, kind in kinds.items()]
    return dag


def _task(name: str, call: Any, **given: Any) -> Any:
    return PythonOperator(task_id=name, task_display_name=LIST_TASKS[name], python_callable=call, op_kwargs=given)
