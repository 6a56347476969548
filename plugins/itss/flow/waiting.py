"""The tasks that wait for handed-in data, or for versions of other reports: two short looks each, and nothing between.

Between when they begin and when their wait ends they are *deferred* and hold neither process nor slot; the triggerer
asks the register for them. Surprise: a wait also ends without a triggerer, soon after what it is for is due: the
scheduler ends it then.
"""

from __future__ import annotations

import datetime as dt
from abc import ABC, abstractmethod
from typing import Any

from airflow.sdk import BaseOperator
from airflow.sdk.bases.operator import TriggerFailureReason

from itss.flow.hand_in_trigger import HandInTrigger
from itss.flow.tasks import Job, opened
from itss.flow.time_limit import within_limit
from itss.flow.versions_trigger import VersionsTrigger
from itss.settings import settings

GRACE = dt.timedelta(minutes=10)
"""So long after something was due the scheduler waits for the word of a triggerer."""


class _Wait(BaseOperator, ABC):  # type: ignore[misc]
    """Looks when it begins and when its wait has ended."""

    ui_color = "#e8e4f3"

    def execute(self, context: Any, event: object = None) -> None:
        """Ask the register, and wait where it has nothing yet; ``event`` is what ended the wait before."""
        with within_limit(self):
            job = opened(context)
            if event is not None:
                self.log.info("The wait has ended: %s", event)
            self.look(job, dt.datetime.now(dt.UTC))

    @abstractmethod
    def look(self, job: Job, now: dt.datetime) -> None:
        """Return where there is nothing to wait for (any more), raise where it is overdue, else defer."""

    def wait(self, trigger: Any, until: dt.datetime, now: dt.datetime) -> None:
        """Give the process back until ``trigger`` fires, or the time is up without one."""
        self.defer(trigger=trigger, method_name="execute", timeout=max(until - now, dt.timedelta(0)) + GRACE)

    def resume_execution(self, next_method: str, next_kwargs: dict[str, Any] | None, context: Any) -> Any:
        """As Airflow does; where no triggerer has spoken, the register is asked nevertheless."""
        if (next_kwargs or {}).get("error") == TriggerFailureReason.TRIGGER_TIMEOUT:
            self.log.warning("No triggerer has ended this wait: is one running?")
            return self.execute(context)
        return super().resume_execution(next_method, next_kwargs, context)


class WaitForHandIn(_Wait):
    """Succeeds when the data of ``process`` was accepted, or is optional and was due; fails once it is overdue."""

    def __init__(self, *, process: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.process = process

    def look(self, job: Job, now: dt.datetime) -> None:
        from itss import steps

        if self.process not in job["awaits"]:  # nobody was to hand it in when the revision was opened
            return
        until = dt.datetime.fromisoformat(job["data_due_at"])
        if steps.wait_for(job, self.process, now):
            return
        trigger = HandInTrigger(job["report"], job["period"], self.process, until.isoformat(), settings().poke_s)
        self.log.info("Nothing was accepted for %s yet; it is due %s", self.process, until)
        self.wait(trigger, until, now)


class WaitForVersions(_Wait):
    """Succeeds when the versions that the report is made after are sealed; fails once the report is due without one."""

    def look(self, job: Job, now: dt.datetime) -> None:
        from itss import steps

        missing = steps.missing_versions(job, now)
        if not missing:
            return
        until = dt.datetime.fromisoformat(job["due_at"])
        self.log.info("Not sealed yet, until %s: %s", until, ", ".join(" ".join(one) for one in missing))
        self.wait(VersionsTrigger(missing, until.isoformat(), settings().poke_s), until, now)
