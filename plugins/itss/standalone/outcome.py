"""What came of a run: the table on the screen and ``var/run.json``. The register says whether it is sealed."""

from __future__ import annotations

import datetime as dt
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from itss.register import Register
from itss.settings import Settings
from itss.standalone.approvers import Answered
from itss.standalone.postbox import Mail, Postbox
from itss.standalone.prepare import Request
from itss.standalone.progress import Step, Watch

FORMS = ("report.xlsx", "report.html")
"""What every report is made as; those of the entry come to them."""


@dataclass(frozen=True)
class Result:
    """The whole outcome. ``status`` is the state of the revision in the register; ``sealed`` is success."""

    status: str
    report: str
    period: str
    revision: int | None
    archive: str | None
    mails: list[str]
    messages: list[dict[str, str]]
    answers: list[dict[str, str | None]]
    steps: dict[str, float]
    machine_seconds: float | None = None
    unchanged: bool = False
    error: str = ""
    files: list[str] = field(default_factory=list)


class Outcome:
    """Collects what is known of a run as it goes, and writes it down however it ends."""

    def __init__(self, place: Settings, wanted: Request) -> None:
        self._file = place.var / "run.json"
        self._wanted = wanted
        self._begun = dt.datetime.now(dt.UTC)
        self._steps: list[Step] = []
        self._machine: float | None = None
        self._run = ""
        self.postbox: Postbox | None = None
        """What is new there counts as sent by this run."""
        self.answers: Sequence[Answered] = ()

    def add_steps(self, watch: Watch) -> None:
        """Remember the tasks of the run; Airflow must still be up."""
        self._steps = watch.steps()
        if watch.began_at() >= self._begun:  # else the time in which nothing ran would count
            self._machine = round(watch.machine_seconds(), 1)
        self._run = watch.run

    def finish(self, register: Register) -> Result:
        """Read from the register what came of it, write ``run.json``."""
        report, period = self._wanted.entry.key, self._wanted.period.label
        revisions = register.revisions(report, period)
        own = next((revision for revision in reversed(revisions) if revision.run == self._run), None)
        unchanged = own is not None and own.state == "unchanged"
        counted = register.last_sealed(report, period) if unchanged else own
        archive = counted.archive_path if counted else None
        return self._write(
            Result(
                status=counted.state if counted else "failed",
                report=report,
                period=period,
                revision=counted.number if counted else None,
                archive=archive,
                mails=self._mails(),
                messages=self._messages(),
                answers=self._answers(),
                steps=self._seconds(),
                machine_seconds=self._machine,
                unchanged=unchanged,
                files=self._files(archive) if archive else [],
            )
        )

    def _files(self, archive: str) -> list[str]:
        forms = (f"report.{form}" for form in self._wanted.entry.distribution.formats)
        return [str(Path(archive.removeprefix("file://")) / name) for name in dict.fromkeys((*FORMS, *forms))]

    def broke_off(self, reason: str) -> None:
        """Write down that, and why, there is no report."""
        report, period = self._wanted.entry.key, self._wanted.period.label
        self._write(
            Result(
                status="failed",
                report=report,
                period=period,
                revision=None,
                archive=None,
                mails=self._mails(),
                messages=self._messages(),
                answers=self._answers(),
                steps=self._seconds(),
                machine_seconds=self._machine,
                error=reason,
            )
        )

    def _mails(self) -> list[str]:
        return [str(mail.path) for mail in self._new()]

    def _messages(self) -> list[dict[str, str]]:
        """The same mails: to whom, about what, when they arrived."""
        return [
            {
                "file": mail.path.name,
                "to": mail.to,
                "subject": mail.subject,
                "received_at": mail.received_at.isoformat(),
            }
            for mail in self._new()
        ]

    def _answers(self) -> list[dict[str, str | None]]:
        """Each answer of a person, and when the mail that asked them for it had arrived."""
        return [
            {
                "task": one.task,
                "by": one.by,
                "notified_at": one.notified_at.isoformat() if one.notified_at else None,
                "answered_at": one.answered_at.isoformat(),
            }
            for one in self.answers
        ]

    def _new(self) -> list[Mail]:
        return self.postbox.new() if self.postbox else []

    def _seconds(self) -> dict[str, float]:
        return {step.task: round(step.machine_s, 2) for step in self._steps if step.state in ("success", "failed")}

    def _write(self, result: Result) -> Result:
        document: dict[str, Any] = vars(result)
        self._file.parent.mkdir(parents=True, exist_ok=True)
        temporary = self._file.with_suffix(".part")
        temporary.write_text(json.dumps(document, ensure_ascii=False, indent=1) + "\n")
        os.replace(temporary, self._file)  # noqa: PTH105 - atomic on every platform
        return result


def print_result(result: Result) -> None:
    """The table at the end: what took how long, and where things lie."""
    print()
    for task, seconds in result.steps.items():
        print(f"  {task:24} {seconds:6.1f} s")
    if result.machine_seconds is not None:
        print(f"  {'all, human waits left out':24} {result.machine_seconds:6.1f} s")
    print()
    for path in result.files:
        print(f"  report   {path}")
    print(f"  archive  {result.archive or '-'}")
    for path in result.mails:
        print(f"  mail     {path}")
    said = f"{result.report} {result.period}, revision {result.revision}: {result.status}"
    print(f"\n  {said}{', unchanged: nothing was sent again' if result.unchanged else ''}", flush=True)
