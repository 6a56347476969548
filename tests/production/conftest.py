"""One house for all production tests, and the table of what came of the faults, which is written to the page."""

from __future__ import annotations

import platform
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any

import marked_page
import pytest
from faults_of_production import FAULTS, Fault

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "faults"), str(HERE.parent / "flow")]

from itsm import fill  # noqa: E402
from ledger import Count, Injected  # noqa: E402
from production_house import NIGHTLY, House, Plan, changed_settings, production_house  # noqa: E402

PAGE = HERE.parents[1] / "docs" / "production.md"
_BEGAN = time.monotonic()


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with production_house(tmp_path_factory.mktemp("production") / "house", Plan()) as made:
        fill(made.source_url)
        FAULTS.settings = changed_settings(made.shared)
        yield made


@pytest.fixture
def injected() -> Injected:
    """``with injected("…") as count``: a line more in the table, recovered when the block ends well."""

    @contextmanager
    def one(name: str) -> Iterator[Count]:
        count, began, fault = Count(), time.monotonic(), Fault(name)
        FAULTS.all.append(fault)
        try:
            yield count
            fault.recovered = 1
        finally:
            fault.seconds = time.monotonic() - began
            fault.lost, fault.doubled = count.lost, count.doubled
            print(f"\n    {fault.line()}", file=sys.__stderr__, flush=True)

    return one


def pytest_sessionfinish(session: pytest.Session) -> None:
    if not FAULTS.all:
        return
    text = "\n".join([*FAULTS.table(), "", *_circumstances(session)])
    print(f"\n{text}", file=sys.__stderr__)
    marked_page.write(PAGE, "table", text)


def _circumstances(session: Any) -> list[str]:
    names = ("apache-airflow", "apache-airflow-providers-celery", "celery", "apache-airflow-providers-fab", "s3fs")
    said = ", ".join(f"{name} {version(name)}" for name in names)
    return [
        f"{time.strftime('%Y-%m-%d', time.gmtime())}, {platform.machine()}, {len(FAULTS.cores())} cores, Python "
        f"{platform.python_version()}, {said}; {(time.monotonic() - _BEGAN) / 60:.0f} minutes with the start of the "
        f"house; time-outs {'as shipped' if NIGHTLY else 'shortened'}; {session.testsfailed} tests failed.",
        "", "```", *FAULTS.settings, "```",
    ]  # fmt: skip
