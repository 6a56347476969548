"""One mail out, the server's answer in, over the SMTP connection that Airflow knows.

Refuses to send a file that is not the approved one, and to try twice. Its one surprise: when no whole reply comes to a
mail that was handed over, nobody can know whether it arrived; what is on record then stays ``sending``.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

from itss.delivery.mail import Attachment, Mail
from itss.delivery.message import message_bytes
from itss.delivery.smtp_connection import Server, UnreachableError, connected
from itss.delivery.smtp_dialogue import Outcome, hand_over, size_limit
from itss.errors import DeliveryError, RegisterError
from itss.register import Register
from itss.report_list.addresses import address_problem

__all__ = ["Receipt", "UnknownEndError", "UnreachableError", "attempt", "connected", "local_files", "notify", "send"]


@dataclass(frozen=True)
class Receipt:
    """What the server said to one mail: accepted, deferred (4xx: try again) or refused (5xx)."""

    address: str
    status: Literal["accepted", "refused", "deferred"]
    answer: str
    message_id: str
    at: dt.datetime


class UnknownEndError(DeliveryError):
    """The mail was handed over, and no reply says whether it was taken."""


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
    if not mails:
        return []
    known = register.notices(message_ids=[one.message_id for one in mails])
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
            "Correct the cause and clear the task: whoever was told is not told again.",
        )
    return told


def _notify_one(register: Register, mail: Mail, folder: Path, connection_id: str, now: dt.datetime) -> Receipt:
    with connected(connection_id) as server:
        register.record_notice(mail.message_id, "sending", "", now)
        receipt = attempt(server, mail, local_files(mail.attachments, folder))
        register.record_notice(mail.message_id, receipt.status, receipt.answer, now)
    return receipt


def attempt(server: Server, mail: Mail, files: Sequence[str]) -> Receipt:
    """Hand one mail over, once; `UnknownEndError` when nobody can know from here whether it was taken."""
    outcome, answer = _handed_over(server, mail, files)
    if outcome == "unknown":
        raise UnknownEndError(
            f"the mail was handed over, but the server's reply {answer}, and how it ended is not known.",
            f"Look for Message-ID {mail.message_id} in the mail server's log.",
        )
    return Receipt(mail.address, outcome, answer, mail.message_id, dt.datetime.now(dt.UTC))


def _handed_over(server: Server, mail: Mail, files: Sequence[str]) -> tuple[Outcome, str]:
    if problem := address_problem(mail.address):
        return "refused", " ".join(problem)
    message, limit = message_bytes(mail, server.sender, files), size_limit(server.client)
    if limit is not None and len(message) > limit:
        return "refused", (
            f"not sent: the mail has {len(message):,} bytes and the server takes at most {limit:,}. "
            "Send fewer formats, or raise the server's limit."
        )
    return hand_over(server.client, server.sender_address, mail.address, message)


def local_files(attachments: Sequence[Attachment], folder: Path) -> list[str]:
    """The attachments as local files under the names they are sent with; those already there are taken."""
    paths: list[str] = []
    for attachment in attachments:
        local = folder / attachment.name
        if not local.exists():
            local.write_bytes(attachment.read())
        paths.append(str(local))
    return paths
