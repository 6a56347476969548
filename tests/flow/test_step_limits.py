"""Steps that take too long in a running Airflow: ended, tried again or not, and the report manager notified.

Its own Airflow: of one report a source hangs in C code and another computes without an end; limits are seconds here.
Its list names a pool, which `itss setup` changes.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from flow_list import LIST
from house import GOOD, House
from itss.cli import main as itss
from itss.register import Register
from itss.settings import Settings, settings
from itss.standalone.embedded import Embedded
from itss.standalone.prepare import report_list
from itss.standalone.progress import Watch
from itss.standalone.rest import run_path
from itss.standalone.sink import MailSink

pytestmark = [pytest.mark.flow, pytest.mark.long]

PERIOD = "2026-08"
DAGS = '''
"""The DAGs of the list, of which two sources never answer."""
import ctypes
from pathlib import Path

from airflow.sdk import get_parsing_context
from itss import time_limit
from itss.flow import tasks
from itss.flow import time_limit as limits
from itss.flow.listing import shard_dags

time_limit.GRACE_S = 3
limits._limit_s = lambda entry, task: 4.0 if task.startswith("collect_") else 600.0


def hangs_in_c():
    lock = ctypes.create_string_buffer(64)
    for _ in range(2):
        ctypes.PyDLL(None).pthread_mutex_lock(lock)


def collect(process, **context):
    tasks.opened(context)
    print("collects", process, flush=True)
    if process == "incident":
        hangs_in_c()
    while True:
        pass


tasks.collect = collect
for dag in shard_dags(Path(__file__), get_parsing_context().dag_id):
    globals()[dag.dag_id] = dag
'''


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    folder = tmp_path_factory.mktemp("limits")
    shutil.copytree(LIST, folder / "list")
    (folder / "dags").mkdir()
    (folder / "dags" / "service_reports_00.py").write_text(DAGS, encoding="utf-8")
    path = folder / "list" / "report_list.yaml"
    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    (entry,) = (entry for entry in document["reports"] if entry["key"] == GOOD)
    source = {"system": "itss", "connection": "busy_itsm"}
    entry |= {"data_source": {"incident": source, "change": source}, "collection_method": "sql", "start_within": "2h"}
    document["reports"] = [entry]
    document["pools"] = {"busy_itsm": 2}
    path.write_text(yaml.safe_dump(document, allow_unicode=True, sort_keys=False), encoding="utf-8")
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("ITSS_VAR", str(folder / "var"))
        environment.setenv("ITSS_REPORT_LIST", str(path))
        return settings()


@pytest.fixture(scope="module")
def house(place: Settings) -> Iterator[House]:
    Register(place.register_url).upgrade()
    reports = report_list(place)
    more = {
        "ITSS_RETRY_DELAY_S": "1",
        "AIRFLOW__CORE__DAGS_FOLDER": str(place.var.parent / "dags"),
        "AIRFLOW_CONN_BUSY_ITSM": "postgresql://nobody@127.0.0.1:1/none",
    }
    with MailSink(place.var / "mail") as sink, Embedded(place, reports, sink.port, more) as airflow:
        yield House(place, reports, airflow, sink.port)


@pytest.fixture(scope="module")
def ended(house: House) -> Watch:
    """The run, once it has failed and the report manager has been notified of both its tasks."""
    watch = house.start(GOOD, PERIOD)
    assert house.answer(watch, {}) == "failed"
    house.airflow.wait(lambda: len(house.mails(PERIOD)) == 2, 120, "both mails")
    return watch


def task(watch: Watch, name: str) -> dict[str, Any]:
    return next(one for one in watch.airflow.client().tasks(watch.dag, watch.run) if one["task_id"] == name)


def log(watch: Watch, name: str, number: int) -> str:
    path = f"{run_path(watch.dag, watch.run)}/taskInstances/{name}/logs/{number}"
    return json.dumps(watch.airflow.client().get(path), ensure_ascii=False)


def said(house: House, words: str) -> str:
    (mail,) = (one for one in house.mails(PERIOD) if words in str(one["Subject"]))
    assert str(mail["X-Envelope-To"]) == "report_manager@example.com"
    body = mail.get_body(("plain",))
    assert body is not None
    return " ".join(str(body.get_content()).split())


def test_a_source_that_hangs_in_c_is_ended_tried_again_and_notified_of(house: House, ended: Watch) -> None:
    state = task(ended, "collect_incident")
    assert (state["state"], state["try_number"]) == ("failed", 3)
    for number in (1, 2, 3):
        words = log(ended, "collect_incident", number)
        assert re.search(r"Timeout \(0:00:0[67]", words), words
        assert "in hangs_in_c" in words, "the place is in the task's own log"
    assert "it took longer than its limit of 4 s" in said(house, "collect_incident")


def test_a_source_that_never_ends_fails_at_once_and_is_notified_of(house: House, ended: Watch) -> None:
    state = task(ended, "collect_change")
    assert (state["state"], state["try_number"]) == ("failed", 1)
    words = said(house, "collect_change")
    assert f"The step collect_change of {GOOD} was ended: it took longer than its limit of 4 s." in words
    assert "raise task_limit of the entry" in words


def test_both_ran_in_the_pool_of_their_connection(house: House, ended: Watch) -> None:
    assert {task(ended, f"collect_{one}")["pool"] for one in ("incident", "change")} == {"itss_busy_itsm"}
    assert task(ended, "open")["pool"] == "default_pool"


def test_setup_makes_and_changes_pools_by_rest_and_by_the_command(
    house: House, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    shutil.copytree(house.place.report_list.parent, tmp_path / "list")
    path = tmp_path / "list" / "report_list.yaml"
    monkeypatch.setenv("ITSS_AIRFLOW_USER", "report_manager")
    monkeypatch.setenv("ITSS_AIRFLOW_PASSWORD", house.airflow.users()["report_manager"])
    monkeypatch.setenv("ITSS_REGISTER_URL", house.place.register_url)

    def write(pools: dict[str, int]) -> None:
        document = yaml.safe_load(house.place.report_list.read_text(encoding="utf-8"))
        document["reports"][0]["data_source"]["change"] = {"system": "itss", "connection": "other_itsm"}
        document["pools"] = pools
        path.write_text(yaml.safe_dump(document, allow_unicode=True, sort_keys=False), encoding="utf-8")

    def call(*words: str) -> list[str]:
        itss([*words, "--list", str(path), "--airflow", house.airflow.base])
        return [line for line in capsys.readouterr().out.splitlines() if "pool" in line.lower()]

    assert call("check") == []
    write({"busy_itsm": 3, "other_itsm": 1})
    changed, missing = call("check")
    number = path.read_text(encoding="utf-8").splitlines().index("  busy_itsm: 3") + 1
    assert f"report_list.yaml:{number}: pools.busy_itsm: The pool 'itss_busy_itsm' has 2 slots in Airflow." in changed
    assert f"report_list.yaml:{number + 1}: pools.other_itsm: Airflow has no pool 'itss_other_itsm'" in missing
    assert call("setup") == ["pool itss_busy_itsm: changed, 2 to 3", "pool itss_other_itsm: made, 1"]
    assert call("check") == []

    def by_command() -> list[str]:
        done = subprocess.run(
            [sys.executable, "-m", "itss", "setup", "--list", str(path)],
            env=house.airflow.environment,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        return [line for line in done.stdout.splitlines() if "pool" in line]

    assert by_command() == ["pool itss_busy_itsm: 3, as it was", "pool itss_other_itsm: 1, as it was"]
    write({"busy_itsm": 1, "other_itsm": 1})
    assert by_command()[0] == "pool itss_busy_itsm: changed, 3 to 1"
    assert house.airflow.client().get("/pools/itss_busy_itsm")["slots"] == 1
