"""What runs in a task process: each a call of ``itss.steps``, imported there and not where DAGs are parsed."""

from __future__ import annotations

import datetime as dt
import logging
from contextlib import suppress
from typing import Any

from airflow.sdk.exceptions import AirflowSkipException

from itss.errors import AuditError, ItssError, PeriodError
from itss.flow import signing_key as _signing_key  # noqa: F401  # makes itself known
from itss.flow.labels import COLLECT_PREFIX, WAIT_PREFIX
from itss.periods import Period, PeriodKind, last_complete

log = logging.getLogger(__name__)

Job = dict[str, Any]

NOTIFIED = "notified"


def period_asked(
    run_type: str,
    interval_end: dt.datetime | None,
    run_after: dt.datetime,
    kind: PeriodKind,
    zone: str,
    year_starts: int,
) -> Period:
    """The period of a run that names none.

    A scheduled or backfilled run is for the period that was over at the end of its own interval. Any other run is for
    the last one that was complete when it was triggered: the interval that Airflow infers for a run by hand ends at the
    last moment of the schedule, which between the end of a period and its schedule lies one period back.
    """
    planned_for = interval_end if run_type in ("scheduled", "backfill") else None
    return last_complete(planned_for or run_after, kind, zone, year_starts)


def open_report(entry: str, kind: PeriodKind, zone: str, year_starts: int = 1, **context: Any) -> Job:
    """Open the revision of the period that was asked for, by default of `period_asked`."""
    from itss import steps

    params = context["params"]
    run = context["dag_run"]
    label = str(params.get("period") or "")
    if not label:
        end = context.get("data_interval_end")
        label = period_asked(run.run_type, end, run.run_after, kind, zone, year_starts).label
    now, backfill = dt.datetime.now(dt.UTC), run.run_type == "backfill"
    bundle = str(getattr(context["ti"].bundle_instance, "version", None) or "")
    given = {"number": params.get("revision"), "todays_form": params.get("use_todays_form") is True}
    job = steps.open_report(entry, label, run.run_id, now, backfill=backfill, bundle=bundle, **given)
    log.info("Revision %s of %s for %s, due %s", job["revision"], job["report"], job["period"], job["due_at"])
    return job


def opened(context: Any) -> Job:
    """The revision of this run, as the register knows it: what a task leaves in Airflow can be written by people."""
    from itss import steps

    return steps.job_of_run(context["dag"].dag_id, context["run_id"])


def collect(process: str, **context: Any) -> dict[str, Any]:
    """Fetch the rows of one process; skipped where the entry did not have it when the revision was opened."""
    from itss import steps

    job = opened(context)
    if process not in job["collects"]:
        raise AirflowSkipException(f"The entry had no {process} when the revision was opened.")
    return steps.collect(job, process)


def wait(process: str, **context: Any) -> bool:
    """Whether the handed-in data of one process is there; fails once mandatory data is overdue."""
    from itss import steps

    job = opened(context)
    if process not in job["awaits"]:  # nobody was to hand it in when the revision was opened
        return True
    return steps.wait_for(job, process, dt.datetime.now(dt.UTC))


def check(**context: Any) -> dict[str, int]:
    """Run the expectations; a critical finding ends the run here."""
    from itss import steps

    return steps.check(opened(context))


def measure(**context: Any) -> dict[str, int]:
    """Compute the figures."""
    from itss import steps

    return steps.measure(opened(context))


def render(**context: Any) -> bool:
    """Write workbook and page; false (which skips the rest) when the sealed version says the very same."""
    from itss import steps

    unchanged = bool(steps.render(opened(context))["unchanged"])
    if unchanged:
        log.info("Nothing has changed since the sealed version: no approval, no mail.")
    return not unchanged


def release(levels: list[str], **context: Any) -> str:
    """The gate: the id of the task to go on with."""
    from itss import steps

    done = done_of(context, levels)
    way = {"deliver": "deliver", "return": "notify_author", "archive": "seal"}
    return way[steps.release(opened(context), done)]


def done_of(context: Any, levels: list[str]) -> list[str]:
    """Those of some levels whose task ended as success, by an answer or because somebody marked it so."""
    if not levels:
        return []
    instance, run = context["ti"], context["run_id"]
    states = instance.get_task_states(dag_id=instance.dag_id, task_ids=levels, run_ids=[run])[run]
    return [level for level in levels if states.get(level) == "success"]


def deliver(**context: Any) -> dict[str, Any]:
    """Send to everyone on the distribution list who has not got it yet."""
    from itss import steps

    return steps.deliver(opened(context))


