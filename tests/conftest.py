"""Real database servers, one of each a session, for every folder of tests that wants one; one key that signs."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator

import hypothesis
import pytest
from itss.register import signing
from servers import Server, run_mariadb, run_postgresql

gc.set_threshold(100_000, 50, 100)  # what is imported for all tests is looked through at each collection

# the same examples in each run, however slow the machine is; `make long-test` draws others
hypothesis.settings.register_profile("fixed", derandomize=True, deadline=None)
hypothesis.settings.register_profile("random", deadline=None)
hypothesis.settings.load_profile("fixed")


@pytest.fixture(scope="session")
def mariadb() -> Iterator[Server]:
    """A MariaDB `servers.Server`."""
    with run_mariadb() as server:
        yield server


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Server]:
    """A PostgreSQL `servers.Server`."""
    with run_postgresql() as server:
        yield server


@pytest.fixture(scope="session", autouse=True)
def signing_key(tmp_path_factory: pytest.TempPathFactory) -> str:
    """One key for every register of a session, also of the programs that it starts, wherever their ``var`` is."""
    path = tmp_path_factory.mktemp("key") / "signing_key.pem"
    signing.make(path)
    os.environ["ITSS_SIGNING_KEY"] = str(path)
    return str(path)
