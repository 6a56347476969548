"""`python -m itss watch`: what works while Airflow does not."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from itss.cli import main
from itss.settings import settings
from itss.standalone.sink import MailSink
from watched import MANAGER, change, mails, register, shanghai


@pytest.fixture
def ready(house: Path) -> None:
    """After `itss setup`."""
    register(shanghai(9, 1))


@pytest.fixture
def overdue(ready: None) -> None:
    """A report of every week, so that one has become due within the last month whenever the tests run."""
    change(lambda entry: entry["period"].update(kind="week", schedule="0 6 * * 1", first="2026-08-31"))


def test_it_prints_a_line_each_and_ends_with_1(overdue: None, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["watch"]) == 1
    *lines, total = capsys.readouterr().out.splitlines()
    late = [line for line in lines if line.startswith("report late: supplier_monthly 20")]
    assert late
    assert all("no run ever opened it" in line and "Unpause the DAG" in line for line in late)
    assert total == f"{len(lines)} to be notified of, {len(late)} of them overdue."


@pytest.mark.parametrize("url", ["sqlite:///{}", "sqlite:///file:{}?uri=true"])
def test_it_ends_with_0_when_all_is_well(
    ready: None, house: Path, url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ITSS_REGISTER_URL", url.format(house / "var" / "register.sqlite"))
    change(lambda entry: entry["period"].update(first="2100-01-01"))
    assert main(["watch"]) == 0
    assert capsys.readouterr().out == "0 to be notified of, 0 of them overdue.\n"


@pytest.mark.parametrize("file", [None, b""], ids=["no file", "no tables"])
def test_where_no_register_is_it_says_so_and_makes_none(
    house: Path, mail: MailSink, file: bytes | None, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """As while one is restored: every report would be missing, and who restores would find notices on record."""
    at = house / "var" / "register.sqlite"
    if file is not None:
        at.parent.mkdir()
        at.write_bytes(file)
    metrics = tmp_path / "itss.prom"
    assert main(["watch", "--notify", "--metrics", str(metrics)]) == 1
    said = capsys.readouterr()
    assert "The register is not there, or has no tables" in said.err
    assert "python -m itss setup" in said.err
    assert said.out == ""
    assert (at.read_bytes() if at.exists() else None) == file
    assert not list(mail.mails())
    assert 'itss_register_reachable{by="command"} 0' in metrics.read_text()


def test_another_list_is_watched_when_it_is_named(
    overdue: None, house: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ITSS_REPORT_LIST", str(house / "nothing.yaml"))
    assert main(["watch"]) == 1
    assert "nothing.yaml has no valid entry" in capsys.readouterr().err
    assert main(["watch", "--list", str(house / "list" / "report_list.yaml")]) == 1
    assert "report late: " in capsys.readouterr().out


def test_it_mails_without_a_database_of_airflow(overdue: None, mail: MailSink, tmp_path: Path) -> None:
    environment = os.environ | {
        "AIRFLOW_HOME": str(tmp_path / "airflow"),
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{tmp_path}/nowhere/airflow.db",
    }
    call = [sys.executable, "-m", "itss", "watch", "--notify"]
    for again in (False, True):
        done = subprocess.run(call, env=environment, capture_output=True, text=True, check=False)
        named = f"By the list {settings().report_list}:\n"
        assert (done.returncode, done.stderr) == (1, named), done.stderr
        assert (f"Mailed {MANAGER}." in done.stdout) is not again
    assert sorted(message["X-Envelope-To"] for message in mails(mail)).count(MANAGER) == 1
