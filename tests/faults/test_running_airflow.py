"""Kill -9 in a running Airflow: tasks at work, tasks that have no try left, the scheduler; and long backfills.

Minutes, so `make faults` only. The scheduler stands under a keeper that starts it again, as systemd or Kubernetes do.
"""

from __future__ import annotations

import csv
import datetime as dt
import os
import shutil
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psutil
import pytest
import yaml
from bad_mail_server import BadMailServer, killing
from house import GOOD, USERS, House
from itss.audit.seals import verify
from itss.periods import Period
from itss.register import Register
from itss.register.__main__ import main as register_command
from itss.settings import Settings, settings
from itss.standalone import embedded
from itss.standalone.embedded import Embedded
from itss.standalone.prepare import report_list
from itss.standalone.progress import Watch
from itss.standalone.rest import run_path
from ledger import Injected

pytestmark = [pytest.mark.faults, pytest.mark.flow]

LIST = Path(__file__).parents[1] / "flow" / "list"
RECIPIENTS = ["customer_representative@example.com", "service_level_manager@example.com"]
SIGNED = {"initial_review": "Approve", "approval": "Approve"}
KEEPER = 'while :; do "$@"; while [ -e "$HOLD" ]; do sleep 0.2; done; done'
SHORT = {
    "ITSS_RETRY_DELAY_S": "1",
    "ITSS_POKE_S": "1",
    # a task whose supervisor died with the scheduler is missed after seconds, not after five minutes
    "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "30",
    "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT_DETECTION_INTERVAL": "5",
    "AIRFLOW__WORKERS__MIN_HEARTBEAT_INTERVAL": "2",
}


