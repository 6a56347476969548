"""A report that is not there when it should be: the alarm names the cause, whether anything failed or not.

September 2026 is due on Tuesday 13 October 18:00 in Shanghai, the fifth working day after the holidays: 8, 9, 10 (a
make-up Saturday), 12 and 13 October; one working day before that is Monday the 12th.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from itss.register.hand_ins import Handed
from itss.settings import settings
from itss.standalone.sink import MailSink
from watched import (
    AUTHOR,
    KEY,
    MANAGER,
    PERIOD,
    REF,
    SECOND,
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

WARNED, DUE = shanghai(10, 12, 18), shanghai(10, 13, 18)
LATE = DUE + SECOND
OPENED = shanghai(10, 1, 6)


def hand_in(*processes: str) -> None:
    for process in processes:
        register(OPENED).accept_hand_in((KEY, PERIOD, process), Handed("a.xlsx", "a" * 64, 1, "x", OPENED, "a"))


def test_a_report_that_was_never_opened_is_warned_of_and_then_alarmed_once(mail: MailSink) -> None:
    assert told(WARNED - SECOND) == []
    assert told(WARNED) == [AUTHOR, MANAGER]
    assert told(DUE) == [], "it may still come in time"
    assert told(LATE) == [AUTHOR, MANAGER]
    assert told(LATE + dt.timedelta(days=3)) == []
    warning, _, alarm, _ = mails(mail)
    assert warning["Subject"] == "Warning: service report not delivered, and nearly due 2026-09"
    assert alarm["Subject"] == "Alarm: service report overdue and not delivered 2026-09"
    assert "no run ever opened it" in words(alarm)
    assert "2026-10-13 18:00 (Asia/Shanghai)" in words(alarm)
    assert "Unpause the DAG supplier_monthly" in words(alarm)
    assert "period=2026-09" in words(alarm)
    assert {note.status for note in register(LATE).notices()} == {"accepted"}


def test_a_chinese_report_is_told_of_in_chinese(mail: MailSink) -> None:
    change(lambda entry: entry.update(language="zh-CN"))
    told(LATE)
    alarm = mails(mail)[0]
    assert alarm["Subject"] == "报警：服务报告逾期未交付 2026-09"
    assert "请在 Airflow 中启用（Unpause）DAG supplier_monthly" in words(alarm)


def test_a_delivered_report_is_no_matter_however_it_goes_on(mail: MailSink) -> None:
    deliver(open_one(OPENED), OPENED)
    register(OPENED).seal(REF, archived(), "5" * 64, OPENED)
    assert found(LATE) == {}
    open_one(LATE, "run-2")  # a correction on its way
    assert found(LATE + dt.timedelta(days=3)) == {}


def test_delivered_between_planning_and_sending_it_is_not_told(house: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from itss.errors import DeliveryError
    from watched import connect

    with MailSink(house / "mail") as sink:
        port = sink.port
    connect(monkeypatch, port)
    with pytest.raises(DeliveryError):
        told(LATE)  # the mail server is down
    deliver(open_one(LATE), LATE)
    with MailSink(house / "mail") as sink:
        connect(monkeypatch, sink.port)
        assert told(LATE + SECOND) == []
        assert mails(sink) == []
    assert {note.status for note in register(LATE).notices()} == {"waived"}


def test_waiting_for_data_names_the_data_and_who_owes_it(house: Path) -> None:
    open_one(OPENED)
    hand_in("capacity")
    line = found(LATE)["report_late"]
    assert "waits for data on Service level management, Availability management from Data provider (data_prov" in line
    assert "python -m itss hand-in supplier_monthly 2026-09 service_level FILE" in line


def test_a_run_that_is_at_work_or_cut_off_says_when_it_was_last_heard_of(house: Path) -> None:
    open_one(OPENED)
    hand_in("capacity", "service_level", "availability")
    register(shanghai(10, 1, 7)).record_findings(REF, [])
    line = found(LATE)["report_late"]
    assert "revision 1 is open; its last sign of life was at 2026-10-01 07:00" in line
    assert "run run-1" in line


def test_a_failure_is_told_with_its_task_and_reason(house: Path) -> None:
    open_one(OPENED)
    register(OPENED).fail(REF, "check: DataRefusedError: 3 rows\nare\x1b[31m impossible")
    line = found(LATE)["report_late"]
    assert "stopped at 2026-10-01 06:00: check: DataRefusedError: 3 rows are [31m impossible" in line
    assert "clear the failed task of run run-1" in line


def test_awaiting_approval_names_level_person_and_since_when(house: Path) -> None:
    open_one(OPENED)
    submit(REF, shanghai(10, 12, 9))
    answer(REF, shanghai(10, 12, 10), "initial_review")
    register(shanghai(10, 12, 11)).ask(REF, "approval")
    line = found(LATE)["report_late"]
    assert "waited since 2026-10-12 11:00 for 'Approval' by Management representative (management_rep" in line


def test_a_partly_delivered_report_names_who_has_not_got_it(house: Path) -> None:
    open_one(OPENED)
    deliver(REF, OPENED, supplier_manager="deferred")
    line = found(LATE)["report_late"]
    assert "it has not reached supplier_manager@example.com (deferred: 450 try later)" in line
    assert "report_manager@example.com (" not in line
    register(LATE).fail(REF, "deliver: DeliveryError")
    assert "it has not reached supplier_manager@example.com" in found(LATE)["report_late"]


def test_a_rejected_report_waits_for_its_author_and_then_for_its_next_revision(house: Path) -> None:
    open_one(OPENED)
    submit(REF, OPENED)
    answer(REF, shanghai(10, 12, 10), "initial_review", "reject")
    register(shanghai(10, 12, 11)).return_revision(REF, "列 3 有误")
    line = found(LATE)["report_late"]
    assert "waited since 2026-10-12 11:00 for 'the rework of what was returned' by Report author" in line
    register(shanghai(10, 12, 12)).rework(REF, {}, keep_data=True, who="report_author")
    assert "but revision 2 has not begun" in found(LATE)["report_late"]
    open_one(shanghai(10, 12, 13), "run-2")
    assert "waits for data" in found(LATE)["report_late"]


def test_what_a_backfill_archived_has_reached_nobody(house: Path) -> None:
    from itss import steps

    steps.open_report(KEY, PERIOD, "backfill-1", OPENED, backfill=True)
    record = register(OPENED)
    record.record_draft(REF, said_sha256="c" * 64, statement_sha256="c" * 64)
    record.seal(REF, "/archive", "5" * 64, OPENED)
    assert "a backfill made it for the archive alone" in found(LATE)["report_late"]


def test_a_report_that_its_schedule_has_not_started_yet_is_not_warned_of(house: Path) -> None:
    """November is due on 2 December 18:00; one working day before that, its run is not started yet."""
    change(lambda entry: entry["period"].update(schedule="0 6 2 * *", due_working_days=2, first="2026-11-01"))
    assert found(shanghai(12, 2, 6) - SECOND) == {}
    assert list(found(shanghai(12, 2, 6))) == ["report_due"]


def test_a_report_due_on_the_first_working_day_has_no_day_before_to_warn_on(house: Path) -> None:
    change(lambda entry: entry["period"].update(due_working_days=1))
    assert found(shanghai(10, 8, 18)) == {}
    assert list(found(shanghai(10, 8, 18) + SECOND)) == ["report_late"]


def test_after_a_long_outage_only_what_is_not_forgotten_is_told(house: Path) -> None:
    """October is due on 6 November (Friday, the fifth working day of the month), November on 7 December (Monday)."""
    change(lambda entry: entry["period"].update(first="2026-07-01"))
    from itss.steps import watching

    back = shanghai(12, 8, 9)
    late = [one.period for one in watching.look(settings(), back) if one.kind == "report_late"]
    assert late == ["2026-11"], "October has been due for 32 days"
    late = [one.period for one in watching.look(settings(), shanghai(12, 7, 18)) if one.kind == "report_late"]
    assert late == ["2026-10"]


@pytest.mark.parametrize("since", ["2026-10-13T10:00:01+00:00", "2026-10-14"])
def test_what_was_due_before_the_product_was_set_up_is_not_missing(
    house: Path, monkeypatch: pytest.MonkeyPatch, since: str
) -> None:
    monkeypatch.setenv("ITSS_SCHEDULE_FROM", since)
    assert found(shanghai(10, 20)) == {}
    monkeypatch.setenv("ITSS_SCHEDULE_FROM", "2026-10-13")
    assert list(found(shanghai(10, 20))) == ["report_late"]


def test_nothing_is_owed_before_the_first_period(house: Path) -> None:
    change(lambda entry: entry["period"].update(first="2026-10-01"))
    assert found(shanghai(10, 20)) == {}


def test_the_due_date_is_that_of_the_reports_own_zone_and_holidays(house: Path) -> None:
    """Germany, 25 October 2026: the clocks go back. October's report is due on 6 November 18:00 CET, 17:00 UTC."""

    def german(entry: dict[str, dict[str, object]]) -> None:
        entry["period"].update(timezone="Europe/Berlin", holidays="DE", due_working_days=5, first="2026-10-01")

    change(german)
    due = dt.datetime(2026, 11, 6, 17, tzinfo=dt.UTC)
    assert list(found(due)) == ["report_due"]
    assert "due 2026-11-06 18:00 (Europe/Berlin)" in found(due + SECOND)["report_late"]


def test_several_reports_of_one_language_travel_in_one_mail(mail: MailSink) -> None:
    def second(document: dict[str, list[dict[str, object]]]) -> None:
        document["reports"].append(document["reports"][0] | {"key": "second_monthly"})

    change(second, whole=True)
    assert told(LATE) == [AUTHOR, MANAGER]
    assert all(words(one).count("no run ever opened it") == 2 for one in mails(mail))


def test_a_person_who_is_both_author_and_report_manager_hears_of_it_once(mail: MailSink) -> None:
    change(lambda document: document["people"]["report_author"].update(email=MANAGER), whole=True)
    assert told(LATE) == [MANAGER]
