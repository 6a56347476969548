"""What Airflow calls when a task, or a run, has failed: the report manager is notified of each failure once.

The scheduler has some of it called in the DAG processor, some time later, whatever became of the workers.
"""

from __future__ import annotations

import datetime as dt
import logging
from contextlib import suppress
from typing import Any

from itss.errors import AuditError, ItssError, PeriodError, RunGoneError
from itss.flow.monitored import OF_CORE, switch_on
from itss.flow.tasks import Job, opened
from itss.time_limit import in_words

log = logging.getLogger(__name__)

NOTIFIED = "notified"
_DEADLOCK = "all_tasks_deadlocked"


def notify_of_failure(context: dict[str, Any]) -> None:
    """On the last failure of a task: into the register, and one mail a cause to the report manager."""
    instance, error = context["ti"], context.get("exception")
    if not _has_failed(context):
        return
    # the log says which period to ask for instead of a wrong one; what is owed and missing `report_watch` finds
    if not (instance.task_id == "open" and isinstance(error, PeriodError)):
        _fail(_opened_or_none(context), context["dag"].dag_id, instance.task_id, error, context["run_id"])
    _mark_notified(context)


def notify_of_failed_run(context: dict[str, Any]) -> None:
    """On the end of a failed run: notify of tasks that failed without a message; nothing is called for a killed one.

    The scheduler has this called in the DAG processor, whatever became of the workers. A run that cannot go on since
    tasks of it are gone has no failed one.
    """
    dag, run = context["dag"].dag_id, context["run_id"]
    if context.get("reason") == _DEADLOCK:
        _fail(_opened_or_none(context), dag, "–", RunGoneError(run), run)
        return
    instance = context["ti"]
    states = instance.get_task_states(dag_id=dag, run_ids=[run])[run]
    is_report = "open" in states  # else a DAG of the product's own
    for task in sorted(task for task, state in states.items() if state == "failed"):
        if not instance.xcom_pull(task_ids=task, key=NOTIFIED):
            job, limit = (_opened_or_none(context) if is_report else None), _limit(context["dag"], task)
            _fail(job, dag, task, None, run if is_report else "", limit)


def notify_of_own_failure(context: dict[str, Any]) -> None:
    """On the last failure of a task of the product's own DAGs: one mail a day to the report manager, a kind of error.

    What an audit found wrong has been mailed by then.
    """
    if not _has_failed(context):
        return
    instance, error = context["ti"], context.get("exception")
    if not isinstance(error, AuditError):
        _fail(None, context["dag"].dag_id, instance.task_id, error)
    _mark_notified(context)


def _has_failed(context: dict[str, Any]) -> bool:
    """Whether the task stays failed, as far as Airflow knows by now.

    The scheduler has callbacks called some time later, in the DAG processor; and a process that is ended because
    somebody cleared its task, or because Airflow adopted it again, calls them, too. Here it is running still in
    Airflow's eyes, or failed. What fails unseen the run notifies of (`notify_of_failed_run`).
    """
    instance, run = context["ti"], context["run_id"]
    try:
        state = instance.get_task_states(dag_id=instance.dag_id, task_ids=[instance.task_id], run_ids=[run])[run]
    except Exception:  # who cannot be asked cannot say that all is well
        log.exception("Airflow did not say what became of the task")
        return True
    expected = ("running", "failed") if context.get("exception") is not None else ("failed",)
    if (now := state.get(instance.task_id)) in expected:
        return True
    log.info("%s is %s by now: nobody is notified", instance.task_id, now)
    return False


def _limit(dag: Any, task: str) -> str:
    """How long a task of ``dag`` may take; nothing of one that it has no more, or that has no limit."""
    seconds = getattr(dag.task_dict.get(task), "limit_s", None)
    return in_words(seconds) if seconds else ""


def _fail(job: Job | None, dag: str, task: str, error: BaseException | None, run: str = "", limit: str = "") -> None:
    from itss import steps
    from itss.notices.causes import Failure

    switch_on(OF_CORE)  # in the DAG processor; a task has done it already
    failure, now = Failure(dag, task, error, run, limit=limit), dt.datetime.now(dt.UTC)
    try:
        steps.fail(job, failure, now)
    except Exception:
        if job is None:
            raise
        # whatever keeps it off the record, the report manager must be notified
        log.exception("The failure could not be recorded")
        steps.fail(None, failure, now)


def _mark_notified(context: dict[str, Any]) -> None:
    """For the callback of the run, which is called in another process.

    Not where the scheduler has this called in the DAG processor, which knows no exception. It does not even refuse an
    XCom: it gives no reply. It would be killed after its time-out, and take every DAG of the file for stale, so that
    no run of them goes on until it is read again. What was not marked is one cause all the same, and mailed once.
    """
    if context.get("exception") is not None:
        with suppress(Exception):
            context["ti"].xcom_push(NOTIFIED, True)


def _opened_or_none(context: Any) -> Job | None:
    try:
        return opened(context)
    except ItssError:
        return None
