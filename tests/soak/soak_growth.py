"""What grows while the soak runs: memory and open files of each service, databases, Redis, temporary files.

A service that was killed begins a life of its own: growth is told of the longest one, from when it was warm.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

import psutil
import sqlalchemy as sa
from itss.standalone import guard

WARM_S = 240.0
"""From the begin of a life: until then it imports and fills its caches."""
_OLD_S = 45.0


@dataclass(frozen=True)
class Sample:
    """One look at one service: its biggest process that is no task."""

    at: float
    service: str
    pid: int
    mb: float
    files: int


@dataclass(frozen=True)
class Growth:
    """Of one life."""

    service: str
    minutes: float
    first_mb: float
    last_mb: float
    slope_mb_h: float
    files_first: int
    files_last: int


def growth(samples: Iterable[Sample]) -> list[Growth]:
    """Of each service, by its longest life; the slope is the line of least squares."""
    found: dict[str, Growth] = {}
    ordered = sorted(samples, key=lambda one: (one.service, one.pid, one.at))
    for (service, _), life in groupby(ordered, key=lambda one: (one.service, one.pid)):
        seen = list(life)
        warm = [one for one in seen if one.at - seen[0].at >= WARM_S] or seen[-1:]
        minutes = (warm[-1].at - warm[0].at) / 60
        one = Growth(service, minutes, warm[0].mb, warm[-1].mb, _slope(warm) * 3600, warm[0].files, warm[-1].files)
        if service not in found or one.minutes >= found[service].minutes:
            found[service] = one
    return list(found.values())


def _slope(seen: Sequence[Sample]) -> float:
    """MB a second."""
    if len(seen) < 2:
        return 0.0
    at, mb = (sum(getattr(one, name) for one in seen) / len(seen) for name in ("at", "mb"))
    over = sum((one.at - at) ** 2 for one in seen)
    return sum((one.at - at) * (one.mb - mb) for one in seen) / over if over else 0.0


def look(house: Any) -> list[Sample]:
    """At all services that run now; a process younger than a minute may be a task."""
    now, found = time.time(), []
    for name, service in house.services.items():
        sizes = []
        if not service.is_running:
            continue
        with suppress(psutil.Error):
            for pid in guard.members(service._guard.pid):
                with suppress(psutil.Error):
                    process = psutil.Process(pid)
                    is_task = "airflow worker --" in " ".join(process.cmdline())
                    if not is_task and now - process.create_time() > _OLD_S and pid != service._guard.pid:
                        sizes.append((process.memory_info().rss / 1024**2, pid, process.num_fds()))
        if sizes:
            mb, pid, files = max(sizes)
            found.append(Sample(now, name, pid, mb, files))
    return found


def sizes(house: Any) -> dict[str, float]:
    """MB of each database, keys in Redis, temporary files of the machines."""
    found: dict[str, float] = {}
    for name, server in house.databases.items():
        with suppress(sa.exc.OperationalError):
            engine = sa.create_engine(server.admin, poolclass=sa.NullPool)
            with engine.connect() as connection:
                size = connection.exec_driver_sql(f"SELECT pg_database_size('{name}')").scalar()
            found[f"database {name}, MB"] = float(size or 0) / 1e6
    import redis

    with suppress(redis.RedisError):
        client = redis.Redis.from_url(house.redis.url)
        found["keys in Redis"] = float(client.dbsize())
        found["messages in the queue"] = float(client.llen("default"))  # type: ignore[arg-type]
    temporary = [path for one in house.services.values() for path in _files(one.machine.folder / "tmp")]
    return found | {"temporary files": float(len(temporary))}


def _files(folder: Path) -> list[Path]:
    with suppress(OSError):
        return [path for path in folder.rglob("*") if path.is_file()]
    return []


def document(samples: Iterable[Sample]) -> list[dict[str, Any]]:
    return [asdict(one) for one in samples]
