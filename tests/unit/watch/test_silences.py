"""What nobody would miss: reports whose entry is gone, that were never sealed, alarms that get nowhere."""

from __future__ import annotations

import datetime as dt
import shutil
from pathlib import Path

import pytest
from itss import steps
from itss.cli import main
from itss.errors import ConfigurationError, DeliveryError
from itss.notices.causes import Failure
from itss.ref import Ref
from itss.settings import settings
from itss.standalone.sink import MailSink
from itss.steps import watching
from watched import (
    AUTHOR,
    HEAD,
    KEY,
    MANAGER,
    PERIOD,
    archived,
    change,
    connect,
    deliver,
    found,
    mails,
    open_one,
    register,
    shanghai,
    submit,
    told,
    words,
)

OPENED, SOON = shanghai(10, 9, 9), shanghai(10, 9, 12)
REF = Ref(KEY, PERIOD, 1)
DAY = dt.timedelta(days=1)


def seal() -> None:
    deliver(open_one(OPENED), OPENED)
    register(OPENED).seal(REF, archived(), "5" * 64, OPENED)


@pytest.mark.parametrize(("language", "said"), [("zh-CN", "已不在列表中"), ("en", "not in the list any more")])
def test_an_entry_on_record_that_is_gone_is_an_alarm_once(mail: MailSink, language: str, said: str) -> None:
    change(lambda entry: entry.update(language=language))
    seal()
    assert found(SOON) == {}
    change(lambda entry: entry.update(key="another_monthly"))
    assert f"the entry {KEY} is not in the list any more" in found(SOON)["entry_missing"]
    assert "2026-10 will not be made" in found(SOON)["entry_missing"]
    assert told(SOON) == [AUTHOR, MANAGER]
    assert told(SOON + DAY) == []
    assert all(said in str(one["Subject"]) for one in mails(mail))
    # October is due on 6 November, the fifth working day: a month later it is forgotten, like every missing report
    assert "entry_missing" in found(shanghai(12, 6))
    assert "entry_missing" not in found(shanghai(12, 9))


@pytest.mark.parametrize("edit", [{"key": "another_monthly", "was": KEY}, {"retired": "2026-10-31"}])
def test_a_renamed_one_and_one_that_is_to_end_are_not_gone(house: Path, edit: dict[str, str]) -> None:
    seal()
    change(lambda entry: entry.update(edit))
    assert not {"entry_missing", "entry_ended"} & found(SOON).keys()


def test_an_entry_whose_file_cannot_be_read_is_not_gone(house: Path) -> None:
    seal()
    change(lambda entry: entry.update(key="another_monthly"))
    folder = settings().report_list.parent / "reports"
    folder.mkdir()
    (folder / f"{KEY}.yaml").write_text("key: [")
    assert found(SOON).keys() == {"list_broken"}
    (folder / f"{KEY}.yaml").unlink()
    assert "entry_missing" in found(SOON)


def test_a_retired_entry_is_notified_of_once_and_is_not_late(mail: MailSink) -> None:
    seal()
    change(lambda entry: entry.update(retired="2026-09-30"))
    (matter,) = [one for one in watching.look(settings(), SOON) if one.kind == "entry_ended"]
    assert not matter.is_late
    assert "its last period is 2026-09, and 2026-10 will not be made" in matter.line
    assert told(SOON) == [AUTHOR, MANAGER]
    assert told(SOON + DAY) == []
    assert "delete retired" in words(mails(mail)[0])


def test_a_delivered_report_that_is_never_sealed(house: Path) -> None:
    deliver(open_one(OPENED), OPENED)
    assert "report_unsealed" not in found(OPENED + DAY)
    line = found(OPENED + DAY + dt.timedelta(seconds=1))["report_unsealed"]
    assert "revision 1 was delivered and not sealed" in line
    assert "Clear the task seal of run run-1" in line
    register(OPENED).fail(REF, "seal: the archive is full")
    assert "the archive is full" in found(OPENED + 2 * DAY)["report_unsealed"], "its mail was one"
    register(OPENED).seal(REF, archived(), "5" * 64, OPENED)
    assert "report_unsealed" not in found(OPENED + 2 * DAY)


