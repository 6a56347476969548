"""The report manager's periodic audit (定期审核) as a DAG: monthly, its result by mail, red where it is bad."""

from __future__ import annotations

from pathlib import Path

from airflow.sdk import DAG

from itss.flow import failures, tasks
from itss.flow.own_dag import own_dag, own_task
from itss.text import text

AUDIT_DAG = "report_audit"
TITLE = text("服务报告审核", "Service report audit")
_DOC = """# 服务报告审核 · report audit

On the 2nd of every month: judges every sealed version by rules (is it what was signed, and was its approval valid),
the ledger and the register as wholes, makes a sample of the versions again from their own data (another one each
month), and mails the report manager the protocol. Red, with a line per problem. Nothing is repaired.
"""


def audit_dag(stub: Path) -> DAG:
    """The DAG ``report_audit``."""
    with own_dag(stub, AUDIT_DAG, TITLE, _DOC, "0 5 2 * *", failures.notify_of_own_failure) as dag:
        own_task("audit", tasks.audit, limits=12)  # a whole archive takes long
    return dag
