"""An API server that answers as Airflow 3.3.2 does, with documents that a test changes."""

from __future__ import annotations

import datetime as dt
import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

NOW = dt.datetime(2100, 1, 15, 12, tzinfo=dt.UTC)
"""Long after any file of a test was written."""
USER, PASSWORD, TOKEN = "watcher", "canary-password-4711", "canary-token-0815"
MINUTE = dt.timedelta(minutes=1)
OWN = ("report_audit", "report_list", "report_take_up", "report_watch")


def at(minutes_ago: float) -> str:
    """An instant before `NOW`, as Airflow writes it."""
    return (NOW - minutes_ago * MINUTE).isoformat().replace("+00:00", "Z")


def dag(key: str, *tags: str, file: str = "service_reports.py", **said: Any) -> dict[str, Any]:
    return {
        "dag_id": key,
        "dag_display_name": key,
        "is_paused": False,
        "is_stale": False,
        "last_parsed_time": at(1),
        "last_parse_duration": 2.5,
        "relative_fileloc": file,
        "fileloc": f"/dags/{file}",
        "bundle_name": "dags-folder",
        "tags": [{"name": tag, "dag_id": key, "dag_display_name": key} for tag in sorted({"service-report", *tags})],
        **said,
    }


def version(key: str, number: int, minutes_ago: float) -> dict[str, Any]:
    return {"id": f"{number:08d}", "version_number": number, "dag_id": key, "created_at": at(minutes_ago)}


def opening(key: str, host: str, minutes_ago: float, number: int) -> dict[str, Any]:
    return {
        "dag_id": key,
        "dag_run_id": "scheduled__2099-12",
        "task_id": "open",
        "hostname": host,
        "start_date": at(minutes_ago),
        "state": "success",
        "dag_version": version(key, number, 10_000),
    }


def job(number: int, minutes_ago: float, ended: float | None = None) -> dict[str, Any]:
    """A DAG processor that began then; it lives, unless it has ``ended``."""
    return {
        "id": number,
        "job_type": "DagProcessorJob",
        "start_date": at(minutes_ago),
        "latest_heartbeat": at(0.1 if ended is None else ended),
    }


def waiting(key: str, task: str, state: str, minutes_ago: float, **said: Any) -> dict[str, Any]:
    return {
        "dag_id": key,
        "task_id": task,
        "state": state,
        "queue": "default",
        "pool": "default_pool",
        "start_date": None,
        "scheduled_when": at(minutes_ago),
        "queued_when": at(minutes_ago) if state == "queued" else None,
        **said,
    }


