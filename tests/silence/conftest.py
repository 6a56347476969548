"""What the silences are caused in: a list with its register and a real mail server, or a running Airflow."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from itss.standalone.sink import MailSink

HERE = Path(__file__).resolve().parent
# the list that a test takes along its way, the house of a running Airflow, and that of several machines
sys.path += [str(HERE.parent / room) for room in ("unit/watch", "flow", "faults", "production")]

from silence_table import IS_WHOLE, Row, Tell, property_of, rows_of, table, write  # noqa: E402


@pytest.fixture
def tell(request: pytest.FixtureRequest) -> Tell:
    """``tell(row)``: one line more in the table, if the test passes."""

    def one(row: Row) -> None:
        request.node.user_properties.append(property_of(row))

    return one


@pytest.fixture
def listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    from watched import lay_out

    return lay_out(tmp_path, monkeypatch)


@pytest.fixture
def mail(listed: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[MailSink]:
    from watched import connect

    with MailSink(listed / "mail") as sink:
        connect(monkeypatch, sink.port)
        yield sink


def pytest_terminal_summary(terminalreporter: Any) -> None:
    rows = rows_of(terminalreporter)
    if not rows:
        return
    terminalreporter.section("silences")
    terminalreporter.write_line(table(rows))
    if IS_WHOLE:
        write(rows)
