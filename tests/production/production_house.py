"""The house of several machines: PostgreSQL twice, Redis, an object store, FAB, two schedulers, two Celery workers.

``with production_house(folder, Plan()) as house`` starts it on loopback, from packages, and leaves nothing behind.
Every service has a machine of its own, which shares nothing with the others by disk. What differs from the settings
that Airflow ships with is printed. ``NIGHTLY=1`` leaves Airflow's time-outs as they are shipped.
"""

from __future__ import annotations

import base64
import json
import os
import secrets
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.request import ProxyHandler, Request, build_opener

import sqlalchemy as sa

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE.parent / "faults"), str(HERE)]

from bad_mail_server import BadMailServer, Letter  # noqa: E402
from itss.register import Register, Revision, signing  # noqa: E402
from itss.report_list.loader import load  # noqa: E402
from itss.standalone.progress import Watch  # noqa: E402
from itss.standalone.rest import Client, run_path  # noqa: E402
from production_services import Machine, Service, wait_until  # noqa: E402
from servers import Endpoint, Server, free_port, run_postgresql, run_redis, run_s3  # noqa: E402
from store_door import StoreDoor  # noqa: E402

NIGHTLY = os.environ.get("NIGHTLY") == "1"
PATIENCE_S = 1800 if NIGHTLY else 600
"""How long a report may take from one state to the next, on a machine under load."""
BUCKET = "itss"
LIST = HERE / "list"
USERS = {
    "initial_review": "head_of_department",
    "approval": "management_representative",
    "comment": "report_author",
    "rework": "report_author",
    "review_meeting": "report_manager",
}
SHORT = {
    # what a dead worker had is missed after 30 s (shipped: 300), a queued task that nobody took after 90 s (600)
    "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "30",
    "AIRFLOW__SCHEDULER__TASK_QUEUED_TIMEOUT": "90",
    "AIRFLOW__SCHEDULER__TASK_QUEUED_TIMEOUT_CHECK_INTERVAL": "15",
    # what a dead scheduler had is adopted after 30 s (300)
    "AIRFLOW__SCHEDULER__ORPHANED_TASKS_CHECK_INTERVAL": "30",
    # a message whose worker did not acknowledge it is given out again after 30 s (86,400): also that of a task at work
    "AIRFLOW__CELERY_BROKER_TRANSPORT_OPTIONS__VISIBILITY_TIMEOUT": "30",
    # two cores under load: an API server that needs more than 5 s fails the task before it begins (5)
    "AIRFLOW__WORKERS__EXECUTION_API_TIMEOUT": "60",
    # two cores: 37 DAG files every half minute would be all that they do (30)
    "AIRFLOW__DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "300",
    "AIRFLOW__DAG_PROCESSOR__STALE_DAG_THRESHOLD": "600",
    "ITSS_RETRY_DELAY_S": "5",
    "ITSS_POKE_S": "2",
}


@dataclass(frozen=True)
class Plan:
    """How much of the house is built. ``listed`` is a folder with a report list; its sources are ``connections``."""

    workers: int = 2
    schedulers: int = 2
    concurrency: int = 2
    is_fab: bool = True
    is_s3: bool = True
    listed: Path = LIST
    extra: Mapping[str, str] = field(default_factory=dict)
    services: Sequence[str] = ()
    """Names of those that are started; by default all."""


