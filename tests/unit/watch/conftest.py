from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from itss.standalone.sink import MailSink
from watched import ROOT, change, connect


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The supplier's list with a state of its own; its report is owed for September 2026 and after."""
    shutil.copytree(ROOT / "docs" / "examples" / "supplier", tmp_path / "list")
    monkeypatch.setenv("ITSS_VAR", str(tmp_path / "var"))
    monkeypatch.setenv("ITSS_REPORT_LIST", str(tmp_path / "list" / "report_list.yaml"))
    change(lambda entry: entry["period"].update(first="2026-09-01"))
    return tmp_path


@pytest.fixture
def mail(house: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[MailSink]:
    with MailSink(house / "mail") as sink:
        connect(monkeypatch, sink.port)
        yield sink
