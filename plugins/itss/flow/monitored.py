"""Metrics, traces and logs of a step, by Airflow's own exporters: one configuration serves both.

Owns where a step begins and ends for a monitoring system, and nothing of what is measured (`itss.monitoring`). Where
``[metrics]`` and ``[traces]`` are off nothing is made or sent. Surprise: a process that waits for people or data ends
by an exception; it has not failed.
"""

from __future__ import annotations

import importlib
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, cast

from itss.monitoring import emitting
from itss.monitoring.emitting import Stats

OF_TASK, OF_CORE = "airflow.sdk.observability.stats", "airflow.observability.stats"
"""Airflow has its exporter twice: for the processes of tasks, and for DAG processor and API server."""
_KNOWN = ("report", "period", "revision")


@contextmanager
def monitored(task: str) -> Iterator[None]:
    """Note how long the body, the process of a step, takes, and how it ends; its span is a child of Airflow's own."""
    from opentelemetry import trace  # which Airflow's task runner, and nothing that parses DAGs, has imported
    from structlog.contextvars import bound_contextvars

    from itss.monitoring.of_steps import samples_of_step, step_of

    switch_on()
    began, outcome, (step, process) = time.monotonic(), "ok", step_of(task)
    known = {"itss.step": step, **({"itss.process": process} if process else {})}
    spanned = trace.get_tracer("itss").start_as_current_span(
        f"itss.{step}", attributes=known, record_exception=False, set_status_on_exception=False
    )
    try:
        with bound_contextvars(step=step), spanned as span:
            try:
                yield
            except BaseException as error:
                if (outcome := _outcome(error)) == "failed":
                    # its class alone: words and traceback may quote a row, or what a server said
                    span.add_event("exception", {"exception.type": f"{type(error).__module__}.{type(error).__name__}"})
                    span.set_status(trace.StatusCode.ERROR, type(error).__name__)
                raise
            finally:
                span.set_attribute("itss.outcome", outcome)
    finally:
        emitting.emit(samples_of_step(task, time.monotonic() - began, outcome))


def note_revision(job: Mapping[str, Any]) -> None:
    """From now on each line of the log, and the span, says which revision it is about."""
    from opentelemetry import trace
    from structlog.contextvars import bind_contextvars

    known = {name: job[name] for name in _KNOWN}
    bind_contextvars(**known)
    trace.get_current_span().set_attributes({f"itss.{name}": value for name, value in known.items()})


def switch_on(exporter: str = OF_TASK) -> None:
    """Send the metrics of this process by Airflow's ``exporter``, where one is configured."""
    from airflow.sdk.configuration import conf

    emitting.switch_on(
        lambda name: bool(conf.getboolean("metrics", name, fallback=False)),
        lambda: cast(Stats, importlib.import_module(exporter)),
    )


def _outcome(error: BaseException) -> str:
    from airflow.sdk.exceptions import AirflowSkipException, DownstreamTasksSkipped, TaskAwaitingInput, TaskDeferred

    if isinstance(error, TaskDeferred | TaskAwaitingInput):
        return "waits"
    return "skipped" if isinstance(error, AirflowSkipException | DownstreamTasksSkipped) else "failed"
