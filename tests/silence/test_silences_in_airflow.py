"""Silences of a running Airflow, caused one at a time: each has its line, its exit code and its mail, and when.

Minutes, so `make silence` only. Each test puts right what it broke.
"""

from __future__ import annotations

import datetime as dt
import shutil
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from house import GOOD, WAITING, House
from itss.register import Register
from itss.settings import Settings, settings
from itss.standalone import embedded
from itss.standalone.embedded import Embedded
from itss.standalone.prepare import report_list
from itss.standalone.rest import RestError, run_path
from itss.standalone.sink import MailSink
from itss.steps import watching
from itss.watch import airflow_parts
from itss.watch.matter import Kind
from silence_house import (
    EMPTY,
    GRACE_S,
    HEALTH_S,
    PATIENCE_S,
    ROOT,
    SHORT,
    SILENT_S,
    Outside,
    Said,
    stopped,
    wait_for,
    write_list,
)
from silence_table import ALERTS, Row, Tell, of_watch

pytestmark = [pytest.mark.faults, pytest.mark.flow]

MANAGER = "report_manager@example.com"
DAGS, RUNS = "1 Airflow's DAGs and services", "2 Runs and tasks"
LOOK = "within 30 min (the next look)"
GONE = f"5 min after the revision was opened at the earliest, {LOOK}"
SLOTS = "?update_mask=slots"
"""Nothing else of the default pool may be changed."""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    folder = tmp_path_factory.mktemp("silent")
    others = shutil.ignore_patterns("__pycache__", "service_reports_[!0]*", "service_reports_0[!0]*")
    shutil.copytree(ROOT / "dags", folder / "dags", ignore=others)
    path = write_list(folder / "list")
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("ITSS_VAR", str(folder / "var"))
        environment.setenv("ITSS_REPORT_LIST", str(path))
        return settings()


@pytest.fixture(scope="module")
def house(place: Settings) -> Iterator[House]:
    Register(place.register_url).upgrade()
    reports = report_list(place)
    more = SHORT | {"AIRFLOW__CORE__DAGS_FOLDER": str(place.var.parent / "dags")}
    with (
        pytest.MonkeyPatch.context() as patient,
        MailSink(place.var / "mail") as sink,
    ):
        patient.setattr(embedded, "START_TIMEOUT_S", 2 * PATIENCE_S)  # a machine under load
        with Embedded(place, reports, sink.port, more, triggerer=True) as airflow:
            made = House(place, reports, airflow, sink.port)
            airflow.wait(lambda: has_dag(made, GOOD), PATIENCE_S, "the DAGs")
            yield made


