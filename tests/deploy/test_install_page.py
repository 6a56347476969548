"""docs/how-to/install.md: what it tells people to write and to call is what the files of the deployment read."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from compose_file import ROOT, services
from options import is_known

PAGE = (ROOT / "docs/how-to/install.md").read_text()
VALUES: dict[str, Any] = yaml.safe_load((ROOT / "deploy/helm/values.yaml").read_text())


def environment() -> list[str]:
    """The lines of /etc/itss/environment."""
    (block,) = re.findall(r"```ini\n(.*?)```", PAGE, re.DOTALL)
    return [line.strip() for line in block.splitlines() if line.strip()]


def test_the_environment_is_one_that_somebody_reads():
    names = [line.partition("=")[0] for line in environment()]
    assert [name for name in names if name != "AIRFLOW_HOME" and not is_known(name)] == []


def test_the_environment_is_the_same_to_a_shell(tmp_path: Path):
    (tmp_path / "environment").write_text("\n".join(environment()))
    script = f"set -a; . {tmp_path}/environment; env -0"
    said = subprocess.run(["env", "-i", "sh", "-ec", script], capture_output=True, text=True, check=True).stdout
    read = dict(one.split("=", 1) for one in said.split("\0") if one)
    for line in environment():
        name, _, value = line.partition("=")
        assert read[name] == value.strip("\"'")


def test_each_secret_of_the_environment_is_made_on_the_page():
    named = set(re.findall(r"/etc/itss/secrets/([\w.]+)", "\n".join(environment())))
    made = set(re.findall(r"> (\w+)$|-out ([\w.]+)", PAGE, re.MULTILINE))
    assert named - {"connections.yaml"} <= {one or other for one, other in made}


def test_the_secrets_of_the_chart_are_made_with_the_keys_that_it_wants():
    made: dict[str, dict[str, str]] = {}
    for name, files in re.findall(r"create secret generic ([\w-]+)((?: --from-file=\S+)+)", PAGE):
        pairs = [one.split("=")[-2:] for one in files.replace("--from-file=", "=").split()]
        made[name] = {key or file: file for key, file in pairs}
    wanted = {
        VALUES["data"]["metadataSecretName"]: {"connection"},
        VALUES["data"]["brokerUrlSecretName"]: {"connection"},
        VALUES["fernetKeySecretName"]: {"fernet-key"},
        VALUES["apiSecretKeySecretName"]: {"api-secret-key"},
        VALUES["jwtSecretName"]: {"jwt-secret"},
        "itss-secrets": {"register_url", "connections.yaml", "airflow_password"},
        "itss-signing-key": {"signing_key.pem"},
    }
    assert {name: set(keys) for name, keys in made.items()} == wanted
    known = {name for one in services().values() for name in one.secrets}
    assert {file for keys in made.values() for file in keys.values()} <= known


def on_path(folder: Path, **programs: str) -> dict[str, str]:
    """The environment with programs of bash in place of others."""
    folder.mkdir()
    for name, said in programs.items():
        (folder / name).write_text(f"#!/bin/bash\n{said}\n")
        (folder / name).chmod(0o755)
    return os.environ | {"PATH": f"{folder}:{os.environ['PATH']}"}


def test_the_lines_for_helm_find_each_file_that_they_name(tmp_path: Path):
    (lines,) = re.findall(r"```console\n(kubectl create namespace.*?)```", PAGE, re.DOTALL)
    shutil.copytree(ROOT / "deploy", tmp_path / "deploy")
    (tmp_path / "own.yaml").touch()
    files = 'for word; do [[ $word == --from-file=* ]] && { ls "${word##*=}" || exit 1; }; done; exit 0'
    values = 'while shift; do [[ ${1-} == --values ]] && { ls "$2" || exit 1; }; done; exit 0'
    environment = on_path(tmp_path / "bin", kubectl=files, helm=values)
    done = subprocess.run(
        ["bash", "-ec", lines], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-2:] == ["deploy/helm/values.yaml", "own.yaml"]


def test_run_finds_the_programs_of_the_package(tmp_path: Path):
    (line,) = re.findall(r"^ *(run\(\) .*)$", PAGE, re.MULTILINE)
    (tmp_path / "environment").write_text("ITSS_HOME=/somewhere\n")
    (tmp_path / "venv").mkdir()
    environment = on_path(tmp_path / "venv/bin", python="echo of the package, $ITSS_HOME")
    environment["PATH"] = on_path(tmp_path / "bin", runuser='[[ "$1 $2 $3" == "-u itss --" ]] && exec "${@:4}"')["PATH"]
    (tmp_path / "setup.sh").write_text("python make_buckets.py\n")
    here = line.replace("/etc/itss", str(tmp_path)).replace("/srv/itss", str(tmp_path))
    done = subprocess.run(
        ["bash", "-ec", f"{here}\nrun bash setup.sh"], env=environment, capture_output=True, text=True, check=False
    )
    assert done.stdout == "of the package, /somewhere\n", done.stderr


def test_units_are_named_one_by_one():
    """`disable` and `enable` refuse a pattern, and `start` finds nothing by it that is stopped."""
    pages = "\n".join(page.read_text() for page in (ROOT / "docs").rglob("*.md"))
    known = {"api-server", "scheduler", "dag-processor", "triggerer"}
    called = re.findall(r"systemctl (\w+)[^\n`]*?((?: itss@[\w-]+)+(?=[`\n]))", pages)
    assert {"enable", "disable", "start", "restart"} <= {verb for verb, _ in called}
    assert all(set(re.findall(r"@([\w-]+)", units)) == known for _, units in called)
    assert not re.findall(r"systemctl [^\n`]*\*", pages)


def test_it_names_the_chart_that_the_values_name():
    said = (ROOT / "deploy/helm/values.yaml").read_text()
    (version,) = set(re.findall(r"--version ([\d.]+)", said + PAGE))
    assert f"chart {version}" in said
    assert f"chart {version}" in PAGE


def test_each_service_has_a_line_with_its_limit():
    for one in services().values():
        limit = one.said.get("deploy", {}).get("resources", {}).get("limits", {}).get("memory", "–")
        assert re.search(rf"^\| `{one.name}` \|.*\| {limit} \|$", PAGE, re.MULTILINE), one.name


def test_the_unit_is_one_of_systemd():
    analyze = shutil.which("systemd-analyze")
    if not analyze:
        pytest.skip("systemd-analyze is not installed")
    done = subprocess.run(
        [analyze, "verify", str(ROOT / "deploy/systemd/itss@.service")], capture_output=True, text=True, check=False
    )
    assert [line for line in done.stderr.splitlines() if "is not executable" not in line] == []