class House:
    """The running product. Services go by name: scheduler1, worker2, api-server, dag-processor, triggerer."""

    def __init__(
        self, folder: Path, plan: Plan, databases: tuple[Server, Server], redis: Endpoint, door: StoreDoor | None
    ) -> None:
        self.plan = plan
        self.folder = folder
        self.databases = dict(zip(("airflow", "register"), databases, strict=True))
        self.redis = redis
        self.store = door
        self.box = BadMailServer()
        self.port = free_port()
        self.base = f"http://127.0.0.1:{self.port}"
        self.logs = folder / "services"
        self.logs.mkdir(parents=True)
        self.home = folder
        self.people = load(plan.listed / "report_list.yaml").list
        self.manager = self.people.people[self.people.report_manager].user or self.people.report_manager
        self.passwords = {user: secrets.token_urlsafe(12) for user in _users(self.people.people)}
        self.register_url = _database(databases[1], "register", "psycopg")
        self.source_url = _database(databases[0], "itsm", "psycopg")
        self.shared = _settings(self) | ({} if NIGHTLY else SHORT) | dict(plan.extra)
        self._clients: dict[str, Client] = {}
        self.services = self._services()
        self.register = Register(self.register_url)

    def __enter__(self) -> House:
        print(f"{self.folder}: {'shipped' if NIGHTLY else 'short'} time-outs", file=sys.stderr)
        for line in changed_settings(self.shared):
            print(line, file=sys.stderr)
        core = self.services["api-server"].machine
        _done(core.run("-m", "airflow", "db", "migrate"))
        if self.plan.is_fab:
            script = HERE.parent / "flow" / "fab_users.py"
            users = {
                name: ["Admin" if name == self.manager else "User", password]
                for name, password in self.passwords.items()
            }
            _done(core.run(str(script), given=json.dumps({"roles": {}, "users": users})))
        _done(core.run("-m", "itss", "setup"))
        for name in self.plan.services or self.services:
            self.services[name].start()
        self.wait(self.client().healthy, PATIENCE_S, "Airflow to start")
        return self

    def __exit__(self, *_: object) -> None:
        for service in self.services.values():
            service._let_go()  # all at once: each takes seconds to end
        for service in self.services.values():
            service.stop()
        self.box.__exit__()

    def start(self, *names: str) -> None:
        for name in names:
            self.services[name].start()

    def stop(self, *names: str) -> None:
        for name in names:
            self.services[name].stop()

    def kill(self, *names: str) -> None:
        """Kill -9 of services and all their processes."""
        for name in names:
            self.services[name].kill()

    def start_again(self) -> list[str]:
        """Start what has ended by itself, as systemd or an orchestrator does; the names of those."""
        ended = [name for name, one in self.services.items() if one.was_started and not one.is_running]
        for name in ended:
            self.services[name].wait_for_end(60)
        self.start(*ended)
        return ended

    def client(self, user: str = "") -> Client:
        """The REST API as a person, who stays signed in; by default the report manager, who is an admin."""
        user = user or self.manager
        return self._clients.setdefault(user, Client(self.base, user, self.passwords[user]))

    def wait(
        self, condition: Callable[[], bool], timeout_s: float = PATIENCE_S, what: str = "", every_s: float = 0.5
    ) -> None:
        wait_until(condition, timeout_s, what, every_s)

    def check_alive(self) -> None:
        """For `Watch`, which asks whether its Airflow is there: here services come and go."""

    def log(self, service: str) -> str:
        """What all services whose names begin so have said."""
        return "".join(one.log() for name, one in self.services.items() if name.startswith(service))

    def trigger(self, report: str, period: str) -> Watch:
        """A new run of the report, as by hand in the UI."""
        client = self.client()
        self.wait(lambda: self._has_dag(report), PATIENCE_S, f"the DAG {report}")
        run = client.post(f"/dags/{report}/dagRuns", {"logical_date": None, "conf": {"period": period}})["dag_run_id"]
        return self.watch(report, run)

    def watch(self, report: str, run: str) -> Watch:
        return Watch(self, report, run, lambda line: print(line, file=sys.stderr))  # type: ignore[arg-type]

    def task(self, watch: Watch, name: str) -> dict[str, Any]:
        """A task instance as the REST API shows it."""
        (found,) = (one for one in self.client().tasks(watch.dag, watch.run) if one["task_id"] == name)
        return found

    def wait_for(self, watch: Watch, task: str, *states: str) -> dict[str, Any]:
        """Wait until a task is in one of the states; an error, with what failed, where its run ends before."""

        def is_there() -> bool:
            state = self.client().get(run_path(watch.dag, watch.run))["state"]
            if self.task(watch, task)["state"] in states:
                return True
            assert state not in ("success", "failed"), f"{watch.run} ended: {watch.errors()}"
            return False

        self.wait(is_there, PATIENCE_S, f"{watch.dag}: {task} in {states}")
        return self.task(watch, task)

    def answer(self, watch: Watch, task: str, option: str = "Approve", **fields: object) -> None:
        """Answer a human task, once it asks, as the person whose it is."""
        asking = self.wait_for(watch, task, "awaiting_input")
        watch.answer(asking, USERS[task], option, fields.pop("comment", f"seen by {task}"), fields)  # type: ignore[arg-type]

    def sign(self, watch: Watch) -> None:
        """Approve both levels."""
        for level in ("initial_review", "approval"):
            self.answer(watch, level)

    def ended(self, watch: Watch) -> str:
        """Wait for the end of a run; its state."""
        path = run_path(watch.dag, watch.run)
        wanted = ("success", "failed")
        self.wait(lambda: self.client().get(path)["state"] in wanted, PATIENCE_S, f"the end of {watch.run}")
        return str(self.client().get(path)["state"])

    def sealed(self, report: str, period: str) -> Revision | None:
        """The sealed revision of a period, if there is one."""
        return next((one for one in self.register.revisions(report, period) if one.state == "sealed"), None)

    def mails(self, period: str) -> Counter[str]:
        """How many mails of the report of a period each address has got, as the mail server counts them."""
        return Counter(one.address for one in self.letters(period) if one.is_report)

    def letters(self, period: str) -> list[Letter]:
        """All mails about a period."""
        return [one for one in self.box.letters if f".{period}." in one.id or period in str(one.message["Subject"])]

    def itss(self, *words: str, machine: str = "api-server") -> str:
        """What a command of the product prints on a machine; an error where it ends with one."""
        return _done(self.services[machine].machine.run("-m", "itss", *words))

    def worker_of(self, pid: int) -> str:
        """The name of the service that a process belongs to."""
        return next(name for name, one in self.services.items() if one.has(pid))

    def _has_dag(self, report: str) -> bool:
        return any(one["dag_id"] == report for one in self.client().get("/dags", limit=100)["dags"])

    def _services(self) -> dict[str, Service]:
        words = {
            "api-server": ["api-server"],
            "dag-processor": ["dag-processor"],
            **{f"scheduler{number + 1}": ["scheduler", "--skip-serve-logs"] for number in range(self.plan.schedulers)},
            "triggerer": ["triggerer", "--skip-serve-logs"],
            **{
                name: ["celery", "worker", "--skip-serve-logs", "-H", name, "-c", str(self.plan.concurrency)]
                for name in (f"worker{number + 1}" for number in range(self.plan.workers))
            },
        }
        signing.make(key := self.folder / "signing_key.pem")
        made = {}
        for name, command in words.items():
            # a scheduler of Celery starts no task, so that it needs nothing in advance
            own = {"ITSS_PRELOAD": "0"} if name.startswith("scheduler") else {}
            machine = Machine(self.folder / name, self.plan.listed, key.read_text(), self.shared | own)
            made[name] = Service(name, command, machine, self.logs)
        return made


