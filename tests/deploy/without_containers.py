"""Starts what compose.yaml says without a container engine, walks through it, and says as JSON what it found.

`make compose-test` runs it within namespaces of its own; nothing of it is reached from outside, and all ends with it.
The very commands, environments, secrets and health checks of the file are used. What images bring is put in place of
them: PostgreSQL is made by initdb and the SQL of the secrets, `/opt/airflow` by the COPY lines of the Dockerfile, Redis
and the S3 store are those of this machine (SeaweedFS where `weed` is on the path, else moto).
"""

from __future__ import annotations

import datetime as dt
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import yaml
from cells import GATEWAY, Cell, address, prepare
from compose_file import ROOT, Service, services

PATIENCE_S = 900
ADMIN = "head"
WATCH = "report_watch"


@dataclass
class House:
    """All cells, and what has been found out."""

    folder: Path
    cells: dict[str, Cell] = field(default_factory=dict)
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    found: dict[str, Any] = field(default_factory=lambda: {"health_cpu_s": {}, "memory_mb": {}})

    def environment(self, cell: Cell) -> dict[str, str]:
        """What Compose gives, on top of what the image has."""
        path = f"{Path(sys.executable).parent}:{os.environ['PATH']}:/usr/sbin"
        image = {"PATH": path, "HOME": "/tmp", "LANG": "C.UTF-8"}
        for name in ("PYTHONPATH", "LD_LIBRARY_PATH"):
            image |= {name: os.environ[name]} if name in os.environ else {}
        if cell.service.is_airflow:
            image |= {"LOGNAME": "airflow", "AIRFLOW_HOME": "/opt/airflow", "AIRFLOW__CORE__LOAD_EXAMPLES": "False"}
            image |= {"ITSS_HOME": "/opt/airflow", "ITSS_VAR": "/opt/airflow/var", "ITSS_EMBEDDED": "0"}
        return image | {name: str(value) for name, value in cell.service.environment.items()}

    def command(self, cell: Cell) -> list[str]:
        """As the entry point of the image starts it; folders of images are those of the cell."""
        words = [word.replace("/data", str(cell.folder / "data")) for word in cell.service.command]
        return words if words[0] in ("bash", "sh") else ["airflow" if cell.service.is_airflow else "weed", *words]

    def say(self, words: str) -> None:
        print(f"{dt.datetime.now(dt.UTC):%H:%M:%S} {words}", file=sys.stderr, flush=True)

    def start(self, cell: Cell, argv: list[str] | None = None) -> None:
        log = self.folder / f"{cell.name}.log"
        self.running[cell.name] = cell.start(argv or self.command(cell), self.environment(cell), log)

    def ask(self, cell: Cell, *argv: str, given: str = "") -> str:
        """What a program in the cell prints; raises with its errors where it fails."""
        done = cell.ask(list(argv), self.environment(cell), given)
        if done.returncode:
            raise RuntimeError(
                f"{cell.name}: {argv} ended with {done.returncode}: {done.stdout[-2000:]}{done.stderr[-3000:]}"
            )
        return done.stdout + done.stderr

    def wait_for_health(self, *names: str) -> None:
        """Until the health check of each says that it is well."""
        for name in names:
            cell = self.cells[name]
            until(lambda cell=cell: self._is_well(cell), f"the health check of {name}", self.running.get(name))  # type: ignore[misc]
            self.say(f"{name} is well")

    def _is_well(self, cell: Cell) -> bool:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        done = cell.ask(cell.service.health, self.environment(cell))
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        self.found["health_cpu_s"][cell.name] = round(cpu, 1)
        return done.returncode == 0


def until(condition: Callable[[], bool], what: str, process: subprocess.Popen[bytes] | None = None) -> None:
    end = time.monotonic() + PATIENCE_S
    while not condition():
        if process is not None and process.poll() is not None:
            raise RuntimeError(f"{what}: its process ended with {process.returncode}.")
        if time.monotonic() > end:
            raise RuntimeError(f"{what} did not come about within {PATIENCE_S} s.")
        time.sleep(1)


