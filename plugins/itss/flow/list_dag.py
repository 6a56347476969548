"""Step 1 of the procedure as a DAG of its own: compile the register, notify who hands in what, remind, escalate.

Each notice is on record, so a run may be repeated or cleared whenever somebody likes.
"""

from __future__ import annotations

from pathlib import Path

from airflow.sdk import DAG

from itss.flow import failures, tasks
from itss.flow.own_dag import own_dag, own_task
from itss.text import text

LIST_DAG = "report_list"
TITLE = text("服务报告列表", "Service report list")
_DOC = """# 服务报告列表 · report list

Every day: takes up what was dropped into the inbox, compiles 服务报告信息收集登记表.xlsx into it, notifies each data
collector once a period what is due by when, reminds who has not handed in, and notifies the report manager of what is
overdue.
"""


def list_dag(stub: Path) -> DAG:
    """The DAG ``report_list``, daily at 07:00 in Shanghai."""
    with own_dag(stub, LIST_DAG, TITLE, _DOC, "0 7 * * *", failures.notify_of_own_failure) as dag:
        kinds = {"announce": "announce", "remind": "remind", "escalate": "escalate", "tell_refusals": "refused"}
        take_up = own_task("take_up", tasks.take_up)
        compiled = own_task("compile", tasks.compile_register)
        take_up >> compiled >> [own_task(name, tasks.notify_of_data, kind=kind) for name, kind in kinds.items()]
    return dag
