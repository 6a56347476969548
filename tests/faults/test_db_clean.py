"""`airflow db clean` with a cut-off of now while people are asked: the next run has the revision, no answer is lost.

Minutes, so `make faults` only; its own Airflow. Pending are an approval, a wait for handed-in data, an answer that its
task has not taken, and a backfill: of each report Airflow keeps the newest run that nobody triggered, not its tasks.
"""

from __future__ import annotations

import datetime as dt
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
import yaml
from flow_list import LIST, write_incidents
from house import ASKING, GOOD, USERS, WAITING, House
from itss.ref import Ref
from itss.register import Register
from itss.settings import Settings, settings
from itss.standalone.embedded import Embedded
from itss.standalone.prepare import report_list
from itss.standalone.progress import Watch
from itss.standalone.rest import RestError, run_path
from itss.standalone.sink import MailSink

pytestmark = [pytest.mark.faults, pytest.mark.flow]

FILLED, PERIOD = "filled_monthly", "2026-07"
FIRST, SECOND = "initial_review", "approval"
TABLES = (
    "asset_event,callback,dag,dag_run,dag_version,deadline,import_error,log,task_instance,task_instance_history,"
    "task_reschedule,task_state_store,trigger,xcom"
)
"""All but `job`: a cut-off of now deletes the heartbeats of scheduler and DAG processor, and both end by it."""
SIGNED = {FIRST: "Approve", SECOND: "Approve"}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    folder = tmp_path_factory.mktemp("cleaned")
    shutil.copytree(LIST, folder / "list")
    write_incidents(folder / "list" / "good.csv", resolved_after_h=5)
    path = folder / "list" / "report_list.yaml"
    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    reports = {entry["key"]: entry for entry in document["reports"]}
    reports[ASKING] |= {"review": False}
    filled = reports[GOOD] | {"key": FILLED, "on_backfill": "full"}
    document["reports"] = [reports[GOOD], reports[ASKING], reports[WAITING], filled]
    path.write_text(yaml.safe_dump(document, allow_unicode=True, sort_keys=False), encoding="utf-8")
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("ITSS_VAR", str(folder / "var"))
        environment.setenv("ITSS_REPORT_LIST", str(path))
        return settings()


@pytest.fixture(scope="module")
def house(place: Settings) -> Iterator[House]:
    Register(place.register_url).upgrade()
    reports, more = report_list(place), {"ITSS_RETRY_DELAY_S": "1", "ITSS_POKE_S": "20"}
    with MailSink(place.var / "mail") as sink, Embedded(place, reports, sink.port, more) as airflow:
        yield House(place, reports, airflow, sink.port)


