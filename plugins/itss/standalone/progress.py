"""Follows one run over REST: says which task ended when, answers the human tasks it was asked to, adds up seconds.

Machine time leaves out what a person took: from the moment a task asks until its answer.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from itss.errors import StandaloneError
from itss.standalone.embedded import Embedded
from itss.standalone.rest import RestError, run_path

POLL_S = 0.5
STALL_S = 600.0
PARKED_S = 30.0
ENDED = frozenset({"success", "failed", "skipped", "upstream_failed", "removed"})
MARKS = {"success": "ok", "failed": "FAILED"}


@dataclass(frozen=True)
class Step:
    """One task of a finished run. ``machine_s`` is its duration without human waits."""

    task: str
    title: str
    state: str
    machine_s: float
    waited_s: float


class Watch:
    """One DAG run and what happens in it. ``say`` gets one line of progress at a time."""

    def __init__(self, airflow: Embedded, dag: str, run: str, say: Callable[[str], None]) -> None:
        self.airflow = airflow
        self.dag = dag
        self.run = run
        self._client = airflow.client()
        self._say = say
        self._told: set[tuple[str, int]] = set()

    def until_end(self, asked: Callable[[Watch, dict[str, Any]], None], tick: Callable[[], None]) -> str:
        """Follow the run to its end and return its state; ``asked`` is called once for each task awaiting input."""
        waiting: set[tuple[str, int]] = set()
        last_news = time.monotonic()
        while True:
            tick()
            self.airflow.check_alive()
            tasks = self._client.tasks(self.dag, self.run)
            for task in sorted(tasks, key=lambda item: item["end_date"] or ""):
                key = (task["task_id"], task["try_number"])
                if self._tell(task):
                    last_news = time.monotonic()
                if task["state"] == "awaiting_input" and key not in waiting:
                    waiting.add(key)
                    asked(self, task)
                    last_news = time.monotonic()
            state = str(self._client.get(run_path(self.dag, self.run))["state"])
            if state in ("success", "failed"):
                for task in self._client.tasks(self.dag, self.run):
                    self._tell(task)
                return state
            if time.monotonic() - last_news > STALL_S:
                raise StandaloneError(f"Nothing moved for {STALL_S:.0f} s.", f"See {self.airflow.logs}.")
            time.sleep(POLL_S)

    def answer(
        self,
        task: dict[str, Any],
        user: str,
        option: str,
        comment: str | None,
        fields: Mapping[str, object] | None = None,
    ) -> None:
        """Answer a waiting task as ``user``, once the scheduler has noted that it waits."""
        self.until_parked(task)
        self.airflow.client(user).answer(self.dag, self.run, task["task_id"], option, comment, fields)

    def until_parked(self, task: dict[str, Any]) -> None:
        """Wait until the scheduler has noted that a task waits.

        In Airflow 3.3.2 an answer that overtakes that note, which comes up to 6 s after the question, fails the task
        and is lost.
        """
        parked = f"TaskInstance Finished: dag_id={self.dag}, task_id={task['task_id']}, run_id={self.run},"
        noted = ("state=awaiting_input,", f"try_number={task['try_number']},")
        patience = time.monotonic() + PARKED_S
        while time.monotonic() < patience:
            said = self.airflow.log("scheduler").splitlines()
            if any(parked in line and all(word in line for word in noted) for line in said):
                break
            time.sleep(POLL_S / 2)

    def steps(self) -> list[Step]:
        """The tasks in the order in which they ran; skipped ones last."""
        waits = self._human_waits()
        tasks = sorted(self._client.tasks(self.dag, self.run), key=lambda task: task["end_date"] or "9999")
        steps = []
        for task in tasks:
            waited = waits.get(task["task_id"], 0.0)
            machine = max(0.0, (task["duration"] or 0.0) - waited)
            steps.append(Step(task["task_id"], task["task_display_name"], task["state"] or "", machine, waited))
        return steps

    def began_at(self) -> dt.datetime:
        """When the run started; before this watch where it goes on."""
        return dt.datetime.fromisoformat(self._client.get(run_path(self.dag, self.run))["start_date"])

    def machine_seconds(self) -> float:
        """The whole run from its start to its end, without human waits."""
        run = self._client.get(run_path(self.dag, self.run))
        return _seconds(run["start_date"], run["end_date"]) - sum(self._human_waits().values())

    def errors(self) -> list[str]:
        """Why each failed task failed, from its log."""
        found = []
        for task in self._client.tasks(self.dag, self.run):
            if task["state"] == "failed":
                found.append(f"{task['task_display_name']}: {self._reason(task)}")
        return found

    def _tell(self, task: dict[str, Any]) -> bool:
        key = (task["task_id"], task["try_number"])
        if task["state"] not in ENDED or key in self._told:
            return False
        self._told.add(key)
        if task["state"] not in ("skipped", "upstream_failed"):
            seconds = f"{task['duration']:6.1f} s" if task["duration"] is not None else " " * 8
            self._say(f"{seconds}  {MARKS.get(task['state'], task['state']):8} {task['task_display_name']}")
        return True

    def _human_waits(self) -> dict[str, float]:
        details = self._client.get(f"{run_path(self.dag, self.run)}/hitlDetails", limit=100)["hitl_details"]
        return {
            detail["task_instance"]["task_id"]: _seconds(detail["created_at"], detail["responded_at"])
            for detail in details
            if detail["responded_at"]
        }

    def _reason(self, task: dict[str, Any]) -> str:
        path = f"{run_path(self.dag, self.run)}/taskInstances/{task['task_id']}/logs/{task['try_number']}"
        with suppress(RestError):
            for event in reversed(self._client.get(path)["content"]):
                for error in event.get("error_detail") or [] if isinstance(event, dict) else []:
                    return f"{error['exc_type']}: {error['exc_value']}"
        return f"see its log under {self.airflow.home / 'logs'}"


def _seconds(start: str, end: str) -> float:
    return (dt.datetime.fromisoformat(end) - dt.datetime.fromisoformat(start)).total_seconds()
