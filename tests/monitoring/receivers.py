"""What stands at the other end of the wire: StatsD over UDP and OTLP over HTTP, on loopback, in the test's process."""

from __future__ import annotations

import gzip
import re
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

HOST = "127.0.0.1"
_LINE = re.compile(r"(?P<name>[^,:|]+)(?P<tags>(?:,[^,:|]+)*):(?P<value>[^|]+)\|(?P<kind>ms|c|g)(?:\|@[\d.]+)?")


@dataclass(frozen=True)
class Received:
    """One line of StatsD with tags as InfluxDB writes them; ``kind`` is ``c``, ``g`` or ``ms``."""

    name: str
    tags: dict[str, str]
    value: float
    kind: str


@dataclass
class StatsdServer:
    """``port`` of UDP, and what came there; ``strange`` are lines that are no StatsD."""

    port: int
    received: list[Received] = field(default_factory=list)
    strange: list[str] = field(default_factory=list)

    def named(self, name: str, **tags: str) -> list[Received]:
        """What came of a name, with these tags at least."""
        return [one for one in self.received if one.name == name and tags.items() <= one.tags.items()]

    def read(self, text: str) -> None:
        for line in text.splitlines():
            if not (found := _LINE.fullmatch(line)):
                self.strange.append(line)
                continue
            tags = dict(tag.split("=", 1) for tag in found["tags"].split(",") if tag)
            self.received.append(Received(found["name"], tags, float(found["value"]), found["kind"]))


@contextmanager
def statsd_server() -> Iterator[StatsdServer]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
        server.bind((HOST, 0))
        found = StatsdServer(server.getsockname()[1])
        is_over = threading.Event()

        def listen() -> None:
            while not is_over.is_set():
                found.read(server.recv(65536).decode())

        thread = threading.Thread(target=listen)
        thread.start()
        try:
            yield found
        finally:
            is_over.set()
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as last:
                last.sendto(b"test.over:1|c", (HOST, found.port))
            thread.join()


@dataclass
class Collector:
    """``url`` of OTLP over HTTP, and the spans that came there."""

    url: str
    spans: list[Span] = field(default_factory=list)

    def named(self, name: str) -> list[Span]:
        return [span for span in self.spans if span.name == name]


def attributes(span: Span) -> dict[str, object]:
    return {one.key: getattr(one.value, one.value.WhichOneof("value")) for one in span.attributes}


@contextmanager
def collector() -> Iterator[Collector]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            body = gzip.decompress(body) if self.headers.get("Content-Encoding") == "gzip" else body
            if self.path == "/v1/traces":
                request = ExportTraceServiceRequest.FromString(body)
                for resource in request.resource_spans:
                    for scope in resource.scope_spans:
                        found.spans.extend(scope.spans)
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Nothing: the test says what came."""

    server = ThreadingHTTPServer((HOST, 0), Handler)
    found = Collector(f"http://{HOST}:{server.server_address[1]}")
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield found
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