class Flow(House):
    """The running product, its mail server, and ways to do it harm."""

    def __init__(self, place: Settings, airflow: Embedded, box: BadMailServer, hold: Path, terminal: Any) -> None:
        super().__init__(place, report_list(place), airflow, box.port)
        self.terminal = terminal
        self.box = box
        self.hold = hold

    def say(self, line: str) -> None:
        """A line of progress: these tests take minutes."""
        with self.terminal.global_and_fixture_disabled():
            print(f"\n    {dt.datetime.now(dt.UTC):%H:%M:%S} {line}", end="", flush=True)

    def task(self, watch: Watch, name: str) -> dict[str, Any]:
        (found,) = (item for item in self.airflow.client().tasks(watch.dag, watch.run) if item["task_id"] == name)
        return found

    def is_at(self, watch: Watch, task: str, *states: str) -> Callable[[], bool]:
        return lambda: self.task(watch, task)["state"] in states

    def caught(self, watch: Watch, task: str, try_number: int, is_there: Callable[[], bool]) -> int:
        """The task's process, stopped at the first moment at which ``is_there``."""
        pid = 0

        def runs() -> bool:
            nonlocal pid
            found = self.task(watch, task)
            assert found["state"] != "success", f"{task} was over before it was seen"
            if found["state"] == "running" and found["try_number"] == try_number and found["pid"]:
                pid = found["pid"]
            return bool(pid)

        self.airflow.wait(runs, 240, f"{task} to run", every_s=0.02)
        process = psutil.Process(pid)
        process.suspend()
        while not is_there():  # it goes on in steps of some milliseconds
            process.resume()
            time.sleep(0.004)
            process.suspend()
        return pid

    def kill(self, watch: Watch, task: str, is_there: Callable[[], bool], try_number: int = 1) -> None:
        os.kill(self.caught(watch, task, try_number, is_there), signal.SIGKILL)
        self.say(f"{watch.run}: {task}, try {try_number}, killed")

    def sign(self, watch: Watch) -> None:
        for level in SIGNED:
            self.airflow.wait(self.is_at(watch, level, "awaiting_input"), 240, level)
            watch.answer(self.task(watch, level), USERS[level], "Approve", f"seen by {level}")

    def ends(self, watch: Watch, state: str, timeout_s: float = 300) -> None:
        path = run_path(watch.dag, watch.run)
        ended = ("success", "failed")
        self.airflow.wait(lambda: self.airflow.client().get(path)["state"] in ended, timeout_s, f"{watch.run} to end")
        assert self.airflow.client().get(path)["state"] == state, watch.errors()

    def clear(self, watch: Watch, task: str) -> None:
        self.airflow.client().post(
            f"/dags/{watch.dag}/clearTaskInstances",
            {"dry_run": False, "dag_run_id": watch.run, "task_ids": [task], "only_failed": False,
             "include_downstream": True, "reset_dag_runs": True},
        )  # fmt: skip

    def scheduler(self, keeper: str = "keeper") -> psutil.Process:
        """The scheduler, or whatever stands under another keeper."""
        for process in psutil.process_iter(["cmdline"]):
            if keeper in (process.info["cmdline"] or []) and process.environ().get("HOLD") == str(self.hold):
                return next(one for one in process.children() if one.name() != "sleep")
        raise StopIteration

    @contextmanager
    def without_scheduler(self) -> Iterator[None]:
        """Kill -9 of the scheduler and of everything it started; started again at the end."""
        self.hold.touch()
        leader = self.scheduler()
        doomed = [leader, *leader.children(recursive=True)]
        for process in doomed:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        self.say(f"scheduler and {len(doomed) - 1} processes of it killed")
        try:
            yield
        finally:
            self.hold.unlink()
            self.airflow.wait(self._is_up, 60, "the scheduler")
            self.say("scheduler started again")

    def kill_api_server(self) -> None:
        """Kill -9 of the API server and its workers; its keeper starts it again."""
        leader = self.scheduler("keeper-api")
        for process in [leader, *leader.children(recursive=True)]:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        self.airflow.wait(lambda: not leader.is_running(), 60, "the end of the API server", every_s=0.02)
        self.airflow.wait(self.airflow.client().healthy, 240, "the API server, again")

    def _is_up(self) -> bool:
        with suppress(StopIteration, psutil.NoSuchProcess):
            return bool(self.scheduler())
        return False

    def backfill(self, first: str, last: str) -> None:
        """Every month whose interval begins between the two days of Shanghai."""
        asked = {"dag_id": GOOD, "from_date": f"{first}T00:00:00+08:00", "to_date": f"{last}T00:00:00+08:00"}
        # the scheduler looks every half minute whether the one before has ended
        self.airflow.wait(lambda: not self._is_backfilling(), 120, "the end of the backfill before", every_s=1)
        self.airflow.client().post("/backfills", asked | {"max_active_runs": 4})

    def _is_backfilling(self) -> bool:
        known = self.airflow.client().get("/backfills", dag_id=GOOD)["backfills"]
        return any(one["completed_at"] is None for one in known)

    def taken(self, period: str) -> Counter[str]:
        """Mails of the report of a period, by address."""
        return Counter(one.address for one in self.box.letters if one.is_report and f".{period}." in one.id)

    def alarms(self, period: str) -> list[str]:
        return [words for words in self.box.alarms() if period in words]

    def whole(self, period: str) -> tuple[int, int]:
        """One revision, one seal; returns how many mails were lost and doubled."""
        (revision,) = self.register.revisions(GOOD, period)
        assert revision.state == "sealed"
        assert verify(Path(str(revision.archive_path)), revision.manifest_sha256) == []
        what = [event.what for event in self.register.events(revision.ref)]
        assert what.count("sealed") == 1
        got = self.taken(period)
        return sum(not got[one] for one in RECIPIENTS), sum(got.values()) - len(got)


