"""The pools of a list in Airflow: made, changed, left alone, and never deleted; by REST and by the command."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from itss.airflow_pools import Pools, PoolsByCommand, PoolsByRest, make_pools
from itss.airflow_rest import Rest
from itss.errors import ConfigurationError

FIRST = {"default_pool": 128, "itss_shrinks": 9, "itss_stays": 3, "itss_old": 2, "theirs": 5}
WANTED = {"itss_new": 4, "itss_shrinks": 2, "itss_stays": 3}
SAID = [
    "pool itss_new: made, 4",
    "pool itss_shrinks: changed, 9 to 2",
    "pool itss_stays: 3, as it was",
    "pool itss_old (2) is of no connection of the list: delete it under Admin, Pools, once no task waits for it",
]
AFTER = FIRST | {"itss_new": 4, "itss_shrinks": 2}


class Airflow(ThreadingHTTPServer):
    """Answers as Airflow does of its pools, to one token."""

    pools: dict[str, int]
    changes: int
    status = 0


class Handler(BaseHTTPRequestHandler):
    server: Airflow

    def do_GET(self) -> None:
        asked = parse_qs(urlsplit(self.path).query)
        prefix, limit, offset = asked["pool_name_prefix_pattern"][0], int(asked["limit"][0]), int(asked["offset"][0])
        found = [{"name": name, "slots": size} for name, size in self.server.pools.items() if name.startswith(prefix)]
        self._reply({"pools": found[offset : offset + limit], "total_entries": len(found)})

    def do_POST(self) -> None:
        body = self._body()
        self.server.pools[body["name"]] = body["slots"]
        self._reply(body)

    def do_PATCH(self) -> None:
        parts, body = urlsplit(self.path), self._body()
        name = unquote(parts.path.removeprefix("/api/v2/pools/"))
        assert name in self.server.pools
        assert parse_qs(parts.query)["update_mask"] == ["slots"]
        self.server.pools[name] = body["slots"]
        self._reply(body)

    def _body(self) -> Any:
        self.server.changes += 1
        return json.loads(self.rfile.read(int(self.headers["Content-Length"])))

    def _reply(self, body: Any) -> None:
        assert self.headers["Authorization"] == "Bearer a-token"
        self.send_response(self.server.status or 200)
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())

    def log_message(self, *_: object) -> None:
        """Nothing."""


COMMAND = """
import json, os, sys
from pathlib import Path
file = Path(os.environ["POOLS_OF_TEST"])
known = json.loads(file.read_text())
if sys.argv[1:3] == ["pools", "list"]:
    print("2026-11-29T05:38:20.225177Z [warning  ] a library is old [airflow.settings] loc=settings.py:461")
    print(json.dumps([{"pool": name, "slots": str(size)} for name, size in known["pools"].items()]))
    print("[2026-11-29T05:38:21] {settings.py:470} DEBUG - Disposing DB connection pool")
elif sys.argv[1:3] == ["pools", "import"]:
    new = json.loads(Path(sys.argv[3]).read_text())
    known["pools"] |= {name: pool["slots"] for name, pool in new.items()}
    known["changes"] += 1
    assert all(pool["description"] for pool in new.values())
    file.write_text(json.dumps(known))
else:
    sys.exit(f"usage: {sys.argv}")
"""


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Airflow]:
    airflow = Airflow(("127.0.0.1", 0), Handler)
    airflow.pools, airflow.changes = dict(FIRST), 0
    threading.Thread(target=airflow.serve_forever, daemon=True).start()
    monkeypatch.setenv("ITSS_AIRFLOW_TOKEN", "a-token")
    yield airflow
    airflow.shutdown()
    airflow.server_close()


def by_rest(server: Airflow) -> Pools:
    return PoolsByRest(Rest(f"http://127.0.0.1:{server.server_port}"))


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file with the pools of a command `airflow` of the test's own."""
    file = tmp_path / "pools.json"
    file.write_text(json.dumps({"pools": FIRST, "changes": 0}), encoding="utf-8")
    (tmp_path / "airflow").mkdir()
    (tmp_path / "airflow" / "__init__.py").touch()
    (tmp_path / "airflow" / "__main__.py").write_text(COMMAND, encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setenv("POOLS_OF_TEST", str(file))
    return file


def test_by_rest_what_is_missing_is_made_and_the_second_time_nothing_changes(server: Airflow) -> None:
    dry = make_pools(WANTED, by_rest(server), dry_run=True)
    assert dry == [line.replace("made", "would be made").replace("changed", "would be changed") for line in SAID]
    assert (server.pools, server.changes) == (FIRST, 0)
    assert make_pools(WANTED, by_rest(server)) == SAID
    assert (server.pools, server.changes) == (AFTER, 2)
    assert [line for line in make_pools(WANTED, by_rest(server)) if "as it was" not in line] == SAID[3:]
    assert (server.pools, server.changes) == (AFTER, 2)


def test_by_rest_more_than_a_page_of_pools_is_known(server: Airflow) -> None:
    many = {f"itss_{number:03d}": 1 for number in range(250)}
    server.pools |= many
    assert len(PoolsByRest(Rest(f"http://127.0.0.1:{server.server_port}")).sizes()) == 253
    make_pools(many, by_rest(server))
    assert server.changes == 0


@pytest.mark.parametrize(("status", "words"), [(403, "answered 403"), (500, "answered 500")])
def test_a_refusal_names_its_remedy(server: Airflow, status: int, words: str) -> None:
    server.status = status
    with pytest.raises(ConfigurationError, match=words) as raised:
        make_pools(WANTED, by_rest(server))
    assert raised.value.remedy
    assert "a-token" not in str(raised.value)


def test_by_the_command_likewise(command: Path) -> None:
    assert make_pools(WANTED, PoolsByCommand()) == SAID
    assert json.loads(command.read_text()) == {"pools": AFTER, "changes": 1}
    make_pools(WANTED, PoolsByCommand())
    assert json.loads(command.read_text()) == {"pools": AFTER, "changes": 1}


def test_a_command_that_fails_names_the_other_way(command: Path) -> None:
    command.write_text("no JSON", encoding="utf-8")
    with pytest.raises(ConfigurationError, match=r"JSONDecodeError.*--airflow URL"):
        make_pools(WANTED, PoolsByCommand())
