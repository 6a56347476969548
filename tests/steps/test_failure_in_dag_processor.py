"""A task whose process was killed: Airflow's own DAG processor calls what notifies, and is not held up by it.

The process and what it is asked by are real; only the API that would say what became of the task is not.
"""

from __future__ import annotations

import datetime as dt
import selectors
import time
import uuid
from types import SimpleNamespace

import psutil
import structlog
from airflow.api_fastapi.execution_api.datamodels import taskinstance
from airflow.callbacks.callback_requests import TaskCallbackRequest
from airflow.dag_processing.processor import DagFileProcessorProcess
from airflow.sdk.api.datamodels._generated import TaskStatesResponse
from walk import to

RUN, TASK = "scheduled__2026-11-01", "watch"
DAG_FILE = f"""
from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import DAG
from itss.flow.failures import notify_of_own_failure
with DAG("report_watch"):
    EmptyOperator(task_id="{TASK}", on_failure_callback=notify_of_own_failure)
"""
PATIENCE_S = 60


def killed_task() -> TaskCallbackRequest:
    now = dt.datetime.now(dt.UTC)
    instance = taskinstance.TaskInstance(
        id=uuid.uuid4(), dag_version_id=uuid.uuid4(), dag_id="report_watch", task_id=TASK, run_id=RUN, try_number=3,
        map_index=-1, start_date=now, hostname="worker1",
    )  # fmt: skip
    return TaskCallbackRequest(
        filepath="own.py", bundle_name="dags", bundle_version=None, msg="no heartbeat", ti=instance
    )


def test_the_dag_processor_ends_by_itself_and_the_report_manager_is_notified(house, mail, tmp_path):
    file = tmp_path / "own.py"
    file.write_text(DAG_FILE)
    states = TaskStatesResponse(task_states={RUN: {TASK: "failed"}})
    client = SimpleNamespace(task_instances=SimpleNamespace(get_task_states=lambda **_: states))
    selector = selectors.DefaultSelector()
    before = to(mail)
    with (tmp_path / "log").open("wb") as log:
        process = DagFileProcessorProcess.start(
            id=uuid.uuid4(), path=file, bundle_path=tmp_path, bundle_name="dags", dag_file_rel_path=file.name,
            callbacks=[killed_task()], client=client, selector=selector, logger=structlog.get_logger(),
            logger_filehandle=log,
        )  # fmt: skip
        begun = time.monotonic()
        try:
            while not process.is_ready and time.monotonic() - begun < PATIENCE_S:
                for key, _ in selector.select(timeout=1):
                    reader, closed = key.data
                    if not reader(key.fileobj):
                        closed(key.fileobj)
            assert process.is_ready, "it waits for a reply that never comes"
        finally:
            if psutil.pid_exists(process.pid):
                process.kill()
    assert to(mail) == [*before, "report_manager@example.com"]