@contextmanager
def production_house(folder: Path, plan: Plan | None = None) -> Iterator[House]:
    """The whole of ``plan``, running; on a small one both databases are one server's."""
    plan = plan or Plan()
    with ExitStack() as stack:
        first = stack.enter_context(run_postgresql())
        second = stack.enter_context(run_postgresql()) if plan.is_s3 else first
        redis = stack.enter_context(run_redis())
        door = stack.enter_context(_store()) if plan.is_s3 else None
        yield stack.enter_context(House(folder, plan, (first, second), redis, door))


@contextmanager
def _store() -> Iterator[StoreDoor]:
    with run_s3() as store, StoreDoor(int(store.url.rpartition(":")[2])) as door:
        opener = build_opener(ProxyHandler({}))
        opener.open(Request(f"{store.url}/{BUCKET}", method="PUT"), timeout=30).close()
        yield door


def changed_settings(environment: Mapping[str, str]) -> list[str]:
    """A line for each setting of Airflow that is not as it ships; no password in it."""
    os.environ.setdefault("AIRFLOW_HOME", str(Path(environment.get("TMPDIR", "/tmp")) / "itss-of-the-tests"))
    from airflow.configuration import conf

    lines = []
    for name, value in sorted(environment.items()):
        section, _, key = name.removeprefix("AIRFLOW__").lower().partition("__")
        if not name.startswith("AIRFLOW__") or value == str(conf.get_default_value(section, key)):
            continue
        is_secret = any(word in key for word in ("key", "secret", "conn", "url"))
        lines.append(f"not as Airflow ships it: [{section}] {key}" + ("" if is_secret else f" = {value}"))
    return lines


def _users(people: Mapping[str, Any]) -> list[str]:
    return sorted({person.user for person in people.values() if person.user})


