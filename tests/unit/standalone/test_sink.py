"""The mail sink, spoken to by a real SMTP client."""

from __future__ import annotations

import smtplib
import socket
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

import pytest
from itss.standalone.sink import HOST, MailSink


def test_every_message_is_kept_with_its_envelope(tmp_path: Path) -> None:
    with MailSink(tmp_path / "mail") as sink, smtplib.SMTP(HOST, sink.port) as client:
        client.send_message(_message("月报"), to_addrs=["a@example.com", "b@example.com"])
        client.send_message(_message("second"), to_addrs=["c@example.com"])
        first, second = sink.mails()
    assert [first.name, second.name] == ["0001.eml", "0002.eml"]
    kept = message_from_bytes(first.read_bytes(), policy=default)
    assert kept["X-Envelope-To"] == "a@example.com, b@example.com"
    assert (kept["Subject"], kept.get_content().strip()) == ("月报", "正文")


def test_numbers_go_on_and_the_port_can_be_taken_again(tmp_path: Path) -> None:
    with MailSink(tmp_path) as sink, smtplib.SMTP(HOST, sink.port) as client:
        client.send_message(_message("one"), to_addrs=["a@example.com"])
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((HOST, sink.port))
    with MailSink(tmp_path, sink.port) as again, smtplib.SMTP(HOST, sink.port) as client:
        client.send_message(_message("two"), to_addrs=["a@example.com"])
        assert [path.name for path in again.mails()] == ["0001.eml", "0002.eml"]


def test_a_refused_recipient_gets_550_and_nothing_is_kept(tmp_path: Path) -> None:
    with (
        MailSink(tmp_path, refused=["gone@example.com"]) as sink,
        smtplib.SMTP(HOST, sink.port) as client,
        pytest.raises(smtplib.SMTPRecipientsRefused) as refused,
    ):
        client.send_message(_message("x"), to_addrs=["gone@example.com"])
    assert refused.value.recipients["gone@example.com"][0] == 550
    assert list(tmp_path.iterdir()) == []


def test_a_server_that_is_stopped_at_once_ends(tmp_path: Path) -> None:
    for _ in range(50):
        with MailSink(tmp_path) as sink:
            pass
        assert not sink._thread.is_alive()


def test_only_this_machine_can_reach_it(tmp_path: Path) -> None:
    sink = MailSink(tmp_path)
    assert sink._socket.getsockname()[0] == "127.0.0.1"
    sink._socket.close()


def _message(subject: str) -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "from@example.com", "a@example.com", subject
    message.set_content("正文")
    return message
