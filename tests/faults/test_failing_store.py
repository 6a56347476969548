"""An object store under workspace and archive that fails on every third write, and one that is down for a while."""

from __future__ import annotations

from pathlib import Path

import pytest
from flaky_store import SLOW_DOWN, install
from itss.archive.store import open_store
from itss.audit.seals import verify
from itss.settings import settings
from ledger import IS_THOROUGH, Injected
from way import KEY, ORDER, PERIOD, House, lost_and_doubled, way, whole

IGNORED = pytest.mark.filterwarnings("ignore:UPath 'flaky' filesystem")


@pytest.fixture
def bucket(house: House) -> Path:
    """Workspace and archive lie in the store; its objects are files below this folder."""
    stores = {f"ITSS_{what}_URL": f"flaky://store@bucket/{what.lower()}" for what in ("WORKSPACE", "ARCHIVE")}
    house.extra = {"env": house.environment() | stores}
    return house.root / "bucket"


def whole_in(bucket: Path, house: House) -> None:
    whole(house)
    install(str(bucket), "")
    with house.placed() as register:
        archive = open_store(settings().archive_url)
        assert verify(archive / KEY / PERIOD / "r01", register.revisions(KEY, PERIOD)[0].manifest_sha256) == []
    assert not list(bucket.rglob("*.part"))


@pytest.mark.parametrize("when", ["begin", "end", "after"])
@IGNORED
def test_every_third_write_fails(house: House, bucket: Path, injected: Injected, when: str) -> None:
    house.extra["store"] = {"folder": str(bucket), "when": when}
    with injected(f"object store fails on every third write, {when}") as count:
        house.walk(ORDER)
        whole_in(bucket, house)
        assert int(Path(f"{bucket}.writes").read_text()) > 60, "so that more than 20 failed"
        count.lost, count.doubled = lost_and_doubled(house)


@pytest.mark.parametrize("step", ["collect", "render", "seal"] if IS_THOROUGH else ["seal"])
@IGNORED
def test_the_store_is_down_for_a_while(house: House, bucket: Path, injected: Injected, step: str) -> None:
    house.extra["store"] = {"folder": str(bucket), "when": ""}
    house.walk(ORDER[: ORDER.index(step)])
    with injected(f"object store down: {step}") as count:
        outcome = house.task(way()[step], step, store={"folder": str(bucket), "when": "begin", "every": 1})
        assert SLOW_DOWN in outcome.text, outcome
        assert SLOW_DOWN in house.box.alarms()[-1]
        house.walk(ORDER[ORDER.index(step) :])
        whole_in(bucket, house)
        count.lost, count.doubled = lost_and_doubled(house)
