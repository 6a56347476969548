"""Who reads a chat gets there what has nothing attached; a chat that fails is a mail at once, and is reported."""

from __future__ import annotations

import json
import logging
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from apprise import Apprise
from itss.notices import chat
from itss.standalone.sink import MailSink
from noticed import (
    ASKED,
    HEAD,
    MANAGER,
    PAGE,
    REF,
    answer,
    ask,
    change,
    connect,
    draft,
    mails,
    receipts,
    send,
    to,
    watch,
    words,
)

SECRET = "5f0e-very-secret"


@dataclass
class Service:
    """A chat's webhook on loopback: keeps what was posted, and answers with ``status`` once it ``speaks``."""

    port: int = 0
    status: int = 200
    speaks: threading.Event = field(default_factory=threading.Event)
    posted: list[dict[str, Any]] = field(default_factory=list)

    @property
    def address(self) -> str:
        """With a secret in it, as those of real services have."""
        return f"json://user:{SECRET}@127.0.0.1:{self.port}/{SECRET}"


@pytest.fixture
def service() -> Iterator[Service]:
    given = Service()
    given.speaks.set()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            given.posted.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            given.speaks.wait()
            self.send_response(given.status)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        given.port = server.server_address[1]
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield given
        given.speaks.set()
        server.shutdown()


def chats(monkeypatch: pytest.MonkeyPatch, address: str, *people: str) -> None:
    """Let the people read the chat ``ops_chat`` at ``address``."""
    monkeypatch.setenv("AIRFLOW_CONN_OPS_CHAT", json.dumps({"conn_type": "generic", "password": address}))
    for key in people:
        change(lambda document, key=key: document["people"][key].update(chat="ops_chat"))


def test_what_has_nothing_attached_goes_to_the_chat(
    mail: MailSink, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    chats(monkeypatch, service.address, "head_of_department", "report_author")
    draft()
    ask()
    send()
    (message,) = service.posted
    assert (
        message["title"] == "For your initial review · Monthly supplier service report 2026-10 · 26/27 met · by 11-30"
    )
    assert f"Read it and answer {PAGE}" in message["message"]
    assert "- Utilisation – 91 % of disk at" in message["message"]
    assert "<b>target</b>" in message["message"], "plain text, where markup is mere letters"
    assert "http://evil.example" not in message["message"]
    assert "<p" not in message["message"]
    assert to(mail) == []
    assert [(one.status, one.answer) for one in receipts("asked")] == [("accepted", "taken by the chat ops_chat")]
    send()
    watch(ASKED)
    assert len(service.posted) == 1
    from itss import steps

    answer(REF, ASKED, "initial_review", "reject", "look again")
    steps.return_to_author({"report": REF.report, "period": REF.period, "revision": 1})
    assert "look again" in service.posted[1]["message"]
    assert to(mail) == [MANAGER], "who names no chat has a mailbox"


def _refuses(service: Service, monkeypatch: pytest.MonkeyPatch) -> str:
    service.status = 500
    return "it did not take the message"


def _hangs(service: Service, monkeypatch: pytest.MonkeyPatch) -> str:
    service.speaks.clear()
    monkeypatch.setattr(chat, "PATIENCE_S", 1.0)
    return "it did not answer within 1 s"


def _is_nothing(service: Service, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("AIRFLOW_CONN_OPS_CHAT", json.dumps({"conn_type": "generic", "password": f"no://{SECRET}"}))
    return "it did not take the message"


def _is_unknown(service: Service, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.delenv("AIRFLOW_CONN_OPS_CHAT")
    return "its connection cannot be read (AirflowNotFoundException)"


def _is_unreadable(service: Service, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("AIRFLOW_CONN_OPS_CHAT", '{"conn_type": "generic", "password": ' + SECRET)
    return "its connection cannot be read"


@pytest.mark.parametrize("how", [_refuses, _hangs, _is_nothing, _is_unknown, _is_unreadable])
def test_a_chat_that_fails_is_a_mail_at_once_and_is_reported_once_a_day(
    mail: MailSink,
    service: Service,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
    how: Any,
) -> None:
    caplog.set_level(logging.DEBUG)
    chats(monkeypatch, service.address, "head_of_department", "management_representative", "report_manager")
    why = how(service, monkeypatch)
    draft()
    ask()
    send()
    assert to(mail) == [HEAD, MANAGER]
    (notice,) = receipts("asked")
    assert notice.status == "accepted"
    assert notice.attempts == 1
    assert notice.answer.startswith("250 ")
    assert f"; the chat ops_chat failed: {why}" in notice.answer
    alarm = mails(mail)[1]
    assert alarm["Subject"] == "通知渠道失败 / Chat channel failed: ops_chat"
    ask(level="approval")
    send(level="approval")
    assert to(mail)[2:] == ["management_representative@example.com"], "the report manager knows of it"
    said = caplog.text + "".join(capfd.readouterr()) + "".join(words(one) for one in mails(mail)) + notice.answer
    assert SECRET not in said


def test_with_chat_and_mail_server_away_the_watch_tries_both_again(
    house: Any, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    connect(monkeypatch, port)
    chats(monkeypatch, service.address, "head_of_department")
    service.status = 500
    draft()
    ask()
    send()
    (notice,) = receipts("asked")
    assert (notice.status, notice.attempts) == ("deferred", 1)
    assert "the chat ops_chat failed" in notice.answer
    assert [one.status for one in receipts("channel_failed")] == ["planned"]
    service.status = 200
    with MailSink(house / "mail", port) as sink:
        assert watch(ASKED) == [HEAD]
        assert to(sink) == [MANAGER], "of the chat that had failed"
    assert len(service.posted) == 2


@pytest.mark.parametrize(
    "address",
    [
        "json://127.0.0.1:1/x",
        "dingtalk://0123456789abcdef",
        "wecombot://0123456789abcdef",
        "feishu://0123456789abcdef",
        "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/#general",
        "workflows://prod-1.logic.azure.com:443/workflow/signature",
    ],
)
def test_the_addresses_of_these_services_are_known(address: str) -> None:
    assert Apprise.instantiate(address) is not None


@pytest.mark.parametrize(
    "written",
    [
        {"conn_type": "apprise", "extra": {"config": {"path": "ADDRESS", "tag": "x"}}},
        {"conn_type": "apprise", "extra": {"config": '[{"path": "ADDRESS"}]'}},
        {"conn_type": "generic", "password": "ADDRESS"},
        {"conn_type": "generic", "host": "ADDRESS"},
    ],
)
def test_where_the_address_may_be_written(
    house: Any, service: Service, monkeypatch: pytest.MonkeyPatch, written: dict[str, Any]
) -> None:
    connection = json.dumps(written).replace("ADDRESS", service.address)
    monkeypatch.setenv("AIRFLOW_CONN_OPS_CHAT", connection)
    assert chat.send("ops_chat", "标题", "正文\n第二行") == ""
    assert (service.posted[0]["title"], service.posted[0]["message"]) == ("标题", "正文\n第二行")


def test_a_connection_without_an_address_says_where_it_belongs(house: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_OPS_CHAT", json.dumps({"conn_type": "generic", "host": "chat.example"}))
    assert "write it as a password" in chat.send("ops_chat", "title", "body")
