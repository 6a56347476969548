"""Real database servers, one of each a session, for every folder of tests that wants one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from servers import Server, run_mariadb, run_postgresql


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
