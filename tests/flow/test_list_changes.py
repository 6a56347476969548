"""The list changes while questions are open: each open report goes on as it was opened, in a running Airflow.

Its own Airflow: all reports are asked about first, then the list is edited once, then everybody answers.
"""

from __future__ import annotations

import copy
import datetime as dt
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from flow_list import LIST, write_incidents
from house import GOOD, NOW, USERS, House
from itss.cli import main as itss
from itss.ref import Ref
from itss.register import Register
from itss.settings import Settings, settings
from itss.standalone.embedded import Embedded
from itss.standalone.prepare import report_list, request
from itss.standalone.progress import Watch
from itss.standalone.rest import Client, RestError, run_path
from itss.standalone.sink import MailSink
from itss.standalone.takeup import dag_run

pytestmark = [pytest.mark.flow, pytest.mark.long]

EXCHANGED, LEVELS, RETIRED = "exchanged_monthly", "levels_monthly", "retired_monthly"
DELETED, RETURNED, OLD, NEW = "deleted_monthly", "returned_monthly", "old_monthly", "new_monthly"
REPORTS = (EXCHANGED, LEVELS, RETIRED, DELETED, RETURNED, OLD)
PERIOD = "2026-08"
SIGNED = {"initial_review": "Approve", "approval": "Approve"}
BEFORE = {"customer_representative@example.com", "service_level_manager@example.com"}
Runs = dict[str, Watch]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    folder = tmp_path_factory.mktemp("changes")
    shutil.copytree(LIST, folder / "list")
    write_incidents(folder / "list" / "good.csv", resolved_after_h=5)
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("ITSS_VAR", str(folder / "var"))
        environment.setenv("ITSS_REPORT_LIST", str(folder / "list" / "report_list.yaml"))
        edit(settings(), _prepare)
        return settings()


