"""Airflow's services as an operator has them: each started, ended warm, killed and started again by itself, by name.

Each belongs to a guard of its own (`itss.standalone.guard`), whose session it is: when the tests end, however they do,
the guard ends whatever the service started. A machine is a folder: its own checkout, ``var``, temporary files and home
of Airflow, so that nothing can be shared by disk.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import psutil
from itss.standalone import guard

ROOT = Path(__file__).resolve().parents[2]
PARTS = ("dags", "include", "plugins")


class Machine:
    """One checkout of the product with a list, and an environment in which nothing leads to another machine."""

    def __init__(self, folder: Path, listed: Path, key: str, shared: Mapping[str, str]) -> None:
        self.folder = folder
        for part in PARTS:
            shutil.copytree(ROOT / part, folder / "itss" / part)
        shutil.copytree(listed, folder / "list")
        for name in ("var", "tmp", "home"):
            (folder / name).mkdir()
        (folder / "var" / "signing_key.pem").write_text(key)
        (folder / "var" / "signing_key.pem").chmod(0o600)
        own = {
            "AIRFLOW_HOME": folder / "home",
            "AIRFLOW__CORE__DAGS_FOLDER": folder / "itss" / "dags",
            "AIRFLOW__CORE__PLUGINS_FOLDER": folder / "itss" / "plugins",
            "ITSS_HOME": folder / "itss",
            "ITSS_VAR": folder / "var",
            "ITSS_REPORT_LIST": folder / "list" / "report_list.yaml",
            "ITSS_SIGNING_KEY": folder / "var" / "signing_key.pem",
            "PRODUCTION_MACHINE": folder.name,
            "PYTHONPATH": f"{folder / 'itss' / 'plugins'}{os.pathsep}{Path(__file__).parent}",
            "TMPDIR": folder / "tmp",
        }
        self.environment = _inherited() | dict(shared) | {name: str(value) for name, value in own.items()}

    def run(self, *words: str, given: str = "") -> subprocess.CompletedProcess[str]:
        """Run Python here to its end."""
        return subprocess.run(
            [sys.executable, *words], env=self.environment, input=given, capture_output=True, text=True, check=False
        )


class Service:
    """``airflow <words>`` on a machine. Started again it goes on in the same log."""

    def __init__(self, name: str, words: Sequence[str], machine: Machine, logs: Path) -> None:
        self.name = name
        self.machine = machine
        self._words = list(words)
        self._logs = logs
        self._guard: subprocess.Popen[bytes] | None = None
        self._lifeline = -1
        self._said = ""

    @property
    def is_running(self) -> bool:
        return self._guard is not None and self._guard.poll() is None

    @property
    def was_started(self) -> bool:
        """Whether it should run: it was started, and nobody here has ended it."""
        return self._guard is not None

    def start(self) -> None:
        """Returns at once."""
        assert not self.is_running, f"{self.name} runs already"
        self._said = self.log()  # the guard begins its log anew
        reader, self._lifeline = os.pipe()
        command = [sys.executable, "-m", "airflow", *self._words]
        spec = {"logs": str(self._logs), "first": {}, "services": {self.name: command}}
        self._guard = subprocess.Popen(
            [sys.executable, "-m", "itss.standalone.guard", str(reader), json.dumps(spec)],
            env=self.machine.environment, pass_fds=[reader], stdin=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
        os.close(reader)

    def stop(self) -> None:
        """End it and all that it started: ask, and kill what has not ended after some seconds."""
        if self._guard is None:
            return
        self._let_go()
        with suppress(subprocess.TimeoutExpired):
            self._guard.wait(guard.GRACE_S + 10)
        self._end()

    def kill(self) -> None:
        """Kill -9 of the service and of every process of it, as when its machine loses power."""
        assert self._guard is not None
        while doomed := [pid for pid in guard.members(self._guard.pid) if pid != self._guard.pid]:
            for pid in doomed:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        self._end()

    def end_warm(self) -> None:
        """SIGTERM to the service alone, which may finish what it is at; returns at once."""
        self.main().send_signal(signal.SIGTERM)

    def wait_for_end(self, timeout_s: float) -> None:
        """Wait until a service that was asked to end has ended, with its guard."""
        assert self._guard is not None
        self._guard.wait(timeout_s)
        self._end()

    def main(self) -> psutil.Process:
        """The first process of the service."""
        assert self._guard is not None
        children: list[psutil.Process] = psutil.Process(self._guard.pid).children()
        return children[0]

    def has(self, pid: int) -> bool:
        """Whether a process is one of this service."""
        with suppress(OSError):
            return self._guard is not None and os.getsid(pid) == self._guard.pid
        return False

    def log(self) -> str:
        """All that it has said since the house was built."""
        path = self._logs / f"{self.name}.log"
        return self._said + (path.read_text(errors="replace") if path.exists() else "")

    def _let_go(self) -> None:
        if self._lifeline >= 0:
            os.close(self._lifeline)
            self._lifeline = -1

    def _end(self) -> None:
        assert self._guard is not None
        self._let_go()
        guard.end_session(self._guard.pid, grace_s=0)
        self._guard.wait()
        self._guard = None


def wait_until(condition: object, timeout_s: float, what: str, every_s: float = 0.5) -> None:
    """Wait for ``condition()``; an error that says ``what`` was waited for."""
    assert callable(condition)
    patience = time.monotonic() + timeout_s
    while not condition():
        if time.monotonic() > patience:
            raise TimeoutError(f"Waited {timeout_s:.0f} s for {what}.")
        time.sleep(every_s)


def _inherited() -> dict[str, str]:
    """What a machine has of this one's environment: nothing of Airflow's or ours."""
    ours = ("AIRFLOW", "ITSS_", "PYTHONDONTWRITEBYTECODE", "PYTHONPATH")
    return {name: value for name, value in os.environ.items() if not name.startswith(ours)}