@pytest.fixture
def outside(house: House, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Outside:
    return Outside(house, monkeypatch, capsys)


@pytest.fixture
def copy(house: House, tmp_path: Path) -> Path:
    return Path(shutil.copytree(house.place.report_list.parent, tmp_path / "list"))


def has_dag(house: House, key: str) -> bool:
    with suppress(RestError):
        return not house.airflow.client().get(f"/dags/{key}")["is_stale"]
    return False


def row(
    group: str, cause: str, how: str, shown: str, kind: Kind, said: Said, default: str, setting: str = "", who: str = ""
) -> Row:
    measured = f"{said.after_s:.0f} s" + (f" ({setting})" if setting else "")
    assert said.code == 1
    assert MANAGER in said.receivers
    return Row(group, cause, how, shown, of_watch(kind), who or "report manager", measured, default, ALERTS[kind])


def test_it_is_silent_while_all_is_well(house: House, outside: Outside) -> None:
    house.airflow.wait(lambda: outside.look()[0] == 0, PATIENCE_S, "an Airflow that has all that the list needs", 2)


def test_a_dag_is_paused(house: House, outside: Outside, tell: Tell) -> None:
    house.airflow.client().patch(f"/dags/{GOOD}", {"is_paused": True})
    said = outside.until(f"are paused, and nothing of theirs starts: {GOOD}", "airflow_list")
    house.airflow.client().patch(f"/dags/{GOOD}", {"is_paused": False})
    tell(row(DAGS, "a DAG is paused", "paused in the UI", "its switch", "airflow_list", said, LOOK))


def test_the_watch_is_paused(house: House, outside: Outside, tell: Tell) -> None:
    house.airflow.client().patch("/dags/report_watch", {"is_paused": True})
    said = outside.until("are paused, and nothing of theirs starts: report_watch", "airflow_list")
    house.airflow.client().patch("/dags/report_watch", {"is_paused": False})
    default = "at the next `itss watch --airflow` from outside"
    tell(row(DAGS, "`report_watch` itself is paused", "paused in the UI", "its switch", "airflow_list", said, default))


def test_the_watch_is_dead(house: House, outside: Outside, tell: Tell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(airflow_parts, "WATCHED_WITHIN", dt.timedelta(seconds=1))
    said = outside.until("report_watch does not look for what is missing", "airflow_setup")
    how = "no run of it had succeeded for longer than allowed"
    default = "2 h after its last success, by `itss watch --airflow` from outside"
    tell(
        row(
            DAGS,
            "`report_watch` does not run, or fails",
            how,
            "its runs",
            "airflow_setup",
            said,
            default,
            "1 s allowed",
        )
    )


def test_a_pool_is_missing(house: House, outside: Outside, tell: Tell) -> None:
    client = house.airflow.client()
    client.delete("/pools/itss_itsm_sample")
    said = outside.until("Airflow has no pool itss_itsm_sample", "airflow_setup")
    client.post("/pools", {"name": "itss_itsm_sample", "slots": 3})
    shown = "a warning in the scheduler's log"
    tell(row(DAGS, "a pool is missing", "deleted in Airflow", shown, "airflow_setup", said, LOOK))


def test_an_approver_whom_airflow_does_not_know(house: House, outside: Outside, tell: Tell, copy: Path) -> None:
    path = copy / "report_list.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("user: head_of_department", "user: '7'"), encoding="utf-8")
    said = outside.until("Airflow lacks 1 user(s) of the list, or they are not active: 7", "airflow_setup", copy)
    how = "`user: '7'`, a number of FAB in place of the name"
    default = f"{LOOK}; else at the deadline of the first answer"
    tell(row(DAGS, "an approver has no user", how, "nothing", "airflow_setup", said, default))


def test_clocks_that_differ(house: House, outside: Outside, tell: Tell) -> None:
    began, now = time.monotonic(), dt.datetime.now(dt.UTC) + dt.timedelta(minutes=10)
    found, error = watching.look_at_airflow(settings(), now, house.airflow.base)
    assert error is None
    (matter,) = [one for one in found if "the clocks differ" in one.line]
    before = len(outside.mails("airflow_setup"))
    watching.notify_all(settings(), [matter], now)
    assert len(outside.mails("airflow_setup")) == before + 1
    said = Said(matter.line, int(matter.is_late), time.monotonic() - began, (), (MANAGER,))
    how = "asked by a clock that was 10 minutes ahead"
    tell(row(DAGS, "a clock is wrong by more than 5 min", how, "nothing", "airflow_setup", said, LOOK))


def test_a_stub_is_deleted(house: House, outside: Outside, tell: Tell, tmp_path: Path) -> None:
    stub = house.place.var.parent / "dags" / "service_reports_00.py"
    shutil.move(stub, tmp_path / stub.name)
    try:
        said = outside.until("has not read service_reports_00.py to its end", "airflow_list")
    finally:
        shutil.move(tmp_path / stub.name, stub)
    house.airflow.wait(lambda: has_dag(house, GOOD), PATIENCE_S, "the DAG to be there again")
    shown, default = "nothing: its DAGs vanish", "`ITSS_PARSED_WITHIN_S`, 15 min, and the next look"
    setting = f"ITSS_PARSED_WITHIN_S={GRACE_S}"
    tell(
        row(
            DAGS,
            "a DAG file was deleted",
            "`service_reports_00.py` moved away",
            shown,
            "airflow_list",
            said,
            default,
            setting,
        )
    )


def test_no_slot_is_left(house: House, outside: Outside, tell: Tell) -> None:
    client = house.airflow.client()
    client.patch(f"/pools/default_pool{SLOTS}", {"pool": "default_pool", "slots": 0})
    watch = house.start_anew(GOOD, "2026-03")
    said = outside.until("nothing begins in queue default, pool default_pool", "airflow_setup")
    assert f"{GOOD}.open" in said.line
    client.patch(f"/pools/default_pool{SLOTS}", {"pool": "default_pool", "slots": 128})
    wait_for(house, GOOD, watch.run, "open", "success")
    default = "5 min, by `itss watch --airflow` from outside: `report_watch` waits, too"
    setting = f"{SILENT_S} s allowed"
    tell(
        row(
            RUNS,
            "no slot is left",
            "`default_pool` set to 0 slots",
            "tasks are *scheduled*",
            "airflow_setup",
            said,
            default,
            setting,
        )
    )


def test_a_run_that_was_marked_as_success(house: House, outside: Outside, tell: Tell) -> None:
    watch = house.start_anew(GOOD, "2026-04")
    wait_for(house, GOOD, watch.run, "initial_review", "awaiting_input")
    house.airflow.client().patch(run_path(GOOD, watch.run), {"state": "success"})
    said = outside.until(f"its run {watch.run} has ended or was deleted", "run_gone")
    how = "*mark success* of the run while an approver is asked"
    tell(row(RUNS, "a run was set to success by hand", how, "a green run", "run_gone", said, GONE, "with these 5 min"))


def test_a_run_that_was_deleted(house: House, outside: Outside, tell: Tell) -> None:
    watch = house.start_anew(GOOD, "2026-05")
    wait_for(house, GOOD, watch.run, "initial_review", "awaiting_input")
    house.airflow.client().patch(run_path(GOOD, watch.run), {"state": "failed"})  # a running one cannot be deleted
    house.airflow.client().delete(run_path(GOOD, watch.run))
    said = outside.until(f"its run {watch.run} has ended or was deleted", "run_gone")
    how = "the run deleted while an approver is asked (`airflow db clean`: `tests/faults/test_db_clean.py`)"
    tell(row(RUNS, "a run was deleted", how, "nothing", "run_gone", said, GONE, "with these 5 min"))


def test_a_source_that_is_empty(house: House, tell: Tell) -> None:
    began = time.monotonic()
    house.start_anew(EMPTY, "2026-07")
    house.airflow.wait(lambda: bool(house.mails(EMPTY)), PATIENCE_S, "the mail about the failure")
    (mail,) = house.mails(EMPTY)
    assert mail["X-Envelope-To"] == MANAGER
    said = f"the mail *{mail['Subject']}*; `itss watch` from a working day before it is due"
    tell(
        Row(
            RUNS, "a source is empty, truncated or stale", "a file with its heads alone", "a red task *check*", said,
            "report manager", f"{time.monotonic() - began:.0f} s from the trigger", "at once", "ItssStepFailed",
        )
    )  # fmt: skip


def test_the_triggerer_stops_while_a_report_waits(house: House, outside: Outside, tell: Tell) -> None:
    watch = house.start_anew(WAITING, "")
    wait_for(house, WAITING, watch.run, "wait_capacity", "deferred")
    with stopped(house, "triggerer"):
        said = outside.until("Airflow's triggerer does not run", "airflow_setup")
    tell(_service("the triggerer is down while a report waits", "the home page", said))


def test_the_dag_processor_stops(house: House, outside: Outside, tell: Tell) -> None:
    with stopped(house, "dag-processor"):
        said = outside.until("Airflow's DAG processor does not run", "airflow_setup")
    tell(_service("the DAG processor is down", "the home page", said))


def test_the_scheduler_stops(house: House, outside: Outside, tell: Tell) -> None:
    with stopped(house, "scheduler"):
        said = outside.until("Airflow's scheduler does not run", "airflow_setup")
    tell(_service("the scheduler is down", "the home page; nothing runs, `report_watch` neither", said))


def _service(cause: str, shown: str, said: Said) -> Row:
    default = "5 min without a heartbeat, by `itss watch --airflow` from outside"
    setting = f"{SILENT_S} s allowed, Airflow's threshold {HEALTH_S} s"
    return row(DAGS, cause, "its process stopped (`SIGSTOP`)", shown, "airflow_setup", said, default, setting)
