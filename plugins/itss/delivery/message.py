"""A mail as the bytes that travel (RFC 5322): ASCII, CRLF, and every line far shorter than the 998 bytes allowed."""

from __future__ import annotations

from collections.abc import Sequence
from email.header import Header
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formatdate
from pathlib import Path

from itss.delivery.mail import Mail
from itss.delivery.plain_text import plain_text

_SHORT = 60
_TYPES = {
    ".html": "text/html",
    ".pdf": "application/pdf",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".csv": "text/csv",
}


def message_bytes(mail: Mail, sender: str, files: Sequence[str]) -> bytes:
    """``mail`` from ``sender`` with ``files`` attached under their own names.

    It never fails for what people wrote: a character that cannot travel is replaced.
    """
    message = EmailMessage(policy=SMTP)
    message["From"] = sender
    message["To"] = mail.address
    if mail.reply_to:
        message["Reply-To"] = mail.reply_to
    message["Date"] = formatdate(localtime=True)
    message["Content-Language"] = mail.language
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no out-of-office answers
    html = mail.html.encode(errors="replace").decode()
    message.set_content(plain_text(html, is_spaced=True), cte="base64")
    message.add_alternative(html, subtype="html", cte="base64")
    for file in map(Path, files):
        name = _printable(file.name)
        kind, _, subtype = _TYPES.get(file.suffix.lower(), "application/octet-stream").partition("/")
        message.add_attachment(
            file.read_bytes(),
            maintype=kind,
            subtype=subtype,
            filename=name,
            params={"name": name},  # some readers take it from Content-Type only
        )
    # as it is: the policy would begin a new line before a long id, and not every reader takes that
    id_ = f"Message-ID: {mail.message_id}\r\n".encode("ascii")
    return id_ + _subject(_printable(mail.subject)) + message.as_bytes()


def _printable(words: str) -> str:
    return "".join(c if c.isprintable() else "?" for c in words)


def _subject(words: str) -> bytes:
    """Its header line: the policy's own folding loses characters of some mixed texts."""
    is_plain = words.isascii() and len(words) <= _SHORT and "=?" not in words
    value = words if is_plain else Header(words, "utf-8", header_name="Subject").encode(linesep="\r\n")
    return f"Subject: {value}\r\n".encode("ascii")
