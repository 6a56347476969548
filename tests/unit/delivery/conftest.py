"""The mail server, and the folder of a rendered revision."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from delivered_report import Report, released, report
from itss.register import Register
from mail_server import Script, Server, connect, free_port

# before Airflow is imported for the first time: it would make its folder in the home directory otherwise
os.environ.setdefault("AIRFLOW_HOME", tempfile.mkdtemp(prefix="itss-airflow-"))


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    handler = Server(free_port())
    controller = Controller(handler, hostname="127.0.0.1", port=handler.port)
    controller.start()
    connect(monkeypatch, handler.port)
    yield handler
    controller.stop()


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> Iterator[Script]:
    made = Script()
    connect(monkeypatch, made.port)
    yield made
    made.close()


@pytest.fixture
def register(tmp_path: Path) -> Register:
    made = Register(f"sqlite:///{tmp_path / 'register.sqlite'}")
    made.upgrade()
    return made


@pytest.fixture
def job(folder: Path, register: Register) -> Report:
    return released(register, report(folder))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "r01"
    made.mkdir()
    (made / "report.xlsx").write_bytes(b"PK\x03\x04" + bytes(range(256)) * 40)
    (made / "report.html").write_text("<p>客户服务月报</p>", encoding="utf-8")
    return made
