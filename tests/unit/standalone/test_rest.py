"""The REST client against a small HTTP server that forgets its tokens."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from itss.errors import StandaloneError
from itss.standalone.rest import Client, RestError, run_path


class Server(ThreadingHTTPServer):
    """Knows one user, gives numbered tokens, and takes only the newest."""

    tokens = 0
    busy = 0
    calls: list[tuple[str, str, Any]]


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_POST(self) -> None:
        body = self._body()
        if self.path == "/auth/token":
            if body != {"username": "a", "password": "secret"}:
                return self._reply(401, {"detail": "who?"})
            self.server.tokens += 1
            return self._reply(201, {"access_token": str(self.server.tokens)})
        return self._answer(body)

    def do_GET(self) -> None:
        self._answer(None)

    def do_PATCH(self) -> None:
        self._answer(self._body())

    def _answer(self, body: Any) -> None:
        if self.headers["Authorization"] != f"Bearer {self.server.tokens}":
            return self._reply(401, {"detail": "expired"})
        self.server.calls.append((self.command, self.path, body))
        if self.server.busy:
            self.server.busy -= 1
            return self._reply(500, {"detail": "database is locked"})
        if "missing" in self.path:
            return self._reply(404, {"detail": "no such run"})
        if self.path.endswith("/hitlDetails"):
            return self._reply(200, {"params": {"comment": {"value": None}, "data": {"value": "keep"}}})
        return self._reply(200, {"task_instances": [{"task_id": "open"}]})

    def _body(self) -> Any:
        return json.loads(self.rfile.read(int(self.headers["Content-Length"])))

    def _reply(self, status: int, body: Any) -> None:
        self.send_response(status)
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())

    def log_message(self, *args: Any) -> None:
        pass


@pytest.fixture
def server() -> Iterator[Server]:
    with Server(("127.0.0.1", 0), Handler) as found:
        found.calls = []
        thread = threading.Thread(target=found.serve_forever)
        thread.start()
        yield found
        found.shutdown()
        thread.join()


@pytest.fixture
def client(server: Server, monkeypatch: pytest.MonkeyPatch) -> Client:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")  # nothing listens there
    return Client(f"http://127.0.0.1:{server.server_port}", "a", "secret")


def test_signs_in_once_and_again_when_the_token_has_run_out(client: Client, server: Server) -> None:
    assert client.tasks("report", "manual__2026-09+1") == [{"task_id": "open"}]
    client.get("/dags")
    assert server.tokens == 1
    server.tokens = 7
    client.get("/dags")
    assert server.tokens == 8
    assert server.calls[0][1] == "/api/v2/dags/report/dagRuns/manual__2026-09%2B1/taskInstances?limit=100"


def test_an_answer_is_an_option_a_comment_and_what_the_form_offers(client: Client, server: Server) -> None:
    client.answer("report", "run", "approval", "Reject", "wrong")
    path = "/api/v2" + run_path("report", "run") + "/taskInstances/approval/-1/hitlDetails"
    assert server.calls == [
        ("GET", path, None),
        ("PATCH", path, {"chosen_options": ["Reject"], "params_input": {"comment": "wrong", "data": "keep"}}),
    ]


def test_an_error_says_what_was_asked_and_what_was_said(client: Client) -> None:
    with pytest.raises(RestError, match=r"404: GET /api/v2/missing.*no such run") as error:
        client.get("/missing")
    assert error.value.status == 404


def test_a_busy_server_is_asked_again_but_not_for_ever(client: Client, server: Server) -> None:
    server.busy = 2
    client.post("/dags/report/dagRuns", {"dag_run_id": "one"})
    assert len(server.calls) == 3
    server.busy = 99
    with pytest.raises(RestError, match=r"500.*database is locked"):
        client.get("/dags")
    assert len(server.calls) == 3 + 5


def test_a_server_that_is_gone_is_told() -> None:
    gone = Client("http://127.0.0.1:9", "a", "secret")
    assert gone.healthy() is False
    with pytest.raises(StandaloneError, match="does not answer"):
        gone.get("/dags")
