"""A service of compose.yaml without a container engine: its own network, hostname, folders and secrets, by namespaces.

Used within `unshare --net --mount --pid` (see `without_containers`), whose end is the end of everything started here.
Each cell has its ports to itself, is reached by its service's name, sees the secrets that it is given and no others,
and its ``/opt/airflow`` is no other cell's. Needs root and iproute2.
"""

from __future__ import annotations

import functools
import os
import pwd
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from compose_file import Service

NETWORK = "10.88.0"
GATEWAY = f"{NETWORK}.1"
AIRFLOW_UID = 50000
"""As whom the image runs; its group is 0."""


def prepare(hosts: dict[str, str]) -> None:
    """The network between the cells, and their names."""
    _run("mount", "-t", "tmpfs", "tmpfs", "/run")
    Path("/run/secrets").mkdir()
    _run("ip", "link", "set", "lo", "up")
    _run("ip", "link", "add", "cells", "type", "bridge")
    _run("ip", "address", "add", f"{GATEWAY}/24", "dev", "cells")
    _run("ip", "link", "set", "cells", "up")
    lines = ["127.0.0.1 localhost", *(f"{address} {name}" for name, address in hosts.items())]
    Path("/run/hosts").write_text("\n".join(lines) + "\n")
    _run("mount", "--bind", "/run/hosts", "/etc/hosts")


@dataclass(frozen=True)
class Cell:
    """One container of a service; ``folder`` is its disk: ``opt/airflow``, ``secrets``, ``data``."""

    name: str
    service: Service
    number: int
    folder: Path
    user: str
    """As whom its programs run; empty for the user of Airflow's image."""

    def make(self, secrets: Path, image: Path | None) -> None:
        """Its network, its secrets out of ``secrets`` and a copy of ``image`` as /opt/airflow."""
        (self.folder / "data").mkdir(parents=True)
        (self.folder / "secrets").mkdir()
        for name, path in self.service.secrets.items():
            shutil.copy2(secrets / name, self.folder / "secrets" / Path(path).name)
        (self.folder / "opt").mkdir()
        if image:
            shutil.copytree(image, self.folder / "opt/airflow")
        owner = self._ids()
        for path in [self.folder / "data", *(self.folder / "opt").rglob("*")]:
            os.chown(path, *owner)
        outside = f"v{self.number}"
        _run("ip", "netns", "add", self.name)
        _run("ip", "link", "add", outside, "type", "veth", "peer", "name", "eth0", "netns", self.name)
        _run("ip", "link", "set", outside, "master", "cells", "up")
        within = ("ip", "-n", self.name)
        _run(*within, "address", "add", f"{address(self.number)}/24", "dev", "eth0")
        _run(*within, "link", "set", "eth0", "up")
        _run(*within, "link", "set", "lo", "up")

    def start(self, argv: list[str], environment: dict[str, str], log: Path) -> subprocess.Popen[bytes]:
        """``argv`` within the cell, in a process group of its own."""
        with log.open("wb") as out:
            return subprocess.Popen(self._within(argv, environment), stdout=out, stderr=out, start_new_session=True)

    def ask(self, argv: list[str], environment: dict[str, str], given: str = "") -> subprocess.CompletedProcess[str]:
        """The same, waited for."""
        return subprocess.run(
            self._within(argv, environment), input=given, capture_output=True, text=True, check=False, timeout=1200
        )

    def memory(self) -> int:
        """MB of all its processes; what they share is counted once."""
        pids = subprocess.run(["ip", "netns", "pids", self.name], capture_output=True, text=True, check=True).stdout
        return sum(map(_pss, pids.split())) // 1024

    def _within(self, argv: list[str], environment: dict[str, str]) -> list[str]:
        script = (
            f"hostname {self.name}; mount --bind {self.folder}/secrets /run/secrets; "
            f'mount --bind {self.folder}/opt /opt; cd {self.folder}/data; exec "$@"'
        )
        uid, gid = self._ids()
        told = [f"{name}={value}" for name, value in {**environment, "HOSTNAME": self.name}.items()]
        return [
            *("ip", "netns", "exec", self.name, "unshare", "--mount", "--uts", "sh", "-ec", script, "sh"),
            *("setpriv", f"--reuid={uid}", f"--regid={gid}", "--clear-groups", "env", "-i", *told, *argv),
        ]

    def _ids(self) -> tuple[int, int]:
        if not self.user:
            return (AIRFLOW_UID, 0) if others_may_run_python() else (0, 0)
        known = pwd.getpwnam(self.user)
        return known.pw_uid, known.pw_gid


def address(number: int) -> str:
    return f"{NETWORK}.{number + 10}"


@functools.cache
def others_may_run_python() -> bool:
    """Whether this interpreter is where the user of the image may read it; else all runs as root."""
    argv = ["setpriv", f"--reuid={AIRFLOW_UID}", "--regid=0", "--clear-groups", sys.executable, "-c", "import airflow"]
    return subprocess.run(argv, capture_output=True, check=False, env={**os.environ, "HOME": "/tmp"}).returncode == 0


def _pss(pid: str) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:  # it has ended
        return 0
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))


def _run(*argv: str) -> None:
    subprocess.run(argv, check=True, capture_output=True)
