"""The one Airflow plugin: the portal (服务报告), and the guard at the answers to our human tasks.

Every Airflow process loads this file, task processes too, so it imports nothing until the API server asks for it. An
installed product is found by its entry point, a checkout by `itss_plugin.py` in its folder of plugins.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from airflow.plugins_manager import AirflowPlugin


class _WhenAsked:
    """A class attribute that is made when it is first read."""

    def __init__(self, make: Callable[[], list[Any]]) -> None:
        self._make = make
        self._made: list[Any] | None = None

    def __get__(self, _instance: object, _owner: type) -> list[Any]:
        if self._made is None:
            self._made = self._make()
        return self._made


def _apps() -> list[dict[str, Any]]:
    from itss.links import PORTAL
    from itss.portal.app import portal

    return [{"app": portal(), "url_prefix": PORTAL, "name": "itss portal"}]


def _middlewares() -> list[dict[str, Any]]:
    from itss.portal.answers import AnswerGuard

    return [{"middleware": AnswerGuard, "args": [], "kwargs": {}, "name": "itss answers"}]


def _timetables() -> list[type]:
    from itss.flow.timetable import PeriodTimetable

    return [PeriodTimetable]


class ItssPlugin(AirflowPlugin):  # type: ignore[misc]
    """Pages under ``/itss``, in the UI's navigation as 服务报告."""

    name = "itss"
    fastapi_apps = _WhenAsked(_apps)
    fastapi_root_middlewares = _WhenAsked(_middlewares)
    timetables = _WhenAsked(_timetables)
    external_views = [  # noqa: RUF012 - Airflow's own shape
        {"name": "ITSS 报告", "href": "itss/", "url_route": "itss", "destination": "nav"}
    ]
