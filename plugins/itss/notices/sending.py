"""Planned notices on their way out: each once, with its receipt on record before and after it is sent."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from itss.delivery.mail import Mail
from itss.delivery.smtp import Receipt, attempt, connected, local_files
from itss.errors import DeliveryError, RegisterError
from itss.register import Register


def send_planned(
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
    mailed: list[str] = []
    with TemporaryDirectory() as folder:
        for number, mail in enumerate(one for one in mails if one.message_id not in done):
            if mail.message_id in refused:
                problems.append(f"  {mail.address}: refused, {refused[mail.message_id]}")
                continue
            part = Path(folder) / str(number)
            part.mkdir()
            try:
                receipt = _send_one(register, mail, part, connection_id, now)
            except (DeliveryError, RegisterError) as error:
                problems.append(f"  {mail.address}: {error}")
                continue
            if receipt.status == "accepted":
                mailed.append(mail.address)
            else:
                problems.append(f"  {mail.address}: {receipt.status}, {receipt.answer}")
    if problems:
        raise DeliveryError(
            f"{len(problems)} notice(s) could not be sent:\n" + "\n".join(problems) + "\n",
            "Correct the cause and clear the task: whoever was notified is not notified again.",
        )
    return mailed


def _send_one(register: Register, mail: Mail, folder: Path, connection_id: str, now: dt.datetime) -> Receipt:
    with connected(connection_id) as server:
        register.record_notice(mail.message_id, "sending", "", now)
        receipt = attempt(server, mail, local_files(mail.attachments, folder))
        register.record_notice(mail.message_id, receipt.status, receipt.answer, now)
    return receipt
