"""The Dockerfile and what it leaves out: sources that exist, the pinned Airflow, no secret and nothing large."""

from __future__ import annotations

import re
from pathlib import Path

from compose_file import ROOT, services
from options import is_known

_LINES = re.sub(r"\\\n", " ", re.sub(r"^#.*\n", "", (ROOT / "Dockerfile").read_text(), flags=re.MULTILINE)).splitlines()
INSTRUCTIONS = [line.split(maxsplit=1) for line in _LINES if line.strip()]


def of_kind(kind: str) -> list[str]:
    return [rest for name, rest in INSTRUCTIONS if name == kind]


def copied() -> list[str]:
    """The sources of COPY that come from the context."""
    lines = [line.split() for line in of_kind("COPY") if "--from=" not in line]
    return [word for words in lines for word in words[:-1] if not word.startswith("--")]


def sent() -> list[str]:
    """What .dockerignore lets in: it leaves out everything but what it names."""
    lines = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if line and not line.startswith("#")]
    assert lines[0] == "*"
    return [line[1:] for line in lines if line.startswith("!")]


def test_the_image_has_the_airflow_that_is_pinned():
    pinned = re.search(
        r"^apache-airflow(?:\[[\w,]+\])?==([\d.]+)$", (ROOT / "requirements-production.txt").read_text(), re.MULTILINE
    )
    assert pinned
    assert of_kind("ARG") == [f"AIRFLOW=apache/airflow:{pinned[1]}-python3.12"]
    assert all(line.split()[0] == "${AIRFLOW}" for line in of_kind("FROM"))


def test_each_source_exists_and_is_sent():
    assert sorted(set(copied()) - {"plugins/airflow_local_settings.py"}) == sorted(sent())
    assert [source for source in copied() if not (ROOT / source).exists()] == []


def test_nothing_else_is_sent():
    kept = set(sent())
    for name in (".git", ".venv", "var", "tests", "docs", "secrets", ".env", "deploy"):
        assert name not in kept
        assert not any(name.startswith(f"{one}/") for one in kept)


def test_it_runs_as_nobody_special():
    assert of_kind("USER")[-1] == "50000:0"
    assert "COPY" not in [kind for kind, _ in INSTRUCTIONS[INSTRUCTIONS.index(["USER", "root"]) :][:2]]


def test_each_variable_is_one_that_somebody_reads():
    names = [part.partition("=")[0] for line in of_kind("ENV") for part in line.split()]
    assert names
    assert [name for name in names if not is_known(name)] == []


def test_nothing_of_the_record_is_kept_in_a_container():
    assert "ITSS_EMBEDDED=0" in [word for line in of_kind("ENV") for word in line.split()]
    needed = {"ITSS_REGISTER_URL_FILE", "ITSS_SIGNING_KEY", "ITSS_WORKSPACE_URL", "ITSS_ARCHIVE_URL", "ITSS_INBOX"}
    signing = [one for one in services().values() if "signing_key.pem" in one.secrets]
    assert signing
    assert all(needed <= one.environment.keys() for one in signing)


def test_what_setup_calls_is_in_the_image():
    called = Path(services()["setup"].command[-1]).name
    assert f"deploy/{called}" in copied()
    assert (ROOT / "deploy" / called).exists()


def test_pango_is_what_the_makefile_installs():
    wanted = re.search(r"^PANGO := (.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert wanted
    assert all(name in " ".join(of_kind("RUN")) for name in wanted[1].split())