@pytest.fixture(scope="module")
def house(place: Settings) -> Iterator[House]:
    Register(place.register_url).upgrade()
    reports = report_list(place)
    more = {"ITSS_RETRY_DELAY_S": "1", "AIRFLOW__DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "5"}
    with MailSink(place.var / "mail") as sink, Embedded(place, reports, sink.port, more) as airflow:
        yield House(place, reports, airflow, sink.port)


@pytest.fixture(scope="module")
def runs(house: House) -> Runs:
    """A run of each report, asked about by its list; then the list is another one, and Airflow knows it."""
    started = {}
    for report in REPORTS:
        run = dag_run(house.airflow, house.register, request(house.reports, report, PERIOD, NOW), house.lines.append)
        started[report] = house.watch(report, run)
    for report, watch in started.items():
        house.airflow.wait(lambda watch=watch: _state(watch, "initial_review") == "awaiting_input", 600, report)
    edit(house.place, _change)
    house.airflow.wait(lambda: NEW in _dags(house.airflow.client()), 120, "the DAGs of the new list")
    return started


def edit(place: Settings, how: Callable[[dict[str, Any]], Any]) -> None:
    """Edit the list as a person does."""
    document = yaml.safe_load(place.report_list.read_text(encoding="utf-8"))
    how(document)
    place.report_list.write_text(yaml.safe_dump(document, allow_unicode=True, sort_keys=False), encoding="utf-8")


def _prepare(document: dict[str, Any]) -> None:
    good = next(entry for entry in document["reports"] if entry["key"] == GOOD)
    document["reports"] = [copy.deepcopy(good) | {"key": key} for key in REPORTS]
    for key in ("second_approver", "third_approver"):
        person = {"title": {"zh-CN": key, "en": key}, "email": f"{key}@example.com", "user": key}
        document["people"][key] = person


def _change(document: dict[str, Any]) -> None:
    entries = {entry["key"]: entry for entry in document["reports"]}
    exchanged = entries[EXCHANGED]
    exchanged["approval"][1]["approvers"] = ["second_approver"]
    exchanged["distribution"]["recipients"] = ["report_manager"]
    document["people"]["customer_representative"]["email"] = "elsewhere@example.com"
    levels = entries[LEVELS]["approval"]
    levels[1]["name"] = "sign_off"
    title = {"zh-CN": "会签", "en": "Countersign"}
    levels.insert(1, {"name": "countersign", "title": title, "approvers": ["third_approver"]})
    entries[RETIRED]["retired"] = "2026-07-31"
    entries[OLD].update(key=NEW, was=OLD)
    document["reports"] = [entry for key, entry in entries.items() if key not in (DELETED, RETURNED)]


def test_who_answers_and_who_gets_it_stays_as_it_was_asked(house: House, runs: Runs) -> None:
    watch = runs[EXCHANGED]

    def asked(_: Watch, task: dict[str, Any]) -> None:
        if task["task_id"] == "approval":
            with pytest.raises(RestError, match="403"):
                house.airflow.client("second_approver").answer(EXCHANGED, watch.run, "approval", "Approve", None)
        watch.answer(task, USERS[task["task_id"]], "Approve", None)

    assert watch.until_end(asked, lambda: None) == "success"
    ref = Ref(EXCHANGED, PERIOD, 1)
    assert house.register.revision(ref).state == "sealed"
    assert [one.who_id for one in house.register.decisions(ref)] == ["head_of_department", "management_representative"]
    assert {one.address for one in house.register.deliveries(ref)} == BEFORE


def test_levels_of_another_list_are_skipped_and_its_own_are_asked(house: House, runs: Runs) -> None:
    assert house.answer(runs[LEVELS], SIGNED) == "success"
    assert [one.level for one in house.register.decisions(Ref(LEVELS, PERIOD, 1))] == ["initial_review", "approval"]
    states = {name: _state(runs[LEVELS], name) for name in ("countersign", "sign_off", "seal")}
    assert states == {"countersign": "skipped", "sign_off": "skipped", "seal": "success"}
    client = house.airflow.client()
    house.airflow.wait(lambda: "approval" not in _tasks(client, LEVELS), 120, "the DAG of the new list alone")


def test_a_retired_report_ends_what_is_open_and_begins_nothing(house: House, runs: Runs) -> None:
    assert house.answer(runs[RETIRED], SIGNED) == "success"
    assert house.register.revision(Ref(RETIRED, PERIOD, 1)).state == "sealed"
    later = _trigger(house, RETIRED, "2026-09")
    assert house.answer(later, {}) == "failed"
    assert any("retired since 2026-07-31: 2026-09 is not owed" in reason for reason in later.errors())
    assert house.register.revisions(RETIRED, "2026-09") == []


def test_a_deleted_report_is_told_of_at_once_and_ends(house: House, runs: Runs) -> None:
    client = house.airflow.client()
    run = client.post("/dags/report_watch/dagRuns", {"logical_date": None})["dag_run_id"]
    assert house.answer(house.watch("report_watch", run), {}) == "success"
    told = [note for note in house.register.notices(DELETED, PERIOD) if note.kind == "entry_deleted"]
    assert [(note.address, note.status) for note in told] == [("report_manager@example.com", "accepted")]
    other = _trigger(house, DELETED, "2026-07")
    assert house.answer(other, {}) == "failed", "it begins no other period"
    assert any(f"no valid entry '{DELETED}'" in reason for reason in other.errors())
    assert house.answer(runs[DELETED], SIGNED) == "success"
    assert house.register.revision(Ref(DELETED, PERIOD, 1)).state == "sealed"
    house.airflow.wait(lambda: client.get(f"/dags/{DELETED}")["is_stale"], 300, "the DAG to go")


def test_a_deleted_report_that_is_rejected_has_a_next_revision(house: House, runs: Runs) -> None:
    said = {"initial_review": "Reject", "rework": "OK"}
    assert house.answer(runs[RETURNED], said, "Week 2 is missing") == "success"
    second = house.watch(RETURNED, f"rework__{PERIOD}__r02")
    assert house.answer(second, SIGNED) == "success"
    assert [one.state for one in house.register.revisions(RETURNED, PERIOD)][-1] == "sealed"


def test_a_renamed_report_ends_under_its_old_key_and_goes_on_under_the_new_one(house: House, runs: Runs) -> None:
    assert house.answer(runs[OLD], SIGNED) == "success"
    assert house.register.revision(Ref(OLD, PERIOD, 1)).state == "sealed"
    following = _trigger(house, NEW, "2026-07")
    assert house.answer(following, SIGNED) == "success"
    assert house.register.revision(Ref(NEW, "2026-07", 1)).state == "sealed"
    assert [one.ref for one in house.register.revisions(NEW, PERIOD)] == [Ref(OLD, PERIOD, 1)]


def _trigger(house: House, report: str, period: str) -> Watch:
    body = {
        "logical_date": None,
        "conf": {"period": period},
        "dag_run_id": f"{period}__{dt.datetime.now(dt.UTC):%H%M%S.%f}",
    }
    return house.watch(report, house.airflow.client().post(f"/dags/{report}/dagRuns", body)["dag_run_id"])


def _state(watch: Watch, task: str) -> str | None:
    client = watch.airflow.client()
    found = client.get(f"{run_path(watch.dag, watch.run)}/taskInstances", limit=100)["task_instances"]
    return next((item["state"] for item in found if item["task_id"] == task), None)


def _tasks(client: Client, dag: str) -> set[str]:
    return {task["task_id"] for task in client.get(f"/dags/{dag}/tasks")["tasks"]}


def _dags(client: Client) -> set[str]:
    return {dag["dag_id"] for dag in client.get("/dags", limit=100)["dags"]}


def test_check_asks_a_running_airflow_for_users_and_connections(
    house: House, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    shutil.copytree(house.place.report_list.parent, tmp_path / "list")
    path = tmp_path / "list" / "report_list.yaml"
    monkeypatch.setenv("ITSS_AIRFLOW_USER", "report_manager")
    monkeypatch.setenv("ITSS_AIRFLOW_PASSWORD", house.airflow.users()["report_manager"])

    def check(change: Callable[[dict[str, Any]], Any], url: str = house.airflow.base) -> list[str]:
        document = yaml.safe_load(house.place.report_list.read_text(encoding="utf-8"))
        change(document)
        path.write_text(yaml.safe_dump(document, allow_unicode=True, sort_keys=False), encoding="utf-8")
        itss(["check", "--list", str(path), "--airflow", url])
        said = capsys.readouterr().out
        assert house.airflow.users()["report_manager"] not in said
        return [line for line in said.splitlines() if "airflow" in line.lower()]

    def wrong(document: dict[str, Any]) -> None:
        document["people"]["head_of_department"]["user"] = "head_of_departmnet"
        source = document["reports"][0]["data_source"]["incident"]
        document["reports"][0] |= {"collection_method": "sql", "agreement": "plain"}
        document["reports"][0]["data_source"] = {"incident": {"system": "itss", "connection": "nowhere"}}
        document["reports"][0]["distribution"]["folder"] = f"s3://no_store@{source['file']}/x"

    assert check(lambda document: None) == []
    user, source, store = check(wrong)
    assert "people.head_of_department.user: Airflow's SimpleAuthManager knows no user 'head_of_departmnet'" in user
    assert ".data_source.incident.connection: Airflow knows no connection 'nowhere'. Add it under Admin" in source
    assert ".distribution.folder: Airflow knows no connection 'no_store'" in store
    (refused,) = check(lambda document: None, "http://127.0.0.1:1")
    assert "gave no answer of Airflow" in refused
    monkeypatch.setenv("ITSS_AIRFLOW_PASSWORD", "wrong")
    (refused,) = check(lambda document: None)
    assert "/auth/token answered 401. Set ITSS_AIRFLOW_USER and ITSS_AIRFLOW_PASSWORD" in refused
