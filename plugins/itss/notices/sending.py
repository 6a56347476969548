"""Planned notices on their way out: each once, by chat or by mail, with its receipt on record before and after.

What has nothing attached goes to the chat of a recipient who has one; a chat that fails is left out of the same call,
and its notices go by mail at once.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from itss.delivery.mail import Mail
from itss.delivery.plain_text import plain_text
from itss.delivery.smtp import UnreachableError, attempt, connected, local_files
from itss.errors import DeliveryError, RegisterError
from itss.monitoring.emitting import emit
from itss.monitoring.series import sample
from itss.notices import chat
from itss.register import Register

_TAKEN = "taken by the chat "
_BY_MAIL_ALONE = ("audit",)
"""A protocol carries the witness of the record out of the house: it is kept where mails are kept."""


@dataclass
class Sender:
    """Sends over one mail server; ``failed`` is why, by the chats that failed meanwhile, ``down`` why no mail goes."""

    register: Register
    connection_id: str
    now: dt.datetime
    failed: dict[str, str] = field(default_factory=dict)
    down: UnreachableError | None = None

    def send_planned(self, mails: Sequence[Mail], patience: dt.timedelta = dt.timedelta(0)) -> list[str]:
        """Send planned notices, each once, with its receipt on record; returns the addresses notified now.

        Tries all, but those refused less than ``patience`` ago; then raises `DeliveryError` for whoever is left.
        """
        if not mails:
            return []
        known = self.register.notices(message_ids=[one.message_id for one in mails])
        done = {one.message_id for one in known if one.status in ("accepted", "waived")}
        late = self.now - patience
        refused = {one.message_id: one.answer for one in known if one.status == "refused" and one.at > late}
        problems: list[str] = []
        notified: list[str] = []
        with TemporaryDirectory() as folder:
            for number, mail in enumerate(one for one in mails if one.message_id not in done):
                if mail.message_id in refused:
                    problems.append(f"  {mail.address}: refused, {refused[mail.message_id]}")
                    continue
                part = Path(folder) / str(number)
                part.mkdir()
                status, channel = "failed", "mail"
                try:
                    status, answer = self._send_one(mail, part)
                    channel = "chat" if answer.startswith(_TAKEN) else "mail"
                except (DeliveryError, RegisterError) as error:
                    problems.append(f"  {mail.address}: {error}")
                    continue
                finally:
                    emit([sample("notices", kind=mail.kind, channel=channel, status=status)])
                if status == "accepted":
                    notified.append(mail.address)
                else:
                    problems.append(f"  {mail.address}: {status}, {answer}")
        if problems:
            raise DeliveryError(
                f"{len(problems)} notice(s) could not be sent:\n" + "\n".join(problems) + "\n",
                "Correct the cause and clear the task: whoever was notified is not notified again.",
            )
        return notified

    def _send_one(self, mail: Mail, folder: Path) -> tuple[str, str]:
        """What became of it, and the answer that is on record."""
        if not mail.chat or mail.attachments or mail.kind in _BY_MAIL_ALONE:
            return self._by_mail(mail, folder)
        self.register.record_notice(mail.message_id, "sending", "", self.now)
        if mail.chat not in self.failed:
            failure = chat.send(mail.chat, mail.subject, plain_text(mail.html))
            if not failure:
                answer = _TAKEN + mail.chat
                self.register.record_notice(mail.message_id, "accepted", answer, self.now)
                return "accepted", answer
            self.failed[mail.chat] = failure
        return self._by_mail(mail, folder, f"; the chat {mail.chat} failed: {self.failed[mail.chat]}")

    def _by_mail(self, mail: Mail, folder: Path, after: str = "") -> tuple[str, str]:
        """As a mail; ``after`` a chat that failed, begun is on record already, and the receipt says so."""
        try:
            if self.down is not None:  # nobody waits for the same timeout again, and no question for fifty of them
                raise self.down
            with connected(self.connection_id) as server:
                if not after:
                    self.register.record_notice(mail.message_id, "sending", "", self.now)
                receipt = attempt(server, mail, local_files(mail.attachments, folder))
                answer = receipt.answer + after
                self.register.record_notice(mail.message_id, receipt.status, answer, self.now)
        except UnreachableError as error:
            self.down = error
            if after:
                self.register.record_notice(mail.message_id, "deferred", error.what + after, self.now)
            raise
        return receipt.status, answer