class FakeAirflow(ThreadingHTTPServer):
    """Sound as it is made: the DAGs of the product, every service alive. `calls` are the requests, without tokens."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.calls: list[tuple[str, str]] = []
        self.statuses: dict[str, int] = {}
        self.page = 100
        self.dags = [dag(key, file=f"{key}.py") for key in OWN]
        self.import_errors: list[dict[str, Any]] = []
        self.pools: list[dict[str, Any]] = []
        self.versions: list[dict[str, Any]] = []
        self.instances: list[dict[str, Any]] = []
        self.running: list[dict[str, Any]] = []
        self.looks: list[dict[str, Any]] = [{"state": "success", "start_date": at(6), "end_date": at(5)}]
        self.unknown_users: list[str] = []
        self.jobs: list[dict[str, Any]] = [job(1, 0) | {"start_date": "2026-01-01T00:00:00Z"}]
        self.xcoms: dict[str, str] = {}
        self.health: dict[str, Any] = {"metadatabase": {"status": "healthy"}}
        self.beat(at(0.1))

    def beat(self, when: str) -> None:
        """All services are alive, by a clock on which it is ``when``."""
        for name in ("scheduler", "dag_processor", "triggerer"):
            self.health[name] = {"status": "healthy", f"latest_{name}_heartbeat": when}

    def dag(self, key: str) -> dict[str, Any]:
        return next(one for one in self.dags if one["dag_id"] == key)

    def said(self, path: str, query: dict[str, list[str]], body: dict[str, Any]) -> Any:
        if path == "/monitor/health":
            return self.health
        if path == "/itss/api/check":
            unknown = [name for name in query.get("user", []) if name in self.unknown_users]
            lists = {name: [] for name in ("may_not_answer", "unknown_roles", "unknown_connections")}
            return {"auth_manager": "Fake", "is_asked": True, "unknown_users": unknown, **lists}
        if path.endswith("/taskInstances/list"):
            return self._paged("task_instances", self._instances(body), body["page_limit"], body.get("page_offset", 0))
        if path == "/dags/~/dagRuns/list":
            found = [one for one in self.running if one["dag_id"] in body["dag_ids"]]
            return self._paged("dag_runs", found, body["page_limit"], body["page_offset"])
        if path == "/jobs":
            return {"jobs": [one for one in self.jobs if "is_alive" not in query or one["latest_heartbeat"] == at(0.1)]}
        if "/xcomEntries" in path:
            return self._xcom(*path.partition("/xcomEntries"))
        name, found = self._listed(path, query)
        return self._paged(name, found, int(query["limit"][0]), int(query.get("offset", ["0"])[0]))

    def _listed(self, path: str, query: dict[str, list[str]]) -> tuple[str, list[dict[str, Any]]]:
        if path.endswith("/dagVersions"):
            key = path.split("/")[2]
            newest = sorted(self.versions, key=lambda one: str(one["created_at"]), reverse=True)
            return "dag_versions", [one for one in newest if key in ("~", one["dag_id"])]
        stale = query.get("exclude_stale") == ["false"]
        dags = [one for one in self.dags if stale or not one["is_stale"]]
        return {
            "/dags": ("dags", dags),
            "/importErrors": ("import_errors", self.import_errors),
            "/pools": ("pools", self.pools),
            "/dags/report_watch/dagRuns": ("dag_runs", self.looks),
        }[path]

    def _instances(self, body: dict[str, Any]) -> list[dict[str, Any]]:
        since = body.get("start_date_gte", "")
        found = [
            one
            for one in self.instances
            if one["state"] in body.get("state", [one["state"]])
            and all(one.get(name) in body[name] for name in ("queue", "pool") if name in body)
            and one["task_id"] in body.get("task_ids", [one["task_id"]])
            and (not since or str(one["start_date"] or "") >= since)
        ]
        return sorted(found, key=lambda one: str(one["start_date"]), reverse=True)

    def _xcom(self, of: str, _: str, key: str) -> dict[str, Any]:
        left = self.xcoms.get(of)
        if key:
            return {"key": "mark", "value": left}
        return {"xcom_entries": [{"key": "mark"}] if left else [], "total_entries": int(left is not None)}

    def _paged(self, name: str, found: list[dict[str, Any]], limit: int, offset: int) -> dict[str, Any]:
        page = found[offset : offset + min(limit, self.page)]
        return {name: page, "total_entries": len(found)}


class _Handler(BaseHTTPRequestHandler):
    server: FakeAirflow

    def do_GET(self) -> None:
        self._answer({})

    def do_POST(self) -> None:
        self._answer(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))

    def _answer(self, body: dict[str, Any]) -> None:
        parts = urlsplit(self.path)
        path = unquote(parts.path)
        self.server.calls.append((self.command, path))
        if path == "/auth/token":
            is_known = (body["username"], body["password"]) == (USER, PASSWORD)
            return self._send(201 if is_known else 401, {"access_token": TOKEN} if is_known else {"detail": PASSWORD})
        status = self.server.statuses.get(path, 200)
        if self.headers["Authorization"] != f"Bearer {TOKEN}":
            return self._send(401, {"detail": "who?"})
        if status != 200:
            return self._send(status, {"detail": TOKEN})
        return self._send(200, self.server.said(path.removeprefix("/api/v2"), parse_qs(parts.query), body))

    def _send(self, status: int, said: Any) -> None:
        self.send_response(status)
        if status == 302:
            self.send_header("Location", f"{self.server.url}/elsewhere")
        self.end_headers()
        self.wfile.write(json.dumps(said).encode())

    def log_message(self, *args: Any) -> None:
        pass
