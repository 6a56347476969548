"""The mails of a run as `make run` shows them, received through a real SMTP dialogue."""

from __future__ import annotations

import datetime as dt
import json
import smtplib
from email.message import EmailMessage
from pathlib import Path

import pytest
from itss.settings import settings
from itss.standalone.approvers import Answered
from itss.standalone.outcome import Outcome
from itss.standalone.postbox import Postbox
from itss.standalone.prepare import report_list, request
from itss.standalone.sink import HOST, MailSink

PAGE = "/itss/reports/customer_monthly/2026-09/r01"


def send(sink: MailSink, to: list[str], subject: str, html: str) -> None:
    message = EmailMessage()
    message["Subject"] = subject
    message.set_content("text")
    message.add_alternative(html, subtype="html")
    with smtplib.SMTP(HOST, sink.port) as client:
        client.send_message(message, "from@example.com", to)


def test_what_arrives_is_said_once_and_found_by_its_link(tmp_path: Path) -> None:
    lines: list[str] = []
    with MailSink(tmp_path) as sink:
        send(sink, ["early@example.com"], "before", f'<a href="http://x{PAGE}">open</a>')
        postbox = Postbox(sink, lines.append)
        send(sink, ["a@example.com", "b@example.com"], "请审批 · 月报", f'<a href="http://x{PAGE}">open</a>')
        send(sink, ["a@example.com"], "of another report", "<p>nothing</p>")
        postbox.announce()
        postbox.announce()
        assert [line.split(": ")[1] for line in lines] == ["请审批 · 月报", "of another report"]
        assert [mail.subject for mail in postbox.new()] == ["请审批 · 月报", "of another report"]
        assert [mail.subject for mail in postbox.about("b@example.com", PAGE)] == ["请审批 · 月报"]
        assert [mail.subject for mail in postbox.about("a@example.com", PAGE)] == ["请审批 · 月报"]
        assert [mail.subject for mail in postbox.about("early@example.com", PAGE)] == ["before"], "a run that goes on"
        assert postbox.about("c@example.com", PAGE) == []


def test_run_json_shows_the_notice_before_the_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ITSS_VAR", str(tmp_path / "var"))
    now = dt.datetime(2026, 9, 30, 16, 0, tzinfo=dt.UTC)
    outcome = Outcome(settings(), request(report_list(settings()), "", "", now))
    with MailSink(tmp_path / "mail") as sink:
        outcome.postbox = Postbox(sink, lambda _: None)
        send(sink, ["head@example.com"], "please approve", PAGE)
        (mail,) = outcome.postbox.new()
        later = mail.received_at + dt.timedelta(seconds=1)
        outcome.answers = [
            Answered("initial_review", "head", mail.received_at, later),
            Answered("approval", "chief", None, later),
        ]
        outcome.broke_off("broken off")
    found = json.loads((tmp_path / "var" / "run.json").read_text())
    (message,) = found["messages"]
    assert (message["to"], message["subject"], message["file"]) == ("head@example.com", "please approve", "0001.eml")
    assert found["mails"] == [str(tmp_path / "mail" / "0001.eml")]
    first, second = found["answers"]
    assert first["notified_at"] == message["received_at"] < first["answered_at"]
    assert (first["task"], first["by"], second["notified_at"]) == ("initial_review", "head", None)
