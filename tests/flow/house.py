"""The running product as the flow tests see it."""

from __future__ import annotations

import datetime as dt
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

from itss.register import Register
from itss.report_list.models import ReportList
from itss.settings import Settings
from itss.standalone.embedded import Embedded
from itss.standalone.prepare import request
from itss.standalone.progress import Watch
from itss.standalone.takeup import dag_run

GOOD = "good_monthly"
BAD = "bad_monthly"
ASKING = "asking_monthly"
WAITING = "waiting_monthly"
ABSENT = "absent_weekly"
USERS = {
    "initial_review": "head_of_department",
    "approval": "management_representative",
    "rework": "report_author",
    "comment": "report_author",
}
NOW = dt.datetime(2026, 9, 10, tzinfo=dt.UTC)


def is_question(message: EmailMessage) -> bool:
    """Whether a mail notifies somebody of their turn; of a rejection the author hears in a mail of its own."""
    return str(message["Message-ID"]).startswith("<asked.")


class House:
    """What a test sees of the running product."""

    def __init__(self, place: Settings, reports: ReportList, airflow: Embedded, port: int) -> None:
        self.place = place
        self.reports = reports
        self.airflow = airflow
        self.smtp_port = port
        self.register = Register(place.register_url)
        self.lines: list[str] = []
        self._watches: dict[tuple[str, str], Watch] = {}

    def start(self, report: str, period: str) -> Watch:
        """Trigger the report, or go on with its run that broke off."""
        wanted = request(self.reports, report, period, NOW)
        run = dag_run(self.airflow, self.register, wanted, self.lines.append)
        return self.watch(report, run)

    def start_anew(self, report: str, period: str) -> Watch:
        """Trigger the report, whatever became of its earlier runs, as a person does in the UI."""
        body = {"logical_date": None, "conf": {"period": period}}
        run = self.airflow.client().post(f"/dags/{report}/dagRuns", body)["dag_run_id"]
        return self.watch(report, run)

    def watch(self, report: str, run: str) -> Watch:
        return Watch(self.airflow, report, run, self.lines.append)

    def answer(self, watch: Watch, choices: dict[str, str], comment: str | None = None) -> str:
        """Answer every human task of the run with its choice; the state in which the run ended."""

        def asked(_: Watch, task: dict[str, Any]) -> None:
            name = task["task_id"]
            watch.answer(task, USERS[name], choices[name], comment)

        return watch.until_end(asked, lambda: None)

    @contextmanager
    def triggerer(self) -> Iterator[subprocess.Popen[bytes]]:
        """A triggerer of this Airflow, in a group of its own, which is killed at the end if not before."""
        command = [sys.executable, "-m", "airflow", "triggerer", "--skip-serve-logs"]
        with (self.airflow.logs / "triggerer.log").open("ab") as log:
            environment = self.airflow.environment
            process = subprocess.Popen(command, env=environment, stdout=log, stderr=log, start_new_session=True)
        try:
            yield process
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def processes(self, watch: Watch, task: str) -> int:
        """How many processes of a task have ended, by the scheduler's log."""
        ended = f"TaskInstance Finished: dag_id={watch.dag}, task_id={task}, run_id={watch.run},"
        return sum(ended in line for line in self.airflow.log("scheduler").splitlines())

    def mails(self, period: str) -> list[EmailMessage]:
        """The mails received so far whose subject names the period, but those that ask somebody."""
        return [message for message in self._mails(period) if not is_question(message)]

    def questions(self, period: str) -> list[EmailMessage]:
        """The mails that ask somebody about the period."""
        return [message for message in self._mails(period) if is_question(message)]

    def _mails(self, period: str) -> list[EmailMessage]:
        paths = sorted((self.place.var / "mail").glob("*.eml"))
        found = [message_from_bytes(path.read_bytes(), policy=default) for path in paths]
        return [message for message in found if period in str(message["Subject"])]

    def receivers(self, period: str) -> Counter[str]:
        """How many mails about the period each address got."""
        return Counter(str(message["X-Envelope-To"]) for message in self.mails(period))
