"""An object store that nobody answers for, by a real S3 server: what is refused may be tried again, and says so."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from urllib.request import ProxyHandler, Request, build_opener

import pytest
from itss.archive.seal import seal
from itss.archive.store import is_away, open_store, write
from itss.errors import ArchiveUnreachableError
from itss.ref import Ref
from servers import Endpoint, run_s3


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Endpoint, Path]]:
    """The server, and a folder of it."""
    with run_s3() as server:
        build_opener(ProxyHandler({})).open(Request(f"{server.url}/bucket", method="PUT"), timeout=30).close()
        extra = {
            "endpoint_url": server.url,
            "region_name": "us-east-1",
            "config_kwargs": {"retries": {"total_max_attempts": 1}},
        }
        aws = {"conn_type": "aws", "login": "test", "password": "test", "extra": extra}
        monkeypatch.setenv("AIRFLOW_CONN_AWAY", json.dumps(aws))
        yield server, open_store("s3://away@bucket/archive")


def test_what_nobody_answers_is_no_oserror_and_yet_a_store_that_is_away(store: tuple[Endpoint, Path]) -> None:
    server, folder = store
    write(folder / "a.txt", b"there")
    server.daemon.stop()
    with pytest.raises(Exception, match="connect") as raised:
        write(folder / "b.txt", b"nobody")
    assert not isinstance(raised.value, OSError), "else is_away is not needed any more"
    assert is_away(raised.value)
    assert not is_away(ValueError("of our own"))


def test_a_version_that_cannot_be_sealed_says_that_the_archive_is_away(store: tuple[Endpoint, Path]) -> None:
    server, folder = store
    server.daemon.stop()
    with pytest.raises(ArchiveUnreachableError, match="customer_monthly/2026-09/r01"):
        seal(folder, Ref("customer_monthly", "2026-09", 1), {"a.txt": lambda: b"a"}, {}, None)