@pytest.fixture(scope="module")
def flow(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[Flow]:
    folder = tmp_path_factory.mktemp("airflow")
    shutil.copytree(LIST, folder / "list")
    _write_incidents(folder / "list" / "good.csv")
    shutil.copy(folder / "list" / "good.csv", folder / "list" / "bad.csv")
    listed = folder / "list" / "report_list.yaml"
    document = yaml.safe_load(listed.read_text())
    (entry,) = (one for one in document["reports"] if one["key"] == GOOD)
    entry["period"]["first"] = "2023-01-01"
    document["reports"] = [entry]
    listed.write_text(yaml.safe_dump(document, allow_unicode=True))
    agreement = folder / "list" / "agreements" / "plain.yaml"
    agreement.write_text(agreement.read_text().replace("2025-01-01", "2023-01-01"))
    hold = folder / "hold"
    services = embedded._services()
    for name, keeper in (("scheduler", "keeper"), ("api-server", "keeper-api")):
        services[name] = ["bash", "-c", KEEPER, keeper, *services[name]]
    with pytest.MonkeyPatch.context() as patch, BadMailServer() as box:
        patch.setenv("ITSS_VAR", str(folder / "var"))
        patch.setenv("ITSS_REPORT_LIST", str(listed))
        patch.setattr(embedded, "_services", lambda: services)
        place = settings()
        Register(place.register_url).upgrade()
        with Embedded(place, report_list(place), box.port, SHORT | {"HOLD": str(hold)}) as airflow:
            yield Flow(place, airflow, box, hold, request.config.pluginmanager.getplugin("capturemanager"))


def _write_incidents(path: Path) -> None:
    """Six incidents a month from January 2023 to August 2026."""
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "title", "priority", "opened_at", "resolved_at"])
        for month in range(44):
            for number in range(1, 7):
                opened = dt.datetime(2023 + month // 12, month % 12 + 1, number * 4, 10)  # noqa: DTZ001
                solved = opened + dt.timedelta(hours=5 * number)
                writer.writerow([f"INC{month:02d}{number:02d}", f"打印机 {number}", "High", opened, solved])


def folder_of(root: str, period: str) -> Path:
    return Path(root.removeprefix("file://")) / GOOD / period / "r01"


def test_tasks_killed_at_work_are_run_again(flow: Flow, injected: Injected) -> None:
    period = "2026-03"
    work, archive = (folder_of(url, period) for url in (flow.place.workspace_url, flow.place.archive_url))
    watch = flow.start(GOOD, period)
    with injected("Airflow: kill -9 in collect"):
        flow.kill(watch, "collect_incident", (work / "data").exists)
        flow.airflow.wait(flow.is_at(watch, "collect_incident", "success"), 240, "collect, again")
    with injected("Airflow: kill -9 in render"):
        flow.kill(watch, "render", lambda: any(work.glob("*report.xlsx*")))
        flow.airflow.wait(flow.is_at(watch, "render", "success"), 240, "render, again")
    # by the mail server, which has kept the message and not answered yet: no other moment is sure to be that one
    flow.box.on["MESSAGE", RECIPIENTS[0]] = killing(lambda: int(flow.task(watch, "deliver")["pid"]), is_kept=True)
    flow.sign(watch)
    with injected("Airflow: kill -9 in deliver") as count:
        flow.ends(watch, "failed")
        flow.box.heal()
        assert flow.task(watch, "deliver")["try_number"] > 1, "it was killed, and tried again"
        assert flow.taken(period).total() <= len(RECIPIENTS), "nobody gets it twice by itself"
        assert any("how it ended is not known" in words for words in flow.alarms(period))
        (open_end,) = [one for one in flow.register.deliveries((GOOD, period, 1)) if one.status == "sending"]
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("ITSS_REGISTER_URL", flow.place.register_url)
            assert register_command(["delivery", GOOD, period, "1", open_end.address, "accepted"]) == 0
        flow.clear(watch, "deliver")
        flow.airflow.wait(flow.is_at(watch, "deliver", "success"), 240, "deliver, again")
        count.lost, count.doubled = (len(set(RECIPIENTS) - set(flow.taken(period))), 0)
    with injected("Airflow: kill -9 in seal") as count:
        flow.kill(watch, "seal", archive.exists, flow.task(watch, "seal")["try_number"] or 1)
        flow.ends(watch, "success")
        count.lost, count.doubled = flow.whole(period)
    assert len(flow.alarms(period)) == 1, "a task that could say why it failed is told once, not by the run again"


def test_a_task_killed_until_no_try_is_left_is_told(flow: Flow, injected: Injected) -> None:
    """Airflow calls no callback of a task whose process was killed; the run's own tells it."""
    period = "2026-04"
    watch = flow.start(GOOD, period)
    with injected("Airflow: kill -9 until no try is left") as count:
        for number in (1, 2, 3):
            flow.kill(watch, "check", lambda: True, number)
        flow.ends(watch, "failed")
        flow.airflow.wait(lambda: bool(flow.alarms(period)), 60, "the alarm")
        (alarm,) = flow.alarms(period)
        assert "check" in alarm
        assert "killed" in alarm
        assert flow.register.revision((GOOD, period, 1)).state == "failed"
        again = flow.start(GOOD, period)
        flow.sign(again)
        flow.ends(again, "success")
        count.lost, count.doubled = flow.whole(period)


def test_an_answer_given_while_the_scheduler_is_down_counts(flow: Flow, injected: Injected) -> None:
    period = "2026-05"
    watch = flow.start(GOOD, period)
    with injected("Airflow: scheduler killed while an approval waits") as count:
        flow.airflow.wait(flow.is_at(watch, "initial_review", "awaiting_input"), 240, "the initial review")
        flow.airflow.wait(lambda: _is_parked(flow, watch), 60, "the scheduler's note of the question")
        with flow.without_scheduler():
            flow.airflow.client("head_of_department").answer(GOOD, watch.run, "initial_review", "Approve", "while down")
        flow.airflow.wait(flow.is_at(watch, "approval", "awaiting_input"), 240, "the approval")
        watch.answer(flow.task(watch, "approval"), USERS["approval"], "Approve", "after it")
        flow.ends(watch, "success")
        said = [(one.level, one.who_id, one.comment) for one in flow.register.all_decisions((GOOD, period, 1))]
        assert said == [
            ("initial_review", "head_of_department", "while down"),
            ("approval", "management_representative", "after it"),
        ]
        count.lost, count.doubled = flow.whole(period)


def _is_parked(flow: Flow, watch: Watch) -> bool:
    said = f"task_id=initial_review, run_id={watch.run},"
    return any(said in line and "state=awaiting_input" in line for line in flow.airflow.log("scheduler").splitlines())


def months(first: str, count: int) -> list[str]:
    period = Period("month", dt.date.fromisoformat(f"{first}-01"), "Asia/Shanghai")
    return [period.shift(number).label for number in range(count)]


def sealed(flow: Flow, labels: list[str]) -> int:
    return sum(any(one.state == "sealed" for one in flow.register.revisions(GOOD, label)) for label in labels)


def archived_alone(flow: Flow, labels: list[str]) -> None:
    """One sealed version each, no mail, no question."""
    for label in labels:
        (revision,) = flow.register.revisions(GOOD, label)
        assert revision.state == "sealed", revision
        assert verify(Path(str(revision.archive_path)), revision.manifest_sha256) == []
        assert not flow.register.all_decisions(revision.ref)
        assert not [one for one in flow.box.letters if f".{label}." in one.id], "no mail"
        assert not flow.alarms(label)
    details = flow.airflow.client().get("/dags/~/dagRuns/~/hitlDetails", limit=100)["hitl_details"]
    assert not [one for one in details if one["task_instance"]["dag_run_id"].startswith("backfill")], "no question"


def test_a_backfill_of_twelve_months_goes_on_after_the_scheduler_was_killed(flow: Flow, injected: Injected) -> None:
    labels = months("2023-01", 12)
    with injected("Airflow: 12-month backfill, scheduler killed") as count:
        flow.backfill("2023-01-01", "2023-12-02")
        flow.airflow.wait(lambda: sealed(flow, labels) >= 3, 900, "three sealed months", every_s=2)
        with flow.without_scheduler():
            done = sealed(flow, labels)
            assert done < 12
            flow.say(f"{done} of 12 sealed when it was killed")
        flow.airflow.wait(lambda: sealed(flow, labels) == 12, 1500, "twelve sealed months", every_s=2)
        archived_alone(flow, labels)
        count.doubled = sum(flow.taken(label).total() for label in labels)


def test_a_backfill_of_twenty_four_months(flow: Flow, injected: Injected) -> None:
    labels = months("2024-01", 24)
    began = time.monotonic()
    with injected("Airflow: 24-month backfill") as count:
        # not by `airflow backfill create`: the embedded Airflow lives on SQLite, where that may meet a lock half-way
        flow.backfill("2024-01-01", "2025-12-02")
        told = 0

        def is_done() -> bool:
            nonlocal told
            if (now := sealed(flow, labels)) != told:
                told = now
                flow.say(f"{told} of 24 sealed after {time.monotonic() - began:.0f} s")
            return told == 24

        flow.airflow.wait(is_done, 3000, "24 sealed months", every_s=2)
        archived_alone(flow, labels)
        count.doubled = sum(flow.taken(label).total() for label in labels)
