"""compose.yaml against the schema of Compose, and against what security and the options of Airflow want of it."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from compose_file import ROOT, SECRETS, Service, read, services, text
from options import is_known

ALL = services()
OF_AIRFLOW = [one for one in ALL.values() if one.is_airflow]
SIGNS = {"setup", "api-server", "worker", "dag-processor"}
"""Who adds lines to the record: its first one, answers of people, tasks, and the callback of a run that failed."""
CALLS = re.compile(rf"{SECRETS}/[\w.]+")


def test_it_is_of_the_schema_of_compose():
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "check_jsonschema",
            "--builtin-schema",
            "vendor.compose-spec",
            str(ROOT / "compose.yaml"),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("service", ALL.values(), ids=lambda one: one.name)
def test_each_service_has_a_health_check_or_says_why_not(service: Service):
    if not service.health:
        assert re.search(rf"^  {service.name}: # .*no health check, for", text(), re.MULTILINE)


@pytest.mark.parametrize("service", ALL.values(), ids=lambda one: one.name)
def test_each_service_ends_with_little_memory_and_starts_again(service: Service):
    if service.name == "setup":  # it ends
        assert service.said["restart"] == "no"
        return
    assert service.said["deploy"]["resources"]["limits"]["memory"]
    assert service.said["restart"] == "unless-stopped"


@pytest.mark.parametrize("service", ALL.values(), ids=lambda one: one.name)
def test_no_secret_is_in_an_environment(service: Service):
    for name, value in service.environment.items():
        assert not re.search(r"://[^/@\s]+:[^/@\s]+@", value), name  # a URL with a password
        if re.search(
            r"PASSWORD|SECRET_KEY|JWT_SECRET|FERNET|TOKEN|_CONN$|BROKER_URL|RESULT_BACKEND$|REGISTER_URL", name
        ):
            assert name.endswith(("_CMD", "_FILE")), name
            assert CALLS.search(value), name
    assert "env_file" not in service.said


@pytest.mark.parametrize("service", ALL.values(), ids=lambda one: one.name)
def test_each_service_has_the_secrets_that_it_reads_and_no_others(service: Service):
    said = " ".join([*service.environment.values(), *service.command, *service.health])
    read_here = {path.rsplit("/", 1)[1] for path in CALLS.findall(said)}
    mounted = {name for name, path in service.secrets.items() if path.startswith(SECRETS)}
    assert read_here - {"connections.yaml"} == mounted - {"connections.yaml"}


def test_the_key_that_signs_is_where_something_is_signed_and_nowhere_else():
    assert {one.name for one in ALL.values() if "signing_key.pem" in one.secrets} == SIGNS


def test_a_worker_has_no_way_to_the_database_of_airflow():
    assert "airflow_database_url" not in ALL["worker"].secrets
    assert "fernet_key" not in ALL["worker"].secrets


def test_nothing_is_reached_from_outside_but_the_api_server_on_loopback():
    ports = {one.name: one.said["ports"] for one in ALL.values() if "ports" in one.said}
    assert ports == {"api-server": ["127.0.0.1:8080:8080"]}


def test_no_two_containers_share_a_disk():
    mounted = [volume.split(":")[0] for one in ALL.values() for volume in one.said.get("volumes", [])]
    assert len(mounted) == len(set(mounted))
    assert not any(one.said.get("volumes") for one in OF_AIRFLOW)
    assert ALL["worker"].said["deploy"]["replicas"] >= 2


@pytest.mark.parametrize("service", ALL.values(), ids=lambda one: one.name)
def test_each_option_is_one_that_somebody_reads(service: Service):
    assert [name for name in service.environment if not is_known(name)] == []


def test_all_secrets_are_made_by_the_script_and_each_is_used(tmp_path: Path):
    folder = tmp_path / "secrets"
    script = ROOT / "deploy/make-secrets.sh"
    subprocess.run(["sh", str(script), str(folder)], check=True, capture_output=True)
    made = {path.name for path in folder.iterdir()}
    assert folder.stat().st_mode & 0o077 == 0
    assert all(path.stat().st_mode & 0o200 for path in folder.iterdir()), "they are edited"
    assert {name for one in ALL.values() for name in one.secrets} == set(read()["secrets"]) == made
    assert {Path(one["file"]).name for one in read()["secrets"].values()} == made
    assert not (folder / "signing_key.pem").stat().st_mode & 0o007  # the product refuses one that all may read
    again = subprocess.run(["sh", str(script), str(folder)], check=False, capture_output=True)
    assert again.returncode != 0  # what is there is never replaced
    assert {path.name for path in folder.iterdir()} == made


def test_half_of_the_secrets_are_not_left(tmp_path: Path):
    """An openssl that knows no Ed25519, as old ones: the next try, with a better one, must not find a folder there."""
    tools = tmp_path / "bin"
    tools.mkdir()
    openssl = tools / "openssl"
    openssl.write_text(f'#!/bin/sh\n[ "$1" != genpkey ] && exec {shutil.which("openssl")} "$@"\nexit 1\n')
    openssl.chmod(0o755)
    done = subprocess.run(
        ["sh", str(ROOT / "deploy/make-secrets.sh"), "secrets"],
        check=False,
        capture_output=True,
        cwd=tmp_path,
        env={"PATH": f"{tools}:{os.environ['PATH']}"},
    )
    assert done.returncode != 0
    assert list(tmp_path.iterdir()) == [tools]


def test_airflow_gets_no_end_of_a_line_with_a_secret(tmp_path: Path):
    """Airflow takes what such a command prints as it is, and files that people edit end with a line's end."""
    (tmp_path / "secret").write_text("hidden\n")
    commands = {value for one in OF_AIRFLOW for name, value in one.environment.items() if name.endswith("_CMD")}
    assert commands
    for command in commands:
        printed = subprocess.run(
            shlex.split(CALLS.sub(str(tmp_path / "secret"), command)), capture_output=True, check=True
        )
        assert printed.stdout == b"hidden"


def test_a_task_ends_before_its_message_is_given_to_another_worker():
    worker = ALL["worker"].environment
    limit = float(worker.get("ITSS_TASK_LIMIT_S", "7200"))
    assert float(worker["AIRFLOW__CELERY_BROKER_TRANSPORT_OPTIONS__VISIBILITY_TIMEOUT"]) > 12 * limit  # report_audit


def test_all_of_celery_have_the_same_settings():
    of_celery = [
        {name: value for name, value in ALL[one].environment.items() if "CELERY" in name and "CONCURRENCY" not in name}
        for one in ("scheduler", "worker")
    ]
    assert of_celery[0] == of_celery[1]


@pytest.mark.parametrize("script", sorted((ROOT / "deploy").glob("*.sh")), ids=lambda path: path.name)
def test_the_shell_lines_are_shell(script: Path):
    shell = "bash" if "bash" in script.read_text().splitlines()[0] else "sh"
    subprocess.run([shell, "-n", str(script)], check=True)


@pytest.mark.parametrize("service", ALL.values(), ids=lambda one: one.name)
def test_the_shell_lines_of_the_services_are_shell(service: Service):
    for shell, flag, *line in (part for part in (service.command, service.health) if part[1:2] == ["-c"]):
        assert flag == "-c"
        subprocess.run([shell, "-n", "-c", *line], check=True)
