"""A running Airflow in which things are made to stop, and the product's own question about it, from outside of it.

A service that is stopped (`SIGSTOP`) is quieter than one that ends: nothing in any log says so.
"""

from __future__ import annotations

import datetime as dt
import os
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
import yaml
from flow_list import LIST, write_incidents
from house import BAD, GOOD, WAITING, House
from itss.cli import main as itss
from itss.notices.watch_mails import _SUBJECTS
from itss.standalone import guard
from itss.watch import airflow_parts
from itss.watch.matter import Kind

ROOT = Path(__file__).resolve().parents[2]
EMPTY = "empty_monthly"
SILENT_S, GRACE_S, HEALTH_S, PATIENCE_S = 15, 30, 20, 400
SHORT = {
    "AIRFLOW__DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "2",
    "AIRFLOW__DAG_PROCESSOR__STALE_DAG_THRESHOLD": "10",
    "AIRFLOW__DAG_PROCESSOR__REFRESH_INTERVAL": "5",
    "AIRFLOW__SCHEDULER__SCHEDULER_HEALTH_CHECK_THRESHOLD": str(HEALTH_S),
    "AIRFLOW__TRIGGERER__TRIGGERER_HEALTH_CHECK_THRESHOLD": str(HEALTH_S),
    "AIRFLOW__DAG_PROCESSOR__HEALTH_CHECK_THRESHOLD": str(HEALTH_S),
    "ITSS_RETRY_DELAY_S": "1",
    "ITSS_POKE_S": "1",
}
"""What is shorter than in a deployment; the page names it, too."""


@dataclass(frozen=True)
class Said:
    """What came, after so many seconds: the line of `itss watch`, its exit code, and the mails of its kind."""

    line: str
    code: int
    after_s: float
    subjects: tuple[str, ...]
    receivers: tuple[str, ...]


def write_list(folder: Path) -> Path:
    """The list of the flow tests with an empty source, a source with a pool, and a report that waits for data."""
    shutil.copytree(LIST, folder)
    write_incidents(folder / "good.csv", resolved_after_h=5)
    (folder / "empty.csv").write_text((folder / "good.csv").read_text(encoding="utf-8").splitlines()[0] + "\n")
    path = folder / "report_list.yaml"
    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    reports = {one["key"]: one for one in document["reports"]}
    pooled = {"incident": {"system": "itss", "connection": "itsm_sample"}}
    nothing = {"incident": {"system": "export", "file": "empty.csv", "timezone": "Asia/Shanghai"}}
    document["reports"] = [
        reports[GOOD],
        reports[BAD] | {"data_source": pooled, "collection_method": "sql"},
        reports[GOOD] | {"key": EMPTY, "data_source": nothing},
        reports[WAITING],
    ]
    document["pools"] = {"itsm_sample": 3}
    path.write_text(yaml.safe_dump(document, allow_unicode=True, sort_keys=False), encoding="utf-8")
    return path


class Outside:
    """`itss watch --airflow --notify`, as cron or a monitoring system calls it on another machine."""

    def __init__(self, house: House, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self.house = house
        self._capsys = capsys
        airflow = house.airflow
        for name in ("ITSS_VAR", "ITSS_SCHEDULE_FROM", "ITSS_AIRFLOW_USER", "ITSS_AIRFLOW_PASSWORD"):
            monkeypatch.setenv(name, airflow.environment[name])
        monkeypatch.setenv("AIRFLOW_CONN_SMTP_DEFAULT", airflow.environment["AIRFLOW_CONN_SMTP_DEFAULT"])
        monkeypatch.setenv("ITSS_PARSED_WITHIN_S", str(GRACE_S))
        monkeypatch.setattr(airflow_parts, "SILENT_FOR", dt.timedelta(seconds=SILENT_S))

    def look(self, folder: Path | None = None) -> tuple[int, list[str]]:
        """The exit code and the lines of one look."""
        path = (folder or self.house.place.report_list.parent) / "report_list.yaml"
        code = itss(["watch", "--notify", "--list", str(path), "--airflow", self.house.airflow.base])
        return code, self._capsys.readouterr().out.splitlines()

    def until(self, words: str, kind: Kind, folder: Path | None = None, since: float | None = None) -> Said:
        """Look until a line has ``words``, and its mail is there; how long that took."""
        began, found = since or time.monotonic(), []
        before = len(self.mails(kind))

        def is_said() -> bool:
            code, lines = self.look(folder)
            found[:] = [(line, code) for line in lines if words in line]
            return bool(found)

        self.house.airflow.wait(is_said, PATIENCE_S, words, 1)
        after = time.monotonic() - began
        (line, code), mails = found[0], self.mails(kind)
        assert len(mails) > before, f"no mail of {kind}"
        subjects = tuple(dict.fromkeys(str(one["Subject"]) for one in mails[before:]))
        receivers = tuple(dict.fromkeys(str(one["X-Envelope-To"]) for one in mails[before:]))
        return Said(line, code, after, subjects, receivers)

    def mails(self, kind: Kind) -> list[Any]:
        """What was received of a kind, oldest first."""
        subject = _SUBJECTS[kind]
        paths = sorted((self.house.place.var / "mail").glob("*.eml"))
        found = [message_from_bytes(path.read_bytes(), policy=default) for path in paths]
        return [one for one in found if str(one["Subject"]).startswith((subject.zh, subject.en))]


@contextmanager
def stopped(house: House, service: str) -> Iterator[None]:
    """A service of the embedded Airflow that does nothing any more, and goes on afterwards."""
    (pid,) = _pids(house, service)
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def _pids(house: House, service: str) -> list[int]:
    """The process that the guard started, without the children that it forked."""
    leader = house.airflow._guard
    assert leader is not None
    return [pid for pid in guard.members(leader.pid) if _parent(pid) == leader.pid and service in _command(pid)]


def _command(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/cmdline").read_text().split("\0")


def _parent(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def wait_for(house: House, report: str, run: str, task: str, *states: str) -> None:
    """Until a task of a run is in one of the states."""

    def state() -> bool:
        tasks = house.airflow.client().tasks(report, run)
        return any(one["task_id"] == task and one["state"] in states for one in tasks)

    house.airflow.wait(state, PATIENCE_S, f"{report}.{task} in {states}")


Look = Callable[..., tuple[int, list[str]]]
