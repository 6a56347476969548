"""What Airflow has of a run, asked of its API from a task's process: does it live, has it ended, is it gone.

An error of the API is none of the three: it is raised, and the task is tried again. Surprise: the run that asks may
have the id of one that is gone, for the ids of scheduled and backfilled runs are made of their dates.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from itss.watch.gone_runs import AskRun, RunState

_ALIVE = ["queued", "running"]


def asking(context: Any) -> AskRun:
    """What answers for a task with this ``context``."""
    instance, own = context["ti"], context["dag_run"]

    def ask(dag: str, run: str, since: dt.datetime) -> RunState:
        if (dag, run) == (own.dag_id, own.run_id):
            return "gone" if _is_another(own, since) else "alive"
        if instance.get_dr_count(dag_id=dag, run_ids=[run], states=_ALIVE):
            return "alive"
        return "ended" if instance.get_dr_count(dag_id=dag, run_ids=[run]) else "gone"

    return ask


def _is_another(own: Any, since: dt.datetime) -> bool:
    """Whether this run began after one of its name had the revision; one that was cleared is the same."""
    return not own.clear_number and own.start_date is not None and own.start_date > since
