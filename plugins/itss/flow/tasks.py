"""What runs in a task process: each a call of ``itss.steps``, imported there and not where DAGs are parsed."""

from __future__ import annotations

import datetime as dt
import logging
from typing import Any

from airflow.sdk.exceptions import AirflowSkipException

from itss.errors import ItssError
from itss.flow import signing_key as _signing_key  # noqa: F401  # makes itself known
from itss.flow.labels import COLLECT_PREFIX, WAIT_PREFIX
from itss.periods import Period, PeriodKind, last_complete

log = logging.getLogger(__name__)

Job = dict[str, Any]

TOLD = "told"
KILLED = (
    "its process was killed before it could say why, and no try is left. "
    "Look into the log and the memory of the worker, then clear the task: it goes on from where it stood."
)


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
    number = params.get("revision")
    job = steps.open_report(entry, label, run.run_id, now, number, backfill=backfill, bundle=bundle)
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


def render(**context: Any) -> dict[str, Any] | None:
    """Write workbook and page; nothing (which skips the rest) when the sealed version says the very same."""
    from itss import steps

    draft = steps.render(opened(context))
    if draft["unchanged"]:
        log.info("Nothing has changed since the sealed version: no approval, no mail.")
        return None
    return draft


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
    told = steps.return_to_author(job)
    number = int(job["revision"]) + 1
    run = f"rework__{job['period']}__r{number:02d}"
    return told | {"run": run, "conf": {"period": job["period"], "revision": number}}


def minutes(**context: Any) -> dict[str, Any]:
    """Make the minutes of the review and send them."""
    from itss import steps

    return steps.send_minutes(opened(context))


def seal(**context: Any) -> dict[str, str]:
    """Archive the version."""
    from itss import steps

    return steps.seal(opened(context))


def tell_failure(context: dict[str, Any]) -> None:
    """On the last failure of a task: into the register, and a mail to the report manager."""
    from itss import steps

    instance = context["ti"]
    entry = context["dag"].dag_id
    reason = str(context.get("exception") or "its process ended without a word")
    job = _opened_or_none(context)
    try:
        steps.fail(job, entry, instance.task_id, reason)
    except Exception:
        if job is None:
            raise
        # whatever keeps it off the record, the report manager must hear of it
        log.exception("The failure could not be recorded")
        steps.fail(None, entry, instance.task_id, reason)
    instance.xcom_push(TOLD, True)


def tell_failed_run(context: dict[str, Any]) -> None:
    """On the end of a failed run: tell of each task that failed without a word, for nothing is called for a killed one.

    The scheduler has this called in the DAG processor, whatever became of the workers.
    """
    from itss import steps
    from itss.steps import watching

    instance, entry = context["ti"], context["dag"].dag_id
    states = instance.get_task_states(dag_id=entry, run_ids=[context["run_id"]])[context["run_id"]]
    for task in sorted(task for task, state in states.items() if state == "failed"):
        if instance.xcom_pull(task_ids=task, key=TOLD):
            continue
        if "open" in states:
            steps.fail(_opened_or_none(context), entry, task, KILLED)
        else:  # a DAG of the product's own
            watching.tell_failure(entry, task, KILLED, dt.datetime.now(dt.UTC))


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


def tell(kind: str) -> list[str]:
    """Announce, remind, escalate or tell refusals; the addresses mailed now."""
    from itss import steps

    return steps.tell(kind, dt.datetime.now(dt.UTC))


def watch() -> list[str]:
    """Remind, warn and raise the alarm; the addresses mailed now."""
    from itss.steps import watching

    return watching.watch(dt.datetime.now(dt.UTC))


def audit() -> dict[str, Any]:
    """Audit the archive with this month's sample; fails with a line a problem."""
    from itss.audit.protocol import audit_month

    return audit_month(dt.datetime.now(dt.UTC))


def tell_own_failure(context: dict[str, Any]) -> None:
    """On the last failure of a task of `report_watch` or `report_audit`: one mail a day to the report manager.

    What an audit found wrong has been mailed by then.
    """
    from itss.errors import AuditError
    from itss.steps import watching

    error, instance = context.get("exception"), context["ti"]
    if not isinstance(error, AuditError):
        reason = str(error or "its process ended without a word")
        watching.tell_failure(context["dag"].dag_id, instance.task_id, reason, dt.datetime.now(dt.UTC))
    instance.xcom_push(TOLD, True)


def wait_id(process: str) -> str:
    """The id of the task that waits for the handed-in data of ``process``."""
    return WAIT_PREFIX + process


def collect_id(process: str) -> str:
    """The id of the task that collects ``process``."""
    return COLLECT_PREFIX + process
