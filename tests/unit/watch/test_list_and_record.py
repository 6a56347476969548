"""The list changes while a report is open: who is told, what is only noted, and what raises no false alarm."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from itss import steps
from itss.cli import main
from itss.errors import ConfigurationError, PeriodError, RevisionBusyError
from itss.ref import Ref
from itss.settings import settings
from itss.standalone.sink import MailSink
from itss.steps import watching
from watched import (
    KEY,
    MANAGER,
    PERIOD,
    answer,
    archived,
    change,
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

OPENED = shanghai(10, 9, 9)
SOON = shanghai(10, 9, 10)
LATE = shanghai(10, 20, 9)
REF = Ref(KEY, PERIOD, 1)


def run_check(capsys: pytest.CaptureFixture[str]) -> tuple[int, list[str]]:
    code = main(["check"])
    return code, capsys.readouterr().out.splitlines()


def test_a_register_without_tables_is_no_error(mail: MailSink, capsys: pytest.CaptureFixture[str]) -> None:
    made = settings().var / "register.sqlite"
    made.parent.mkdir(parents=True, exist_ok=True)
    made.unlink(missing_ok=True)
    made.touch()  # as a new database of a server is
    code, said = run_check(capsys)
    assert code == 0
    assert any("the register has no tables yet" in line for line in said)
    assert made.stat().st_size == 0


@pytest.mark.parametrize(("language", "said"), [("zh-CN", "条目已删除"), ("en", "entry deleted")])
def test_a_deleted_entry_whose_report_is_open_is_told_at_once_and_once(
    mail: MailSink, language: str, said: str
) -> None:
    change(lambda entry: entry.update(language=language))
    submit(open_one(OPENED), OPENED)
    change(lambda entry: entry.update(key="another_monthly"))
    assert told(SOON) == [MANAGER]
    assert told(SOON) == []
    (message,) = mails(mail)
    assert said in str(message["Subject"])
    assert f"was: {KEY}" in words(message)
    assert "retired" in words(message)


@pytest.mark.parametrize("edit", [{"was": KEY}, {"retired": "2026-10-31"}])
def test_a_renamed_or_retired_entry_is_not_a_deleted_one(house: Path, edit: dict[str, str]) -> None:
    submit(open_one(OPENED), OPENED)
    change(lambda entry: entry.update({"key": "another_monthly"} if "was" in edit else {}, **edit))
    assert "entry_deleted" not in found(SOON)


def test_a_deleted_entry_whose_reports_have_ended_is_nobodys_matter(house: Path) -> None:
    seal(open_one(OPENED))
    change(lambda entry: entry.update(key="another_monthly"))
    assert "entry_deleted" not in found(SOON)


@pytest.mark.parametrize(("retired", "is_owed"), [("2026-09-30", True), ("2026-09-29", False), ("2026-10-30", True)])
def test_what_a_retired_entry_does_not_owe_is_not_late(house: Path, retired: str, is_owed: bool) -> None:
    first = {"first": "2026-09-01"} if is_owed else {"first": "2026-08-01"}
    change(lambda entry: entry["period"].update(first))
    change(lambda entry: entry.update(retired=retired))
    late = [one for one in found_all(LATE) if "2026-09" in one]
    assert bool(late) is is_owed
    assert not [one for one in found_all(shanghai(11, 20)) if "2026-10" in one]


def found_all(now: dt.datetime) -> list[str]:
    return [one.line for one in watching.look(settings(), now) if one.kind == "report_late"]


def test_check_notes_in_what_an_open_report_differs_from_the_list(
    house: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    submit(open_one(OPENED), OPENED)
    code, lines = run_check(capsys)
    assert (code, [line for line in lines if line.startswith("note:")]) == (0, [])
    change(lambda entry: entry["approval"][1].update(approvers=["supplier_manager"]))
    change(lambda whole: whole["people"]["supplier_manager"].update(user="supplier_manager"), whole=True)
    code, lines = run_check(capsys)
    (note,) = [line for line in lines if line.startswith("note:")]
    assert code == 0, "it is no problem of the list"
    assert "supplier_monthly 2026-09 r01 goes on as it was opened" in note
    assert "approval.approval.approvers" in note
    assert "run-1" in note
    assert main(["watch"]) == 1
    assert note in capsys.readouterr().out.splitlines()


@pytest.mark.parametrize(
    ("edit", "code", "said"),
    [
        ({"key": "another_monthly"}, 1, "'another_monthly' is new, while on record but no longer in the list"),
        ({"key": "another_monthly", "was": KEY}, 0, ""),
        ({"key": "another_monthly", "was": "nobody_monthly"}, 1, "No report 'nobody_monthly' is on record."),
    ],
)
def test_check_asks_the_record_whether_a_key_was_changed(
    house: Path, capsys: pytest.CaptureFixture[str], edit: dict[str, str], code: int, said: str
) -> None:
    change(lambda entry: entry.update(edit))
    if "was" not in edit:
        assert run_check(capsys)[0] == 0, "nothing is on record yet"
        assert not (house / "var" / "register.sqlite").exists(), "to check makes no register"
    change(lambda entry: entry.update(key=KEY, was=None))
    open_one(OPENED)
    change(lambda entry: entry.update(edit))
    found_code, lines = run_check(capsys)
    assert (found_code, said in lines[0]) == (code, True)
    if code:
        where = "key: another_monthly" if "was" not in edit else "was: nobody_monthly"
        listed = settings().report_list.read_text(encoding="utf-8").splitlines()
        number = next(number for number, line in enumerate(listed, 1) if where in line)
        assert f"report_list.yaml:{number}: " in lines[0]


def test_another_list_is_not_compared_with_this_record(house: Path, capsys: pytest.CaptureFixture[str]) -> None:
    open_one(OPENED)
    root = Path(__file__).resolve().parents[3]
    assert main(["check", "--list", str(root / "docs" / "examples" / "jira" / "report_list.yaml")]) == 0


def test_a_retired_report_opens_no_later_period_and_ends_what_is_open(house: Path) -> None:
    open_one(shanghai(11, 3), "run-10", "2026-10")
    change(lambda entry: entry.update(retired="2026-09-30"))
    with pytest.raises(
        PeriodError, match=r"retired since 2026-09-30: 2026-11 is not owed\. Name 2026-09 or an earlier"
    ):
        open_one(shanghai(12, 3), "run-11", "2026-11")
    assert open_one(shanghai(12, 3), "run-10", "2026-10") == (KEY, "2026-10", 1)
    assert open_one(shanghai(12, 3), "run-9", "2026-09") == (KEY, "2026-09", 1)


def test_a_deleted_report_goes_on_with_its_entry_and_opens_nothing_else(house: Path) -> None:
    submit(open_one(OPENED), OPENED)
    before = register(SOON).entry(REF)
    change(lambda entry: entry.update(key="another_monthly"))
    assert open_one(SOON, "run-1") == REF
    assert register(SOON).entry(REF) == before
    assert "reopened" not in [event.what for event in register(SOON).events(REF)]
    with pytest.raises(ConfigurationError, match=f"no valid entry '{KEY}'"):
        open_one(SOON, "run-8", "2026-08")
    answer(REF, SOON, "initial_review", "reject")
    register(SOON).return_revision(REF, "")
    register(SOON).rework(REF, {}, keep_data=False, who="report_author")
    assert open_one(SOON, "run-2") == (KEY, PERIOD, 2)
    assert register(SOON).entry(Ref(KEY, PERIOD, 2))["entry"] == before["entry"]
    seal(Ref(KEY, PERIOD, 2))
    with pytest.raises(ConfigurationError, match=f"no valid entry '{KEY}'"):
        open_one(SOON, "run-3")


def test_a_broken_entry_is_not_a_deleted_one(house: Path) -> None:
    open_one(OPENED)
    change(lambda entry: entry.update(colour="red"))
    with pytest.raises(ConfigurationError, match="colour"):
        open_one(SOON)


def test_a_renamed_report_ends_under_its_old_key_before_the_new_one_goes_on(house: Path) -> None:
    submit(open_one(OPENED), OPENED)
    new = "another_monthly"
    change(lambda entry: entry.update(key=new, was=KEY))
    with pytest.raises(RevisionBusyError, match=f"opened before {KEY} became {new}"):
        steps.open_report(new, PERIOD, "run-2", SOON)
    assert open_one(SOON, "run-1") == REF, "its own run goes on"
    seal(REF)
    job = steps.open_report(new, PERIOD, "run-2", SOON)
    assert (job["report"], job["revision"]) == (new, 2)
    assert [one.ref for one in register(SOON).revisions(new, PERIOD)] == [REF, (new, PERIOD, 2)]
    assert [one for one in found_all(LATE) if PERIOD in one] == [], "it was delivered, under whatever key"
    assert main(["check"]) == 0


def seal(ref: Ref) -> None:
    deliver(ref, SOON)
    register(SOON).seal(ref, archived(), "0" * 64, SOON)
