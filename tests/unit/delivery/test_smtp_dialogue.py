"""What each reply proves, asked of a server of plain sockets that says byte by byte what a test wants."""

from __future__ import annotations

import smtplib
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest
from delivered_report import Report, inputs
from itss.delivery.mail import Attachment, Mail, report_mail
from itss.delivery.serving import deliver
from itss.delivery.smtp import attempt, connected, send
from itss.delivery.smtp_dialogue import hand_over
from itss.errors import DeliveryError
from itss.register import Register
from mail_server import Script, connect

LONG = b"x" * 9000

ACCEPTED = {
    "250": b"250 2.0.0 Ok: queued as 4D5E6F\r\n",
    "200": b"200 taken\r\n",
    "251": b"251 will forward\r\n",
    "252": b"252 will try\r\n",
    "no words": b"250\r\n",
    "bare line end": b"250 OK\n",
    "several lines": b"250-first\r\n250 second\r\n",
    "longest line": b"250 " + b"x" * 8186 + b"\r\n",
}
NOT_TAKEN = {
    "421": (b"421 shutting down\r\n", "deferred"),
    "452": (b"452-4.3.1 disk\r\n452 4.3.1 full\r\n", "deferred"),
    "499": (b"499 later\r\n", "deferred"),
    "500": (b"500 what\r\n", "refused"),
    "554": (b"554 5.6.0 not wanted\r\n", "refused"),
}
UNKNOWN = {
    "nothing": b"",
    "no code": b"OK\r\n",
    "half a code": b"55\r\n",
    "half a line": b"550 no such",
    "longer code": b"2500 OK\r\n",
    "no number": b"2x0 OK\r\n",
    "signed": b"+55 no\r\n",
    "two codes": b"250-fine\r\n550 not fine\r\n",
    "half of it": b"550-no such\r\n",
    "100": b"100 wait\r\n",
    "354": b"354 go on\r\n",
    "600": b"600 nobody says this\r\n",
    "long acceptance": b"250 " + LONG + b"\r\n",
    "long refusal": b"550 " + LONG + b"\r\n",
    "many lines": b"550-no\r\n" * 200 + b"550 no\r\n",
    "other bytes": bytes(range(256)),
}
BEFORE = {
    "4xx": (b"451 later\r\n", "deferred", "451 later"),
    "5xx": (b"550 never\r\n", "refused", "550 never"),
    "1xx": (b"150 wait\r\n", "deferred", "makes no sense"),
    "no code": (b"hello\r\n", "deferred", "makes no sense"),
    "nothing": (b"", "deferred", "broke before the mail was handed over"),
    "long": (b"550 " + LONG + b"\r\n", "deferred", "broke before the mail was handed over"),
}


@pytest.fixture
def mail(job: Report) -> Mail:
    return report_mail(job, job.people.people["customer"], given=inputs(job), is_correction=False)


@pytest.fixture
def delivered(register: Register, job: Report, mail: Mail) -> Callable[[], str]:
    """Deliver to one person; the status on record afterwards."""

    def once() -> str:
        try:
            deliver(register, job.ref, [mail], "smtp_test")
        except DeliveryError as error:
            once.said = error.what  # type: ignore[attr-defined]
        (receipt,) = register.deliveries(job.ref)
        return receipt.status

    return once


@pytest.mark.parametrize("reply", ACCEPTED.values(), ids=ACCEPTED)
@pytest.mark.parametrize("cuts", [set(), {"MESSAGE"}], ids=["", "then cut"])
def test_any_2xx_takes_the_mail(script: Script, delivered: Callable[[], str], reply: bytes, cuts: set[str]) -> None:
    script.replies["MESSAGE"], script.cuts = reply, cuts
    assert [delivered(), delivered()] == ["accepted"] * 2
    assert len(script.messages) == 1


@pytest.mark.parametrize(("reply", "status"), NOT_TAKEN.values(), ids=NOT_TAKEN)
def test_only_4xx_and_5xx_do_not(script: Script, delivered: Callable[[], str], reply: bytes, status: str) -> None:
    script.replies["MESSAGE"] = reply
    assert delivered() == status
    script.heal()
    assert delivered() == "accepted"
    assert len(script.messages) == 2


@pytest.mark.parametrize("reply", UNKNOWN.values(), ids=UNKNOWN)
def test_no_whole_reply_sends_nothing_again(script: Script, delivered: Callable[[], str], reply: bytes) -> None:
    script.replies["MESSAGE"], script.cuts = reply, {"MESSAGE"}
    assert delivered() == "sending"
    assert "how it ended is not known" in delivered.said  # type: ignore[attr-defined]
    script.heal()
    assert delivered() == "sending"
    assert len(script.messages) == 1


