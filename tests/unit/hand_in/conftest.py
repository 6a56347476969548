from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from handing import ROOT, connect
from itss.standalone.sink import MailSink


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The supplier's list with a state of its own."""
    shutil.copytree(ROOT / "docs" / "examples" / "supplier", tmp_path / "list")
    monkeypatch.setenv("ITSS_VAR", str(tmp_path / "var"))
    monkeypatch.setenv("ITSS_REPORT_LIST", str(tmp_path / "list" / "report_list.yaml"))
    return tmp_path


@pytest.fixture
def mail(house: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[MailSink]:
    with MailSink(house / "mail") as sink:
        connect(monkeypatch, sink.port)
        yield sink
