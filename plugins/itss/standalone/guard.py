"""Keeps what it starts from outliving who asked for it: its own process, the leader of its own session.

Run as ``python -m itss.standalone.guard <fd> <json>``. It starts the services and watches them and the read end of a
pipe whose write end only the asker has. When the pipe closes – also because the asker was killed with -9 –, when a
service ends, or on SIGTERM, it ends every process of its session. The session counts, not the process group:
Airflow gives each task a group of its own.
"""

from __future__ import annotations

import ctypes
import json
import os
import select
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

GRACE_S = 8.0
"""How long processes may take to end by themselves before they are killed."""

_PR_SET_PDEATHSIG = 1
_PROC = Path("/proc")


def members(session: int) -> list[int]:
    """The living processes of a session, without the calling one and without zombies."""
    found = []
    for pid in _pids():
        with suppress(OSError):
            if pid != os.getpid() and os.getsid(pid) == session and not _is_zombie(pid):
                found.append(pid)
    return found


def end_session(session: int, grace_s: float = GRACE_S) -> None:
    """End every process of ``session`` but the caller: ask, wait, then kill until none is left."""
    _signal(members(session), signal.SIGTERM)
    patience = time.monotonic() + grace_s
    while members(session):
        if time.monotonic() > patience:
            _signal(members(session), signal.SIGKILL)
        time.sleep(0.05)


def started_at(pid: int) -> str:
    """When a process began, in the kernel's own words; empty if there is no such process or no /proc."""
    try:
        return (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()[19]
    except OSError:
        return ""


def is_airflow(pid: int) -> bool:
    """Whether the command line of a process names Airflow."""
    try:
        return b"airflow" in (_PROC / str(pid) / "cmdline").read_bytes()
    except OSError:
        return False


def main(arguments: list[str]) -> int:
    """Run the services of the specification until the lifeline closes; 0 if nothing ended before."""
    lifeline, spec = int(arguments[0]), json.loads(arguments[1])
    os.set_inheritable(lifeline, False)
    told = _wakeup()
    code = 1
    try:
        for name, command in spec["first"].items():
            code = _run(name, command, spec["logs"], lifeline)
            if code:
                return code
        services = {name: _start(name, command, spec["logs"]) for name, command in spec["services"].items()}
        code = _watch(services, lifeline, told)
    finally:
        end_session(os.getpid(), spec.get("grace_s", GRACE_S))
    return code


def _run(name: str, command: list[str], logs: str, lifeline: int) -> int:
    process = _start(name, command, logs)
    while process.poll() is None:
        if select.select([lifeline], [], [], 0.1)[0]:
            return 1
    return process.returncode


def _watch(services: dict[str, subprocess.Popen[bytes]], lifeline: int, told: int) -> int:
    while True:
        ready, _, _ = select.select([lifeline, told], [], [])
        if lifeline in ready:
            return 0
        if signal.SIGTERM in os.read(told, 4096):
            return 0
        for name, process in services.items():
            if process.poll() is not None:
                print(f"{name} ended with {process.returncode}", file=sys.stderr, flush=True)
                return 1


def _wakeup() -> int:
    """A descriptor on which every signal arrives as a byte; Ctrl-C and hang-up are the asker's business."""
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    signal.set_wakeup_fd(writer)
    for number in (signal.SIGTERM, signal.SIGCHLD):
        signal.signal(number, lambda *_: None)
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    return reader


def _start(name: str, command: list[str], logs: str) -> subprocess.Popen[bytes]:
    with (Path(logs) / f"{name}.log").open("wb") as log:
        return subprocess.Popen(  # noqa: S603 - the command comes from `embedded`, which builds it from constants
            command, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, preexec_fn=_die_with_guard
        )


def _die_with_guard() -> None:
    # second line of defence on Linux: a guard killed with -9 takes its services along
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def _signal(pids: list[int], number: signal.Signals) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, number)


def _pids() -> list[int]:
    if _PROC.is_dir():
        return [int(entry.name) for entry in _PROC.iterdir() if entry.name.isdigit()]
    listing: Any = subprocess.run(["ps", "-A", "-o", "pid="], capture_output=True, check=True)  # noqa: S607
    return [int(word) for word in listing.stdout.split()]


def _is_zombie(pid: int) -> bool:
    try:
        return (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return False


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
