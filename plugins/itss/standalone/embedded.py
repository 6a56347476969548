"""The embedded Airflow: where it lives, how it is configured, how it starts and ends.

State lies in ``<var>/airflow`` and is kept from run to run, so that a run which broke off goes on. Scheduler
settings are Airflow's own. Its one surprise: it starts scheduler, DAG processor and API server itself instead of
`airflow standalone`, whose log servers listen on every interface of the machine.
"""

from __future__ import annotations

import datetime as dt
import importlib.metadata
import json
import os
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from types import TracebackType

from itss.airflow_pools import PoolsByRest, make_pools
from itss.errors import StandaloneError
from itss.report_list.models import ReportList
from itss.report_list.pools import pools_wanted
from itss.settings import Settings
from itss.standalone import guard
from itss.standalone.data_awaited import is_data_awaited
from itss.standalone.rest import Client
from itss.standalone.sink import HOST

START_TIMEOUT_S = 180
TAIL_LINES = 25
_AIRFLOWS_OWN = ("ignore:GitWildMatchPattern", "ignore:The `airflow.utils.operator_helpers")
"""What Airflow 3.3 and its standard provider say of themselves at the head of every task's log."""


class Embedded:
    """Use as a context manager: started on entry with its services ready, nothing of it left on exit.

    A ``triggerer`` is among them where something waits for data that is handed in, if nobody says otherwise.
    """

    def __init__(
        self,
        place: Settings,
        people: ReportList,
        smtp_port: int,
        extra: Mapping[str, str] | None = None,
        port: int = 0,
        *,
        triggerer: bool | None = None,
    ) -> None:
        self.home = place.var / "airflow"
        self.port = _free_port(port)
        self.base = f"http://{HOST}:{self.port}"
        self.manager = user_of(people, people.report_manager)
        self._passwords = _passwords(self.home, people)
        self._pools = pools_wanted(people)
        self._services = _services(
            triggerer=is_data_awaited(people, place.register_url) if triggerer is None else triggerer
        )
        self.environment = (
            _inherited()
            | _airflow_settings(self.home, place, people, self.base, self.port)
            | _connections(place, smtp_port)
            | dict(extra or {})
        )
        self._guard: subprocess.Popen[bytes] | None = None
        self._lifeline = -1

    @property
    def logs(self) -> Path:
        """Output of the services, a file each."""
        return self.home / "services"

    def client(self, user: str = "") -> Client:
        """The REST API as ``user`` (default: the report manager)."""
        user = user or self.manager
        return Client(self.base, user, self._passwords[user])

    def users(self) -> dict[str, str]:
        """Every demo user with their password."""
        return dict(self._passwords)

    def __enter__(self) -> Embedded:
        end_leftover(self.home)
        self.logs.mkdir(parents=True, exist_ok=True)
        reader, self._lifeline = os.pipe()
        spec = {"logs": str(self.logs), "first": self._preparation(), "services": self._services}
        command = [sys.executable, "-m", "itss.standalone.guard", str(reader), json.dumps(spec)]
        self._guard = subprocess.Popen(  # noqa: S603 - built from constants above
            command, env=self.environment, pass_fds=[reader], stdin=subprocess.DEVNULL, start_new_session=True
        )
        os.close(reader)
        _remember(self.home, self._guard.pid)
        try:
            anyone = self.client()
            self.wait(anyone.healthy, START_TIMEOUT_S, "Airflow to start")
            anyone.get("/version")  # signed in: it is ours that listens there
            if self._pools:
                make_pools(self._pools, PoolsByRest(anyone))
        except BaseException:
            self.stop()
            raise
        (self.home / "migrated").write_text(importlib.metadata.version("apache-airflow"))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """End Airflow and whatever it started; returns when nothing is left."""
        if self._guard is None:
            return
        os.close(self._lifeline)
        with suppress(subprocess.TimeoutExpired):
            self._guard.wait(guard.GRACE_S + 10)
        guard.end_session(self._guard.pid, grace_s=0)
        self._guard.wait()
        self._guard = None
        (self.home / "session.json").unlink(missing_ok=True)

    def wait(self, condition: Callable[[], bool], timeout_s: float, what: str, every_s: float = 0.5) -> None:
        """Wait for ``condition``; `StandaloneError` when Airflow ends meanwhile or the time is up."""
        patience = time.monotonic() + timeout_s
        while not condition():
            self.check_alive()
            if time.monotonic() > patience:
                raise StandaloneError(f"Waited {timeout_s:.0f} s for {what}.", f"See {self.logs} for the reason.")
            time.sleep(every_s)

    def check_alive(self) -> None:
        """`StandaloneError` with the end of the logs if Airflow is gone."""
        if self._guard is None or self._guard.poll() is not None:
            raise StandaloneError("Airflow ended by itself:\n" + self._tail(), f"All of it stands in {self.logs}.")

    def log(self, service: str) -> str:
        """What a service has said so far."""
        return (self.logs / f"{service}.log").read_text(errors="replace")

    def _preparation(self) -> dict[str, list[str]]:
        """The migration, unless this version of Airflow has done it: it costs 5 s."""
        with suppress(FileNotFoundError):
            done = (self.home / "migrated").read_text() == importlib.metadata.version("apache-airflow")
            if done and (self.home / "airflow.db").is_file():
                return {}
        return {"migrate": _airflow("db", "migrate")}

    def _tail(self) -> str:
        newest = max(self.logs.glob("*.log"), key=lambda path: path.stat().st_mtime, default=None)
        return "" if newest is None else "\n".join(newest.read_text(errors="replace").splitlines()[-TAIL_LINES:])


