"""One report, signed and sealed on Celery: one worker, Redis and PostgreSQL, the archive in a folder.

The smallest house of `production_house`, for `make test`; `make production-test` has the whole of it.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from itsm import fill
from itss.audit.seals import verify
from production_house import Plan, production_house

pytestmark = pytest.mark.flow

SERVICES = ("scheduler1", "dag-processor", "api-server", "worker1")


def test_a_report_is_sealed_on_celery(tmp_path: Path) -> None:
    plan = Plan(workers=1, schedulers=1, is_fab=False, is_s3=False, services=SERVICES)
    with production_house(tmp_path / "house", plan) as house:
        fill(house.source_url)
        watch = house.trigger("customer_monthly", "2026-08")
        house.sign(watch)
        assert house.ended(watch) == "success", watch.errors()
        (revision,) = house.register.revisions("customer_monthly", "2026-08")
        assert revision.state == "sealed"
        assert verify(Path(str(revision.archive_path).removeprefix("file://")), revision.manifest_sha256) == []
        assert dict(house.mails("2026-08")) == {
            "customer_representative@example.com": 1,
            "service_level_manager@example.com": 1,
        }
        where = {task["hostname"] for task in house.client().tasks(watch.dag, watch.run) if task["state"] == "success"}
        assert "worker1" in where, "by the worker, not by the scheduler"
