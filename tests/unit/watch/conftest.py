from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from itss.standalone.sink import MailSink
from watched import connect, lay_out


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    return lay_out(tmp_path, monkeypatch)


@pytest.fixture
def mail(house: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[MailSink]:
    with MailSink(house / "mail") as sink:
        connect(monkeypatch, sink.port)
        yield sink
