"""The how-to of backup and restore, carried out word by word on an empty folder; only /srv is somewhere else."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "steps"))
from itss.standalone.sink import MailSink  # noqa: E402
from walk import connect, seal  # noqa: E402
from walk_house import lay_out  # noqa: E402


def shown(section):
    page = (ROOT / "docs" / "how-to" / "backup.md").read_text()
    text = re.split(rf"^## {section}$", page, flags=re.M)[1].split("\n## ")[0]
    return "\n".join(re.findall(r"```console\n(.*?)```", text, re.S))


@pytest.fixture
def srv(tmp_path, monkeypatch):
    """A folder in place of /srv, with one sealed report."""
    house = lay_out(tmp_path / "srv" / "itss", monkeypatch)
    with MailSink(tmp_path / "mail") as sink:
        connect(monkeypatch, sink.port)
        seal("run-1")
    return house.parent


def run(srv, commands):
    environment = os.environ | {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT / "plugins"),
    }
    said = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", commands.replace("/srv/", f"{srv}/")],
        env=environment, cwd=srv, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert said.returncode == 0, said.stdout + said.stderr
    return said.stdout


def test_restored_by_the_book_on_an_empty_folder_the_audit_is_clean(srv, signing_key):
    (srv / "keys").mkdir()
    shutil.copy(signing_key, srv / "keys" / "signing_key.pem")
    assert "would be restored" in run(srv, shown("Make a backup"))
    assert not (srv / "empty" / "archive").exists()
    shutil.rmtree(srv / "itss" / "var")
    said = run(srv, shown("Restore"))
    assert "1 sealed version" in said
    assert re.search(r"0 problem", said), said
    assert "The tables are what" in said
