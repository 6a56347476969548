"""Airflow's real API server in this process, with SimpleAuthManager, an empty metadata database and the portal."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from fastapi import FastAPI

ROOT = Path(__file__).parents[2]


@contextmanager
def api_server(home: Path) -> Iterator[FastAPI]:
    """The app, its state in ``home``."""
    with pytest.MonkeyPatch.context() as environment:
        for name, value in {
            "DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{home / 'airflow.db'}?timeout=60",
            "CORE__PLUGINS_FOLDER": str(ROOT / "plugins"),
            "CORE__LOAD_EXAMPLES": "False",
            "CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(home / "passwords.json"),
            "API__SECRET_KEY": "secret of these tests",
            "API_AUTH__JWT_SECRET": "another secret of these tests, as long as the signature wants it to be: 64",
        }.items():
            environment.setenv(f"AIRFLOW__{name}", value)
        from airflow import plugins_manager
        from airflow import settings as airflow_settings
        from airflow.api_fastapi.app import create_app, purge_cached_app
        from airflow.models import import_all_models
        from airflow.models.base import Base

        airflow_settings.configure_vars()  # other tests of this process may have imported Airflow already
        airflow_settings.configure_orm()
        for cached in (plugins_manager._get_plugins, plugins_manager.get_fastapi_plugins):
            cached.cache_clear()
        import_all_models()
        Base.metadata.create_all(airflow_settings.engine)
        yield create_app(apps="core")
        purge_cached_app()
        airflow_settings.dispose_orm()