def test_a_schedule_that_begins_in_the_future_is_not_silent(
    mail: MailSink, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ITSS_SCHEDULE_FROM", "2099-01-01")
    assert list(found(shanghai(12, 1))) == ["watch_blind"]
    assert told(shanghai(12, 1)) == [MANAGER]
    assert main(["watch"]) == 1
    assert "ITSS_SCHEDULE_FROM is 2098-12-31 24:00 UTC" in capsys.readouterr().out


def test_an_empty_register_beside_an_archive_is_another_one(house: Path) -> None:
    (house / "var" / "archive" / "lost+found").mkdir(parents=True)
    assert "watch_blind" not in found(SOON), "a new installation has neither, be its archive a disk of its own"
    (house / "var" / "archive" / KEY).mkdir(parents=True)
    assert "the register is empty, and the archive has reports" in found(SOON)["watch_blind"]
    open_one(OPENED)
    assert "watch_blind" not in found(SOON)


def test_an_address_that_gets_nothing_is_an_alarm_to_the_report_manager(
    house: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    submit(open_one(OPENED), OPENED)
    morning = shanghai(10, 12, 9)
    with MailSink(house / "mail", refused=[HEAD]) as sink:
        connect(monkeypatch, sink.port)
        with pytest.raises(DeliveryError):
            watching.watch(morning)
        later = morning + dt.timedelta(hours=2)
        assert HEAD in found(later)["notice_unsent"]
        with pytest.raises(DeliveryError):
            watching.watch(later)
    (alarm,) = [one for one in mails(sink) if "notices do not reach" in str(one["Subject"]).lower()]
    assert alarm["X-Envelope-To"] == MANAGER


def test_a_password_that_cannot_be_read_silences_nothing_else(
    mail: MailSink, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("ITSS_AIRFLOW_USER", "itss-watch")
    monkeypatch.delenv("ITSS_AIRFLOW_PASSWORD", raising=False)
    monkeypatch.delenv("ITSS_AIRFLOW_TOKEN", raising=False)
    monkeypatch.setenv("ITSS_AIRFLOW_PASSWORD_FILE", str(tmp_path / "absent"))
    with pytest.raises(ConfigurationError, match="ITSS_AIRFLOW_PASSWORD_FILE names"):
        watching.watch(shanghai(10, 14))
    assert {one["X-Envelope-To"] for one in mails(mail)} == {AUTHOR, MANAGER}, "that the report is late"


def test_of_a_report_manager_who_gets_nothing_the_author_is_notified(
    house: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    late = shanghai(10, 14)
    with MailSink(house / "mail", refused=[MANAGER]) as sink:
        connect(monkeypatch, sink.port)
        for hours in (0, 2):
            with pytest.raises(DeliveryError):
                watching.watch(late + dt.timedelta(hours=hours))
    last = mails(sink)[-1]
    assert last["X-Envelope-To"] == AUTHOR
    assert "Notices" in str(last["Subject"]) or "notices" in str(last["Subject"])


def test_a_mail_server_that_is_down_is_seen_by_the_exit_code_and_is_over_when_it_is_back(
    house: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    late = shanghai(10, 14)
    connect(monkeypatch, 9)  # nobody listens there
    for hours in (0, 2, 4):
        with pytest.raises(DeliveryError):
            watching.watch(late + dt.timedelta(hours=hours))
    (matter,) = [one for one in watching.look(settings(), late + dt.timedelta(hours=5)) if one.kind == "notice_unsent"]
    assert matter.is_late
    assert "2 notice(s) do not get out" in matter.line, "the alarm about them is none of them"
    with MailSink(house / "mail") as sink:
        connect(monkeypatch, sink.port)
        watching.watch(late + dt.timedelta(hours=6))
    assert "notice_unsent" not in {one.kind for one in watching.look(settings(), late + dt.timedelta(hours=8))}
    assert register(late).notices(statuses=["planned", "deferred"]) == []
    assert not [one for one in mails(sink) if "notices" in str(one["Subject"])], "it is over when all of it got out"


def test_a_list_that_cannot_be_read_does_not_silence_its_own_alarm(mail: MailSink) -> None:
    seal()
    settings().report_list.write_text("reports: [", encoding="utf-8")
    with pytest.raises(Exception, match="has no valid entry") as raised:
        watching.watch(SOON)
    steps.fail(None, Failure("report_watch", "watch", raised.value), SOON)
    assert [one["X-Envelope-To"] for one in mails(mail)] == [MANAGER]


def test_without_a_list_and_without_a_record_nobody_is_known(mail: MailSink, caplog: pytest.LogCaptureFixture) -> None:
    shutil.rmtree(settings().report_list.parent)
    steps.fail(None, Failure("report_watch", "watch", RuntimeError("no list")), SOON)
    assert mails(mail) == []
    assert "names no report manager" in caplog.text
