"""What a running Airflow says of itself, as small records: its DAGs, files, services, pools, and who opened what where.

Made of the documents of Airflow's REST API 3.3; a field that is not there is an error of whoever asked.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

from itss.sources.mark import Mark, mark_among
from itss.watch.gone_runs import RunState

HEALTHY = "healthy"
CLOCKS = dt.timedelta(minutes=5)
"""So much may the clocks of two machines differ."""
OFF_AFTER = dt.timedelta(minutes=5)
"""An Airflow whose DAG processor was away for longer was off; for less, it was only started again."""


@dataclass(frozen=True)
class SeenDag:
    """A DAG of the product, as the DAG processor read it last; ``parse_s`` is how long its whole file took then."""

    key: str
    file: str
    is_stale: bool
    is_paused: bool
    tags: frozenset[str]
    parsed_at: dt.datetime | None
    parse_s: float

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> SeenDag:
        """From an element of ``dags``."""
        return cls(
            key=document["dag_id"],
            file=PurePosixPath(document["relative_fileloc"] or document["fileloc"]).name,
            is_stale=document["is_stale"],
            is_paused=document["is_paused"],
            tags=frozenset(tag["name"] for tag in document["tags"]),
            parsed_at=instant(document["last_parsed_time"]),
            parse_s=document["last_parse_duration"] or 0.0,
        )

    @property
    def mark(self) -> Mark | None:
        """What its entry, queries and release were when it was read; none of the product's own DAGs."""
        return mark_among(self.tags)


@dataclass(frozen=True)
class Broken:
    """A DAG file that fails when it is imported; what it says is not kept, for it may quote a secret."""

    id: int
    file: str
    at: dt.datetime | None

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> Broken:
        """From an element of ``import_errors``."""
        file = PurePosixPath(document["filename"]).name
        return cls(document["import_error_id"], file, instant(document["timestamp"]))


@dataclass(frozen=True)
class Service:
    """Scheduler, DAG processor or triggerer, and its last sign of life."""

    name: str
    is_healthy: bool
    heard_at: dt.datetime | None

    @classmethod
    def of(cls, name: str, health: Mapping[str, Any]) -> Service:
        """From the answer of ``/monitor/health``; one that never ran is not healthy, and never gave a sign of life."""
        said = health.get(name) or {}
        return cls(name, said.get("status") == HEALTHY, instant(said.get(f"latest_{name}_heartbeat")))


@dataclass(frozen=True)
class Processor:
    """A process of the DAG processor: when it began, its last sign of life, and whether it lives."""

    began_at: dt.datetime
    heard_at: dt.datetime
    is_alive: bool


@dataclass(frozen=True)
class Opening:
    """That the task *open* of a report ran on a worker: when, by which version of the DAG, and what it read there."""

    host: str
    report: str
    run: str
    at: dt.datetime
    version: int
    mark: Mark | None = None


@dataclass(frozen=True)
class Version:
    """The newest version of a DAG: its number, and since when it is that."""

    number: int
    since: dt.datetime


@dataclass(frozen=True)
class Waiting:
    """Tasks that have not begun, of one queue and pool; it ``goes_on`` if others run there, or began lately."""

    queue: str
    pool: str
    since: dt.datetime
    tasks: tuple[str, ...]
    goes_on: bool


@dataclass(frozen=True)
class Seen:
    """All that was asked of one Airflow. ``fresh`` are DAGs whose newest version is younger than its grace."""

    dags: Mapping[str, SeenDag]
    services: Mapping[str, Service]
    asked_at: dt.datetime
    """When the first question was put."""
    processors: tuple[Processor, ...] = ()
    """Those that live and those before them, as far as that may be asked."""
    broken: tuple[Broken, ...] = ()
    fresh: frozenset[str] = frozenset()
    pools: Mapping[str, int] = field(default_factory=dict)
    """Those of ours, with their slots."""
    openings: tuple[Opening, ...] = ()
    versions: Mapping[str, Version] = field(default_factory=dict)
    has_deferred: bool = False
    waiting: tuple[Waiting, ...] = ()
    watched_at: dt.datetime | None = None
    """When `report_watch` last succeeded, or began a run that is still going on."""
    running: frozenset[tuple[str, str]] = frozenset()
    """Report and run, of the reports that were asked about."""

    @property
    def reading_since(self) -> dt.datetime | None:
        """When that DAG processor began which has run longest; nothing where who asks may not read it."""
        return min((one.began_at for one in self.processors if one.is_alive), default=None)

    @property
    def up_since(self) -> dt.datetime | None:
        """When Airflow was started after it was off: a DAG processor that is started again begins nothing anew."""
        since = self.reading_since
        for one in sorted(self.processors, key=lambda one: one.heard_at, reverse=True):
            if since is None or one.heard_at < since - OFF_AFTER:
                break
            since = min(since, one.began_at)
        return since

    def state_of(self, report: str, run: str, since: dt.datetime) -> RunState:
        """An `itss.watch.gone_runs.AskRun`.

        The runs of a DAG that is not seen are believed to live, and one that may have begun after the questions.
        """
        is_new = since > self.asked_at - CLOCKS
        return "alive" if is_new or report not in self.dags or (report, run) in self.running else "ended"


def instant(words: str | None) -> dt.datetime | None:
    """A time of an answer."""
    return dt.datetime.fromisoformat(words) if words else None
