"""A mail server on loopback that keeps every message as a file: what `make run` sends goes nowhere else.

Binds before it reports its port, so nobody can take the port in between. Anything it accepted is on disk.
"""

from __future__ import annotations

import asyncio
import os
import re
import socket
import threading
from collections.abc import Collection
from pathlib import Path
from types import TracebackType
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session

HOST = "127.0.0.1"


class MailSink:
    """Writes ``<folder>/<n>.eml``, numbered on from what lies there; ``refused`` addresses get a 550."""

    def __init__(self, folder: Path, port: int = 0, refused: Collection[str] = ()) -> None:
        self.folder = folder
        self.refused = frozenset(refused)
        self._socket = socket.create_server((HOST, port))
        self.port: int = self._socket.getsockname()[1]
        self._loop: asyncio.AbstractEventLoop | None = None
        self._runs = threading.Event()
        self._thread = threading.Thread(target=self._serve, name="mail sink", daemon=True)

    def __enter__(self) -> MailSink:
        self.folder.mkdir(parents=True, exist_ok=True)
        self._loop = asyncio.new_event_loop()
        self._thread.start()
        self._runs.wait()  # a loop that is stopped before it runs would run for ever
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """Close the port; what was received stays."""
        if self._loop and self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()

    def mails(self) -> list[Path]:
        """What was received, oldest first."""
        return sorted(self.folder.glob("*.eml"))

    async def handle_RCPT(  # noqa: N802 - the name is aiosmtpd's protocol
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Accept a recipient unless a test wants it refused."""
        if address in self.refused:
            return f"550 5.1.1 <{address}> is not here"
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 OK"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Keep the message, with the envelope's recipients as a header of its own."""
        number = 1 + max((int(path.stem) for path in self.mails() if path.stem.isdigit()), default=0)
        path = self.folder / f"{number:04d}.eml"
        content: Any = envelope.content or b""
        to = re.sub(r"[\r\n]", " ", ", ".join(envelope.rcpt_tos))
        temporary = path.with_suffix(".part")
        temporary.write_bytes(b"X-Envelope-To: " + to.encode() + b"\r\n" + content)
        os.replace(temporary, path)  # noqa: PTH105 - atomic on every platform
        return f"250 2.0.0 kept as {path.name}"

    def _serve(self) -> None:
        loop = self._loop or asyncio.new_event_loop()
        asyncio.set_event_loop(loop)
        try:
            listening = loop.create_server(lambda: SMTP(self, hostname="localhost"), sock=self._socket)
            server = loop.run_until_complete(listening)
            loop.call_soon(self._runs.set)
            loop.run_forever()
        finally:
            self._runs.set()  # whoever waits for a server that could not start must not wait for ever
        server.close()
        for task in asyncio.all_tasks(loop):
            task.cancel()
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()
