"""The comparisons at the end of a soak, on the record of one report: they agree, and they notice what does not."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "faults")]

import soak_compare  # noqa: E402
from bad_mail_server import BadMailServer, Letter  # noqa: E402
from itss.register import Register  # noqa: E402
from soak_plan import Case  # noqa: E402
from soak_tally import Book, Told  # noqa: E402
from way import KEY, ORDER, PERIOD, RECIPIENTS, Tasks  # noqa: E402
from way import House as WayHouse  # noqa: E402


@dataclass
class Machine:
    """A place where commands of the product are run."""

    environment: dict[str, str]

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([sys.executable, *words], env=self.environment, capture_output=True, text=True)


@pytest.fixture(scope="module")
def sealed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A house with what `soak_compare` asks of one."""
    tasks = Tasks()
    with BadMailServer() as box:
        way = WayHouse(tmp_path_factory.mktemp("sealed"), tasks, box)
        recipients = [address.partition("@")[0] for address in RECIPIENTS]
        way.relist(comment=True, distribution={"recipients": recipients})
        way.walk(ORDER)
        environment = {**os.environ, **way.environment(), "AIRFLOW_HOME": str(way.root / "airflow")}
        register = Register(f"sqlite:///{way.var / 'register.sqlite'}")
        services = {"api-server": SimpleNamespace(machine=Machine(environment))}
        yield SimpleNamespace(register=register, box=box, services=services)
    tasks.stop()


@pytest.fixture
def told() -> Told:
    """What a driver knows of it."""
    one = Told(Case(KEY, PERIOD), set(), is_over=True, revisions_sealed=[1])
    one.answers = [("initial_review", "head_of_department", "Approve"),
                   ("approval", "management_representative", "Approve")]  # fmt: skip
    return one


@pytest.fixture(autouse=True)
def _recipients(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(soak_compare, "addresses", lambda _: RECIPIENTS)
    monkeypatch.setattr(soak_compare, "RECIPIENTS", len(RECIPIENTS))


def test_all_agrees(sealed: Any, told: Told, tmp_path: Path) -> None:
    found = soak_compare.compare(sealed, [told], tmp_path, Book(tmp_path / "book"))
    assert [one for one in found if one.differences] == []
    assert all(one.compared for one in found)
    assert len(found) == 9
    assert any("1 sealed version(s), 0 problem(s)" in one.what for one in found)


def test_a_mail_that_came_twice_is_noticed(sealed: Any, told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    report = next(letter for letter in sealed.box.letters if letter.is_report)
    monkeypatch.setattr(sealed.box, "letters", [*sealed.box.letters, Letter(report.address, report.message)])
    assert soak_compare._receipts(sealed, [told]).differences
    assert len(soak_compare._outbox(sealed, [told]).differences) == 2


def test_a_notice_that_came_twice_needs_a_reason(sealed: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    notice, book = next(letter for letter in sealed.box.letters if not letter.is_report), Book(tmp_path)
    assert soak_compare._repeated(sealed, book).differences == []
    monkeypatch.setattr(sealed.box, "letters", [*sealed.box.letters, Letter(notice.address, notice.message)])
    assert len(soak_compare._repeated(sealed, book).differences) == 1
    book.happened("Redis stopped and started, empty")
    assert len(soak_compare._repeated(sealed, book).differences) == 1
    book.moments.append((notice.at, "worker killed"))
    assert soak_compare._repeated(sealed, book).differences == []


def test_a_decision_that_nobody_gave_is_noticed(sealed: Any, told: Told) -> None:
    (_, second), told.answers = told.answers, told.answers[:1]
    assert "management_representative" in soak_compare._decisions(sealed, [told]).differences[0]
    told.unsure = [second]
    assert soak_compare._decisions(sealed, [told]).differences == []


def test_a_version_that_the_driver_never_saw_is_noticed(sealed: Any, told: Told) -> None:
    told.revisions_sealed = []
    assert soak_compare._revisions(sealed, [told]).differences
