"""Which DAG run carries a report out: the one that broke off goes on, only otherwise a new one is triggered."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from itss.errors import StandaloneError
from itss.register import Register, Revision
from itss.standalone.embedded import Embedded
from itss.standalone.prepare import Request
from itss.standalone.rest import Client, RestError, run_path

DAG_TIMEOUT_S = 120
ALIVE = frozenset({"open", "rendered", "submitted", "released", "delivered", "failed"})
COLLECT_PREFIX = "collect_"
BEFORE_DRAFT = frozenset({"open", "check", "measure", "render"})


def dag_run(airflow: Embedded, register: Register, wanted: Request, say: Callable[[str], None]) -> str:
    """The id of a DAG run of the report and period that is now running."""
    client = airflow.client()
    dag, label = wanted.entry.key, wanted.period.label
    airflow.wait(lambda: _has_dag(client, dag), DAG_TIMEOUT_S, f"the DAG {dag}")
    latest = max(register.revisions(dag, label), key=lambda revision: revision.number, default=None)
    if latest is not None and latest.state in ALIVE and _taken_up(client, latest, say):
        return latest.run
    if latest is not None and latest.state in ALIVE - {"failed"}:
        # nobody else can hold it: we have the lock, and this Airflow does not know its run (any more)
        register.fail(latest.ref, f"its run {latest.run} is unknown to this Airflow", gone=latest.run)
    return _trigger(client, dag, label, todays_form=wanted.todays_form)


def _taken_up(client: Client, revision: Revision, say: Callable[[str], None]) -> bool:
    try:
        state = client.get(run_path(revision.report, revision.run))["state"]
    except RestError as error:
        if error.status == 404:
            return False
        raise
    if state == "failed":
        _clear(client, revision.report, revision.run)
    if state == "success":
        return False
    say(f"Going on with revision {revision.number} ({revision.state}), run {revision.run}")
    return True


def _clear(client: Client, dag: str, run: str) -> None:
    """Run again what failed and what did not run; before there was a draft, all of it: the data may be corrected."""
    failed = {task["task_id"] for task in client.tasks(dag, run) if task["state"] == "failed"}
    early = any(task in BEFORE_DRAFT or task.startswith(COLLECT_PREFIX) for task in failed)
    client.post(
        f"/dags/{dag}/clearTaskInstances",
        {"dry_run": False, "dag_run_id": run, "only_failed": not early, "reset_dag_runs": True},
    )


def _trigger(client: Client, dag: str, label: str, *, todays_form: bool) -> str:
    now = dt.datetime.now(dt.UTC)
    run = f"manual__{label}__{now:%Y%m%dT%H%M%S.%f}"
    conf = {"period": label} | ({"use_todays_form": True} if todays_form else {})
    client.post(f"/dags/{dag}/dagRuns", {"dag_run_id": run, "logical_date": None, "conf": conf})
    return run


def _has_dag(client: Client, dag: str) -> bool:
    try:
        client.get(f"/dags/{dag}")
    except RestError as error:
        if error.status == 404:
            _refuse_broken_files(client)
            return False
        raise
    return True


def _refuse_broken_files(client: Client) -> None:
    """A DAG file that cannot be read will not get better by waiting."""
    for error in client.get("/importErrors")["import_errors"]:
        if "service_reports" in error["filename"]:
            raise StandaloneError(f"{error['filename']} cannot be read:\n{error['stack_trace']}")
