"""The shape of a DAG that is made after other reports, or that a load starts; and the asset of its versions."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from airflow import plugins_manager
from airflow.sdk import DAG
from airflow.serialization.serialized_objects import DagSerialization
from airflow.timetables.assets import AssetOrTimeSchedule
from airflow.timetables.base import DataInterval
from airflow.utils.types import DagRunType
from itss.flow.build import report_dag
from itss.flow.standing_entries import Opened
from itss.flow.timetable import PeriodTimetable
from itss.report_list.entry_parts import When
from itss.report_list.loader import load
from itss.report_list.models import Entry

LIST = Path(__file__).resolve().parents[2] / "include" / "report_list.yaml"
PEOPLE = load(LIST).list
MONTHLY = PEOPLE.entry("customer_monthly")


def made(*opened: Entry, **more: Any) -> DAG:
    entry = MONTHLY.model_copy(update=more)
    return report_dag(entry, PEOPLE, [Opened(one, PEOPLE) for one in opened])


@pytest.fixture
def plugin(monkeypatch: pytest.MonkeyPatch) -> None:
    """The schedule is known by the plugin, of which the processes of Airflow read the folder."""
    known = {f"{PeriodTimetable.__module__}.{PeriodTimetable.__qualname__}": PeriodTimetable}
    monkeypatch.setattr(plugins_manager, "get_timetables_plugins", lambda: known)


def downstream(dag: DAG, task: str) -> set[str]:
    return set(dag.get_task(task).downstream_task_ids)


def test_nothing_is_collected_before_the_versions_are_there() -> None:
    dag = made(after=("internal_monthly",))
    collects = {f"collect_{process}" for process in MONTHLY.data_source}
    assert downstream(dag, "open") == {"await_versions"}
    assert downstream(dag, "await_versions") == collects
    assert "await_versions" not in made().task_ids


def test_handed_in_data_is_waited_for_at_the_same_time() -> None:
    source = MONTHLY.data_source["capacity"].model_copy(update={"hand_in": True, "connection": None})
    dag = made(after=("internal_monthly",), data_source={"capacity": source})
    assert downstream(dag, "open") == {"await_versions", "wait_capacity"}
    assert downstream(dag, "await_versions") == downstream(dag, "wait_capacity") == {"collect_capacity"}


def test_the_task_stays_while_an_open_revision_waits() -> None:
    dag = made(MONTHLY.model_copy(update={"after": ("internal_monthly",)}))
    assert downstream(dag, "open") == {"await_versions"}


def test_every_report_has_an_asset_of_its_own() -> None:
    for entry in PEOPLE.reports:
        (asset,) = report_dag(entry, PEOPLE).get_task("seal").outlets
        assert (asset.name, asset.uri, asset.group) == (
            f"itss://reports/{entry.key}",
            f"itss://reports/{entry.key}",
            "service-report",
        )
    dag = made(key="customer_monthly.acme")
    assert dag.get_task("seal").outlets[0].uri == "itss://reports/customer_monthly.acme"


@pytest.mark.parametrize(
    ("asset", "reference"),
    [
        ("itsm_loaded", {"__type": "asset_ref", "name": "itsm_loaded"}),
        ("s3://bucket/itsm/", {"__type": "asset_ref", "uri": "s3://bucket/itsm/"}),
    ],
)
def test_the_schedule_is_the_cron_or_the_asset(plugin: None, asset: str, reference: dict[str, str]) -> None:
    said = DagSerialization.to_dict(made(when=When(asset=asset)))
    assert said["dag"]["timetable"]["__var"]["asset_condition"] == reference
    read = DagSerialization.from_dict(said)
    assert isinstance(read.timetable, AssetOrTimeSchedule)
    assert (read.timetable.periodic, read.timetable.can_be_scheduled) == (True, True)
    end = dt.datetime(2026, 10, 31, 22, tzinfo=dt.UTC)
    interval = DataInterval(dt.datetime(2026, 9, 30, 22, tzinfo=dt.UTC), end)  # type: ignore[arg-type]
    given: dict[str, Any] = {"run_after": end, "data_interval": interval}
    for kind in (DagRunType.SCHEDULED, DagRunType.BACKFILL_JOB):
        run = read.timetable.generate_run_id(run_type=kind, **given)
        assert run == f"{kind.value}__2026-10__2026-10-31T22:00:00+00:00"


def test_two_parses_say_the_very_same(plugin: None) -> None:
    given: dict[str, Any] = {"after": ("internal_monthly",), "when": When(asset="itsm_loaded")}
    assert DagSerialization.to_dict(made(**given)) == DagSerialization.to_dict(made(**given))


def test_a_report_that_has_ended_is_started_by_no_load() -> None:
    dag = made(when=When(asset="itsm_loaded"), retired=dt.date(2026, 3, 31))
    assert type(dag.timetable).__name__ == "NullTimetable"