def test_a_reply_that_does_not_come_in_time(
    script: Script, delivered: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    connect(monkeypatch, script.port, timeout=2)
    script.hangs = {"MESSAGE"}
    assert delivered() == "sending"
    assert "did not come (timed out)" in delivered.said  # type: ignore[attr-defined]


@pytest.mark.parametrize("verb", ["MAIL", "RCPT", "DATA"])
@pytest.mark.parametrize(("reply", "status", "said"), BEFORE.values(), ids=BEFORE)
def test_before_the_message_nothing_is_on_its_way(
    script: Script, delivered: Callable[[], str], verb: str, reply: bytes, status: str, said: str
) -> None:
    script.replies[verb] = reply
    script.cuts = set() if reply else {verb}
    assert delivered() == status
    assert said in delivered.said  # type: ignore[attr-defined]
    assert script.messages == []
    script.heal()
    assert delivered() == "accepted"
    assert len(script.messages) == 1


@pytest.mark.parametrize("verb", ["MAIL", "RCPT"])
@pytest.mark.parametrize("reply", [b"251 will forward\r\n", b"252 will try\r\n"])
def test_any_2xx_goes_on(script: Script, delivered: Callable[[], str], verb: str, reply: bytes) -> None:
    script.replies[verb] = reply
    assert delivered() == "accepted"
    assert len(script.messages) == 1


def test_a_message_that_was_not_sent_whole_is_not_handed_over(script: Script, mail: Mail, tmp_path: Path) -> None:
    large = tmp_path / "large.bin"
    large.write_bytes(bytes(40_000_000))  # more than both sockets hold
    script.cuts = {"PART"}
    with connected("smtp_test") as server:
        receipt = attempt(server, mail, [str(large)])
    assert (receipt.status, script.messages) == ("deferred", [])
    assert "before the mail was handed over" in receipt.answer


def test_lines_that_begin_with_a_dot_arrive_as_they_are(script: Script) -> None:
    message = b"Subject: x\r\n\r\n.\r\n..\r\n.a\r\nb.\r\n"
    with closing(smtplib.SMTP("127.0.0.1", script.port)) as client:
        client.ehlo()
        assert hand_over(client, "a@example.com", "b@example.com", message) == ("accepted", "250 2.0.0 kept")
    assert script.messages == [message]


REFUSES = {
    "greeting 421": ({"CONNECT": b"421 too many connections\r\n"}, "421 too many connections"),
    "greeting 554": ({"CONNECT": b"554 no service\r\n"}, "554 no service"),
    "EHLO 421": ({"EHLO": b"421 too busy\r\n"}, "421 too busy"),
    "EHLO and HELO": ({"EHLO": b"502 what\r\n", "HELO": b"550 not you\r\n"}, "550 not you"),
}


@pytest.mark.parametrize(("replies", "said"), REFUSES.values(), ids=REFUSES)
def test_a_server_that_refuses_us_is_quoted(script: Script, mail: Mail, replies: dict[str, bytes], said: str) -> None:
    script.replies = replies
    script.cuts = {"CONNECT", "EHLO"} & set(replies) if "HELO" not in replies else set()
    with pytest.raises(DeliveryError, match=f"'smtp_test' refuses us: {said}") as caught:
        send(mail, "smtp_test")
    assert "does not answer" not in str(caught.value)


USER, PASSWORD = "Mail-Robot", "0pen-Sesame"
B64 = "AE1haWwtUm9ib3QAMHBlbi1TZXNhbWU="  # NUL, user, NUL, password
AUTH = b"250-script\r\n250 AUTH PLAIN LOGIN\r\n"


@pytest.mark.parametrize("cuts", [set(), {"AUTH"}], ids=["", "then cut"])
def test_a_refused_login_is_quoted_without_user_and_password(
    script: Script, mail: Mail, monkeypatch: pytest.MonkeyPatch, cuts: set[str]
) -> None:
    connect(monkeypatch, script.port, USER, PASSWORD)
    said = f"535 5.7.8 authentication failed: mail-robot {PASSWORD} {B64}\r\n"
    script.replies, script.cuts = {"EHLO": AUTH, "AUTH": said.encode()}, cuts
    with pytest.raises(DeliveryError, match=r"refuses us: 535 5\.7\.8 authentication failed: \*\*\*") as caught:
        send(mail, "smtp_test")
    assert f"AUTH PLAIN {B64}" in script.commands
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__
    for secret in (USER, PASSWORD, B64):
        assert secret.lower() not in str(caught.value).lower()


@pytest.mark.parametrize(
    ("replies", "extra", "said"),
    [
        ({}, {"disable_tls": False}, "answers, but cannot be used: STARTTLS extension not supported"),
        (
            {"EHLO": b"250-a\r\n250 STARTTLS\r\n", "STARTTLS": b"454 no TLS now\r\n"},
            {"disable_tls": False},
            "454 no TLS",
        ),
        ({}, {"disable_ssl": False}, "answers, but cannot be used: .*SSL"),
        ({}, {"login": USER, "password": PASSWORD}, "answers, but cannot be used: SMTP AUTH extension not supported"),
        ({"EHLO": AUTH}, {"login": USER, "password": "密码"}, "user name or password .* is not plain ASCII"),
        ({"CONNECT": b"SSH-2.0-OpenSSH\r\n"}, {}, "answers, but cannot be used"),
        ({"CONNECT": b"220 " + LONG + b"\r\n"}, {}, "answers, but cannot be used: .*Line too long"),
        ({}, {"ssl_context": "nonsense", "disable_ssl": False}, "cannot be used: .*ssl_context"),
        ({}, {"from_email": "reports@example.com\r\nBcc: x@example.com"}, "cannot be used"),
        ({}, {"from_email": "x:victim@example.com"}, "cannot be used"),
        ({}, {"from_email": "a@example.com, b@example.com"}, "cannot be used"),
        ({}, {"from_email": "客户@example.com"}, "cannot be used"),
        ({}, {"port": 99999}, "cannot be read|does not answer"),
    ],
)
def test_a_connection_that_cannot_be_used(
    script: Script,
    mail: Mail,
    monkeypatch: pytest.MonkeyPatch,
    replies: dict[str, bytes],
    extra: dict[str, object],
    said: str,
) -> None:
    connect(monkeypatch, **({"port": script.port} | extra))  # type: ignore[arg-type]
    script.replies = replies
    with pytest.raises(DeliveryError, match=said) as caught:
        send(mail, "smtp_test")
    assert PASSWORD not in str(caught.value)
    assert script.messages == []


@pytest.mark.parametrize("kind", ["cuts", "hangs"])
def test_only_a_server_that_says_nothing_does_not_answer(
    script: Script, mail: Mail, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    connect(monkeypatch, script.port, timeout=2)
    script.replies = {"CONNECT": b""}
    setattr(script, kind, {"CONNECT"})
    with pytest.raises(DeliveryError, match="'smtp_test' does not answer"):
        send(mail, "smtp_test")


def test_a_name_for_the_sender(script: Script, mail: Mail, monkeypatch: pytest.MonkeyPatch) -> None:
    connect(monkeypatch, script.port, from_email="服务报告 <reports@example.com>")
    send(mail, "smtp_test")
    assert "MAIL FROM:<reports@example.com>" in script.commands
    assert b"From: =?utf-8?" in script.messages[0]


def test_too_large_for_the_server_is_told_and_nothing_is_sent(script: Script, register: Register, job: Report) -> None:
    script.replies["EHLO"] = b"250-script\r\n250 SIZE 100000\r\n"
    large, small = (
        report_mail(job, job.people.people[key], given=inputs(job), is_correction=False)
        for key in job.entry.distribution.recipients
    )
    large = replace(large, html="<p>" + "x" * 90_000 + "</p>")
    with pytest.raises(DeliveryError, match=r"refused, not sent: the mail has 26\d,\d{3} bytes .* at most 100,000\."):
        deliver(register, job.ref, [large, small], "smtp_test")
    assert [item.status for item in register.deliveries(job.ref)] == ["refused", "accepted"]
    (mail_command,) = [line for line in script.commands if line.startswith("MAIL")]
    assert mail_command == f"MAIL FROM:<service-reports@example.com> SIZE={len(script.messages[0])}"


@pytest.mark.parametrize("limit", [b"SIZE", b"SIZE 0", b"SIZE many", b"HELP"])
def test_no_size_limit_is_none(script: Script, mail: Mail, limit: bytes) -> None:
    script.replies["EHLO"] = b"250-script\r\n250 " + limit + b"\r\n"
    assert send(mail, "smtp_test").status == "accepted"


@pytest.mark.parametrize("address", ["x:victim@example.com", "客户@example.com", "a@example.com(b)", '"a"@example.com'])
def test_no_other_address_than_the_one_that_is_written(script: Script, mail: Mail, address: str) -> None:
    with connected("smtp_test") as server:
        receipt = attempt(server, replace(mail, address=address), [])
    assert (receipt.status, script.messages) == ("refused", [])
    assert "No mail can be sent to" in receipt.answer
    assert not any(line.startswith(("MAIL", "RCPT")) for line in script.commands)


def test_long_names_arrive(script: Script, mail: Mail, tmp_path: Path) -> None:
    name = "客户服务月报" * 12 + ".xlsx"
    (tmp_path / name).write_bytes(b"x")
    attached = replace(
        mail, attachments=(Attachment(name, name, (tmp_path / name).read_bytes),), subject="很长的标题" * 300
    )
    assert send(attached, "smtp_test").status == "accepted"
    assert max(map(len, script.messages[0].split(b"\r\n"))) <= 998


def test_what_the_server_gets_has_verdict_sender_and_whom_to_answer(
    script: Script, delivered: Callable[[], str]
) -> None:
    assert delivered() == "accepted"
    message = message_from_bytes(script.messages[0], policy=default)
    assert message["Subject"] == "客户服务月报 2026-09 · 2/3 达成 · 1 项未达成"
    assert message["Reply-To"] == "author@example.com"
    assert [part.get_content_type() for part in message.walk()] == [
        *("multipart/mixed", "multipart/alternative", "text/plain", "text/html"),
        *("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "text/html"),
    ]
    words = message.get_body(("plain",)).get_content().replace("\r", "")
    assert "✗ 事件管理 · 按时响应率：90.0%（n = 9），目标 ≥ 80.0%\n正在采取的措施：尚未说明如何处理" in words