def _database(server: Server, name: str, driver: str) -> str:
    """The address of a database of a server, made where it is not there."""
    engine = sa.create_engine(server.admin, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with engine.connect() as connection:
        if not connection.execute(sa.text("SELECT 1 FROM pg_database WHERE datname = :name"), {"name": name}).scalar():
            connection.exec_driver_sql(f"CREATE DATABASE {name}")
    return server.admin.set(drivername=f"postgresql+{driver}", database=name).render_as_string(hide_password=False)


def _settings(house: House) -> dict[str, str]:
    """What all machines have in common."""
    mail = {
        "conn_type": "smtp", "host": "127.0.0.1", "port": house.box.port,
        "extra": {"disable_ssl": True, "disable_tls": True, "from_email": "service-reports@example.com", "timeout": 20},
    }  # fmt: skip
    files = f"file://{house.folder / 'shared'}"
    common = {
        "AIRFLOW__CORE__EXECUTOR": "CeleryExecutor",
        "AIRFLOW__CORE__HOSTNAME_CALLABLE": "machine_name.machine",
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",
        "AIRFLOW__CORE__FERNET_KEY": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{house.base}/execution/",
        "AIRFLOW__API__HOST": "127.0.0.1",
        "AIRFLOW__API__PORT": str(house.port),
        "AIRFLOW__API__BASE_URL": house.base,
        "AIRFLOW__API__SECRET_KEY": secrets.token_hex(16),
        "AIRFLOW__API_AUTH__JWT_SECRET": secrets.token_hex(32),
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": _database(house.databases["airflow"], "airflow", "psycopg2"),
        "AIRFLOW__CELERY__BROKER_URL": f"{house.redis.url}/0",
        "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
        "AIRFLOW_CONN_ITSM": house.source_url.replace("+psycopg", ""),
        "AIRFLOW_CONN_SMTP_DEFAULT": json.dumps(mail),
        "ITSS_REGISTER_URL": house.register_url,
        "ITSS_WORKSPACE_URL": f"{files}/workspace",
        "ITSS_ARCHIVE_URL": f"{files}/archive",
        "ITSS_INBOX": f"{house.folder / 'shared' / 'inbox'}",
        "ITSS_AIRFLOW_USER": house.manager,
        "ITSS_AIRFLOW_PASSWORD": house.passwords[house.manager],
        "ITSS_SCHEDULE_FROM": time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime()),
        "NO_PROXY": "127.0.0.1,localhost", "no_proxy": "127.0.0.1,localhost",
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "NO_COLOR": "1", "PYTHONUNBUFFERED": "1",
    } | _auth(house)  # fmt: skip
    if house.store is None:
        return common
    aws = {
        "conn_type": "aws", "login": "itss", "password": secrets.token_hex(8),
        "extra": {"endpoint_url": house.store.url, "region_name": "us-east-1"},
    }  # fmt: skip
    common |= {"AIRFLOW_CONN_STORE": json.dumps(aws)}
    common |= {f"ITSS_{what}_URL": f"s3://store@{BUCKET}/{what.lower()}" for what in ("WORKSPACE", "ARCHIVE")}
    common |= {"ITSS_INBOX": f"s3://store@{BUCKET}/inbox"}
    common |= {
        "AIRFLOW__LOGGING__REMOTE_LOGGING": "True",
        "AIRFLOW__LOGGING__REMOTE_BASE_LOG_FOLDER": f"s3://{BUCKET}/logs",
        "AIRFLOW__LOGGING__REMOTE_LOG_CONN_ID": "store",
    }
    return common


def _auth(house: House) -> dict[str, str]:
    """FAB, whose users are made later, or the simple auth manager with the same people."""
    if house.plan.is_fab:
        return {"AIRFLOW__CORE__AUTH_MANAGER": "airflow.providers.fab.auth_manager.fab_auth_manager.FabAuthManager"}
    roles = {name: "admin" if name == house.manager else "user" for name in house.passwords}
    passwords = house.folder / "passwords.json"
    passwords.write_text(json.dumps(house.passwords))
    return {
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": ",".join(f"{name}:{role}" for name, role in roles.items()),
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(passwords),
    }


def _done(ended: Any) -> str:
    if ended.returncode:
        raise AssertionError(
            f"{ended.args} ended with {ended.returncode}:\n{ended.stdout[-4000:]}{ended.stderr[-4000:]}"
        )
    return str(ended.stdout)
