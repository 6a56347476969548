"""A setting that nobody can use is an error that names its variable and the remedy, whoever reads it."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from itss.cli import main
from itss.errors import ConfigurationError
from itss.settings import settings

SECONDS = (
    "ITSS_POKE_S",
    "ITSS_RETRY_DELAY_S",
    "ITSS_PARSED_WITHIN_S",
    "ITSS_TASK_LIMIT_S",
    "AIRFLOW__DAG_PROCESSOR__DAG_FILE_PROCESSOR_TIMEOUT",
)
COMMANDS = ("check", "setup", "watch", "audit")
_WRONG = [
    ("ITSS_SCHEDULE_FROM", "2026-13-01", "which is no day"),
    ("ITSS_SCHEDULE_FROM", "next week", "which is no day"),
    *((name, value, "is no number of seconds") for name in SECONDS for value in ("60s", "nan", "inf", "-1", "1e300")),
    *(("AIRFLOW__CORE__DAGBAG_IMPORT_TIMEOUT", value, "is no number of seconds") for value in ("60s", "nan", "-inf")),
    ("ITSS_UI_URL", "reports.example.com", "is no address"),
    ("ITSS_AIRFLOW_URL", "http://h:80a", "is no address"),
]


@pytest.fixture(autouse=True)
def list_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ITSS_VAR", str(tmp_path))


@pytest.mark.parametrize(("name", "value", "said"), _WRONG)
def test_what_nobody_can_use_is_refused(name: str, value: str, said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ConfigurationError, match=f"^{name} .*{said}.* Write it like "):
        settings()


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize(("name", "value"), [("ITSS_SCHEDULE_FROM", "2026-13-01"), ("ITSS_POKE_S", "60s")])
def test_every_command_says_so(
    command: str, name: str, value: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(name, value)
    assert main([command]) == 1
    assert capsys.readouterr().err.startswith(f"{command}: {name} is '{value}', which is no ")


@pytest.mark.parametrize("command", ["check", "setup"])
@pytest.mark.parametrize("name", ["ITSS_WORKSPACE_URL", "ITSS_ARCHIVE_URL", "ITSS_INBOX"])
@pytest.mark.parametrize(
    ("value", "said"), [("zz://bucket", "open a store with scheme 'zz'"), ("file://here", "is not absolute")]
)
def test_a_store_that_nobody_can_open_is_said_before_a_report_needs_it(
    command: str, name: str, value: str, said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(name, value)
    assert main([command]) == 1
    assert said in capsys.readouterr().err


def test_an_address_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ITSS_UI_URL", "ftp://me:canary-4711@host")
    with pytest.raises(ConfigurationError) as raised:
        settings()
    assert "canary" not in str(raised.value)


def test_what_is_set_to_nothing_is_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    before = settings()
    for name in (*SECONDS, "ITSS_SCHEDULE_FROM", "ITSS_UI_URL", "ITSS_AIRFLOW_URL"):
        monkeypatch.setenv(name, "")
    assert settings() == before


@pytest.mark.parametrize("value", ["2026-09-01", "2026-09-01T00:00:00+00:00", "2026-09-01T08:00:00+08:00"])
def test_a_day_is_one_in_utc_unless_it_says_otherwise(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ITSS_SCHEDULE_FROM", value)
    assert settings().since == dt.datetime(2026, 9, 1, tzinfo=dt.UTC)
