"""Silences of several machines: a Celery queue without a worker, and one of two schedulers that is dead.

The house is that of the production tests, without its object store and FAB. Minutes, so `make silence` only.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Iterator
from typing import Any

import pytest
from silence_house import SILENT_S
from silence_table import ALERTS, Row, Tell, of_watch

production = pytest.importorskip("production_house", reason="tests/production is not here")

from itss.cli import main as itss  # noqa: E402
from itss.watch import airflow_parts  # noqa: E402

pytestmark = [pytest.mark.faults, pytest.mark.flow]

NEW_S = 60
"""While the DAG processor is younger, all of Airflow counts as starting; it reads its files again after longer."""
REPORT, MANAGER = "customer_monthly", "report_manager@example.com"
GROUP = "2 Runs and tasks"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    plan = production.Plan(workers=1, schedulers=2, is_fab=False, is_s3=False)
    with production.production_house(tmp_path_factory.mktemp("workers") / "house", plan) as made:
        yield made


def test_a_queue_without_a_worker(
    house: Any, tell: Tell, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    own = house.services["api-server"].machine.environment
    for name in ("ITSS_REGISTER_URL", "ITSS_REPORT_LIST", "ITSS_SIGNING_KEY", "ITSS_VAR", "ITSS_HOME", "NO_PROXY"):
        monkeypatch.setenv(name, own[name])
    for name in ("ITSS_AIRFLOW_USER", "ITSS_AIRFLOW_PASSWORD", "ITSS_SCHEDULE_FROM", "AIRFLOW_CONN_SMTP_DEFAULT"):
        monkeypatch.setenv(name, own[name])
    monkeypatch.setattr(airflow_parts, "SILENT_FOR", dt.timedelta(seconds=SILENT_S))
    monkeypatch.setenv("ITSS_PARSED_WITHIN_S", str(NEW_S))
    house.stop("worker1")
    began, watch = time.monotonic(), house.trigger(REPORT, "2026-06")

    def is_said() -> bool:
        assert itss(["watch", "--notify", "--airflow", house.base]) in (0, 1)
        return "nothing begins in queue default, pool default_pool" in capsys.readouterr().out

    house.wait(is_said, what="the alarm", every_s=1)
    after = time.monotonic() - began
    letters = [one.message for one in house.box.letters if one.address == MANAGER]
    assert any("default_pool" in one.get_body(("plain",)).get_content() for one in letters)
    house.start("worker1")
    house.wait_for(watch, "open", "success")
    how = "the only Celery worker ended, then a report triggered"
    default = (
        "5 min, or 15 min after a start of the DAG processor, by `itss watch --airflow` from outside: `report_watch` "
        "waits, too"
    )
    setting = f"{after:.0f} s ({SILENT_S} s allowed, {NEW_S} s after a start)"
    came, alert = of_watch("airflow_setup"), f"{ALERTS['airflow_setup']}, AirflowTasksQueued"
    tell(
        Row(
            GROUP, "a queue without a worker (Celery)", how, "tasks are *queued*", came, "report manager",
            setting, default, alert,
        )
    )  # fmt: skip


def test_one_of_two_schedulers_is_dead(house: Any, tell: Tell) -> None:
    house.kill("scheduler1")
    began, watch = time.monotonic(), house.trigger(REPORT, "2026-07")
    house.wait_for(watch, "open", "success")
    measured = f"{time.monotonic() - began:.0f} s from the trigger to the end of *open*"
    came = "nothing is missing: the other one goes on, and no alarm is needed"
    tell(Row(GROUP, "one of two schedulers is dead", "`kill -9`", "nothing", came, "–", measured, "–"))
