"""The mails in the sink as a person reads them: to whom, about what, when they arrived; printed as they arrive."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

from itss.standalone.sink import MailSink


@dataclass(frozen=True)
class Mail:
    """One received message. ``body`` is what the recipient reads, its HTML where it has any."""

    path: Path
    to: str
    subject: str
    received_at: dt.datetime
    body: str


class Postbox:
    """What a sink holds. What arrives after this was made is new; each mail is read once."""

    def __init__(self, sink: MailSink, say: Callable[[str], None]) -> None:
        self._sink = sink
        self._say = say
        self._before = set(sink.mails())
        self._said = set(self._before)
        self._read: dict[Path, Mail] = {}

    def announce(self) -> None:
        """Say what arrived since it was last asked."""
        for path in self._sink.mails():
            if path not in self._said:
                self._said.add(path)
                mail = self._mail(path)
                self._say(f"          mail {path.name} to {mail.to}: {mail.subject}")

    def new(self) -> list[Mail]:
        """What arrived since this was made, oldest first."""
        return [self._mail(path) for path in self._sink.mails() if path not in self._before]

    def about(self, address: str, page: str) -> list[Mail]:
        """Every mail to ``address`` that links to ``page``, oldest first; also of an earlier run that broke off."""
        mails = map(self._mail, self._sink.mails())
        return [mail for mail in mails if address in mail.to.split(", ") and page in mail.body]

    def _mail(self, path: Path) -> Mail:
        if path not in self._read:
            message = message_from_bytes(path.read_bytes(), policy=default)
            received_at = dt.datetime.fromtimestamp(path.stat().st_mtime, dt.UTC)
            self._read[path] = Mail(
                path, str(message["X-Envelope-To"]), str(message["Subject"]), received_at, _body(message)
            )
        return self._read[path]


def _body(message: EmailMessage) -> str:
    part = message.get_body(("html", "plain"))
    return str(part.get_content()) if part else ""
