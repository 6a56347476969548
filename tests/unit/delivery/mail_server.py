"""A real mail server on loopback that answers what a test wants, and the Airflow connection to it."""

from __future__ import annotations

import asyncio
import email
import email.policy
import json
import socket
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Any

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


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def connect(monkeypatch: pytest.MonkeyPatch, port: int, **extra: object) -> None:
    value = {
        "conn_type": "smtp",
        "host": "127.0.0.1",
        "port": port,
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
