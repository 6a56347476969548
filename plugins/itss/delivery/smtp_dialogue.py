"""One message through one SMTP dialogue, and what the replies prove.

Before the final dot is sent nothing is handed over: a reply or a break there proves that no mail is on its way. After
it only a whole reply decides: 2xx accepts, 4xx and 5xx do not, and anything else leaves the end unknown. Its one
surprise: it does without `smtplib.SMTP.sendmail`, which reports every reply but 250 as a refusal, and makes up a 500
when a line is too long.
"""

from __future__ import annotations

import re
import smtplib
from typing import Any, Literal

Outcome = Literal["accepted", "refused", "deferred", "unknown"]

_REPLY_LINE = re.compile(rb"([2-5]\d\d)(?:([ -])(.*))?\r?\n")
_LINE_BYTES = 8192
_LINES = 100
_LONGEST = 300


def hand_over(client: smtplib.SMTP, sender: str, recipient: str, message: bytes) -> tuple[Outcome, str]:
    """Send ``message`` (CRLF line ends) once; what became of it, and the server's reply or what came in its place."""
    try:
        if answer := _announce(client, sender, recipient, len(message)):
            return answer
        client.send(re.sub(rb"(?m)^\.", b"..", message) + b".\r\n")
    except OSError as error:  # smtplib's own errors are such
        return "deferred", f"the connection broke before the mail was handed over ({error_text(error)})"
    return _verdict(client.file)


def size_limit(client: smtplib.SMTP) -> int | None:
    """The largest message in bytes that the server announced (RFC 1870); None if it did not."""
    given = client.esmtp_features.get("size", "")
    return int(given) or None if re.fullmatch(r"[0-9]{1,20}", given) else None


def one_line(code: int, words: bytes | str) -> str:
    """A server's reply on one line: ``250 2.0.0 Ok: queued as 4D5E6F``."""
    text = words.decode(errors="replace") if isinstance(words, bytes) else words
    plain = "".join(c if c.isprintable() else " " for c in text)
    return " ".join(f"{code} {plain}".split())[:_LONGEST]


def error_text(error: BaseException) -> str:
    """The text of ``error`` on one line; its class where it has none."""
    return " ".join(str(error).split()) or type(error).__name__


def _announce(client: smtplib.SMTP, sender: str, recipient: str, octets: int) -> tuple[Outcome, str] | None:
    """The commands before the message; None when the server waits for it."""
    size = f" SIZE={octets}" if client.has_extn("size") else ""
    for command, wanted in ((f"MAIL FROM:<{sender}>{size}", 2), (f"RCPT TO:<{recipient}>", 2), ("DATA", 3)):
        code, words = client.docmd(command)
        if code // 100 == 5:
            return "refused", one_line(code, words)
        if code // 100 == 4:
            return "deferred", one_line(code, words)
        if code // 100 != wanted:
            said = one_line(code, words)
            return "deferred", f"the server's reply to {command[:4]} makes no sense ({said}); no mail was handed over"
    return None


def _verdict(replies: Any) -> tuple[Outcome, str]:
    """What the reply to the whole message proves."""
    try:
        code, words = _strict_reply(replies)
    except OSError as error:
        return "unknown", f"did not come ({error_text(error)})"
    except ValueError as error:
        return "unknown", error_text(error)
    if code // 100 == 3:
        return "unknown", f"makes no sense ({one_line(code, words)})"
    outcomes: dict[int, Outcome] = {2: "accepted", 4: "deferred", 5: "refused"}
    return outcomes[code // 100], one_line(code, words)


def _strict_reply(replies: Any) -> tuple[int, bytes]:
    """The next reply, of whole lines with one code (RFC 5321, 4.2); `ValueError` says what it is instead."""
    words: list[bytes] = []
    codes: set[bytes] = set()
    while True:
        line: bytes = replies.readline(_LINE_BYTES)
        if not line:
            raise ValueError("did not come (the connection was closed)")
        if len(line) == _LINE_BYTES and not line.endswith(b"\n"):
            raise ValueError(f"is longer than {_LINE_BYTES} bytes")
        found = _REPLY_LINE.fullmatch(line)
        codes |= {found[1]} if found else set()
        if found is None or len(codes) > 1 or len(words) == _LINES:
            raise ValueError(f"makes no sense ({line[:80]!r})")
        words.append(found[3] or b"")
        if found[2] != b"-":
            return int(found[1]), b"\n".join(words)
