"""One mail out, the server's answer in, over the SMTP connection that Airflow knows. The only module that knows it.

Refuses to send a file that is not the approved one, and to try twice. Its one surprise: when the connection breaks
while a mail is on its way, nobody can know whether it arrived; what is on record then stays ``sending``.
"""

from __future__ import annotations

import datetime as dt
import smtplib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal

from itss.delivery.mail import Attachment, Mail
from itss.errors import DeliveryError, RegisterError
from itss.register import Register

_NEVER = 500
_LONGEST = 300


@dataclass(frozen=True)
class Receipt:
    """What the server said to one mail: accepted, deferred (4xx: try again) or refused (5xx)."""

    address: str
    status: Literal["accepted", "refused", "deferred"]
    answer: str
    message_id: str
    at: dt.datetime


class UnreachableError(DeliveryError):
    """No mail was begun: the server could not be reached, or did not let us in."""


class UnknownEndError(DeliveryError):
    """The connection broke while the mail was on its way."""


def send(mail: Mail, connection_id: str) -> Receipt:
    """Send one mail that needs no receipt on record; `DeliveryError` unless the server accepted it."""
    with connected(connection_id) as server, TemporaryDirectory() as folder:
        receipt = attempt(server, mail, local_files(mail.attachments, Path(folder)))
    if receipt.status != "accepted":
        raise DeliveryError(
            f"{mail.address}: {receipt.status} ({receipt.answer}).", "Correct the address, or try later."
        )
    return receipt


def notify(
    register: Register,
    mails: Sequence[Mail],
    connection_id: str,
    now: dt.datetime,
    patience: dt.timedelta = dt.timedelta(0),
) -> list[str]:
    """Send planned notices, each once, with its receipt of ``now`` on record; returns the addresses mailed now.

    Tries all, but those refused less than ``patience`` ago; then raises `DeliveryError` for whoever is left.
    """
    known = register.notices()
    done = {one.message_id for one in known if one.status in ("accepted", "waived")}
    refused = {one.message_id: one.answer for one in known if one.status == "refused" and one.at > now - patience}
    problems: list[str] = []
    told: list[str] = []
    with TemporaryDirectory() as folder:
        for number, mail in enumerate(one for one in mails if one.message_id not in done):
            if mail.message_id in refused:
                problems.append(f"  {mail.address}: refused, {refused[mail.message_id]}")
                continue
            part = Path(folder) / str(number)
            part.mkdir()
            try:
                receipt = _notify_one(register, mail, part, connection_id, now)
            except (DeliveryError, RegisterError) as error:
                problems.append(f"  {mail.address}: {error}")
                continue
            if receipt.status == "accepted":
                told.append(mail.address)
            else:
                problems.append(f"  {mail.address}: {receipt.status}, {receipt.answer}")
    if problems:
        raise DeliveryError(
            f"{len(problems)} notice(s) could not be sent:\n" + "\n".join(problems) + "\n",
            "Mend the cause and clear the task: whoever was told is not told again.",
        )
    return told


def _notify_one(register: Register, mail: Mail, folder: Path, connection_id: str, now: dt.datetime) -> Receipt:
    with connected(connection_id) as server:
        register.record_notice(mail.message_id, "sending", "", now)
        receipt = attempt(server, mail, local_files(mail.attachments, folder))
        register.record_notice(mail.message_id, receipt.status, receipt.answer, now)
    return receipt


@contextmanager
def connected(connection_id: str) -> Iterator[Any]:
    """The hook, connected; `UnreachableError` with the connection's name when it is not."""
    from airflow.exceptions import AirflowException
    from airflow.providers.smtp.hooks.smtp import SmtpHook

    class OneAttempt(SmtpHook):  # type: ignore[misc]
        """The provider's hook sends again after any error by itself, and the mail arrives twice."""

        reply = ""
        """What the server said last to a whole message; the provider's hook throws it away."""

        @property
        def smtp_retry_limit(self) -> int:
            return 0

        def _build_client(self) -> Any:
            client = super()._build_client()
            send_data = client.data

            def data(message: Any) -> tuple[int, bytes]:
                code, words = send_data(message)
                self.reply = _said(code, words)
                return code, words

            client.data = data
            return client

    hook = OneAttempt(smtp_conn_id=connection_id)
    try:
        hook.get_conn()
    except ValueError:
        # without the cause: it may quote the password
        raise UnreachableError(
            f"The connection '{connection_id}' cannot be read.", "Write it as a URI or as JSON, with a number as port."
        ) from None
    except (OSError, smtplib.SMTPException, AirflowException) as error:
        raise UnreachableError(
            f"The mail server of connection '{connection_id}' does not answer: {_words(error)}.",
            "Check the connection and the server, then clear the task.",
        ) from error
    with hook:
        if not hook.from_email:
            raise UnreachableError(
                f"The connection '{connection_id}' has no sender address.", "Write from_email into its extra."
            )
        yield hook


def attempt(server: Any, mail: Mail, files: list[str]) -> Receipt:
    """Hand one mail over, once; `UnknownEndError` when the connection breaks meanwhile."""
    try:
        server.send_email_smtp(
            to=[mail.address],
            subject=mail.subject,
            html_content=mail.html,
            files=files,
            custom_headers={
                "Message-ID": mail.message_id,
                "Content-Language": mail.language,
                "Auto-Submitted": "auto-generated",  # RFC 3834: no out-of-office answers
            },
        )
    except smtplib.SMTPRecipientsRefused as error:
        code, words = error.recipients[mail.address]
        return _receipt(mail, code, words)
    except smtplib.SMTPResponseException as error:
        return _receipt(mail, error.smtp_code, error.smtp_error)
    except UnicodeEncodeError:
        return _receipt(mail, _NEVER, "the address is not plain ASCII")
    except (OSError, smtplib.SMTPServerDisconnected) as error:
        raise UnknownEndError(
            f"the connection broke while the mail was on its way ({_words(error)}), and how it ended is not known.",
            f"Look for Message-ID {mail.message_id} in the mail server's log.",
        ) from error
    return Receipt(mail.address, "accepted", server.reply or f"accepted by {server.host}", mail.message_id, _now())


def _receipt(mail: Mail, code: int, words: bytes | str) -> Receipt:
    status: Literal["refused", "deferred"] = "refused" if code >= _NEVER else "deferred"
    return Receipt(mail.address, status, _said(code, words), mail.message_id, _now())


def _said(code: int, words: bytes | str) -> str:
    """A server's reply on one line: ``250 2.0.0 Ok: queued as 4D5E6F``."""
    text = words.decode(errors="replace") if isinstance(words, bytes) else words
    plain = "".join(c if c.isprintable() else " " for c in text)
    return " ".join(f"{code} {plain}".split())[:_LONGEST]


def local_files(attachments: Sequence[Attachment], folder: Path) -> list[str]:
    """The attachments as local files under the names they are sent with; those already there are taken."""
    paths: list[str] = []
    for attachment in attachments:
        local = folder / attachment.name
        if not local.exists():
            local.write_bytes(attachment.read())
        paths.append(str(local))
    return paths


def _words(error: BaseException) -> str:
    return " ".join(str(error).split()) or type(error).__name__


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)
