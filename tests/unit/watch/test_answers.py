"""Who has to answer is reminded on the last day, and the report manager hears of it afterwards; nobody of an answer."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
import watched
from itss.errors import DeliveryError
from itss.register import Item, Review
from itss.report_list.due import answer_due_at
from itss.report_list.entry_parts import ReportPeriod
from itss.settings import settings
from itss.standalone.sink import MailSink
from itss.steps import watching
from watched import (
    AUTHOR,
    CHIEF,
    HEAD,
    KEY,
    MANAGER,
    SECOND,
    answer,
    change,
    connect,
    deliver,
    found,
    mails,
    register,
    shanghai,
    submit,
    told,
    words,
)

REF = (KEY, "2026-08", 1)
# asked on Wednesday, before the holidays of 1 to 7 October: of two working days, 8 and 9 October, the last is Friday
ASKED = shanghai(9, 30, 10)
LAST_DAY, DEADLINE = shanghai(10, 9, 8), shanghai(10, 10)


@pytest.fixture(autouse=True)
def only_answers(house: Path) -> None:
    """A report, owed for August, that is not due for a long time."""
    change(lambda entry: entry["period"].update(due_working_days=60, first="2026-08-01"))


def open_one(at: dt.datetime, run: str = "run-1") -> watched.Ref:
    return watched.open_one(at, run, "2026-08")


def rule(zone: str = "Asia/Shanghai", country: str = "CN") -> ReportPeriod:
    return ReportPeriod(kind="month", timezone=zone, schedule="0 6 1 * *", holidays=country, first=dt.date(2026, 1, 1))


@pytest.mark.parametrize(
    ("asked", "days", "last"),
    [
        (shanghai(9, 30, 23, 59), 1, (10, 8)),
        (shanghai(10, 1, 0, 0), 1, (10, 8)),
        (shanghai(10, 8, 9), 2, (10, 10)),  # a make-up Saturday is worked
        (shanghai(9, 17, 9), 2, (9, 20)),  # and a make-up Sunday
        (shanghai(10, 30, 9), 1, (11, 2)),  # over the weekend and the end of the month
        (shanghai(12, 30, 9), 1, (12, 31)),
    ],
)
def test_working_days_to_answer_in(asked: dt.datetime, days: int, last: tuple[int, int]) -> None:
    morning, deadline = answer_due_at(rule(), asked, days)
    assert morning == shanghai(*last, 8)
    assert deadline == shanghai(*last) + dt.timedelta(days=1)


def test_a_day_on_which_the_clocks_move_has_its_own_length() -> None:
    """Berlin, Friday 23 October 2026, after midnight there: the next working day is the Monday after the change."""
    asked = dt.datetime(2026, 10, 22, 23, tzinfo=dt.UTC)
    morning, deadline = answer_due_at(rule("Europe/Berlin", "DE"), asked, 1)
    assert morning == dt.datetime(2026, 10, 26, 7, tzinfo=dt.UTC)  # 08:00 CET
    assert deadline == dt.datetime(2026, 10, 26, 23, tzinfo=dt.UTC)
    in_march = dt.datetime(2026, 3, 27, 9, tzinfo=dt.UTC)
    assert answer_due_at(rule("Europe/Berlin", "DE"), in_march, 1)[0] == dt.datetime(2026, 3, 30, 6, tzinfo=dt.UTC)


def test_the_approver_is_reminded_on_the_last_day_and_the_report_manager_told_after_it(mail: MailSink) -> None:
    open_one(ASKED)
    submit(REF, ASKED)
    assert told(LAST_DAY - SECOND) == []
    assert told(LAST_DAY) == [HEAD]
    assert told(DEADLINE - SECOND) == []
    assert told(DEADLINE) == [MANAGER]
    assert told(DEADLINE + dt.timedelta(days=9)) == []
    reminder, escalation = mails(mail)
    assert reminder["Subject"] == "Reminder: your answer is due today 2026-08"
    assert "waited since 2026-09-30 10:00 for &#39;Initial review&#39;" in words(reminder)
    assert "2026-10-09 24:00 (Asia/Shanghai)" in words(reminder)
    assert "After 2026-10-30 10:00 the question expires" in words(reminder)
    assert escalation["Subject"] == "Overdue: a report waits for an answer 2026-08"
    assert "Head of department (head_of_department@example.com)" in words(escalation)


def test_nobody_is_told_of_what_was_answered(mail: MailSink) -> None:
    open_one(ASKED)
    submit(REF, ASKED)
    answer(REF, LAST_DAY - SECOND, "initial_review")
    assert told(LAST_DAY) == []
    assert told(DEADLINE) == []


def test_the_second_level_has_its_own_days_from_when_it_is_asked(mail: MailSink) -> None:
    change(lambda entry: entry["approval"][1].update(deadline_days=1))
    open_one(ASKED)
    submit(REF, ASKED)
    answer(REF, ASKED, "initial_review")
    register(shanghai(10, 8, 9)).ask(REF, "approval")
    assert told(shanghai(10, 9, 8)) == [CHIEF]


def test_a_new_revision_and_another_content_are_new_questions(mail: MailSink) -> None:
    open_one(ASKED)
    submit(REF, ASKED)
    assert told(LAST_DAY) == [HEAD]
    submit(REF, shanghai(10, 9, 9), content="d" * 64)  # rendered anew: asked on the 9th, it is due on the 12th
    assert told(DEADLINE) == []
    assert told(shanghai(10, 12, 8)) == [HEAD]
    answer(REF, shanghai(10, 12, 9), "initial_review", "reject")
    register(shanghai(10, 12, 9)).return_revision(REF, "")
    register(shanghai(10, 12, 9)).rework(REF, {}, keep_data=False, who="report_author")
    second = open_one(shanghai(10, 12, 9), "run-2")
    submit(second, shanghai(10, 12, 9))  # due on the 14th
    assert told(shanghai(10, 14, 8)) == [HEAD]


def test_a_question_that_is_asked_again_after_it_expired_waits_again(house: Path) -> None:
    open_one(ASKED)
    submit(REF, ASKED)
    answer(REF, DEADLINE, "initial_review", "expired")
    assert register(DEADLINE).asked() == []
    register(DEADLINE).ask(REF, "initial_review")
    (asked,) = register(DEADLINE).asked()
    assert (asked.level, asked.at) == ("initial_review", DEADLINE)
    answer(REF, DEADLINE, "initial_review", "approve")
    assert register(DEADLINE).asked() == []


def test_a_level_that_names_nobody_is_the_report_managers(mail: MailSink) -> None:
    change(lambda entry: entry.update(separate_people=False))
    change(lambda entry: entry["approval"][0].update(approvers=[]))
    open_one(ASKED)
    submit(REF, ASKED)
    assert told(LAST_DAY) == [MANAGER]
    assert told(DEADLINE) == [MANAGER]


def test_whom_the_entry_named_when_it_was_opened_is_reminded_at_his_address_of_today(mail: MailSink) -> None:
    open_one(ASKED)
    submit(REF, ASKED)
    change(lambda entry: entry.update(separate_people=False))
    change(lambda entry: entry["approval"][0].update(approvers=["management_representative"]))
    change(lambda document: document["people"]["head_of_department"].update(email="new@example.com"), whole=True)
    assert told(LAST_DAY) == ["new@example.com"]


def test_a_report_whose_entry_was_deleted_still_waits_for_its_approver(mail: MailSink) -> None:
    open_one(ASKED)
    submit(REF, ASKED)
    change(lambda entry: entry.update(key="another_monthly"))
    assert told(LAST_DAY) == [HEAD, MANAGER]
    assert "was deleted from the list" in found(LAST_DAY)["entry_deleted"]


def test_the_authors_comment_is_asked_for_answered_and_asked_again(house: Path) -> None:
    change(lambda entry: entry.update(comment=True))
    open_one(ASKED)
    register(ASKED).ask(REF, "comment")
    assert "for 'the author's comment' by Report author" in found(LAST_DAY)["answer_due"]
    register(LAST_DAY).commented(REF, "report_author")
    assert found(LAST_DAY) == {}
    register(LAST_DAY).ask(REF, "comment")
    assert [asked.at for asked in register(LAST_DAY).asked()] == [LAST_DAY]
    import pandas as pd
    from itss.measures.base import FIGURE_COLUMNS

    register(LAST_DAY).record_figures(REF, pd.DataFrame(columns=FIGURE_COLUMNS))
    assert register(LAST_DAY).asked() == [], "new figures: he will be shown those"


def test_the_author_is_reminded_of_a_rejected_report(mail: MailSink) -> None:
    open_one(ASKED)
    submit(REF, ASKED)
    answer(REF, ASKED, "initial_review", "reject")
    register(ASKED).return_revision(REF, "列 3 有误")
    assert told(LAST_DAY) == [AUTHOR]
    assert told(DEADLINE) == [MANAGER]
    register(DEADLINE).rework(REF, {}, keep_data=False, who="report_author")
    open_one(DEADLINE, "run-2")
    assert found(DEADLINE) == {}


def test_the_review_meeting_is_held_within_five_working_days(house: Path) -> None:
    change(lambda entry: entry.update(review=True))
    open_one(ASKED)
    deliver(REF, ASKED)
    # 8, 9, 10, 12 and 13 October
    assert found(shanghai(10, 13, 8) - SECOND) == {}
    line = found(shanghai(10, 13, 8))["answer_due"]
    asked = "'the minutes of the review meeting' by Head of department (head_of_department@example.com) or Management"
    assert asked in line
    assert list(found(shanghai(10, 14))) == ["answer_late"]
    review = Review(dt.date(2026, 10, 12), ("report_manager",), "", "", "", "report_manager", ASKED)
    register(ASKED).record_review(REF, review, [Item("x", "report_author", dt.date(2026, 11, 1))], "Asia/Shanghai")
    assert list(found(shanghai(10, 14))) == ["report_unsealed"], "nobody is asked any more"


def test_after_a_long_outage_old_questions_are_left_alone(house: Path) -> None:
    open_one(ASKED)
    submit(REF, ASKED)
    change(lambda entry: entry["period"].update(first="2027-01-01"))
    assert list(found(DEADLINE + dt.timedelta(days=31))) == ["answer_late"]
    assert found(DEADLINE + dt.timedelta(days=31) + SECOND) == {}


def test_a_mail_server_that_is_down_loses_nobody(house: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    open_one(ASKED)
    submit(REF, ASKED)
    with MailSink(house / "mail") as sink:
        assert sink.mails() == []
        port = sink.port
    connect(monkeypatch, port)
    with pytest.raises(DeliveryError, match="head_of_department"):
        told(LAST_DAY)
    with MailSink(house / "mail") as sink:
        connect(monkeypatch, sink.port)
        assert told(LAST_DAY + SECOND) == [HEAD]


def test_killed_between_mail_and_receipt_it_is_not_mailed_twice(
    mail: MailSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    from itss.register import Register

    open_one(ASKED)
    submit(REF, ASKED)
    real: Any = Register.record_notice

    def killed(self: Register, id_: str, status: Any, words: str, at: dt.datetime) -> None:
        if status == "accepted":
            raise KeyboardInterrupt
        real(self, id_, status, words, at)

    monkeypatch.setattr(Register, "record_notice", killed)
    with pytest.raises(KeyboardInterrupt):
        told(LAST_DAY)
    monkeypatch.undo()
    connect(monkeypatch, mail.port)
    monkeypatch.setenv("ITSS_VAR", str(mail.folder.parent / "var"))
    monkeypatch.setenv("ITSS_REPORT_LIST", str(mail.folder.parent / "list" / "report_list.yaml"))
    for _ in range(2):
        with pytest.raises(DeliveryError, match="how it ended is not known"):
            told(LAST_DAY + SECOND)
    assert len(mails(mail)) == 1
    (note,) = register(LAST_DAY).notices(*REF[:2])
    register(LAST_DAY).record_notice(note.message_id, "accepted", "looked up", LAST_DAY)
    assert told(LAST_DAY + SECOND) == []


def test_an_address_that_is_refused_is_tried_once_a_day_and_keeps_nobody_from_his_mail(
    house: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    change(lambda entry: entry.update(separate_people=False))
    change(lambda entry: entry["approval"][0].update(approvers=["head_of_department", "management_representative"]))
    open_one(ASKED)
    submit(REF, ASKED)
    with MailSink(house / "mail", refused=[HEAD]) as sink:
        connect(monkeypatch, sink.port)
        for minutes in (0, 30):
            with pytest.raises(DeliveryError, match=r"head_of_department@example\.com: refused, 550"):
                told(LAST_DAY + dt.timedelta(minutes=minutes))
        assert [message["X-Envelope-To"] for message in mails(sink)] == [CHIEF]
        (refused,) = [note for note in register(ASKED).notices() if note.address == HEAD]
        assert refused.attempts == 1
        assert told(DEADLINE) == [MANAGER], "after the last day there is nothing to remind of"


def test_a_broken_list_is_told_once_and_what_is_valid_is_watched(mail: MailSink) -> None:
    open_one(ASKED)
    submit(REF, ASKED)
    change(lambda document: document["reports"].append({"key": "broken_monthly"}), whole=True)
    assert told(LAST_DAY) == sorted([HEAD, MANAGER])
    assert told(LAST_DAY + SECOND) == []
    (alarm,) = [message for message in mails(mail) if message["X-Envelope-To"] == MANAGER]
    assert "neither run nor are they watched" in words(alarm)
    assert "broken_monthly" in words(alarm)
    assert any(one.kind == "list_broken" and one.is_late for one in watching.look(settings(), LAST_DAY))


def test_an_answer_whose_task_does_not_go_on_is_told_the_report_manager(mail: MailSink) -> None:
    ref = open_one(ASKED)
    submit(ref, ASKED)
    given = {"comment": "", "content": "c" * 64}
    register(ASKED + SECOND).receive_answer(
        ref,
        "initial_review",
        task="initial_review",
        user="head_of_department",
        content="c" * 64,
        chosen=["Approve"],
        given=given,
    )
    hour = ASKED + SECOND + dt.timedelta(hours=1)
    assert "answer_stuck" not in found(hour - SECOND)
    line = found(hour)["answer_stuck"]
    assert "head_of_department answered 'initial_review'" in line
    assert "Clear the task initial_review of run run-1" in line
    assert "answer_due" not in found(LAST_DAY), "who has answered is not reminded"
    assert told(hour) == [MANAGER]
    assert told(LAST_DAY) == []
    assert "initial_review" in words(mails(mail)[0])
    answer(ref, LAST_DAY, "initial_review")
    assert "answer_stuck" not in found(LAST_DAY + SECOND)
