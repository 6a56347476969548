"""Every step of a DAG has its limit, and is monitored: where limits come from, and how operators get both."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from airflow.sdk import DAG

from itss.flow.labels import COLLECT_PREFIX
from itss.flow.monitored import monitored
from itss.report_list.entry_parts import minutes
from itss.report_list.models import Entry
from itss.settings import settings
from itss.time_limit import OF_ENTRY, limited

_BESIDES_QUERY_S = 300
"""What *collect* may take besides the query, which has a limit of its own."""
_OF_OWN = "ITSS_TASK_LIMIT_S"


@contextmanager
def within_limit(task: Any) -> Iterator[None]:
    """The limit of this process of ``task``, for an operator with work of its own: in `execute` and what resumes it.

    While it waits for people or data it has no process, and no limit. What it does meanwhile is monitored.
    """
    with monitored(task.task_id), limited(_what(task), task.limit_s):
        yield


def limit_steps(dag: DAG, entry: Entry) -> None:
    """Give every task of ``entry`` that does something its limit; starting another run is Airflow's own doing."""
    for task in dag.tasks:
        task.limit_s = _limit_s(entry, task.task_id)  # which an operator of our own asks for by `within_limit`
        if hasattr(task, "python_callable"):
            _limit_call(task)


def limit_own(task: Any, times: float = 1) -> None:
    """Give a task of the product's own DAGs the limit of the settings, or so many ``times`` as much."""
    task.limit_s = settings().task_limit_s * times
    _limit_call(task, _OF_OWN)


def _limit_s(entry: Entry, task: str) -> float:
    """`task_limit`; of *collect* at least what the query may take, and then some."""
    limit_s = minutes(entry.task_limit) * 60.0
    source = entry.data_source.get(task.removeprefix(COLLECT_PREFIX)) if task.startswith(COLLECT_PREFIX) else None
    return max(limit_s, source.time_limit_s + _BESIDES_QUERY_S) if source else limit_s


def _limit_call(task: Any, set_by: str = OF_ENTRY) -> None:
    call = task.python_callable

    @functools.wraps(call)
    def call_within(*given: Any, **keywords: Any) -> Any:
        with monitored(task.task_id), limited(_what(task), task.limit_s, set_by=set_by):
            return call(*given, **keywords)

    task.python_callable = call_within


def _what(task: Any) -> str:
    return f"The step {task.task_id} of {task.dag_id}"
