"""A mail server on loopback that does what mail servers do on bad days, and keeps what it took, as its log would.

Plain sockets: aiosmtpd gives no say between a client's last byte and the answer to it.
"""

from __future__ import annotations

import datetime as dt
import os
import signal
import socketserver
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

CUT, HANG = "cut", "hang"
KEPT_AND_CUT = "kept and cut"
REPLIED_AND_CUT = "replied and cut"
KEPT = "kept: "
"""Before an answer of its own to a whole message, which is kept all the same."""


@dataclass(frozen=True)
class Letter:
    """One message as it was taken for one address."""

    address: str
    message: EmailMessage
    at: dt.datetime = field(default_factory=lambda: dt.datetime.now(dt.UTC))

    @property
    def id(self) -> str:
        return str(self.message["Message-ID"]).strip()

    @property
    def is_report(self) -> bool:
        return ".report." in self.id

    @property
    def text(self) -> str:
        """What the reader sees, on one line."""
        body = self.message.get_body(("html", "plain"))
        return " ".join(body.get_content().split()) if body is not None else ""


class BadMailServer:
    """``on`` says what happens at (verb, address): an answer of its own, or `CUT` and its like.

    Verbs are CONNECT, MAIL, RCPT, DATA, PART (some of the message is there) and MESSAGE (all of it). ``kill`` ends the
    process that it names when that point is reached, in place of an answer.
    """

    def __init__(self, port: int = 0) -> None:
        box = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                Talk(box, self).hold()

        class Server(socketserver.ThreadingTCPServer):
            daemon_threads = True
            allow_reuse_address = True
            block_on_close = False

        self.letters: list[Letter] = []
        self.on: dict[tuple[str, str], str | Callable[[], None]] = {}
        self.awake = threading.Event()
        self._server = Server(("127.0.0.1", port), Handler)
        self.port: int = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def __enter__(self) -> BadMailServer:
        return self

    def __exit__(self, *_: object) -> None:
        self.awake.set()
        self._server.shutdown()
        self._server.server_close()

    def heal(self) -> None:
        self.awake.set()
        self.on.clear()
        self.awake = threading.Event()

    def reports(self) -> Counter[tuple[str, str]]:
        """How many times each (address, message id) of a report was taken."""
        return Counter((letter.address, letter.id) for letter in self.letters if letter.is_report)

    def returns(self) -> Counter[str]:
        """How many times each address was told that a report was returned."""
        return Counter(letter.address for letter in self.letters if letter.id.startswith("<returned."))

    def alarms(self) -> list[str]:
        """The words of every failure told to the report manager."""
        return [
            f"{letter.message['Subject']} {letter.text}"
            for letter in self.letters
            if ".failed." in letter.id and letter.address == "report_manager@example.com"
        ]


class _GoneError(Exception):
    """The connection has ended."""


class Talk:
    """One connection."""

    def __init__(self, box: BadMailServer, handler: Any) -> None:
        self.box = box
        self.read, self.write = handler.rfile, handler.wfile
        self.connection = handler.connection
        self.to = ""

    def hold(self) -> None:
        try:
            self.answer("CONNECT", "220 postbox")
            while line := self.read.readline():
                verb = line[:4].decode("ascii", "replace").upper()
                if verb == "QUIT":
                    self.say("221 bye")
                    return
                self.command(verb, line.decode("utf-8", "replace"))
        except (_GoneError, OSError):
            pass
        finally:
            self.connection.close()

    def command(self, verb: str, line: str) -> None:
        if verb == "RCPT":
            self.to = line.partition("<")[2].partition(">")[0]
            self.answer(verb, "250 OK")
        elif verb == "DATA":
            if self.answer(verb, "354 go on"):
                self.take()
        elif verb == "MAIL":
            self.to = ""
            self.answer(verb, "250 OK")
        else:
            self.say("250 postbox")

    def take(self) -> None:
        lines = [self.read.readline()]
        self.answer("PART", "")
        while (line := self.read.readline()) not in (b".\r\n", b""):
            lines.append(line[1:] if line.startswith(b"..") else line)
        if not line:
            raise _GoneError
        action = self.box.on.get(("MESSAGE", self.to))
        name = action.__name__ if callable(action) else action
        if name is None or name.startswith(("kept", REPLIED_AND_CUT)):
            message = message_from_bytes(b"".join(lines), policy=default)
            self.box.letters.append(Letter(self.to, message))  # type: ignore[arg-type]
        self.answer("MESSAGE", "250 2.0.0 kept")

    def answer(self, verb: str, words: str) -> bool:
        """Say ``words``, or do what stands in ``on``; whether all went on as usual."""
        action = self.box.on.get((verb, self.to)) or self.box.on.get((verb, "*"))
        if action is None:
            self.say(words)
            return True
        if callable(action):
            action()
            raise _GoneError
        if action == HANG:
            self.box.awake.wait(60)
            raise _GoneError
        if action == REPLIED_AND_CUT:
            self.say(words)
            raise _GoneError
        if action in (CUT, KEPT_AND_CUT):
            raise _GoneError
        self.say(action.removeprefix(KEPT))
        return False

    def say(self, words: str) -> None:
        if words:
            self.write.write(words.encode() + b"\r\n")
            self.write.flush()


def killing(pid: Callable[[], int], *, is_kept: bool) -> Callable[[], None]:
    """Ends the sender's process at a point of the dialogue; the message of that moment is kept or not."""

    def lost() -> None:
        os.kill(pid(), signal.SIGKILL)

    def kept() -> None:
        lost()

    return kept if is_kept else lost
