"""The button on a task that leads to what it made: the page of its revision in the portal.

Airflow 3.3 asks for it in the task's own process, once the task has ended, and keeps the answer as an XCom.
"""

from __future__ import annotations

from typing import Any

from airflow.sdk import DAG, BaseOperatorLink

from itss import links
from itss.errors import ItssError
from itss.flow.labels import COLLECT_PREFIX, WAIT_PREFIX
from itss.settings import settings

ANCHORS = {
    "await_versions": "decisions",
    "check": "checks",
    "measure": "figures",
    "comment": "figures",
    "deliver": "receipts",
    "seal": "receipts",
}
DECISIONS = "decisions"
"""Where the page shows what people answered: the anchor of every human task and of the gate."""
_WITHOUT = frozenset({"open", "render"})
"""Their output is the page as a whole."""


class OutputLink(BaseOperatorLink):  # type: ignore[misc]
    """Leads to the revision's page, at the part that the task is about."""

    @property
    def name(self) -> str:
        """What is on the button; the same for every task, and so one key in the XComs."""
        return "服务报告 Service report"

    def get_link(self, operator: Any, *, ti_key: Any) -> str:
        """The address; that of the portal where the run has opened no revision, or no register answers."""
        from itss.register import Register

        place = settings()
        try:
            revision = Register(place.register_url).of_run(ti_key.dag_id, ti_key.run_id)
        except ItssError:
            revision = None
        if revision is None:
            return f"{place.ui_url}{links.PORTAL}/"
        return place.ui_url + links.revision_path(revision.ref) + anchor(operator.task_id)


def anchor(task: str) -> str:
    """``#`` and the part of the page that is about ``task``; nothing where that is the whole page."""
    if task in _WITHOUT:
        return ""
    is_data = task.startswith((COLLECT_PREFIX, WAIT_PREFIX))
    return "#" + ("data" if is_data else ANCHORS.get(task, DECISIONS))


def link_outputs(dag: DAG) -> None:
    """Give every task of a report the link."""
    for task in dag.tasks:
        task.operator_extra_links = (OutputLink(),)
