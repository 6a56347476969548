"""Runs steps as Airflow's executor runs tasks: each in a process of its own, forked from this one.

``python task.py`` reads a JSON list of orders a line, begins all of them at the same moment, and answers with a JSON
list of what became of each. Every order may have a point at which its process ends itself with SIGKILL: the n-th time
that it is about to open, sync, rename, remove or make a file below ``root``, to commit, or to send a line of SMTP.
The hooks are put into the forked process alone; the product knows nothing of them.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import importlib
import json
import os
import resource
import signal
import sys
import time
import traceback
from pathlib import Path
from typing import Any

_FILES = {"os.rename": "rename", "os.remove": "remove", "os.mkdir": "mkdir", "os.chmod": "chmod"}


class Points:
    """Counts what the process is about to do, and ends it before the ``at``-th."""

    def __init__(self, root: str, at: int | None) -> None:
        self.root = root
        self.at = at
        self.seen: list[str] = []

    def install(self) -> None:
        from sqlalchemy.engine.default import DefaultDialect

        commit = DefaultDialect.do_commit

        def do_commit(dialect: Any, connection: Any) -> None:
            self.reach("before commit")
            commit(dialect, connection)
            self.reach("after commit")

        DefaultDialect.do_commit = do_commit  # type: ignore[method-assign]
        sys.addaudithook(self.audit)

    def audit(self, event: str, args: tuple[Any, ...]) -> None:
        if event == "open":
            path, mode, flags = args
            is_writing = bool((flags or 0) & (os.O_WRONLY | os.O_RDWR))
            if self.is_ours(path) and (is_writing or mode is None):  # os.open has no mode: that is how files are synced
                self.reach("open" if is_writing else "sync")
        elif event in _FILES and self.is_ours(args[0]):
            self.reach(_FILES[event])
        elif event == "smtplib.send":
            verb = bytes(args[1])[:4].decode("ascii", "replace").upper().strip()
            self.reach(verb if verb in ("EHLO", "MAIL", "RCPT", "DATA", "QUIT", "RSET") else "message")

    def is_ours(self, path: Any) -> bool:
        return isinstance(path, (str, bytes, os.PathLike)) and os.fsdecode(path).startswith(self.root)

    def reach(self, what: str) -> None:
        if len(self.seen) == self.at:
            os.kill(os.getpid(), signal.SIGKILL)
        self.seen.append(what)


def do(order: dict[str, Any]) -> Any:
    """One call of a step, or of several, one after the other, as a whole run."""
    from itss import steps

    if "way" in order:
        return [do(one) for one in order["way"]][-1]
    if order["call"] == "open_report":
        key, period, run, now, *more = order["args"]
        try:
            return steps.open_report(key, period, run, dt.datetime.fromisoformat(now), *more, **order.get("given", {}))
        finally:
            if "meet" in order:
                meet(**order["meet"])
    if order["call"] == "receive":
        return receive(*order["args"])
    if order["call"] == "fail":
        return fail(*order["args"])
    return getattr(steps, order["call"])(*(_as_shown(*order["args"]) if order["call"] == "decide" else order["args"]))


def receive(key: str, run: str, question: str, who: str, option: str, given: dict[str, Any]) -> int:
    """What the API server does with an answer: its number, once it is on record."""
    from itss.register import Register
    from itss.settings import settings
    from itss.steps.answering import Answer
    from itss.steps.answering import receive as take_in

    if option in ("Approve", "Reject"):
        revision = Register(settings().register_url).of_run(key, run)
        given = given | {"content": revision.statement_sha256 if revision else None}
    return take_in(key, run, question, Answer(who, (option,), given), dt.datetime.now(dt.UTC)).number


def fail(job: dict[str, Any] | None, key: str, task: str, kind: str, said: str) -> None:
    """What the flow does when a task failed for good, with an error of the class that it had."""
    from itss import errors, steps
    from itss.notices.causes import Failure

    error = getattr(errors, kind, errors.ItssError)(said)
    steps.fail(job, Failure(key, task, error, "run-1"), dt.datetime.now(dt.UTC))


def _as_shown(job: dict[str, Any], level: str, answer: dict[str, Any]) -> tuple[Any, ...]:
    """An answer says which statement its question showed; a person sends back what is there."""
    from itss.archive.statement import STATEMENT
    from itss.settings import settings
    from itss.steps.job import folder_of, ref_of

    shown = hashlib.sha256(folder_of(settings(), ref_of(job)).read(STATEMENT)).hexdigest()
    return job, level, {**answer, "params_input": {**answer["params_input"], "content": shown}}


def meet(folder: str, count: int) -> None:
    """Wait for the others: one that came when all is over would rightly open the next revision."""
    place = Path(folder)
    (place / str(os.getpid())).touch()
    patience = time.monotonic() + 60
    while len(list(place.iterdir())) < count:
        if time.monotonic() > patience:
            raise TimeoutError(f"Only {len(list(place.iterdir()))} of {count} have come.")
        time.sleep(0.01)


def limit(order: dict[str, Any]) -> None:
    """No file longer than ``bytes``: writing on is an error, or the end of the process in the middle of a write."""
    if "bytes" in order:
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_FSIZE, (order["bytes"], resource.RLIM_INFINITY))
        signal.signal(signal.SIGXFSZ, signal.SIG_DFL if order["dies"] else signal.SIG_IGN)


def child(order: dict[str, Any], gate: int, out: int) -> None:
    os.environ.update(order["env"])
    if "store" in order:
        importlib.import_module("flaky_store").install(**order["store"])
    os.read(gate, 1)  # nobody writes: it ends when all have been started
    points = Points(order["root"], order.get("at"))
    points.install()
    limit(order)
    said: dict[str, Any]
    try:
        said = {"value": do(order)}
    except Exception as error:
        said = {"error": type(error).__name__, "text": str(error), "trace": traceback.format_exc()}
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    os.write(out, json.dumps(said | {"points": list(points.seen)}, default=str).encode())


def begin(order: dict[str, Any], gate: tuple[int, int], others: list[int]) -> tuple[int, int]:
    """The process id and the pipe in which it says what came of it."""
    reader, writer = os.pipe()
    pid = os.fork()
    if pid:
        os.close(writer)
        return pid, reader
    try:
        for descriptor in (gate[1], reader, *others):
            os.close(descriptor)
        if "pid_file" in order:
            with open(order["pid_file"], "w") as file:  # noqa: PTH123
                file.write(str(os.getpid()))
        child(order, gate[0], writer)
    except BaseException:
        traceback.print_exc()
        os._exit(70)
    os._exit(0)


def end(pid: int, reader: int) -> dict[str, Any]:
    with os.fdopen(reader) as pipe:
        said = pipe.read()
    _, status = os.waitpid(pid, 0)
    told: dict[str, Any] = json.loads(said) if said else {"error": "", "text": "", "points": []}
    return told | {
        "signal": os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0,
        "code": os.waitstatus_to_exitcode(status),
    }


def warm_up(orders: list[dict[str, Any]]) -> None:
    """Once through in this very process: what is imported, compiled and cached then is there for every fork."""
    os.environ.update(orders[0]["env"])
    for order in orders:
        do(order)


def main() -> None:
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what the steps print is not an answer
    for line in sys.stdin:
        orders = json.loads(line)
        if orders[0].get("is_warm_up"):
            warm_up(orders)
        gate = os.pipe()
        begun: list[tuple[int, int]] = []
        for order in orders if not orders[0].get("is_warm_up") else ():
            begun.append(begin(order, gate, [reader for _, reader in begun]))
        os.close(gate[0])
        os.close(gate[1])
        answers.write(json.dumps([end(*one) for one in begun]) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
