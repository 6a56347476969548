"""Reports that are made after others, that the load of a source starts, and the event of a sealed version.

In an Airflow of its own with two DAGs of somebody else: one that loads a source, one that waits for sealed versions.
"""

from __future__ import annotations

import copy
import csv
import datetime as dt
import json
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import yaml
from flow_list import LIST
from house import GOOD, House
from itss.periods import last_complete
from itss.ref import Ref
from itss.register import Register
from itss.settings import Settings, settings
from itss.standalone.embedded import Embedded
from itss.standalone.prepare import report_list
from itss.standalone.progress import Watch
from itss.standalone.rest import Client, run_path
from itss.standalone.sink import MailSink

pytestmark = [pytest.mark.flow, pytest.mark.long]

ROOT = Path(__file__).resolve().parents[2]
SHANGHAI = ZoneInfo("Asia/Shanghai")
FIRST, AFTER, LOADED, PAUSED = "first_weekly", "after_weekly", "loaded_weekly", "paused_weekly"
LOADED_BY, PUBLISHED_BY = "loads_itsm", "publishes_sealed"
WEEK = last_complete(dt.datetime.now(dt.UTC), "week", "Asia/Shanghai")
LONG_AGO = WEEK.shift(-30).label
OTHERS = '''
import json
from pathlib import Path

from airflow.sdk import DAG, Asset, task

with DAG("loads_itsm", schedule=None):

    @task(outlets=[Asset("itsm_loaded", uri="x-itsm://tickets")])
    def load():
        """Fetch the tickets of the night."""

    load()

sealed = Asset("itss://reports/first_weekly", group="service-report")
with DAG("publishes_sealed", schedule=sealed):

    @task
    def publish(*, triggering_asset_events):
        for event in triggering_asset_events[sealed]:
            with Path("{told}").open("a") as file:
                file.write(json.dumps(event.extra) + "\\n")

    publish()
'''


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    folder = tmp_path_factory.mktemp("after")
    shutil.copytree(LIST, folder / "list")
    (folder / "dags").mkdir()
    shutil.copy(ROOT / "dags" / "service_reports_00.py", folder / "dags")
    (folder / "dags" / "others.py").write_text(OTHERS.replace("{told}", str(folder / "told")), encoding="utf-8")
    _write_rows(folder / "list" / "recent.csv")
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("ITSS_VAR", str(folder / "var"))
        environment.setenv("ITSS_REPORT_LIST", str(folder / "list" / "report_list.yaml"))
        _edit(settings(), _entries)
        return settings()


@pytest.fixture(scope="module")
def house(place: Settings) -> Iterator[House]:
    Register(place.register_url).upgrade()
    reports = report_list(place)
    more = {
        "ITSS_RETRY_DELAY_S": "1",
        "ITSS_POKE_S": "1",
        "ITSS_SCHEDULE_FROM": (dt.datetime.now(dt.UTC) - dt.timedelta(days=10)).isoformat(),
        "AIRFLOW__CORE__DAGS_FOLDER": str(place.var.parent / "dags"),
        "AIRFLOW__DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "3",
    }
    with MailSink(place.var / "mail") as sink, Embedded(place, reports, sink.port, more, triggerer=True) as airflow:
        client = airflow.client()
        wanted = {FIRST, AFTER, LOADED, PAUSED, LOADED_BY, PUBLISHED_BY}
        airflow.wait(lambda: wanted <= _dags(client), 600, "the DAGs")
        client.patch(f"/dags/{PAUSED}", {"is_paused": True})
        yield House(place, reports, airflow, sink.port)


@pytest.fixture(scope="module")
def waiting(house: House) -> Watch:
    """A run of the report that is made after the other one, which nobody has begun yet."""
    return house.start_anew(AFTER, WEEK.label)


@pytest.fixture(scope="module")
def too_late(house: House) -> Watch:
    """One of a week whose report was due long ago, and which was never made of the other one."""
    return house.start_anew(AFTER, LONG_AGO)


@pytest.fixture(scope="module")
def by_load(house: House, waiting: Watch, too_late: Watch) -> Watch:
    """The run that the first load of the source starts, an event of somebody outside Airflow."""
    client = house.airflow.client()
    (asset,) = client.get("/assets", name_pattern="itsm_loaded")["assets"]
    client.post("/assets/events", {"asset_id": asset["id"], "extra": {"rows": 12}})
    return house.watch(LOADED, _run(house, LOADED, "asset_triggered"))


