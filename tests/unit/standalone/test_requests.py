"""What `make run` says before it starts anything, and what it writes down."""

from __future__ import annotations

import datetime as dt
import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from itss.errors import ConfigurationError, PeriodError, StandaloneError
from itss.register import Register
from itss.settings import Settings, settings
from itss.standalone.approvers import minutes
from itss.standalone.embedded import Embedded
from itss.standalone.outcome import Outcome
from itss.standalone.prepare import only_one, report_list, request, sample
from itss.steps import meeting_form

NOW = dt.datetime(2026, 9, 30, 16, 0, tzinfo=dt.UTC)  # 1 October, 00:00 in Shanghai


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("ITSS_VAR", str(tmp_path / "var"))
    return settings()


def test_by_default_it_is_last_months_customer_report(place: Settings) -> None:
    reports = report_list(place)
    wanted = request(reports, "", "", NOW)
    assert (wanted.entry.key, wanted.period.label) == ("customer_monthly", "2026-09")
    before = request(reports, "", "", NOW - dt.timedelta(seconds=1))
    assert before.period.label == "2026-08"


def test_another_report_has_its_own_kind_of_period(place: Settings) -> None:
    reports = report_list(place)
    assert request(reports, "on_time_delivery_quarterly", "", NOW).period.label == "2026-Q3"
    with pytest.raises(PeriodError, match="2026-Q3"):
        request(reports, "on_time_delivery_quarterly", "2026-09", NOW)
    with pytest.raises(PeriodError, match=r"2026-10 is not over.*2026-09"):
        request(reports, "customer_monthly", "2026-10", NOW)
    with pytest.raises(
        ConfigurationError, match="customer_monthly, internal_monthly, on_time_delivery_quarterly, improvement_monthly"
    ):
        request(reports, "custmer_monthly", "", NOW)


def test_a_list_without_a_valid_entry_is_refused_with_its_problems(
    place: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "list.yaml").write_text("report_manager: nobody\n")
    monkeypatch.setenv("ITSS_REPORT_LIST", str(tmp_path / "list.yaml"))
    with pytest.raises(ConfigurationError, match=r"no valid entry(.|\n)*list\.yaml:1"):
        report_list(settings())


def test_the_command_refuses_before_anything_is_started(tmp_path: Path) -> None:
    var = tmp_path / "var"
    for words, said in (
        (["--report", "nothing"], "There is no valid report 'nothing'"),
        (["--period", "2026-13"], "'2026-13' is not a month"),
        (["--period", "2999-01"], "is not over"),
    ):
        done = subprocess.run(
            [sys.executable, "-m", "itss", "run", *words],
            env=os.environ | {"ITSS_VAR": str(var)},
            capture_output=True,
            text=True,
        )
        assert (done.returncode, var.exists()) == (2, False)
        assert said in done.stderr
        assert "Traceback" not in done.stderr


def test_two_at_once_are_refused_and_the_lock_ends_with_its_holder(place: Settings) -> None:
    with only_one(place), pytest.raises(StandaloneError, match=f"process {os.getpid()}"), only_one(place):
        pass
    with only_one(place):
        pass


def test_the_sample_is_made_once_a_month(place: Settings) -> None:
    reports = report_list(place)
    assert sample(place, reports, NOW) is True
    made = place.sample_database.stat().st_mtime_ns
    assert sample(place, reports, NOW + dt.timedelta(days=20)) is False
    assert place.sample_database.stat().st_mtime_ns == made
    assert sample(place, reports, NOW + dt.timedelta(days=40)) is True


def test_passwords_are_for_their_owner_only_and_stay(place: Settings) -> None:
    reports = report_list(place)
    first = Embedded(place, reports, 25)
    path = place.var / "airflow" / "passwords.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert set(first.users()) == {p.user for p in reports.people.values() if p.user}
    assert len(set(first.users().values())) == len(first.users())
    assert Embedded(place, reports, 25).users() == first.users()


def test_what_broke_off_is_written_down(place: Settings) -> None:
    wanted = request(report_list(place), "", "", NOW)
    Outcome(place, wanted).broke_off("the mail server is down")
    found = json.loads((place.var / "run.json").read_text())
    assert (found["status"], found["report"], found["period"]) == ("failed", "customer_monthly", "2026-09")
    assert found["error"] == "the mail server is down"
    assert found["mails"] == []


def test_without_a_sealed_revision_it_is_no_success(place: Settings) -> None:
    place.var.mkdir()
    register = Register(place.register_url)
    register.upgrade()
    wanted = request(report_list(place), "", "", NOW)
    result = Outcome(place, wanted).finish(register)
    assert (result.status, result.revision, result.archive) == ("failed", None, None)


def test_the_minutes_of_a_demo_are_accepted_in_either_language(place: Settings) -> None:
    from itss.reports.catalogue import load

    reports = report_list(place)
    for entry in reports.reports:
        given = meeting_form.written(minutes(entry, reports, NOW))
        today = dt.date(2026, 10, 1)  # in Shanghai
        meeting, problems = meeting_form.read(
            given, reports.people, meeting_form.Between(today, today), load(entry.language)
        )
        assert problems == []
        assert meeting is not None
        assert [item.owner for item in meeting.items] == [entry.author]
        assert reports.report_manager in meeting.attendees
