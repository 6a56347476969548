"""What compose.yaml says, started by namespaces: `make compose-test` (minutes; root, iproute2, PostgreSQL, Redis)."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from compose_file import ROOT, services

pytestmark = pytest.mark.skipif(os.environ.get("ITSS_COMPOSE") != "run", reason="part of `make compose-test` only")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the product as its wheel installs it."""
    made = tmp_path_factory.mktemp("wheel")
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]
    source = made / "source"
    for name in ("plugins", "dags", "include"):
        shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__", "*.egg-info"))
    for name in ("pyproject.toml", "setup.py", "requirements.in", "README.md"):
        shutil.copy2(ROOT / name, source)
    build = ["wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", str(made), str(source)]
    subprocess.run([*pip, *build], check=True)
    target = made / "installed"
    subprocess.run([*pip, "install", "--no-deps", "--target", str(target), *map(str, made.glob("*.whl"))], check=True)
    return target


def test_all_of_it_starts_and_a_report_watch_runs_on_a_worker(wheel: Path):
    if os.geteuid() != 0 or not (shutil.which("unshare") and shutil.which("ip", path="/usr/sbin:/sbin:/usr/bin")):
        pytest.skip("namespaces need root and iproute2: apt-get install iproute2")
    for user, group in ((50000, 0), ("nobody", "nogroup")):  # Airflow, and the store
        try:
            subprocess.run([sys.executable, "-c", ""], user=user, group=group, extra_groups=[], check=True)
        except OSError:
            pytest.fail(f"{user} may not start {sys.executable}: all folders above it and its Python need a+x.")
    own = ["unshare", "--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"]
    environment = {**os.environ, "PYTHONPATH": str(wheel), "PATH": f"{os.environ['PATH']}:/usr/sbin:/sbin"}
    argv = [*own, sys.executable, str(ROOT / "tests/deploy/without_containers.py")]
    done = subprocess.run(argv, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 0, done.stderr[-20000:]
    print(done.stdout)
    found = json.loads(done.stdout)
    checked = {name for name, one in services().items() if one.health and name != "store"}  # moto has another
    assert {name.removesuffix("-1").removesuffix("-2") for name in found["health_cpu_s"]} - {"store"} == checked
    assert found["run"]["state"] == "success"
    assert found["run"]["hostname"].startswith("worker-")
    assert found["run"]["log_in_store"]