def airflow(house: House, *words: str) -> None:
    """A command of Airflow's, in the environment of this one."""
    command = [sys.executable, "-m", "airflow", *words]
    done = subprocess.run(command, env=house.airflow.environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def state(house: House, report: str, run: str, task: str) -> str:
    tasks = house.airflow.client().tasks(report, run)
    return next((str(one["state"]) for one in tasks if one["task_id"] == task), "")


def waits(house: House, watch: Watch, task: str, *states: str) -> None:
    known = states or ("awaiting_input",)
    house.airflow.wait(lambda: state(house, watch.dag, watch.run, task) in known, 400, f"{watch.dag} {task}")


def decisions(house: House, report: str) -> list[tuple[str, str | None, str]]:
    return [(one.level, one.who_id, one.answer) for one in house.register.all_decisions(Ref(report, PERIOD, 1))]


def parked(house: House, watch: Watch, task: str) -> dict[str, Any]:
    waits(house, watch, task)
    found = next(one for one in house.airflow.client().tasks(watch.dag, watch.run) if one["task_id"] == task)
    watch.until_parked(found)
    return found


def backfilled(house: House) -> Watch:
    """A backfill of the month; a run's logical date is the begin of its interval."""
    days = {"from_date": "2026-07-01T00:00:00+08:00", "to_date": "2026-07-02T00:00:00+08:00"}
    house.airflow.client().post("/backfills", {"dag_id": FILLED, **days, "reprocess_behavior": "completed"})
    (run,) = house.airflow.client().get(f"/dags/{FILLED}/dagRuns")["dag_runs"]
    return house.watch(FILLED, run["dag_run_id"])


@pytest.fixture(scope="module")
def before(house: House) -> dict[str, Watch]:
    """Everything that waits, and then the housekeeping: the runs of before by their report."""
    runs = {GOOD: house.start(GOOD, PERIOD), ASKING: house.start(ASKING, PERIOD)}
    runs[WAITING] = house.start_anew(WAITING, "")
    runs[FILLED] = backfilled(house)
    runs[GOOD].answer(parked(house, runs[GOOD], FIRST), USERS[FIRST], "Approve", "first")
    waits(house, runs[WAITING], "wait_capacity", "up_for_reschedule", "deferred")
    parked(house, runs[FILLED], FIRST)
    parked(house, runs[GOOD], SECOND)
    parked(house, runs[ASKING], "comment")
    _on_record(house, ASKING, "comment", "on record alone")
    now = dt.datetime.now(dt.UTC).isoformat()
    airflow(house, "db", "clean", "--clean-before-timestamp", now, "--yes", "--skip-archive", "--tables", TABLES)
    return runs


def _on_record(house: House, report: str, question: str, comment: str) -> None:
    """An answer that the API server took and whose task never had it; of later, so that nothing resumes it now."""
    later = dt.datetime.now(dt.UTC) + dt.timedelta(hours=1)
    register = Register(house.place.register_url, key=house.place.signing_key, clock=lambda: later)
    register.receive_answer(
        Ref(report, PERIOD, 1),
        question,
        task=question,
        user=USERS[question],
        content=None,
        chosen=["OK"],
        given={"comment": comment},
    )


def test_what_waited_is_gone(house: House, before: dict[str, Watch]) -> None:
    for report in (GOOD, ASKING, WAITING):
        with pytest.raises(RestError, match="404"):
            house.airflow.client().get(run_path(report, before[report].run))
    assert state(house, FILLED, before[FILLED].run, FIRST) == ""
    assert {one.level for one in house.register.asked()} == {SECOND, FIRST}, "but it is on record"


def test_a_run_whose_tasks_are_gone_is_an_alarm(house: House, before: dict[str, Watch]) -> None:
    client = house.airflow.client()
    house.airflow.wait(
        lambda: client.get(run_path(FILLED, before[FILLED].run))["state"] == "failed", 120, "the run to fail"
    )
    house.airflow.wait(lambda: bool(house.mails(FILLED)), 120, "the mail")
    (mail,) = house.mails(FILLED)
    assert mail["X-Envelope-To"] == "report_manager@example.com"
    assert "no answer is lost" in mail.get_body().get_content()


def test_the_report_manager_is_notified_of_each(house: House, before: dict[str, Watch]) -> None:
    client = house.airflow.client()
    house.airflow.wait(lambda: _is_there(house, "report_watch"), 120, "the DAG")
    run = client.post("/dags/report_watch/dagRuns", {"logical_date": None, "conf": {}})["dag_run_id"]
    assert house.watch("report_watch", run).until_end(lambda *_: None, lambda: None) == "success"
    (mail,) = house.mails("Alarm: the run of a report is gone") or house.mails("报告的运行已不存在")
    said = mail.get_body().get_content()
    assert mail["X-Envelope-To"] == "report_manager@example.com"
    for report in (GOOD, ASKING, FILLED):
        assert f"以 period={PERIOD} 触发 DAG {report}" in said
    assert f"触发 DAG {WAITING}" in said


def _is_there(house: House, dag: str) -> bool:
    with suppress(RestError):
        return not house.airflow.client().get(f"/dags/{dag}")["is_stale"]
    return False


def test_the_approver_can_answer_still(house: House, before: dict[str, Watch]) -> None:
    shown = house.register.revision(Ref(GOOD, PERIOD, 1)).statement_sha256
    path = f"{run_path(GOOD, before[GOOD].run)}/taskInstances/{SECOND}/-1/hitlDetails"
    answer = {"chosen_options": ["Approve"], "params_input": {"comment": "second", "content": shown}}

    def is_taken() -> bool:
        with suppress(RestError):  # until the DAG is there again
            house.airflow.client(USERS[SECOND]).patch(path, answer)
            return True
        return False

    house.airflow.wait(is_taken, 120, "the answer to be taken")
    (given,) = (one for one in house.register.unsettled() if one.ref.report == GOOD)
    assert (given.user, given.comment, given.run) == (USERS[SECOND], "second", before[GOOD].run)


def test_the_next_run_takes_each_over_and_no_answer_is_lost(house: House, before: dict[str, Watch]) -> None:
    for report in (GOOD, ASKING, FILLED, WAITING):
        house.airflow.wait(lambda report=report: _is_there(house, report), 120, report)
    after = {report: house.start_anew(report, PERIOD) for report in (GOOD, ASKING, FILLED)}
    after[WAITING] = house.start_anew(WAITING, "")
    assert house.answer(after[GOOD], {}) == "success", "nobody is asked again"
    assert decisions(house, GOOD) == [(FIRST, USERS[FIRST], "approve"), (SECOND, USERS[SECOND], "approve")]
    assert house.answer(after[ASKING], SIGNED) == "success"
    assert house.answer(after[FILLED], SIGNED) == "success"
    waits(house, after[WAITING], "wait_capacity", "up_for_reschedule", "deferred")
    for report in (GOOD, ASKING, FILLED):
        (revision,) = house.register.revisions(report, PERIOD)
        events = house.register.events(revision.ref)
        assert (revision.state, revision.run) == ("sealed", after[report].run)
        assert len([one for one in events if one.what == "rendered"]) == 1, "it is the very draft that was signed"
        asked = [one.details["level"] for one in events if one.what == "asked"]
        assert len(asked) == len(set(asked)), "nobody was asked twice"
    page = (house.place.var / "archive" / ASKING / PERIOD / "r01" / "report.html").read_text(encoding="utf-8")
    assert "on record alone" in page
