"""Asks a running Airflow for what `airflow_dags` and `airflow_parts` judge. It reads, and changes nothing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import islice
from typing import Any
from urllib.parse import quote

from itss.airflow_pools import PoolsByRest
from itss.airflow_rest import Rest, understood
from itss.errors import AirflowSilentError, ConfigurationError
from itss.sources.mark import MARK, mark_among
from itss.watch import airflow_parts
from itss.watch.airflow_here import OWN, Here
from itss.watch.airflow_parts import SERVICES, WATCH
from itss.watch.airflow_seen import Broken, Opening, Processor, Seen, SeenDag, Service, Version, Waiting, instant

TAG = "service-report"
_FILES = ("service_reports", "report_")
_LATELY = dt.timedelta(days=31)
_MOST = 500
"""So many openings, the newest, are looked at for hosts."""
_AT_ONCE = 100
_INSTANCES = "/dags/~/dagRuns/~/taskInstances/list"


def ask(rest: Rest, here: Here) -> Seen:
    """All of it; `ConfigurationError` where something cannot be asked."""
    with understood(rest.url):
        return _ask(rest, here)


def _ask(rest: Rest, here: Here) -> Seen:
    # what Airflow takes for stale it leaves out, unless it is asked for it
    found = _pages(rest, "dags", tags=TAG, exclude_stale="false", order_by="dag_id")
    dags = {one.key: one for one in map(SeenDag.of, found)}
    health = rest.get("/monitor/health")
    openings = tuple(_openings(rest, here))
    return Seen(
        dags=dags,
        asked_at=here.now,
        processors=tuple(_processors(rest)),
        services={name: Service.of(name, health) for name in SERVICES},
        broken=tuple(one for one in map(Broken.of, _pages(rest, "importErrors", "import_errors")) if _is_ours(one)),
        fresh=frozenset(_fresh(rest, here.now - here.grace)),
        pools=PoolsByRest(rest).sizes() if here.people.pools else {},
        openings=openings,
        versions=dict(_versions(rest, {WATCH, *(one.report for one in openings if one.mark)} & dags.keys())),
        waiting=tuple(_waiting(rest, here)),
        watched_at=_watched_at(rest) if WATCH in dags else None,
        has_deferred=bool(rest.post(_INSTANCES, {"state": ["deferred"], "page_limit": 1})["total_entries"]),
        running=frozenset(_running(rest, here.living)),
    )


def _pages(rest: Rest, path: str, name: str = "", **query: Any) -> Iterator[dict[str, Any]]:
    return rest.pages(f"/{path}", name or path, **query)


def _is_ours(one: Broken) -> bool:
    return one.file.startswith(_FILES)


def _processors(rest: Rest) -> Iterator[Processor]:
    """Those heard of last; none where who asks may not read them."""
    wanted = {"job_type": "DagProcessorJob", "order_by": "-latest_heartbeat", "limit": _AT_ONCE}
    try:
        found = rest.get("/jobs", **wanted)["jobs"]
        # after it: one that begins between the two questions would be taken for one that has ended
        alive = {one["id"] for one in rest.get("/jobs", is_alive="true", **wanted)["jobs"]}
    except AirflowSilentError:
        raise
    except ConfigurationError:
        return
    for one in found:
        began_at, heard_at = instant(one["start_date"]), instant(one["latest_heartbeat"])
        if began_at and heard_at:
            yield Processor(began_at, heard_at, one["id"] in alive)


def _fresh(rest: Rest, since: dt.datetime) -> Iterator[str]:
    """The DAGs of which there is a version that is younger; ids of versions grow with time."""
    for one in _pages(rest, "dags/~/dagVersions", "dag_versions", order_by="-id"):
        made = instant(one["created_at"])
        if made is None or made <= since:
            return
        yield one["dag_id"]


def _versions(rest: Rest, keys: Iterable[str]) -> Iterator[tuple[str, Version]]:
    for key in sorted(keys):
        path = f"/dags/{quote(key, safe='')}/dagVersions"
        for one in rest.get(path, order_by="-version_number", limit=1)["dag_versions"]:
            yield key, Version(one["version_number"], dt.datetime.fromisoformat(one["created_at"]))


def _openings(rest: Rest, here: Here) -> Iterator[Opening]:
    """Of each host the newest, with the mark that it left."""
    wanted = {
        "task_ids": ["open"],
        "state": ["success"],
        "start_date_gte": (here.now - _LATELY).isoformat(),
        "order_by": "-start_date",
    }
    hosts: dict[str, Opening] = {}
    for one in islice(rest.posted_pages(_INSTANCES, "task_instances", wanted), _MOST):
        version, at, host = one["dag_version"], instant(one["start_date"]), one["hostname"]
        if host and at and version and one["dag_id"] in here.marks and host not in hosts:
            hosts[host] = Opening(host, one["dag_id"], one["dag_run_id"], at, version["version_number"])
    for opening in hosts.values():
        yield replace(opening, mark=mark_among([_left_by(rest, opening)]))


def _left_by(rest: Rest, one: Opening) -> str:
    """The mark in the XCom; nothing where an older release left none."""
    run = f"/dags/{quote(one.report, safe='')}/dagRuns/{quote(one.run, safe='')}"
    path = f"{run}/taskInstances/open/xcomEntries"
    if not any(entry["key"] == MARK for entry in rest.get(path, xcom_key=MARK)["xcom_entries"]):
        return ""
    return str(rest.get(f"{path}/{MARK}")["value"])


def _waiting(rest: Rest, here: Here) -> Iterator[Waiting]:
    """By queue and pool, the tasks of the product that have not begun."""
    groups: dict[tuple[str, str], dict[str, dt.datetime]] = {}
    wanted = {"state": ["scheduled", "queued"], "order_by": "id"}
    for one in islice(rest.posted_pages(_INSTANCES, "task_instances", wanted), _MOST):
        at = instant(one["scheduled_when"] or one["queued_when"])
        if at is not None and (one["dag_id"] in here.marks or one["dag_id"] in OWN):
            name = f"{one['dag_id']}.{one['task_id']}"
            groups.setdefault((one["queue"] or "default", one["pool"]), {}).setdefault(name, at)
    for (queue, pool), tasks in sorted(groups.items()):
        yield Waiting(queue, pool, min(tasks.values()), tuple(tasks), _goes_on(rest, here, queue, pool))


def _goes_on(rest: Rest, here: Here, queue: str, pool: str) -> bool:
    """Whether a task of that queue and pool runs, or has begun lately."""
    place = {"queue": [queue], "pool": [pool], "page_limit": 1}
    lately = (here.now - airflow_parts.SILENT_FOR).isoformat()
    wanted: tuple[dict[str, Any], ...] = ({"state": ["running"]}, {"start_date_gte": lately})
    return any(rest.post(_INSTANCES, {**place, **one})["total_entries"] for one in wanted)


def _watched_at(rest: Rest) -> dt.datetime | None:
    """The newest end of a run of `report_watch` that succeeded, or begin of one that has not ended."""
    found = rest.get(f"/dags/{WATCH}/dagRuns", order_by="-start_date", limit=_AT_ONCE)["dag_runs"]
    ends = {"success": "end_date", "running": "start_date"}
    times = (instant(one[ends[one["state"]]]) for one in found if one["state"] in ends)
    return max((at for at in times if at), default=None)


def _running(rest: Rest, reports: Iterable[str]) -> Iterator[tuple[str, str]]:
    wanted = sorted(reports)
    for start in range(0, len(wanted), _AT_ONCE):
        body = {"dag_ids": wanted[start : start + _AT_ONCE], "states": ["queued", "running"], "order_by": "id"}
        for one in rest.posted_pages("/dags/~/dagRuns/list", "dag_runs", body):
            yield one["dag_id"], one["dag_run_id"]
