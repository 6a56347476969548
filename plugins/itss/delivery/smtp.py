"""Mails out, receipts in, over the SMTP connection that Airflow knows. The only module here that knows Airflow.

Owns the order that makes resending safe: planned, connected, ``sending`` on record, sent, answer on record. Refuses
to send a file that is not the approved one. Its one surprise: when the connection breaks while a mail is on its
way, nobody can know whether it arrived; it stays ``sending``, and a person decides.
"""

from __future__ import annotations

import datetime as dt
import smtplib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal

from itss.delivery.mail import Mail
from itss.errors import ContentChangedError, DeliveryError, RegisterError
from itss.register import Ref, Register
from itss.register.deliveries import how_to_decide

_NEVER = 500


@dataclass(frozen=True)
class Receipt:
    """What the server said to one mail: accepted, deferred (4xx: try again) or refused (5xx)."""

    address: str
    status: Literal["accepted", "refused", "deferred"]
    answer: str
    message_id: str
    at: dt.datetime


class _UnreachableError(DeliveryError):
    """No mail was begun: the server could not be reached, or did not let us in."""


class _UnknownEndError(DeliveryError):
    """The connection broke while the mail was on its way."""


def send(mail: Mail, connection_id: str) -> Receipt:
    """Send one mail that needs no receipt on record; `DeliveryError` unless the server accepted it."""
    with _connected(connection_id) as server, TemporaryDirectory() as folder:
        receipt = _attempt(server, mail, _files(mail, Path(folder), None))
    if receipt.status != "accepted":
        raise DeliveryError(
            f"{mail.address}: {receipt.status} ({receipt.answer}).", "Correct the address, or try later."
        )
    return receipt


def deliver(register: Register, ref: Ref, mails: Sequence[Mail], connection_id: str) -> None:
    """Serve everybody who has not been served, with a receipt each; tries all, then raises for whoever is left.

    `DeliveryError` names each recipient without the report and why; `ContentChangedError`, before the first mail,
    an attachment that is not what was approved.
    """
    register.plan_deliveries(ref, [(mail.recipient, mail.address, mail.message_id) for mail in mails], _now())
    approved = register.revision(ref).files
    with TemporaryDirectory() as folder:
        files = {mail.message_id: _files(mail, Path(folder), approved) for mail in mails}
        problems = _serve_all(register, ref, mails, files, connection_id)
    if problems:
        raise DeliveryError(
            f"{len(problems)} of {len(files)} recipients have not got it:\n" + "\n".join(problems) + "\n",
            "Mend the cause and clear the task: whoever has it gets no second. To excuse somebody who cannot be "
            f"reached: python -m itss.register delivery {ref[0]} {ref[1]} {ref[2]} ADDRESS waived.",
        )


def notify(register: Register, mails: Sequence[Mail], connection_id: str, now: dt.datetime) -> list[str]:
    """Send planned notices, each once, with its receipt of ``now`` on record; returns the addresses mailed now.

    Tries all, then raises `DeliveryError` for whoever is left.
    """
    done = {one.message_id for one in register.notices() if one.status in ("accepted", "waived")}
    problems: list[str] = []
    told: list[str] = []
    with TemporaryDirectory() as folder:
        for number, mail in enumerate(one for one in mails if one.message_id not in done):
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
    with _connected(connection_id) as server:
        register.record_notice(mail.message_id, "sending", "", now)
        receipt = _attempt(server, mail, _files(mail, folder, None))
        register.record_notice(mail.message_id, receipt.status, receipt.answer, now)
    return receipt


def _serve_all(
    register: Register, ref: Ref, mails: Sequence[Mail], files: Mapping[str, list[str]], connection_id: str
) -> list[str]:
    """One line for each recipient who was not served."""
    settled = {item.message_id for item in register.deliveries(ref) if item.status in ("accepted", "waived")}
    problems: list[str] = []
    down: _UnreachableError | None = None
    for mail in mails:
        if mail.message_id in settled:
            continue
        settled.add(mail.message_id)  # two roles with one address get one mail
        try:
            if down is not None:  # whoever comes next need not wait for the same timeout
                raise down
            with _connected(connection_id) as server:
                receipt = _serve(register, ref, mail, server, files[mail.message_id])
            if receipt.status != "accepted":
                problems.append(f"  {mail.address}: {receipt.status}, {receipt.answer}")
        except _UnreachableError as error:
            down = error
            problems.append(_put_off(register, ref, mail, error))
        except _UnknownEndError as error:
            problems.append(f"  {mail.address}: {error.what} {how_to_decide(ref, mail.address, mail.message_id)}")
        except RegisterError as error:
            problems.append(f"  {mail.address}: {error}")
    return problems


