"""The real API server of Airflow, in this process, with the portal mounted by the plugin; and a house for its pages.

A folder's tests share one server. Each test has a list and a register of its own: the portal reads both afresh.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

sys.path.append(str(Path(__file__).parents[1] / "steps"))  # a report is walked here as it is there

# before Airflow is imported for the first time: it would make its folder in the home directory otherwise
os.environ.setdefault("AIRFLOW_HOME", tempfile.mkdtemp(prefix="itss-airflow-"))

from api_server import api_server
from furnished import furnish
from visitor import Visitor
from walk_house import mail  # noqa: F401 - a fixture

if TYPE_CHECKING:
    from fastapi import FastAPI


@pytest.fixture(scope="package")
def airflow_app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FastAPI]:
    """Airflow's API server with SimpleAuthManager and an empty metadata database."""
    with api_server(tmp_path_factory.mktemp("airflow")) as app:
        yield app


@pytest.fixture(scope="package")
def sign_in(airflow_app: FastAPI) -> Callable[..., Visitor]:
    """``sign_in("report_author")`` is that person at the portal, ``sign_in("")`` somebody who is not signed in."""

    def visitor(user: str, role: str = "user", language: str = "en") -> Visitor:
        return Visitor(airflow_app, user, role, language)

    return visitor


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A list of one report over a CSV file, in which everybody has a user; everything the product keeps is below it."""
    return furnish(tmp_path, monkeypatch)


@pytest.fixture
def visit(sign_in: Callable[..., Visitor], house: Path) -> Callable[..., Visitor]:
    """`sign_in`, at the pages of that house."""
    return sign_in
