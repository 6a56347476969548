"""A door before the object store: it can be shut, or answer 503 to everything; the store behind it forgets nothing.

The store of tests keeps all in memory, so it cannot itself be stopped and started. Requests are counted by method.
"""

from __future__ import annotations

import socket
import socketserver
import threading
from collections import Counter
from contextlib import suppress
from typing import Any

SLOW_DOWN = b"<?xml version='1.0'?><Error><Code>SlowDown</Code><Message>Reduce your request rate.</Message></Error>"
BUSY = (
    b"HTTP/1.1 503 Slow Down\r\nContent-Type: application/xml\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s"
    % (
        len(SLOW_DOWN),
        SLOW_DOWN,
    )
)
_CHUNK = 1 << 16


class StoreDoor:
    """Listens on loopback and passes all on to ``port``, while it is open."""

    def __init__(self, port: int) -> None:
        door = self

        class Handler(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                door._hold(self.request)

        class Server(socketserver.ThreadingTCPServer):
            daemon_threads = True
            block_on_close = False
            request_queue_size = 128

        self.requests: Counter[str] = Counter()
        self.refused = 0
        self._behind = port
        self._state = "open"
        self._held: set[socket.socket] = set()
        self._server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def __enter__(self) -> StoreDoor:
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._drop()

    def open(self) -> None:
        self._state = "open"

    def busy(self) -> None:
        """Answer 503 from now on."""
        self._state = "busy"
        self._drop()

    def shut(self) -> None:
        """Hang up on everybody from now on."""
        self._state = "shut"
        self._drop()

    def _drop(self) -> None:
        for one in list(self._held):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def _hold(self, client: socket.socket) -> None:
        if self._state != "open":
            self.refused += 1
            if self._state == "busy" and (said := client.recv(_CHUNK)):
                # the answer to a HEAD has no body
                client.sendall(BUSY.partition(b"<?xml")[0] if said.startswith(b"HEAD") else BUSY)
            return
        with suppress(OSError), socket.create_connection(("127.0.0.1", self._behind)) as store:
            self._held |= {client, store}
            back = threading.Thread(target=_pass_on, args=(store, client), daemon=True)
            back.start()
            _pass_on(client, store, self._count)
            back.join()
            self._held -= {client, store}

    def _count(self, data: bytes) -> None:
        method = data.split(b" ", 1)[0]
        if method in (b"GET", b"PUT", b"POST", b"HEAD", b"DELETE"):
            self.requests[("LIST" if b"list-type" in data[:2000] else method.decode())] += 1


def _pass_on(source: socket.socket, target: socket.socket, seen: Any = None) -> None:
    with suppress(OSError):
        while data := source.recv(_CHUNK):
            if seen:
                seen(data)
            target.sendall(data)
    with suppress(OSError):
        target.shutdown(socket.SHUT_WR)
