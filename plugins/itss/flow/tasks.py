"""What runs in a task process: each a call of ``itss.steps``, imported there and not where DAGs are parsed."""

from __future__ import annotations

import datetime as dt
import logging
from functools import partial
from typing import Any

from airflow.sdk.exceptions import AirflowSkipException

from itss.errors import RevisionBusyError
from itss.flow.labels import COLLECT_PREFIX, WAIT_PREFIX
from itss.flow.monitored import note_revision
from itss.flow.runs import asking
from itss.periods import Period, PeriodKind, last_complete
from itss.settings import run_from
from itss.sources.mark import MARK, mark_among

log = logging.getLogger(__name__)

Job = dict[str, Any]


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


def open_report(
    entry: str, kind: PeriodKind, zone: str, year_starts: int = 1, has_loads: bool = False, **context: Any
) -> Job:
    """Open the revision of the period that was asked for, by default of `period_asked`.

    Nothing, which skips the rest, where a load and the cron both start the report and the other was first.
    """
    from itss import steps

    params = context["params"]
    run = context["dag_run"]
    label = str(params.get("period") or "")
    if not label:
        end = context.get("data_interval_end")
        label = period_asked(run.run_type, end, run.run_after, kind, zone, year_starts).label
    now, backfill = dt.datetime.now(dt.UTC), run.run_type == "backfill"
    bundle = _bundle_version(context)
    given: dict[str, Any] = {"number": params.get("revision"), "todays_form": params.get("use_todays_form") is True}
    given |= {"backfill": backfill, "bundle": bundle, "ask_run": asking(context)}
    needs = partial(steps.why_not_needed, entry, label, run.run_id, run.run_type, given["ask_run"])
    is_asking = has_loads or run.run_type == "asset_triggered"
    try:
        why_not = needs() if is_asking else ""
        job = {} if why_not else steps.open_report(entry, label, run.run_id, now, **given)
    except RevisionBusyError:  # the other one has begun meanwhile
        if not is_asking or not (why_not := needs()):
            raise
        job = {}
    if not job:
        log.info("Nothing is opened. %s", why_not)
        return job
    note_revision(job)
    log.info("Revision %s of %s for %s, due %s", job["revision"], job["report"], job["period"], job["due_at"])
    if read := mark_among(context["dag"].tags):  # this process read the DAG from the worker's own files
        context["ti"].xcom_push(MARK, read.tag)
    return job


def _bundle_version(context: Any) -> str:
    """The version of the DAG bundle that this process runs from, from here on the one that it puts on record."""
    bundle = getattr(context.get("ti"), "bundle_instance", None)  # the DAG processor's callbacks have none
    version = str(getattr(bundle, "version", None) or "")
    run_from(version)
    return version


def opened(context: Any) -> Job:
    """The revision of this run, as the register knows it: what a task leaves in Airflow can be written by people."""
    from itss import steps

    _bundle_version(context)
    job = steps.job_of_run(context["dag"].dag_id, context["run_id"])
    note_revision(job)
    return job


def collect(process: str, **context: Any) -> dict[str, Any]:
    """Fetch the rows of one process; skipped where the entry did not have it when the revision was opened."""
    from itss import steps

    job = opened(context)
    if process not in job["collects"]:
        raise AirflowSkipException(f"The entry had no {process} when the revision was opened.")
    return steps.collect(job, process)


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
    """Archive the version; the end of the task is an event of the report's asset."""
    from itss import steps
    from itss.flow.sealed_event import announce

    job = opened(context)
    is_again = steps.is_sealed(job)
    made = steps.seal(job)
    announce(context, steps.sealed_as(job), is_again=is_again)
    return made


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


def watch(**context: Any) -> list[str]:
    """Remind, warn and raise the alarm; the addresses mailed now."""
    from itss.steps import watching

    now = dt.datetime.now(dt.UTC)
    try:
        mailed = watching.watch(now)
    finally:  # who waits for a run that is gone must not wait for an address of the others
        of_runs = watching.watch_runs(asking(context), now)
    return [*mailed, *of_runs]


def audit() -> dict[str, Any]:
    """Audit the archive with this month's sample; fails with a line a problem."""
    from itss.audit.protocol import audit_month

    return audit_month(dt.datetime.now(dt.UTC))


def wait_id(process: str) -> str:
    """The id of the task that waits for the handed-in data of ``process``."""
    return WAIT_PREFIX + process


def collect_id(process: str) -> str:
    """The id of the task that collects ``process``."""
    return COLLECT_PREFIX + process