def image(folder: Path) -> Path:
    """/opt/airflow as the Dockerfile makes it."""
    made = folder / "image"
    for name in ("dags", "include"):
        shutil.copytree(ROOT / name, made / name, ignore=shutil.ignore_patterns("__pycache__"))
    for source, target in (
        ("plugins/airflow_local_settings.py", "config"),
        ("deploy/setup.sh", "deploy"),
        ("deploy/make_buckets.py", "deploy"),
    ):
        (made / target).mkdir(exist_ok=True)
        shutil.copy2(ROOT / source, made / target)
    (made / "var").mkdir()
    return made


def replicas(service: Service) -> list[str]:
    count = 2 if service.name == "scheduler" else service.said.get("deploy", {}).get("replicas", 1)
    return [service.name if count == 1 else f"{service.name}-{n}" for n in range(1, count + 1)]


def furnish(folder: Path) -> House:
    """Secrets, image, network and cells, of which nothing runs yet."""
    house = House(folder)
    subprocess.run(
        ["sh", str(ROOT / "deploy/make-secrets.sh"), str(folder / "secrets")], check=True, capture_output=True
    )
    connections = folder / "secrets/connections.yaml"
    said = yaml.safe_load(connections.read_text())
    said["smtp_default"] |= {"host": GATEWAY, "port": 2525, "login": None, "password": None}
    said["smtp_default"]["extra"] |= {"disable_tls": True}
    connections.write_text(yaml.safe_dump(said))
    made = image(folder)
    users = {"postgres": "postgres", "redis": "redis", "store": "nobody"}
    wanted = [(name, service) for service in services().values() for name in replicas(service)]
    names = {name: address(number) for number, (name, _) in enumerate(wanted)}
    prepare(names)
    for number, (name, service) in enumerate(wanted):
        cell = Cell(name, service, number, folder / "cells" / name, users.get(name, ""))
        cell.make(folder / "secrets", made if service.is_airflow else None)
        house.cells[name] = cell
    for path in folder.glob("cells/*/.."):
        path.chmod(0o755)
    folder.chmod(0o755)
    today = dt.datetime.now(dt.UTC).date().isoformat()
    for name, cell in house.cells.items():
        if cell.service.is_airflow:
            environment = {**cell.service.environment, "ITSS_SCHEDULE_FROM": today}
            house.cells[name] = replace(
                cell, service=Service(cell.service.name, {**cell.service.said, "environment": environment})
            )
    return house


def start_postgres(house: House) -> None:
    """As its image does on an empty volume, which reads the password while it is root still."""
    cell = house.cells["postgres"]
    data, password = cell.folder / "data/pg", (cell.folder / "secrets/postgres_password").read_text().strip()
    programs = max(Path("/usr/lib/postgresql").glob("*/bin"))
    made = f"cat > word; {programs}/initdb -U postgres -D {data} --auth=scram-sha-256 --pwfile=word; rm word"
    house.ask(cell, "sh", "-ec", made, given=password)
    (data / "pg_hba.conf").write_text("host all all all scram-sha-256\n")
    listens = ["-c", "listen_addresses=*", "-c", "unix_socket_directories="]
    house.start(cell, [str(programs / "postgres"), "-D", str(data), *listens])
    house.wait_for_health("postgres")
    psql = ["env", f"PGPASSWORD={password}", "psql", "-h", "127.0.0.1", "-U", "postgres", "-v", "ON_ERROR_STOP=1"]
    house.ask(cell, *psql, "-f", str(cell.folder / "secrets/roles.sql"))


def start_store(house: House) -> None:
    cell = house.cells["store"]
    if shutil.which("weed"):
        house.found["store"] = "SeaweedFS"
        house.start(cell)
        house.wait_for_health("store")
        return
    house.found["store"] = "moto"
    house.start(cell, ["moto_server", "-H", "0.0.0.0", "-p", "8333"])
    probe = ["sh", "-c", "wget -q -O /dev/null http://127.0.0.1:8333/moto-api/"]
    until(lambda: cell.ask(probe, house.environment(cell)).returncode == 0, "moto", house.running["store"])


