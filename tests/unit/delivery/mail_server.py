"""Real mail servers on loopback that answer what a test wants, and the Airflow connection to them."""

from __future__ import annotations

import asyncio
import email
import email.policy
import json
import socket
import socketserver
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Any, BinaryIO

import pytest


@dataclass
class Server:
    """Keeps every message; answers what ``answers`` says for an address, or breaks the connection for it."""

    port: int
    messages: list[tuple[list[str], EmailMessage]] = field(default_factory=list)
    raw: list[bytes] = field(default_factory=list)
    answers: dict[str, str] = field(default_factory=dict)
    data_answer: str = "250 OK"
    breaks: set[str] = field(default_factory=set)

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802
        answer = self.answers.get(address, "250 OK")
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        if self.breaks & set(envelope.rcpt_tos):
            server.transport.abort()
            await asyncio.sleep(0)
            return "250 never heard"
        if self.data_answer.startswith("250"):
            message = email.message_from_bytes(envelope.content, policy=email.policy.default)
            self.raw.append(envelope.content)
            self.messages.append((list(envelope.rcpt_tos), message))
        return self.data_answer

    @property
    def addresses(self) -> list[str]:
        return [address for to, _ in self.messages for address in to]


class Script:
    """A server of plain sockets that replies to a verb, byte by byte, what stands in ``replies``, else as servers do.

    Verbs are CONNECT, EHLO, HELO, STARTTLS, AUTH, MAIL, RCPT, DATA, PART (the first line of a message) and MESSAGE (all
    of it). After a reply to one in ``cuts`` it hangs up, and in ``hangs`` it says no more.
    """

    def __init__(self) -> None:
        script = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                script._hold(self.rfile, self.wfile)

        class Listener(socketserver.ThreadingTCPServer):
            daemon_threads = True
            block_on_close = False

        self.replies: dict[str, bytes] = {}
        self.cuts: set[str] = set()
        self.hangs: set[str] = set()
        self.commands: list[str] = []
        self.messages: list[bytes] = []
        self._end = threading.Event()
        self._server = Listener(("127.0.0.1", 0), Handler)
        self.port = int(self._server.server_address[1])
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def close(self) -> None:
        self._end.set()
        self._server.shutdown()
        self._server.server_close()

    def heal(self) -> None:
        self.replies.clear()
        self.cuts.clear()
        self.hangs.clear()

    def _hold(self, read: BinaryIO, write: BinaryIO) -> None:
        with suppress(ConnectionError):
            goes_on = self._answer(write, "CONNECT", b"220 script\r\n")
            while goes_on and (line := read.readline()):
                self.commands.append(line.decode("ascii", "replace").strip())
                verb = self.commands[-1].partition(" ")[0].upper()
                goes_on = self._answer(write, verb, b"354 go on\r\n" if verb == "DATA" else b"250 OK\r\n")
                if verb == "DATA" and goes_on and self.replies.get("DATA", b"354").startswith(b"354"):
                    goes_on = self._take(read, write)

    def _take(self, read: BinaryIO, write: BinaryIO) -> bool:
        lines = [read.readline()]
        if not self._answer(write, "PART", b""):
            return False
        while lines[-1] not in (b".\r\n", b""):
            lines.append(read.readline())
        if lines[-1]:
            self.messages.append(b"".join(line.removeprefix(b".") for line in lines[:-1]))
        return self._answer(write, "MESSAGE", b"250 2.0.0 kept\r\n")

    def _answer(self, write: BinaryIO, verb: str, usual: bytes) -> bool:
        if verb in self.hangs:
            self._end.wait()
            return False
        write.write(self.replies.get(verb, usual))
        return verb not in self.cuts


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def connect(
    monkeypatch: pytest.MonkeyPatch, port: object, login: str = "", password: str = "", **extra: object
) -> None:
    value = {
        "conn_type": "smtp",
        "host": "127.0.0.1",
        "port": port,
        "login": login,
        "password": password,
        "extra": {
            "from_email": "service-reports@example.com",
            "disable_tls": True,
            "disable_ssl": True,
            "timeout": 5,
            "retry_limit": 5,
        }
        | extra,
    }
    monkeypatch.setenv("AIRFLOW_CONN_SMTP_TEST", json.dumps(value))
