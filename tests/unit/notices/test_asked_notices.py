"""Whose turn it is hears of it once and at once; whatever keeps a mail back, the question stands, the watch sends."""

from __future__ import annotations

import contextlib
import datetime as dt
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import noticed
import pytest
from aiosmtpd.controller import Controller
from itss.errors import DeliveryError
from itss.register.records import COMMENT
from itss.standalone.sink import MailSink
from noticed import (
    ASKED,
    AUTHOR,
    CHIEF,
    HEAD,
    LAST_DAY,
    MANAGER,
    PAGE,
    REF,
    SAID,
    SECOND,
    answer,
    ask,
    change,
    connect,
    draft,
    mails,
    receipts,
    register,
    send,
    statuses,
    to,
    watch,
    words,
)

HOUR = dt.timedelta(hours=1)


@pytest.mark.parametrize(
    ("language", "level", "subject"),
    [
        ("en", "approval", "Please approve · Monthly supplier service report 2026-10 · 26/27 met · by 11-30"),
        (
            "en",
            "initial_review",
            "For your initial review · Monthly supplier service report 2026-10 · 26/27 met · by 11-30",
        ),
        ("zh-CN", "approval", "请审批 · 供应商服务月度报告 2026-10 · 26/27 达成 · 11-30 前"),
        ("zh-CN", "initial_review", "请初审 · 供应商服务月度报告 2026-10 · 26/27 达成 · 11-30 前"),
    ],
)
def test_the_subject_says_what_which_how_and_by_when(mail: MailSink, language: str, level: str, subject: str) -> None:
    change(lambda document: document["reports"][0].update(language=language))
    draft()
    ask(level=level)
    send(level=level)
    (message,) = mails(mail)
    assert message["Subject"] == subject
    assert message["X-Envelope-To"] == {"initial_review": HEAD, "approval": CHIEF}[level]


def test_the_mail_has_the_first_lines_and_leads_to_the_page_where_it_is_answered(mail: MailSink) -> None:
    draft()
    ask()
    send()
    said = words(mails(mail)[0])
    assert f'href="{PAGE}"' in said
    assert "27 targets: 26 met, 1 missed." in said
    assert "2026-11-30 24:00 (Asia/Shanghai)" in said
    assert "Report author has compiled this report" in said
    assert "&lt;b&gt;target&lt;/b&gt;" in said
    assert "http://evil.example" not in said, "no mail reader may make a link of the words of a ticket"
    assert "+ 2 more in the report" in said


def test_everybody_is_notified_once_however_often_the_task_is_tried(mail: MailSink) -> None:
    change(lambda document: document["people"]["management_representative"].update(email=HEAD.upper()))
    change(lambda document: document["reports"][0].update(separate_people=False))
    change(
        lambda document: document["reports"][0]["approval"][0].update(
            approvers=["head_of_department", "management_representative"]
        )
    )
    draft()
    for _ in range(3):
        ask()
        send()
    assert to(mail) == [HEAD], "two roles with one mailbox get one mail"
    assert watch(ASKED + HOUR) == []
    assert statuses() == {("asked", HEAD): "accepted"}


def test_a_question_that_is_asked_again_is_another_one(mail: MailSink) -> None:
    draft()
    ask()
    send()
    answer(REF, ASKED + HOUR, "initial_review", "expired")
    ask(at=ASKED + 2 * HOUR)
    send()
    assert to(mail) == [HEAD, HEAD]