class Api:
    """Airflow's API as the first user, from the bridge, as a proxy would reach it."""

    def __init__(self, house: House, user: str, password: str) -> None:
        self.url = f"http://{address(house.cells['api-server'].number)}:8080"
        self.token = ""
        self.token = self.ask("POST", "/auth/token", {"username": user, "password": password})["access_token"]

    def ask(self, method: str, path: str, body: object = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        headers = {
            "Content-Type": "application/json",
            "Accept": "application/json",
            "Authorization": f"Bearer {self.token}",
        }
        with urllib.request.urlopen(
            urllib.request.Request(self.url + path, data, headers, method=method), timeout=60
        ) as answer:
            return json.load(answer)


def walk(house: House) -> None:
    """First user, first run, its log; then a worker that is stopped."""
    for name in ("postgres", "redis", "store"):
        {"postgres": start_postgres, "store": start_store}.get(name, lambda one: one.start(one.cells["redis"]))(house)
    house.wait_for_health("redis")
    setup = house.cells["setup"]
    house.found["setup"] = [
        line
        for line in house.ask(setup, *house.command(setup)).splitlines()
        if line.startswith(("bucket", "register", "pools"))
    ]
    house.say("setup has ended")
    house.ask(setup, *house.command(setup))  # as often as one likes
    house.say("setup has ended again")
    rest = [name for name, cell in house.cells.items() if cell.service.is_airflow and name != "setup"]
    for name in rest:
        house.start(house.cells[name])
    house.wait_for_health(*rest)
    first = [
        "airflow",
        "users",
        "create",
        "--username",
        ADMIN,
        "--role",
        "Admin",
        "--email",
        "head@example.com",
        "--firstname",
        "H",
        "--lastname",
        "D",
    ]
    house.ask(setup, *first, given="first-password\nfirst-password\n")
    api = Api(house, ADMIN, "first-password")
    house.say("the first user has signed in")
    house.found["dags"] = parsed(api)
    house.found["run"] = run_watch(api)
    house.found["memory_mb"] = {name: house.cells[name].memory() for name in house.running}
    house.found["worker_stopped_s"] = stop_worker(house)


def parsed(api: Api) -> int:
    until(lambda: any(one["dag_id"] == WATCH for one in api.ask("GET", "/api/v2/dags?limit=100")["dags"]), "the DAGs")
    assert api.ask("GET", "/api/v2/importErrors")["import_errors"] == []
    return int(api.ask("GET", "/api/v2/dags?limit=1")["total_entries"])


def run_watch(api: Api) -> dict[str, Any]:
    """It reads the register, asks Airflow as the service user, and runs on a worker."""
    api.ask("PATCH", f"/api/v2/dags/{WATCH}", {"is_paused": False})
    run = api.ask("POST", f"/api/v2/dags/{WATCH}/dagRuns", {"logical_date": None})["dag_run_id"]
    path = f"/api/v2/dags/{WATCH}/dagRuns/{run}"
    until(lambda: api.ask("GET", path)["state"] in ("success", "failed"), WATCH)
    (task,) = api.ask("GET", f"{path}/taskInstances")["task_instances"]
    log = json.dumps(api.ask("GET", f"{path}/taskInstances/{task['task_id']}/logs/{task['try_number']}"))
    return {
        "state": task["state"],
        "hostname": task["hostname"],
        "log_in_store": "s3://itss-logs" in log,
        "log": log if task["state"] != "success" else "",
    }


def stop_worker(house: House) -> float:
    """How long an idle worker takes to end after the signal that a stop sends it."""
    started = time.monotonic()
    worker = house.running["worker-2"]
    worker.terminate()
    assert worker.wait(timeout=120) == 0
    return round(time.monotonic() - started, 1)


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="itss-cells-") as folder:
        house = furnish(Path(folder))
        sink = subprocess.Popen(
            [sys.executable, "-m", "aiosmtpd", "-n", "-c", "aiosmtpd.handlers.Sink", "-l", f"{GATEWAY}:2525"]
        )
        try:
            walk(house)
        except BaseException:
            for log in Path(folder).glob("*.log"):
                print(f"--- {log.name}\n{log.read_text(errors='replace')[-4000:]}", file=sys.stderr)
            raise
        finally:
            sink.kill()
            for process in house.running.values():
                process.kill()
    print(json.dumps(house.found, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
