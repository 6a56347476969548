"""The house that faults are put into, and the table of what came of them.

Short tests run in `make test`; `make faults` (ITSS_FAULTS=all) puts every fault at every point, and runs those that
need a running Airflow for minutes.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from bad_mail_server import BadMailServer
from ledger import IS_THOROUGH, Count, Injected, tell
from way import ORDER, House, Tasks, way

sys.path.append(str(Path(__file__).parents[1] / "flow"))  # for the running Airflow, also where these tests run alone


@pytest.fixture
def injected(request: pytest.FixtureRequest) -> Injected:
    """``with injected("…") as count``: one fault more in the table, recovered when the block ends well."""

    @contextmanager
    def one(name: str) -> Iterator[Count]:
        count, recovered = Count(), 0
        try:
            yield count
            recovered = 1
            assert (count.lost, count.doubled) == (0, 0)
        finally:
            request.node.user_properties.append(("fault", [name, 1, recovered, count.lost, count.doubled]))

    return one


@pytest.fixture(scope="session")
def tasks() -> Iterator[Tasks]:
    made = Tasks()
    made.warm_up()
    yield made
    made.stop()


@pytest.fixture
def house(tmp_path: Path, tasks: Tasks) -> Iterator[House]:
    """A house before its first step."""
    with BadMailServer() as box:
        yield House(tmp_path, tasks, box)


@pytest.fixture(scope="module")
def walked(tmp_path_factory: pytest.TempPathFactory, tasks: Tasks) -> Iterator[House]:
    """A house that remembers how everything stood before each step, by the step's name, and at the end."""
    with BadMailServer() as box:
        made = House(tmp_path_factory.mktemp("walked"), tasks, box)
        for name in ORDER:
            made.keep(name)
            outcome = made.task(way()[name], name)
            assert outcome.is_done, f"{name}: {outcome.trace or outcome}"
        made.keep("end")
        yield made


@pytest.fixture
def thorough() -> bool:
    return IS_THOROUGH


def pytest_terminal_summary(terminalreporter: Any) -> None:
    tell(terminalreporter)
