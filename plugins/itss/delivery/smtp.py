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
from itss.errors import DeliveryError
from itss.report_list.addresses import address_problem

__all__ = ["Receipt", "UnknownEndError", "UnreachableError", "attempt", "connected", "local_files", "send"]


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
