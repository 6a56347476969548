from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from delivered_report import NOW, Report, inputs, report
from itss.delivery.mail import Mail, report_mail
from itss.delivery.serving import deliver
from itss.delivery.smtp import send
from itss.errors import ContentChangedError, DeliveryError, RegisterError
from itss.register import Register
from mail_server import Server, connect, free_port


def mails(job: Report) -> list[Mail]:
    given = inputs(job)
    return [
        report_mail(job, job.people.people[key], given=given, is_correction=False)
        for key in job.entry.distribution.recipients
    ]


def statuses(register: Register, job: Report) -> dict[str, str]:
    return {item.address: item.status for item in register.deliveries(job.ref)}


def test_what_arrives_is_what_was_approved(server: Server, register: Register, job: Report) -> None:
    deliver(register, job.ref, mails(job), "smtp_test")
    assert server.addresses == ["customer@example.com", "owner@example.com"]
    to, message = server.messages[0]
    assert (to, message["To"], message["From"]) == (
        ["customer@example.com"],
        "customer@example.com",
        "service-reports@example.com",
    )
    assert message["Subject"] == "客户服务月报 2026-09 · 2/3 达成 · 1 项未达成"
    assert message["Message-ID"] == mails(job)[0].message_id
    assert message["Auto-Submitted"] == "auto-generated"
    files = {part.get_filename(): part.get_payload(decode=True) for part in message.iter_attachments()}
    assert files == {
        "客户服务月报 2026-09.xlsx": (job.folder.root / "report.xlsx").read_bytes(),
        "客户服务月报 2026-09.html": (job.folder.root / "report.html").read_bytes(),
    }
    body = message.get_body(("html",))
    assert body is not None
    assert "客户代表：" in body.get_content()
    register.delivered(job.ref, NOW)
    assert [(item.attempts, item.answer) for item in register.deliveries(job.ref)] == [
        (1, "250 OK"),
        (1, "250 OK"),
    ]


def test_attachment_names_are_rfc_2231(server: Server, register: Register, job: Report) -> None:
    deliver(register, job.ref, mails(job), "smtp_test")
    raw = server.raw[0].decode("ascii")
    assert re.search(r"filename\*(0\*)?=utf-8''%E5%AE%A2%E6%88%B7", raw)
    assert re.search(r" name\*(0\*)?=utf-8''%E5%AE%A2%E6%88%B7", raw), "some readers know this one only"


def test_nobody_gets_it_twice(server: Server, register: Register, job: Report) -> None:
    for _again in range(3):
        deliver(register, job.ref, mails(job), "smtp_test")
    register.fail(job.ref, "killed after the last mail")
    deliver(register, job.ref, mails(job), "smtp_test")
    assert server.addresses == ["customer@example.com", "owner@example.com"]


def test_one_refused_recipient_is_named_and_the_others_are_served(
    server: Server, register: Register, job: Report
) -> None:
    server.answers["customer@example.com"] = "550 5.1.1 no such mailbox"
    with pytest.raises(DeliveryError, match=r"customer@example\.com: refused, 550 5\.1\.1 no such mailbox") as caught:
        deliver(register, job.ref, mails(job), "smtp_test")
    assert "1 of 2 recipients" in caught.value.what
    assert server.addresses == ["owner@example.com"]
    with pytest.raises(RegisterError, match=r"has not reached customer@example\.com"):
        register.delivered(job.ref, NOW)
    server.answers.clear()
    deliver(register, job.ref, mails(job), "smtp_test")
    assert server.addresses == ["owner@example.com", "customer@example.com"]
    register.delivered(job.ref, NOW)


@pytest.mark.parametrize("where", ["recipient", "data"])
def test_try_later_is_tried_once_and_later_again(server: Server, register: Register, job: Report, where: str) -> None:
    if where == "recipient":
        server.answers["owner@example.com"] = "451 4.7.1 greylisted"
    else:
        server.data_answer = "452 4.3.1 disk full"
    with pytest.raises(DeliveryError, match=r"owner@example\.com: deferred, 45"):
        deliver(register, job.ref, mails(job), "smtp_test")
    assert register.deliveries(job.ref)[1].attempts == 1, "the hook does not try by itself"
    server.answers.clear()
    server.data_answer = "250 OK"
    deliver(register, job.ref, mails(job), "smtp_test")
    assert sorted(server.addresses) == ["customer@example.com", "owner@example.com"]


def test_a_server_that_is_down_loses_nothing(
    register: Register, job: Report, monkeypatch: pytest.MonkeyPatch, server: Server
) -> None:
    connect(monkeypatch, free_port())
    with pytest.raises(DeliveryError, match=r"'smtp_test' does not answer: .*refused") as caught:
        deliver(register, job.ref, mails(job), "smtp_test")
    assert "2 of 2 recipients" in caught.value.what
    assert statuses(register, job) == {"customer@example.com": "deferred", "owner@example.com": "deferred"}
    connect(monkeypatch, server.port)
    deliver(register, job.ref, mails(job), "smtp_test")
    assert statuses(register, job) == {"customer@example.com": "accepted", "owner@example.com": "accepted"}