def user_of(people: ReportList, key: str) -> str:
    """The Airflow user of a person of the list."""
    return people.people[key].user or key


def end_leftover(home: Path) -> None:
    """End what an earlier runner and its guard, both killed, may have left behind."""
    with suppress(FileNotFoundError, ValueError):
        known = json.loads((home / "session.json").read_text())
        leader = int(known["pid"])
        began = guard.started_at(leader)
        ours = began == known["started_at"] if began else all(map(guard.is_airflow, guard.members(leader)))
        if ours and guard.members(leader):
            guard.end_session(leader)
        if ours and began:
            with suppress(ProcessLookupError):
                os.kill(leader, 9)


def installed_at(home: Path) -> str:
    """When this Airflow was set up, as ISO instant; its schedules count from then on."""
    path = home / "installed_at"
    with suppress(FileNotFoundError):
        return path.read_text()
    home.mkdir(parents=True, exist_ok=True)
    now = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
    path.write_text(now)
    return now


def _remember(home: Path, pid: int) -> None:
    (home / "session.json").write_text(json.dumps({"pid": pid, "started_at": guard.started_at(pid)}))


def _airflow(*words: str) -> list[str]:
    return [sys.executable, "-m", "airflow", *words]


def _services(*, triggerer: bool) -> dict[str, list[str]]:
    """A triggerer is one more process, for reports that wait for data; the home page of the UI is red without it."""
    services = {
        "scheduler": _airflow("scheduler", "--skip-serve-logs"),
        "dag-processor": _airflow("dag-processor"),
        "api-server": _airflow("api-server"),
    }
    return services | ({"triggerer": _airflow("triggerer", "--skip-serve-logs")} if triggerer else {})


def _passwords(home: Path, people: ReportList) -> dict[str, str]:
    """One random password per user of the list, kept in a file that only its owner reads."""
    path = home / "passwords.json"
    known: dict[str, str] = json.loads(path.read_text()) if path.is_file() else {}
    users = {person.user or key for key, person in people.people.items() if person.user or key == people.report_manager}
    wanted = {user: known.get(user) or secrets.token_urlsafe(12) for user in sorted(users)}
    home.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump(wanted, file)
    return wanted


def _inherited() -> dict[str, str]:
    # a task is a process: without compiled files each would compile every library it imports anew, for seconds
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def _airflow_settings(home: Path, place: Settings, people: ReportList, base: str, port: int) -> dict[str, str]:
    manager = user_of(people, people.report_manager)
    roles = {user: "admin" if user == manager else "user" for user in _passwords(home, people)}
    # Airflow calls itself over loopback: never through a proxy
    direct = ",".join(filter(None, [os.environ.get("no_proxy") or os.environ.get("NO_PROXY"), HOST, "localhost"]))
    return {
        "AIRFLOW_HOME": str(home),
        # SQLite: several services write; 5 s of patience are too few on a busy machine
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{home / 'airflow.db'}?timeout=60",
        "AIRFLOW__CORE__DAGS_FOLDER": str(place.dags),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(place.home / "plugins"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__PARALLELISM": "4",
        "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{base}/execution/",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": ",".join(f"{user}:{role}" for user, role in roles.items()),
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(home / "passwords.json"),
        "AIRFLOW__API__HOST": HOST,
        "AIRFLOW__API__PORT": str(port),
        "AIRFLOW__API__BASE_URL": base,
        "AIRFLOW__LOGGING__LOGGING_LEVEL": "INFO",  # `approve` reads the scheduler's log
        # what a killed run left "running" is taken up again within seconds, not after five minutes
        "AIRFLOW__SCHEDULER__ORPHANED_TASKS_CHECK_INTERVAL": "10",
        "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
        "ITSS_AIRFLOW_USER": manager,
        "ITSS_AIRFLOW_PASSWORD": _passwords(home, people)[manager],
        "ITSS_HOME": str(place.home),
        "ITSS_VAR": str(place.var),
        "ITSS_REPORT_LIST": str(place.report_list),
        "ITSS_SCHEDULE_FROM": installed_at(home),
        "ITSS_RETRY_DELAY_S": "2",
        "NO_PROXY": direct,
        "no_proxy": direct,
        "NO_COLOR": "1",
        "PYTHONWARNINGS": ",".join(filter(None, [os.environ.get("PYTHONWARNINGS"), *_AIRFLOWS_OWN])),
        "PYTHONUNBUFFERED": "1",  # or the scheduler's log lags behind the scheduler
    }


def _connections(place: Settings, smtp_port: int) -> dict[str, str]:
    mail = {
        "conn_type": "smtp",
        "host": HOST,
        "port": smtp_port,
        "extra": {
            "disable_ssl": True,
            "disable_tls": True,
            "from_email": "service-reports@example.com",
            "timeout": 20,
            "retry_limit": 0,
        },
    }
    return {
        "AIRFLOW_CONN_ITSM_SAMPLE": f"sqlite:///{place.sample_database}",
        f"AIRFLOW_CONN_{place.smtp_connection.upper()}": json.dumps(mail),
    }


def _free_port(wanted: int) -> int:
    """``wanted`` where it is free, else (and for 0) any."""
    for port in (wanted, 0):
        with suppress(OSError), socket.create_server((HOST, port)) as probe:
            return int(probe.getsockname()[1])
    raise StandaloneError("No free port on 127.0.0.1.", "End something that listens.")