def test_it_waits_until_the_other_version_is_sealed(house: House, waiting: Watch, by_load: Watch) -> None:
    _until(house, waiting, "await_versions", "deferred")
    assert {task: _states(house, waiting)[task] for task in ("open", "collect_incident")} == {
        "open": "success",
        "collect_incident": None,
    }
    first = house.start_anew(FIRST, WEEK.label)
    assert house.answer(first, {"approval": "Approve"}) == "success"
    _until(house, waiting, "approval", "awaiting_input")
    (line,) = [one for one in house.register.events(Ref(AFTER, WEEK.label, 1)) if one.what == "awaited"]
    sealed = house.register.revision(Ref(FIRST, WEEK.label, 1))
    known = {"manifest_sha256": sealed.manifest_sha256, "archive_only": False}
    assert line.details == {"versions": {f"{FIRST}/{WEEK.label}/r01": known}}
    assert line.at > (sealed.sealed_at or line.at)


def test_it_fails_at_once_where_it_was_due_already(house: House, too_late: Watch) -> None:
    assert house.answer(too_late, {}) == "failed"
    (reason,) = too_late.errors()
    assert f"VersionsMissingError: {AFTER} {LONG_AGO} r01 is made after versions that were not sealed" in reason
    assert f"{FIRST} {LONG_AGO} (no run has opened it). Bring them to their end" in reason
    assert [str(one["To"]) for one in house.mails(LONG_AGO)] == ["report_manager@example.com"]


def test_a_sealed_version_is_one_event_for_whoever_waits_for_it(house: House, waiting: Watch) -> None:
    _until(house, waiting, "approval", "awaiting_input")
    client, told = house.airflow.client(), house.place.var.parent / "told"
    house.airflow.wait(told.exists, 600, "the DAG of somebody else")
    version = house.register.revision(Ref(FIRST, WEEK.label, 1))
    said = {
        "report": FIRST,
        "period": WEEK.label,
        "revision": 1,
        "manifest_sha256": version.manifest_sha256,
        "statement_sha256": version.statement_sha256,
        "archive_only": False,
        "sealed_at": version.sealed_at.isoformat() if version.sealed_at else "",
    }
    assert [json.loads(line) for line in told.read_text().splitlines()] == [said]
    body = {"dry_run": False, "dag_run_id": version.run, "task_ids": ["seal"], "only_failed": False}
    client.post(f"/dags/{FIRST}/clearTaskInstances", body | {"reset_dag_runs": True})
    again = house.watch(FIRST, version.run)
    assert house.answer(again, {}) == "success"
    assert {task["task_id"]: task["try_number"] for task in client.tasks(FIRST, version.run)}["seal"] == 2
    (event,) = client.get("/assets/events", source_dag_id=FIRST)["asset_events"]
    assert event["extra"] == said
    (asset,) = client.get("/assets", uri_pattern="itss://reports/first_weekly")["assets"]
    assert (asset["name"], asset["group"]) == ("itss://reports/first_weekly", "service-report")


def test_the_first_load_opens_the_period_and_no_later_one(house: House, by_load: Watch) -> None:
    _until(house, by_load, "approval", "awaiting_input")
    (revision,) = house.register.revisions(LOADED, WEEK.label)
    assert (revision.number, revision.run, revision.state) == (1, by_load.run, "submitted")
    mails = len(house.mails(WEEK.label)), len(house.questions(WEEK.label))
    _trigger(house, LOADED_BY)
    second = house.watch(LOADED, _run(house, LOADED, "asset_triggered", by_load.run))
    assert house.answer(second, {}) == "success"
    assert _states(house, second)["open"] == "success"
    assert set(_states(house, second).values()) == {"success", "skipped"}
    assert [one for one, state in _states(house, second).items() if state == "success"] == ["open"]
    assert house.register.revisions(LOADED, WEEK.label) == [revision]
    assert (len(house.mails(WEEK.label)), len(house.questions(WEEK.label))) == mails


def test_a_cron_later_than_the_load_opens_nothing(house: House, by_load: Watch) -> None:
    _until(house, by_load, "approval", "awaiting_input")
    soon = dt.datetime.now(SHANGHAI) + dt.timedelta(seconds=50)
    _edit(house.place, lambda document: _of(document, LOADED)["period"].update(schedule=_cron(soon)))
    run = _run(house, LOADED, "scheduled")
    assert run.startswith(f"scheduled__{last_complete(soon, 'week', 'Asia/Shanghai').label}__")
    assert house.answer(house.watch(LOADED, run), {}) == "success"
    assert [one.run for one in house.register.revisions(LOADED, WEEK.label)] == [by_load.run]