@pytest.mark.parametrize(("connection", "said"), [("smtp_nowhere", "not found"), ("smtp_test", "no sender address")])
def test_a_connection_that_cannot_send_is_told(
    server: Server, job: Report, monkeypatch: pytest.MonkeyPatch, connection: str, said: str
) -> None:
    connect(monkeypatch, server.port, from_email="")
    with pytest.raises(DeliveryError, match=said):
        send(mails(job)[0], connection)
    assert server.messages == []


def test_a_broken_connection_is_decided_by_a_person(server: Server, register: Register, job: Report) -> None:
    server.breaks = {"customer@example.com"}
    with pytest.raises(DeliveryError, match="how it ended is not known") as caught:
        deliver(register, job.ref, mails(job), "smtp_test")
    assert "python -m itss.register delivery customer_monthly 2026-09 1 customer@example.com" in caught.value.what
    assert statuses(register, job) == {"customer@example.com": "sending", "owner@example.com": "accepted"}
    server.breaks = set()
    with pytest.raises(DeliveryError, match="1 of 2"):
        deliver(register, job.ref, mails(job), "smtp_test")
    assert server.addresses == ["owner@example.com"], "it may have arrived: it is not sent again by itself"


def test_a_killed_sender_is_noticed_even_when_the_server_is_down(
    register: Register, job: Report, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = mails(job)[0]
    register.record_delivery(job.ref, first.recipient, first.address, "sending", "", first.message_id, NOW)
    connect(monkeypatch, free_port())
    with pytest.raises(DeliveryError, match=r"customer@example\.com: a mail was begun at 2026-10-01 06:00:00 UTC"):
        deliver(register, job.ref, mails(job), "smtp_test")
    assert statuses(register, job)["customer@example.com"] == "sending"


def test_two_roles_with_one_address_get_one_mail(server: Server, register: Register, job: Report) -> None:
    given = inputs(job)
    same = job.people.people["customer"]
    deliver(register, job.ref, [report_mail(job, same, given=given, is_correction=False)] * 2, "smtp_test")
    assert server.addresses == ["customer@example.com"]


def test_nothing_leaves_that_was_not_approved(server: Server, register: Register, job: Report) -> None:
    (job.folder.root / "report.html").write_text("quietly corrected", encoding="utf-8")
    with pytest.raises(ContentChangedError, match=r"report\.html is not the file that was signed"):
        deliver(register, job.ref, mails(job), "smtp_test")
    assert server.messages == []
    assert set(statuses(register, job).values()) == {"planned"}


def test_nothing_leaves_that_was_not_released(server: Server, register: Register, folder: Path) -> None:
    later = report(folder)
    register.open_revision(
        report="customer_monthly",
        period="2026-09",
        due_at=NOW,
        run="run",
        entry={},
        agreement_version="",
        code_version="",
        now=NOW,
    )
    with pytest.raises(RegisterError, match="nothing of it may leave"):
        deliver(register, later.ref, mails(later), "smtp_test")
    assert server.messages == []


def test_an_address_no_server_can_take_is_refused(server: Server, register: Register, job: Report) -> None:
    person = job.people.people["customer"].model_copy(update={"email": "客户@example.com"})
    with pytest.raises(DeliveryError, match=r"客户@example\.com: refused"):
        deliver(register, job.ref, [report_mail(job, person, given=inputs(job), is_correction=False)], "smtp_test")


def test_a_single_mail_is_sent_or_said_not_to_be(server: Server, job: Report) -> None:
    mail = replace(mails(job)[0], attachments=(), subject="请补充\r\nBcc: all@example.com")
    receipt = send(mail, "smtp_test")
    assert (receipt.status, server.addresses) == ("accepted", [mail.address])
    assert server.messages[0][1]["Bcc"] is None
    server.answers[mail.address] = "550 gone"
    with pytest.raises(DeliveryError, match=rf"{mail.address}: refused \(550 gone\)"):
        send(mail, "smtp_test")


def test_composing_a_mail_costs_no_airflow() -> None:
    code = "import sys, itss.delivery.mail, itss.delivery.smtp; print('airflow' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("250 2.0.0 Ok: queued as 4D5E6F", "250 2.0.0 Ok: queued as 4D5E6F"),
        ("250-2.0.0 first line\r\n250 2.0.0 second", "250 2.0.0 first line 2.0.0 second"),
    ],
)
def test_a_receipt_holds_the_servers_own_words(
    server: Server, register: Register, job: Report, said: str, kept: str
) -> None:
    server.data_answer = said
    deliver(register, job.ref, mails(job), "smtp_test")
    assert {item.answer for item in register.deliveries(job.ref)} == {kept}
    assert [item.attempts for item in register.deliveries(job.ref)] == [1, 1]