def _serve(register: Register, ref: Ref, mail: Mail, server: Any, files: list[str]) -> Receipt:
    who = (mail.recipient, mail.address)
    register.record_delivery(ref, *who, "sending", "", mail.message_id, _now())
    receipt = _attempt(server, mail, files)
    register.record_delivery(ref, *who, receipt.status, receipt.answer, mail.message_id, receipt.at)
    return receipt


def _put_off(register: Register, ref: Ref, mail: Mail, error: DeliveryError) -> str:
    (known,) = [item for item in register.deliveries(ref) if item.message_id == mail.message_id]
    if known.status == "sending":
        # an earlier attempt may have arrived; that this one could not begin says nothing about it
        began = f"{known.at:%Y-%m-%d %H:%M:%S} UTC"
        decide = how_to_decide(ref, mail.address, mail.message_id)
        return f"  {mail.address}: a mail was begun at {began} and how it ended is not known. {decide}"
    register.record_delivery(ref, mail.recipient, mail.address, "deferred", error.what, mail.message_id, _now())
    return f"  {mail.address}: deferred, {error.what}"


@contextmanager
def _connected(connection_id: str) -> Iterator[Any]:
    """The hook, connected; `_UnreachableError` with the connection's name when it is not."""
    from airflow.exceptions import AirflowException
    from airflow.providers.smtp.hooks.smtp import SmtpHook

    class OneAttempt(SmtpHook):  # type: ignore[misc]
        """The provider's hook sends again after any error by itself, and the mail arrives twice."""

        @property
        def smtp_retry_limit(self) -> int:
            return 0

    hook = OneAttempt(smtp_conn_id=connection_id)
    try:
        hook.get_conn()
    except (OSError, smtplib.SMTPException, AirflowException) as error:
        raise _UnreachableError(
            f"The mail server of connection '{connection_id}' does not answer: {_words(error)}.",
            "Check the connection and the server, then clear the task.",
        ) from error
    with hook:
        if not hook.from_email:
            raise _UnreachableError(
                f"The connection '{connection_id}' has no sender address.", "Write from_email into its extra."
            )
        yield hook


def _attempt(server: Any, mail: Mail, files: list[str]) -> Receipt:
    """Hand one mail over, once; `_UnknownEndError` when the connection breaks meanwhile."""
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
        raise _UnknownEndError(
            f"the connection broke while the mail was on its way ({_words(error)}), and how it ended is not known.",
            f"Look for Message-ID {mail.message_id} in the mail server's log.",
        ) from error
    return Receipt(mail.address, "accepted", f"accepted by {server.host}", mail.message_id, _now())


def _receipt(mail: Mail, code: int, words: bytes | str) -> Receipt:
    said = words.decode(errors="replace") if isinstance(words, bytes) else words
    status: Literal["refused", "deferred"] = "refused" if code >= _NEVER else "deferred"
    return Receipt(mail.address, status, f"{code} {said}", mail.message_id, _now())


def _files(mail: Mail, folder: Path, approved: Mapping[str, str] | None) -> list[str]:
    """The attachments as local files under the names they are sent with; those already there are taken."""
    paths: list[str] = []
    for attachment in mail.attachments:
        local = folder / attachment.name
        if not local.exists():
            data = attachment.path.read_bytes()
            if approved is not None and sha256(data).hexdigest() != approved.get(attachment.file):
                raise ContentChangedError(
                    f"{attachment.path} is not the file that was approved.",
                    "Find out who changed it, then clear the run from 'render' on: it is approved again.",
                )
            local.write_bytes(data)
        paths.append(str(local))
    return paths


def _words(error: BaseException) -> str:
    return " ".join(str(error).split()) or type(error).__name__


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)
