"""The report manager's periodic audit (定期审核) as a DAG: monthly, its result by mail, red where it is bad."""

from __future__ import annotations

from airflow.sdk import DAG

from itss.flow import tasks
from itss.flow.own_dag import own_dag, own_task
from itss.text import text

AUDIT_DAG = "report_audit"
TITLE = text("服务报告审核", "Service report audit")
_DOC = """# 服务报告审核 · report audit

On the 2nd of every month: compares every sealed version with its manifest, the register and the version before it,
computes and renders a sample of them again from their own data (another one each month), and mails the report manager
the result. Red, with a line per problem, where something is not as it was sealed. Nothing is repaired.
"""


def audit_dag() -> DAG:
    """The DAG ``report_audit``."""
    with own_dag(AUDIT_DAG, TITLE, _DOC, "0 5 2 * *", tasks.tell_own_failure) as dag:
        own_task("audit", tasks.audit)
    return dag
