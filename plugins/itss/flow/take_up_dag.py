"""What people dropped into the inbox is handed in, every five minutes: one task, however many reports wait.

Each file once, by the record; a run that is repeated, or that meets the daily one, takes nothing twice.
"""

from __future__ import annotations

from pathlib import Path

from airflow.sdk import DAG

from itss.flow import failures, tasks
from itss.flow.own_dag import own_dag, own_task
from itss.text import text

TAKE_UP_DAG = "report_take_up"
TITLE = text("接收提交的数据", "Take up what was handed in")
_DOC = """# 接收提交的数据 · take up what was handed in

Every five minutes: what was dropped into the inbox is judged, then kept as the next version, or refused with its errors
marked and the data collectors notified. Reports that wait for it go on within `ITSS_POKE_S` seconds. Where nothing was
dropped it reads nothing else.
"""


def take_up_dag(stub: Path) -> DAG:
    """The DAG ``report_take_up``."""
    with own_dag(stub, TAKE_UP_DAG, TITLE, _DOC, "*/5 * * * *", failures.notify_of_own_failure) as dag:
        own_task("take_up", tasks.take_up)
    return dag
