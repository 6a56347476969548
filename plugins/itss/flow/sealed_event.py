"""A sealed version as an event of an Airflow asset, for DAGs of others: one asset a report, one event a version.

Name and URI are one and the same, ``itss://reports/<key>``: Airflow fails a task whose asset shares only one of the two
with another, and nobody calls theirs so. Surprise: a `seal` that is cleared and done again finds the version sealed,
asks Airflow for its event, and makes one only where there is none.
"""

from __future__ import annotations

import datetime as dt
import logging
from typing import Any

from airflow.sdk import Asset
from airflow.sdk.execution_time.context import InletEventsAccessor

log = logging.getLogger(__name__)

GROUP = "service-report"


def asset_of(report: str) -> Asset:
    """The asset of the sealed versions of ``report``."""
    return Asset(f"itss://reports/{report}", group=GROUP)


def announce(context: Any, said: dict[str, Any], *, is_again: bool) -> None:
    """Let the end of this task be the event of the version that ``said`` describes, unless it has had one."""
    asset = context["outlets"][0]
    if is_again and _is_announced(asset, said):
        log.info("The event of %s r%02d is there already", asset.uri, said["revision"])
        context["outlets"].clear()  # Airflow reads them when the task has ended
        return
    context["outlet_events"][asset].extra.update(said)


def _is_announced(asset: Asset, said: dict[str, Any]) -> bool:
    since = dt.datetime.fromisoformat(said["sealed_at"]) - dt.timedelta(minutes=5)  # two clocks
    events = InletEventsAccessor(asset_name=asset.name, asset_uri=asset.uri).after(since.isoformat())
    key = ("report", "period", "revision", "manifest_sha256")
    return any(all(event.extra.get(name) == said[name] for name in key) for event in events)
