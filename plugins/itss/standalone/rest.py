"""Airflow's REST API as one user: what the runner asks and answers. Plain HTTP on loopback, past any proxy."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from typing import Any

from itss.errors import StandaloneError

TIMEOUT_S = 90
PAUSES_S = (0.2, 0.5, 1.0, 2.0)


class RestError(StandaloneError):
    """Airflow answered with an error status."""

    def __init__(self, status: int, what: str) -> None:
        super().__init__(f"Airflow answered {status}: {what}")
        self.status = status


class Client:
    """One user's session; signs in on the first call and again when the token has run out."""

    def __init__(self, base: str, user: str, password: str) -> None:
        self.base = base
        self.user = user
        self._password = password
        self._token = ""
        # a proxy in the environment must not see loopback traffic
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def get(self, path: str, **query: object) -> Any:
        """GET ``/api/v2<path>``."""
        return self._call("GET", path + ("?" + urllib.parse.urlencode(query, doseq=True) if query else ""))

    def post(self, path: str, body: object) -> Any:
        """POST JSON to ``/api/v2<path>``."""
        return self._call("POST", path, body)

    def patch(self, path: str, body: object) -> Any:
        """PATCH ``/api/v2<path>`` with JSON."""
        return self._call("PATCH", path, body)

    def delete(self, path: str) -> None:
        """DELETE ``/api/v2<path>``."""
        self._call("DELETE", path)

    def token(self) -> str:
        """The token of this session, which a browser has as a cookie."""
        if not self._token:
            self._sign_in()
        return self._token

    def healthy(self) -> bool:
        """Whether API server, scheduler and DAG processor all run."""
        try:
            health = self._send("GET", "/api/v2/monitor/health", None, {})
        except StandaloneError:
            return False
        return all(health[part]["status"] == "healthy" for part in ("metadatabase", "scheduler", "dag_processor"))

    def tasks(self, dag: str, run: str) -> list[dict[str, Any]]:
        """The task instances of a run."""
        found: list[dict[str, Any]] = self.get(f"{run_path(dag, run)}/taskInstances", limit=100)["task_instances"]
        return found

    def answer(
        self,
        dag: str,
        run: str,
        task: str,
        option: str,
        comment: str | None,
        fields: Mapping[str, object] | None = None,
    ) -> None:
        """Answer a waiting human task as this user; what is neither the comment nor in ``fields`` stays as offered."""
        path = f"{run_path(dag, run)}/taskInstances/{task}/-1/hitlDetails"
        offered = {name: field["value"] for name, field in self.get(path)["params"].items()}
        filled = {"comment": comment, **(fields or {})}
        given = {name: filled.get(name, value) for name, value in offered.items()}
        self.patch(path, {"chosen_options": [option], "params_input": given})

    def _call(self, method: str, path: str, body: object = None) -> Any:
        self.token()
        try:
            return self._authorised(method, path, body)
        except RestError as error:
            if error.status != 401:
                raise
        self._sign_in()
        return self._authorised(method, path, body)

    def _authorised(self, method: str, path: str, body: object) -> Any:
        """Send it; again, a little later, when Airflow failed inside (SQLite was busy): then nothing was written."""
        for pause_s in PAUSES_S:
            try:
                return self._send(method, f"/api/v2{path}", body, {"Authorization": f"Bearer {self._token}"})
            except RestError as error:
                if error.status < 500:
                    raise
                time.sleep(pause_s)
        return self._send(method, f"/api/v2{path}", body, {"Authorization": f"Bearer {self._token}"})

    def _sign_in(self) -> None:
        reply = self._send("POST", "/auth/token", {"username": self.user, "password": self._password}, {})
        self._token = reply["access_token"]

    def _send(self, method: str, path: str, body: object, headers: dict[str, str]) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(  # noqa: S310 - the base is our own http://127.0.0.1
            self.base + path, data, headers | {"Content-Type": "application/json"}, method=method
        )
        try:
            with self._opener.open(request, timeout=TIMEOUT_S) as reply:
                return json.loads(reply.read() or b"null")
        except urllib.error.HTTPError as error:
            with error:
                raise RestError(error.code, f"{method} {path}: {error.read(2000).decode(errors='replace')}") from error
        except OSError as error:
            raise StandaloneError(f"Airflow does not answer on {self.base}: {error}") from error


def run_path(dag: str, run: str) -> str:
    """The address of a DAG run."""
    return f"/dags/{dag}/dagRuns/{urllib.parse.quote(run, safe='')}"