def test_a_paused_report_misses_the_load_but_takes_one_that_was_queued_before(house: House, by_load: Watch) -> None:
    client = house.airflow.client()
    (asset,) = client.get("/assets", name_pattern="itsm_loaded")["assets"]
    with closing(sqlite3.connect(house.airflow.home / "airflow.db", timeout=60)) as database, database:
        queued = "FROM asset_dag_run_queue WHERE target_dag_id = ?"
        assert database.execute(f"SELECT count(*) {queued}", [PAUSED]).fetchone() == (0,)
        # as it is left where somebody pauses the DAG between the event and the run
        row = (asset["id"], PAUSED, dt.datetime.now(dt.UTC).replace(tzinfo=None).isoformat(" "))
        database.execute("INSERT INTO asset_dag_run_queue (asset_id, target_dag_id, created_at) VALUES (?, ?, ?)", row)
    client.patch(f"/dags/{PAUSED}", {"is_paused": False})
    run = _run(house, PAUSED, "asset_triggered")
    _until(house, house.watch(PAUSED, run), "open", "success")
    assert [one.run for one in house.register.revisions(PAUSED, WEEK.label)] == [run]
    assert len(client.get(f"/dags/{PAUSED}/dagRuns")["dag_runs"]) == 1


def test_a_backfill_is_planned_by_the_cron_alone(house: House) -> None:
    body = {"dag_id": LOADED, "from_date": "2026-03-01T00:00:00Z", "to_date": "2026-03-31T00:00:00Z"}
    planned = house.airflow.client().post("/backfills/dry_run", body)["backfills"]
    assert len(planned) in (4, 5)


def _entries(document: dict[str, Any]) -> None:
    good = next(one for one in document["reports"] if one["key"] == GOOD)
    in_three_days = dt.datetime.now(SHANGHAI) + dt.timedelta(days=3)
    good["period"] |= {
        "kind": "week",
        "schedule": _cron(in_three_days),
        "due_working_days": 60,
        "first": WEEK.shift(-52).first_day.isoformat(),
    }
    good["data_source"]["incident"]["file"] = "recent.csv"
    good["approval"] = good["approval"][1:]
    load = {"asset": "itsm_loaded"}
    further = {FIRST: {}, AFTER: {"after": FIRST}, LOADED: {"when": load}, PAUSED: {"when": load}}
    document["reports"] = [copy.deepcopy(good) | {"key": key} | more for key, more in further.items()]


def _write_rows(path: Path) -> None:
    """Six incidents a day, in the sixty days before the end of the week, each resolved after some hours."""
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "title", "priority", "opened_at", "resolved_at"])
        for day in range(60):
            for number in range(1, 7):
                opened = dt.datetime.combine(WEEK.next_day - dt.timedelta(days=day + 1), dt.time(number))
                resolved = opened + dt.timedelta(hours=number)
                writer.writerow([f"INC{day:02d}{number}", "打印机", "High" if number % 2 else "Low", opened, resolved])


def _cron(at: dt.datetime) -> str:
    return f"{at.minute} {at.hour} * * {at.isoweekday() % 7}"


def _edit(place: Settings, how: Any) -> None:
    document = yaml.safe_load(place.report_list.read_text(encoding="utf-8"))
    how(document)
    place.report_list.write_text(yaml.safe_dump(document, allow_unicode=True, sort_keys=False), encoding="utf-8")


def _of(document: dict[str, Any], key: str) -> dict[str, Any]:
    found: dict[str, Any] = next(one for one in document["reports"] if one["key"] == key)
    return found


def _dags(client: Client) -> set[str]:
    return {dag["dag_id"] for dag in client.get("/dags", limit=100)["dags"]}


def _trigger(house: House, dag: str) -> None:
    client = house.airflow.client()
    run = client.post(f"/dags/{dag}/dagRuns", {"logical_date": None})["dag_run_id"]
    house.airflow.wait(lambda: client.get(run_path(dag, run))["state"] == "success", 600, dag)


def _run(house: House, dag: str, kind: str, *others: str) -> str:
    """The run of a kind that is there, or comes, beside ``others``."""
    client = house.airflow.client()

    def found() -> list[str]:
        runs = client.get(f"/dags/{dag}/dagRuns", run_type=kind)["dag_runs"]
        return [run["dag_run_id"] for run in runs if run["dag_run_id"] not in others]

    house.airflow.wait(lambda: bool(found()), 600, f"a run of {dag}")
    (run,) = found()
    return run


def _states(house: House, watch: Watch) -> dict[str, str | None]:
    return {task["task_id"]: task["state"] for task in house.airflow.client().tasks(watch.dag, watch.run)}


def _until(house: House, watch: Watch, task: str, state: str) -> None:
    house.airflow.wait(lambda: _states(house, watch).get(task) == state, 600, f"{task} of {watch.dag} to be {state}")