def test_without_a_mail_server_the_question_stands_and_the_watch_sends(
    house: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    connect(monkeypatch, port)
    draft()
    ask()
    send()
    assert [one.level for one in register().asked()] == ["initial_review"]
    assert statuses() == {("asked", HEAD): "planned"}
    with pytest.raises(DeliveryError, match="head_of_department"):
        watch(ASKED + HOUR)
    with MailSink(house / "mail", port) as sink:
        assert watch(ASKED + 2 * HOUR) == [HEAD]
        assert watch(ASKED + 3 * HOUR) == []
        assert to(sink) == [HEAD]


def test_a_mail_server_that_says_nothing_is_waited_for_once_however_many_are_asked(
    house: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def many(document: dict[str, Any]) -> None:
        for number in range(5):
            document["people"][f"deputy_{number}"] = document["people"]["head_of_department"] | {
                "user": f"deputy_{number}",
                "email": f"deputy_{number}@example.com",
            }
            document["reports"][0]["approval"][0]["approvers"].append(f"deputy_{number}")

    change(many)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        connect(monkeypatch, silent.getsockname()[1])
        draft()
        ask()
        send()
        silent.setblocking(False)
        callers = 0
        with contextlib.suppress(BlockingIOError):
            while True:
                silent.accept()[0].close()
                callers += 1
    assert callers == 1
    assert list(statuses().values()) == ["planned"] * 6, "the watch notifies them"


def test_what_was_answered_meanwhile_is_waived(mail: MailSink) -> None:
    draft()
    ask()
    answer(REF, ASKED + HOUR, "initial_review")
    assert watch(ASKED + 2 * HOUR) == []
    assert statuses() == {("asked", HEAD): "waived"}
    assert to(mail) == []


def test_a_question_of_before_there_were_notices_notifies_nobody(mail: MailSink) -> None:
    draft()
    register().ask(REF, "initial_review")
    send()
    assert watch(ASKED + HOUR) == []
    assert register().notices() == []


def test_nobody_is_reminded_of_what_they_were_notified_of_within_a_day(mail: MailSink) -> None:
    late = LAST_DAY - 3 * HOUR
    draft()
    ask()
    assert watch(late) == [HEAD], "the mail server was away until now"
    assert watch(LAST_DAY) == []
    assert watch(noticed.DEADLINE - SECOND) == []
    assert [message["Subject"].split(" · ")[0] for message in mails(mail)] == ["For your initial review"]


def test_the_reminder_of_the_last_day_leads_to_the_page_too(mail: MailSink) -> None:
    draft()
    ask()
    watch(ASKED + HOUR)
    assert watch(LAST_DAY) == [HEAD]
    reminder = mails(mail)[1]
    assert reminder["Subject"] == "Reminder: your answer is due today 2026-10"
    assert f'href="{PAGE}"' in words(reminder)


def test_the_author_is_asked_for_the_comment(mail: MailSink) -> None:
    from itss import steps

    job = steps.open_report(noticed.KEY, noticed.PERIOD, "run-1", ASKED)
    folder = noticed.RevisionFolder(noticed.settings().var / "workspace" / REF.path)
    folder.write_json("summary.json", SAID)
    ask(level=COMMENT)
    send(level=COMMENT)
    (message,) = mails(mail)
    assert job["revision"] == 1
    assert message["X-Envelope-To"] == AUTHOR
    assert message["Subject"] == "Please comment · Monthly supplier service report 2026-10 · 26/27 met · by 11-30"
    assert "http://localhost:8080/itss/reports/supplier_monthly/2026-10/r01" in words(message)


def test_what_was_not_signed_is_not_said(mail: MailSink) -> None:
    draft()
    folder = noticed.RevisionFolder(noticed.settings().var / "workspace" / REF.path)
    folder.write_json("summary.json", SAID | {"met": 27, "headline": "27 targets: all met."})
    ask()
    send()
    (message,) = mails(mail)
    assert message["Subject"] == "For your initial review · Monthly supplier service report 2026-10 · by 11-30"
    assert "all met" not in words(message)


def test_a_rejection_goes_to_author_and_report_manager_and_to_nobody_else(mail: MailSink) -> None:
    from itss import steps

    draft()
    ask()
    send()
    answer(REF, ASKED + HOUR, "initial_review", "reject", "Column 3 <is> wrong\nBcc: all@example.com")
    job = {"report": noticed.KEY, "period": noticed.PERIOD, "revision": 1}
    for _ in range(2):
        assert steps.return_to_author(job)["returned_to"] == [AUTHOR, MANAGER]
    register().prove(REF)
    assert to(mail) == [HEAD, AUTHOR, MANAGER]
    to_author, to_manager = mails(mail)[1:]
    verb, report, verdict, by = str(to_author["Subject"]).split(" · ")
    assert (verb, report) == ("Returned, please rework", "Monthly supplier service report 2026-10")
    assert (verdict, by[:3]) == ("26/27 met", "by ")
    assert to_manager["Subject"] == "Returned · Monthly supplier service report 2026-10"
    for message in (to_author, to_manager):
        assert "Column 3 &lt;is&gt; wrong" in words(message)
        assert "It has been sent to no recipient." in words(message)
        assert message["Bcc"] is None
        assert f'href="{PAGE}"' in words(message)


def test_a_rejection_without_a_mail_server_is_returned_all_the_same(
    house: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from itss import steps

    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    connect(monkeypatch, port)
    draft()
    answer(REF, ASKED, "initial_review", "reject")
    steps.return_to_author({"report": noticed.KEY, "period": noticed.PERIOD, "revision": 1})
    assert register().revision(REF).state == "returned"
    assert statuses() == {("returned", AUTHOR): "planned", ("returned", MANAGER): "planned"}
    later = dt.datetime.now(dt.UTC)
    with MailSink(house / "mail", port) as sink:
        assert watch(later) == [AUTHOR, MANAGER]
        assert to(sink) == [AUTHOR, MANAGER]
        assert "left no comment" in words(mails(sink)[0])


def test_a_delegate_of_the_day_is_notified_beside_the_approver(mail: MailSink) -> None:
    change(lambda document: document["people"].update(deputy=_person("deputy"), other=_person("other")))
    change(lambda document: document.update(delegates=[_away("2026-11-20", "2026-11-27", "deputy")]))
    draft()
    ask()
    watch(ASKED)
    assert to(mail) == [HEAD, "deputy@example.com"]
    # somebody who is named while the question waits hears of it once their days have begun
    change(lambda document: document["delegates"].append(_away("2026-11-28", "2026-12-05", "other")))
    assert watch(ASKED + HOUR) == []
    assert watch(ASKED + dt.timedelta(days=3)) == ["other@example.com"]


def _person(name: str) -> dict[str, Any]:
    return {"title": {"zh-CN": name, "en": name}, "email": f"{name}@example.com", "user": name}


def _away(first: str, last: str, to: str) -> dict[str, Any]:
    return {"for": "head_of_department", "to": to, "from": first, "until": last, "reason": "leave"}


class Silent:
    """Takes a whole mail and never says what became of it."""

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        import asyncio

        await asyncio.Event().wait()
        return "250 never said"


def _killed_while(house: Path, status: str) -> None:
    """A process that sends the notice, killed once the notice stands at ``status`` and the mail server was reached."""
    code = "import noticed; noticed.send()"
    process = subprocess.Popen([sys.executable, "-c", code], cwd=Path(__file__).parent)
    try:
        while statuses() != {("asked", HEAD): status}:
            assert process.poll() is None, "it ended before it could be killed"
    finally:
        process.kill()
        process.wait()


def test_killed_before_the_mail_server_has_spoken_the_watch_sends_it(
    house: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        connect(monkeypatch, mute.getsockname()[1])
        draft()
        ask()
        code = "import noticed; noticed.send()"
        process = subprocess.Popen([sys.executable, "-c", code], cwd=Path(__file__).parent)
        mute.settimeout(120)
        connection, _ = mute.accept()  # it waits for a greeting
        process.kill()
        process.wait()
        connection.close()
    assert statuses() == {("asked", HEAD): "planned"}
    with MailSink(house / "mail") as sink:
        connect(monkeypatch, sink.port)
        assert watch(ASKED + HOUR) == [HEAD]


def test_killed_before_the_answer_it_is_sent_once_more_and_no_oftener(
    house: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft()
    ask()
    server = Controller(Silent(), hostname="127.0.0.1", port=_free())
    server.start()
    connect(monkeypatch, server.port)
    _killed_while(house, "sending")
    server.stop()
    begun = receipts("asked")[0].at
    with MailSink(house / "mail") as sink:
        connect(monkeypatch, sink.port)
        watch(begun + dt.timedelta(minutes=9))
        assert statuses()["asked", HEAD] == "sending", "somebody may be sending it"
        watch(begun + dt.timedelta(minutes=11))
    (notice,) = receipts("asked")
    assert (notice.status, notice.attempts) == ("accepted", 2)


def _free() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])
