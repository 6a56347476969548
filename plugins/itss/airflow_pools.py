"""Makes the pools of the report list in Airflow, by its REST API or its command, and changes the size of those there.

Nothing is deleted: a task whose pool is gone would wait for ever. Pools with other names than ours are not looked at.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import quote

from itss.airflow_rest import understood
from itss.errors import ConfigurationError
from itss.report_list.pools import PREFIX

_AT_ONCE = 100
_TIMEOUT_S = 300
_DESCRIPTION = "Queries at once on this connection: as the report list says, by `itss setup`"


class Pools(Protocol):
    """The pools of an Airflow."""

    def sizes(self) -> dict[str, int]:
        """Those of ours that there are."""

    def put(self, pools: Mapping[str, int], known: Mapping[str, int]) -> None:
        """Make ``pools``, or change those that are ``known``."""


class Rest(Protocol):
    """Airflow's REST API as somebody who may change pools; paths are below ``/api/v2``."""

    def get(self, path: str, **query: object) -> Any: ...

    def post(self, path: str, body: object) -> Any: ...

    def patch(self, path: str, body: object) -> Any: ...


def make_pools(wanted: Mapping[str, int], airflow: Pools, *, dry_run: bool = False) -> list[str]:
    """Make what is missing, and give each its size; a line for every pool, also for what nobody wants any more."""
    known = airflow.sizes()
    changed = {name: size for name, size in wanted.items() if known.get(name) != size}
    if changed and not dry_run:
        airflow.put(changed, known)
    said = [_said(name, size, known.get(name), dry_run=dry_run) for name, size in wanted.items()]
    left = "is of no connection of the list: delete it under Admin, Pools, once no task waits for it"
    return [*said, *(f"pool {name} ({known[name]}) {left}" for name in sorted(known.keys() - wanted.keys()))]


def _said(name: str, size: int, before: int | None, *, dry_run: bool) -> str:
    if before == size:
        return f"pool {name}: {size}, as it was"
    would = "would be " if dry_run else ""
    return f"pool {name}: {would}made, {size}" if before is None else f"pool {name}: {would}changed, {before} to {size}"


class PoolsByRest:
    """By the API server: from any machine that reaches it."""

    def __init__(self, rest: Rest) -> None:
        self._rest = rest

    def sizes(self) -> dict[str, int]:
        """As `Pools.sizes`."""
        found: list[tuple[str, int]] = []
        with understood("/pools"):
            while True:
                page = self._rest.get("/pools", limit=_AT_ONCE, offset=len(found), pool_name_prefix_pattern=PREFIX)
                found += [(one["name"], int(one["slots"])) for one in page["pools"]]
                if not page["pools"] or len(found) >= page["total_entries"]:
                    return _ours(dict(found))

    def put(self, pools: Mapping[str, int], known: Mapping[str, int]) -> None:
        """As `Pools.put`; of a pool that is there the size alone is changed."""
        for name, size in pools.items():
            body = {"slots": size, "description": _DESCRIPTION, "include_deferred": False}
            if name in known:
                self._rest.patch(f"/pools/{quote(name)}?update_mask=slots", {"pool": name, **body})
            else:
                self._rest.post("/pools", {"name": name, **body})


class PoolsByCommand:
    """By the command `airflow`, where the environment is that of Airflow's own services."""

    def sizes(self) -> dict[str, int]:
        """As `Pools.sizes`."""
        said = _airflow("pools", "list", "--output", "json")
        for line in said.splitlines():
            with suppress(ValueError, LookupError, TypeError):  # of Airflow's log, which goes the same way
                return _ours({one["pool"]: int(one["slots"]) for one in json.loads(line)})
        raise _no_answer(said)

    def put(self, pools: Mapping[str, int], known: Mapping[str, int]) -> None:  # noqa: ARG002 - makes and changes alike
        """As `Pools.put`."""
        body = {name: {"slots": size, "description": _DESCRIPTION} for name, size in pools.items()}
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "pools.json"
            file.write_text(json.dumps(body), encoding="utf-8")
            _airflow("pools", "import", str(file))


def _ours(pools: Mapping[str, int]) -> dict[str, int]:
    return {name: size for name, size in pools.items() if name.startswith(PREFIX)}


def _airflow(*words: str) -> str:
    command = [sys.executable, "-m", "airflow", *words]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=_TIMEOUT_S)  # noqa: S603 - constants
    except (OSError, subprocess.TimeoutExpired) as error:
        raise _no_answer(type(error).__name__) from None
    if done.returncode:
        raise _no_answer(done.stderr or done.stdout)
    return done.stdout


def _no_answer(said: str) -> ConfigurationError:
    last = next((line.strip() for line in reversed(said.splitlines()) if line.strip()), "no word")
    return ConfigurationError(
        f"The command airflow could not say or change its pools: {last[:300]}.",
        "Run this where Airflow's services run, with their environment, or name the API server: --airflow URL.",
    )
