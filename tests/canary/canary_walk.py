"""One customer's report through all steps, as Airflow's tasks call them, with everything it says in a log of its own.

Called in a process of `canary_crowd`; told to, it ends itself by SIGKILL in the middle of *render*, once.
"""

from __future__ import annotations

import datetime as dt
import json
import logging
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from canary_itsm import NOW
from canary_list import PROCESSES
from canary_words import PERIOD, Bird
from itss.choices import COLLECT

DOOMED = "report.xlsx"
Job = dict[str, Any]


class Tasks:
    """What is done of a walk is done: as in Airflow, a task that ended is not called again after a kill."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._done: dict[str, Any] = json.loads(file.read_text()) if file.exists() else {}

    def do(self, name: str, call: Callable[..., Any], *given: Any) -> Any:
        """What ``call`` gave, the first time that it came to its end."""
        if name not in self._done:
            self._done[name] = call(*given)
            part = self._file.with_suffix(".part")
            part.write_text(json.dumps(self._done, default=str))
            part.replace(self._file)
        return self._done[name]


def is_sealed(bird: Bird, folder: Path) -> bool:
    """Whether the customer has been all the way."""
    file = folder / "done" / f"{bird.name}.json"
    return file.exists() and "seal" in json.loads(file.read_text())


def walk(bird: Bird, folder: Path, *, is_doomed: bool) -> None:
    """From *open* to *seal*; after a kill it goes on where it was."""
    for name in ("log", "done"):
        (folder / name).mkdir(exist_ok=True)
    with _log(folder / "log" / f"{bird.name}.log"):
        if is_doomed:
            _die_in_render(folder / "killed")
        _walk(bird, Tasks(folder / "done" / f"{bird.name}.json"))


def _walk(bird: Bird, tasks: Tasks) -> None:
    from itss import steps

    job = _drafted(bird, tasks, "1")
    if bird.is_rejected_once:
        _answer(job, tasks, "initial_review", bird.people["head"], "Reject", f"Say more of {bird.song}.")
        tasks.do("return", steps.return_to_author, job)
        reworked = _payload("report_author", "OK", {"section_a": f"More of {bird.song}.", "data": COLLECT})
        tasks.do("rework", steps.rework, job, reworked)
        job = _drafted(bird, tasks, "2")
    _answer(job, tasks, "initial_review", bird.people["head"], "Approve", f"Well sung, {bird.song}.")
    _answer(job, tasks, "approval", bird.people["chief"], "Approve", None)
    tasks.do("release", steps.release, job)
    tasks.do("deliver", steps.deliver, job)
    tasks.do("review", steps.hold_review, job, _payload("report_manager", "OK", minutes_of(bird)))
    tasks.do("minutes", steps.send_minutes, job)
    tasks.do("seal", steps.seal, job)


def _drafted(bird: Bird, tasks: Tasks, run: str) -> Job:
    from itss import steps

    job: Job = tasks.do(f"open {run}", steps.open_report, bird.report, PERIOD, f"canary-{run}", NOW)
    for process in PROCESSES:
        tasks.do(f"collect {process} {run}", steps.collect, job, process)
    if bird.fails_once:
        tasks.do("fail", _fail, bird, job)
    for name, step in (("check", steps.check), ("measure", steps.measure), ("render", steps.render)):
        tasks.do(f"{name} {run}", step, job)
    return job


def _fail(bird: Bird, job: Job) -> None:
    from itss import steps
    from itss.errors import ItssError
    from itss.notices.causes import Failure

    error = ItssError(f"{bird.song} does not answer.", f"Wake {bird.name}.")
    steps.fail(job, Failure(bird.report, "check", error, "canary-1"), dt.datetime.now(dt.UTC))


def _answer(job: Job, tasks: Tasks, level: str, user: str, option: str, comment: str | None) -> None:
    from itss import steps

    revision = job["revision"]
    shown = tasks.do(f"ask {level} {revision}", steps.ask, job, level)
    answer = _payload(user, option, {"comment": comment, "content": shown})
    tasks.do(f"{level} {revision}", steps.decide, job, level, answer)


def _payload(user: str, option: str, given: dict[str, Any]) -> dict[str, Any]:
    return {
        "chosen_options": [option],
        "params_input": given,
        "responded_at": dt.datetime.now(dt.UTC),
        "responded_by_user": {"id": user, "name": user},
    }


def minutes_of(bird: Bird) -> dict[str, Any]:
    """What the report manager writes into the form of the review, of today."""
    now = dt.datetime.now(dt.UTC)
    due = now + dt.timedelta(days=30)
    return {
        "held_on": f"{now + dt.timedelta(hours=8):%Y-%m-%d}",
        "attendees": ["report_manager", bird.people["client"]],
        "guests": f"Guest of {bird.name}",
        "gaps": f"Gaps of {bird.song}",
        "trends": f"Trends of {bird.song}",
        "measures": f"Measures of {bird.song}",
        "items": f"Feed {bird.song} | {bird.people['owner']} | {due:%Y-%m-%d}",
    }


@contextmanager
def _log(path: Path) -> Iterator[None]:
    """Everything that is logged or printed meanwhile, also by C code, is appended to ``path``."""
    handler = logging.FileHandler(path, encoding="utf-8")
    root = logging.getLogger()
    before, root.level = root.level, logging.INFO
    root.addHandler(handler)
    kept = [os.dup(stream) for stream in (1, 2)]
    with path.open("ab") as file:
        for stream in (1, 2):
            os.dup2(file.fileno(), stream)
    try:
        yield
    except Exception:
        logging.exception("The walk ended")
        raise
    finally:
        for stream, copy in zip((sys.stdout, sys.stderr), kept, strict=True):
            with suppress(ValueError):
                stream.flush()
            os.dup2(copy, stream.fileno())
            os.close(copy)
        root.removeHandler(handler)
        root.level = before
        handler.close()


def _die_in_render(mark: Path) -> None:
    """End this process when the workbook is written and page, PDF and mails are not; the first time only."""
    from itss.archive.folder import RevisionFolder

    write = RevisionFolder.write

    def doomed(folder: RevisionFolder, name: str, data: bytes) -> str:
        written = write(folder, name, data)
        if name == DOOMED and not mark.exists():
            mark.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return written

    RevisionFolder.write = doomed  # type: ignore[method-assign]
