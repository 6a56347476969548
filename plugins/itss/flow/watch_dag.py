"""What should have happened and did not: a DAG that looks every half hour, and notifies each person once of each thing.

One task, for each is a process of its own, and this one is started 48 times a day.
"""

from __future__ import annotations

from pathlib import Path

from airflow.sdk import DAG

from itss.flow import failures, tasks
from itss.flow.own_dag import own_dag, own_task
from itss.text import text

WATCH_DAG = "report_watch"
TITLE = text("服务报告督办", "Service report watch")
_DOC = """# 服务报告督办 · report watch

Every half hour: reminds approvers, authors and the report manager of what they have to answer today, notifies the
report manager of what was not answered in time, warns one working day before a report is due, and raises the alarm when
it was due and has not reached its recipients – also if nothing failed. Each person is notified of each thing once. What
could not be sent before is sent, unless it is over.

While the scheduler is down nobody looks: `python -m itss watch` asks the same from outside.
"""


def watch_dag(stub: Path) -> DAG:
    """The DAG ``report_watch``."""
    with own_dag(stub, WATCH_DAG, TITLE, _DOC, "*/30 * * * *", failures.notify_of_own_failure) as dag:
        own_task("watch", tasks.watch)
    return dag