def notify_author(**context: Any) -> dict[str, Any]:
    """Give the rejected report back; returns what the next revision's run is called and asked for."""
    from itss import steps

    job = opened(context)
    said = steps.return_to_author(job)
    number = int(job["revision"]) + 1
    run = f"rework__{job['period']}__r{number:02d}"
    return said | {"run": run, "conf": {"period": job["period"], "revision": number}}


def minutes(**context: Any) -> dict[str, Any]:
    """Make the minutes of the review and send them."""
    from itss import steps

    return steps.send_minutes(opened(context))


def seal(**context: Any) -> dict[str, str]:
    """Archive the version."""
    from itss import steps

    return steps.seal(opened(context))


def notify_of_failure(context: dict[str, Any]) -> None:
    """On the last failure of a task: into the register, and one mail a cause to the report manager."""
    instance, error = context["ti"], context.get("exception")
    if not _has_failed(context):
        return
    # whoever asked for a wrong period reads in the log what to ask for; what is owed and missing `report_watch` finds
    if not (instance.task_id == "open" and isinstance(error, PeriodError)):
        _fail(_opened_or_none(context), context["dag"].dag_id, instance.task_id, error, context["run_id"])
    _mark_notified(instance)


def notify_of_failed_run(context: dict[str, Any]) -> None:
    """On the end of a failed run: notify of tasks that failed without a message; nothing is called for a killed one.

    The scheduler has this called in the DAG processor, whatever became of the workers.
    """
    instance, dag, run = context["ti"], context["dag"].dag_id, context["run_id"]
    states = instance.get_task_states(dag_id=dag, run_ids=[run])[run]
    is_report = "open" in states  # else a DAG of the product's own
    for task in sorted(task for task, state in states.items() if state == "failed"):
        if not instance.xcom_pull(task_ids=task, key=NOTIFIED):
            _fail(_opened_or_none(context) if is_report else None, dag, task, None, run if is_report else "")


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


def _fail(job: Job | None, dag: str, task: str, error: BaseException | None, run: str = "") -> None:
    from itss import steps
    from itss.notices.causes import Failure

    failure, now = Failure(dag, task, error, run), dt.datetime.now(dt.UTC)
    try:
        steps.fail(job, failure, now)
    except Exception:
        if job is None:
            raise
        # whatever keeps it off the record, the report manager must hear of it
        log.exception("The failure could not be recorded")
        steps.fail(None, failure, now)


def _mark_notified(instance: Any) -> None:
    with suppress(Exception):  # the DAG processor cannot leave an XCom; the cause is on record, and mailed once
        instance.xcom_push(NOTIFIED, True)


def _opened_or_none(context: Any) -> Job | None:
    try:
        return opened(context)
    except ItssError:
        return None


def take_up() -> dict[str, int]:
    """Hand in what was dropped into the inbox."""
    from itss import steps

    return steps.take_up(dt.datetime.now(dt.UTC))


def compile_register() -> str:
    """Write 服务报告信息收集登记表.xlsx."""
    from itss import steps

    return steps.compile_register(dt.datetime.now(dt.UTC))


def notify_of_data(kind: str) -> list[str]:
    """Announce, remind, escalate or notify of refusals; the addresses mailed now."""
    from itss import steps

    return steps.notify_of_data(kind, dt.datetime.now(dt.UTC))


def watch() -> list[str]:
    """Remind, warn and raise the alarm; the addresses mailed now."""
    from itss.steps import watching

    return watching.watch(dt.datetime.now(dt.UTC))


def audit() -> dict[str, Any]:
    """Audit the archive with this month's sample; fails with a line a problem."""
    from itss.audit.protocol import audit_month

    return audit_month(dt.datetime.now(dt.UTC))


def notify_of_own_failure(context: dict[str, Any]) -> None:
    """On the last failure of a task of the product's own DAGs: one mail a day to the report manager, a kind of error.

    What an audit found wrong has been mailed by then.
    """
    if not _has_failed(context):
        return
    instance, error = context["ti"], context.get("exception")
    if not isinstance(error, AuditError):
        _fail(None, context["dag"].dag_id, instance.task_id, error)
    _mark_notified(instance)


def wait_id(process: str) -> str:
    """The id of the task that waits for the handed-in data of ``process``."""
    return WAIT_PREFIX + process


def collect_id(process: str) -> str:
    """The id of the task that collects ``process``."""
    return COLLECT_PREFIX + process
