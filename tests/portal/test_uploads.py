"""Uploads: hostile files, bodies without end, and what happens beside a file that is judged."""

from __future__ import annotations

import sys
import threading
import tracemalloc
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anyio
import httpx
import pytest
from itss.hand_in import receiving
from itss.hand_in.judging import judge
from itss.portal import upload
from visitor import ORIGIN, Visitor

sys.path.append(str(Path(__file__).parents[1] / "unit" / "hand_in"))

from handing import ROWS, place, register, workbook

if TYPE_CHECKING:
    from fastapi import FastAPI

from hand_in_house import HERE, PERIOD, THOSE, Visit, lay_out, send


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    return lay_out(tmp_path, monkeypatch)


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("page.xlsx", b"<html><script>alert(1)</script></html>", "readable XLSX"),
        ("empty.xlsx", b"", "0 bytes"),
        ("report.pdf", b"%PDF-1.7", "not a kind of file"),
        ("a.csv", b"id,sampled_at,<img src=x onerror=alert(1)>\n1,2026-09-01 08:00,0.5\n", "no such column"),
    ],
)
def test_hostile_file_is_judged_like_one_of_the_inbox(
    visit: Visit, house: Path, name: str, content: bytes, words: str
) -> None:
    (house / name).write_bytes(content)
    send(visit("data_provider"), house / name)
    page = visit("data_provider").get(PERIOD).text
    assert words in page
    assert "<script>alert" not in page
    assert "<img src" not in page
    assert register().newest_hand_in(place().key) is None
    assert str(house) not in page, "no path of the server"


def test_form_without_a_file_or_with_two_is_refused(visit: Visit, house: Path) -> None:
    provider, data = visit("data_provider"), workbook(house / "a.xlsx", place()).read_bytes()
    form = {"data": {"token": provider.token("/hand-in")}, "headers": {"Origin": ORIGIN}}
    post = partial(provider.client.post, f"/itss{HERE}", **form)
    assert post().status_code == 422
    assert post(files={"file": ("", b"")}).status_code in (400, 422)
    assert post(files=[("file", ("a.xlsx", data)), ("file", ("b.xlsx", data))]).status_code == 400
    assert register().hand_ins() == []


class Endless:
    """A request whose body never ends, piece by piece; how much of it was read."""

    def __init__(self, visitor: Visitor, *, declared: int | None = None) -> None:
        headers = {
            "host": "testserver",
            "origin": ORIGIN,
            "cookie": f"_token={visitor.client.cookies['_token']}",
            "x-itss-token": visitor.token("/hand-in"),
            "content-type": "multipart/form-data; boundary=frontier",
        } | ({"content-length": str(declared)} if declared else {"transfer-encoding": "chunked"})
        self.scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": "POST",
            "scheme": "http",
            "server": ("testserver", 80),
            "client": ("testclient", 1),
            "root_path": "",
            "path": f"/itss{HERE}",
            "raw_path": f"/itss{HERE}".encode(),
            "query_string": b"",
            "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        }
        self.read, self.status = 0, 0
        self._pieces = self._body()

    @staticmethod
    def _body() -> Iterator[bytes]:
        yield b'--frontier\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n'
        while True:
            yield bytes(256 * 1024)

    async def receive(self) -> dict[str, Any]:
        piece = next(self._pieces)
        self.read += len(piece)
        return {"type": "http.request", "body": piece, "more_body": True}

    async def send(self, message: dict[str, Any]) -> None:
        self.status = message.get("status", self.status)


def test_body_that_is_too_big_is_cut_off_while_it_is_read(
    visit: Visit, airflow_app: FastAPI, house: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    most = 32 * 1024 * 1024
    monkeypatch.setattr(upload._Upload, "most", most)
    request = Endless(visit("data_provider"))
    tracemalloc.start()
    anyio.run(airflow_app, request.scope, request.receive, request.send)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert request.status == 413
    assert most < request.read < most + 1024 * 1024
    assert peak < most / 2, "it is not held in memory"
    assert register().hand_ins() == []


def test_body_that_says_how_big_it_is_is_not_read_at_all(visit: Visit, airflow_app: FastAPI, house: Path) -> None:
    request = Endless(visit("data_provider"), declared=10**12)
    anyio.run(airflow_app, request.scope, request.receive, request.send)
    assert (request.status, request.read) == (413, 0)


def test_nothing_of_a_strangers_body_is_read(visit: Visit, airflow_app: FastAPI, house: Path) -> None:
    request = Endless(visit("bystander"))
    anyio.run(airflow_app, request.scope, request.receive, request.send)
    assert (request.status, request.read) == (403, 0)


def test_other_pages_are_answered_while_a_file_is_judged(
    visit: Visit, airflow_app: FastAPI, house: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One event loop for both requests; the judging ends only when the other page has been answered."""
    provider, data = visit("data_provider"), workbook(house / "a.xlsx", place()).read_bytes()
    begun, answered = threading.Event(), threading.Event()

    def waits(*given: Any) -> Any:
        begun.set()
        assert answered.wait(120), "the loop was blocked"
        return judge(*given)

    monkeypatch.setattr(receiving, "judge", waits)
    form = {"data": {"token": provider.token("/hand-in")}, "files": {"file": ("a.xlsx", data)}}
    found: dict[str, int] = {}

    async def both() -> None:
        transport = httpx.ASGITransport(app=airflow_app)
        cookies = {"_token": provider.client.cookies["_token"]}
        async with (
            httpx.AsyncClient(transport=transport, base_url=ORIGIN, cookies=cookies, timeout=300) as client,
            anyio.create_task_group() as group,
        ):

            async def post() -> None:
                answer = await client.post(f"/itss{HERE}", headers={"Origin": ORIGIN}, **form)
                found["post"] = answer.status_code

            group.start_soon(post)
            await anyio.to_thread.run_sync(begun.wait, 120)
            found["get"] = (await client.get("/itss/hand-in", headers={"Accept": "text/html"})).status_code
            answered.set()

    anyio.run(both)
    assert found == {"get": 200, "post": 303}


def test_two_at_once_make_two_versions_and_of_the_same_bytes_one(visit: Visit, house: Path) -> None:
    one, other = workbook(house / "a.xlsx", place()), workbook(house / "b.xlsx", place(), ROWS[:1])
    visitors = [visit(user) for user in (*THOSE, THOSE[0])]
    with ThreadPoolExecutor(4) as people:
        answers = list(people.map(send, visitors, (one, other, one, other)))
    assert [answer.status_code for answer in answers] == [303] * 4
    numbers = [record.number for record in register().hand_ins()]
    assert numbers == list(range(1, len(numbers) + 1))
    assert 2 <= len(numbers) <= 4, "a, b, and perhaps a again after b"
