"""How long the machine needs for a report, against a chain of empty tasks as long as the report DAG's longest path.

Both run in the same Airflow (the embedded one, scheduler settings as Airflow ships them), one after the other, on the
sample data; the time that approvers take is left out.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import statistics
import sys
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

from itss.register import Register
from itss.settings import settings
from itss.standalone.approvers import Approvers
from itss.standalone.embedded import Embedded
from itss.standalone.postbox import Postbox
from itss.standalone.prepare import report_list, request, sample
from itss.standalone.rest import Client, run_path
from itss.standalone.run import Say
from itss.standalone.sink import MailSink
from itss.standalone.takeup import dag_run
from itss.standalone.watch import Watch

from benchmarks.entry import Entry, rounded

HERE = Path(__file__).resolve().parent
BUNDLE = "airflow.dag_processing.bundles.local.LocalDagBundle"
GOAL = 2.5
ROUNDS = 3


def entries() -> list[Entry]:
    """The one ratio: a report's machine time to that of the empty chain."""
    with tempfile.TemporaryDirectory() as var:
        os.environ["ITSS_VAR"] = var
        chains, reports, length = measure()
    value, peer = statistics.median(reports), statistics.median(chains)
    print(f"chain   {_list(chains)}\nreport  {_list(reports)}", file=sys.stderr)
    return [
        Entry(
            f"machine time of the monthly customer report, {length} tasks deep, human waits left out",
            rounded(value),
            "s",
            f"chain of {length} empty tasks in the same Airflow",
            rounded(peer),
            rounded(value / peer),
            f"<= {GOAL}",
            value <= GOAL * peer,
        )
    ]


def measure() -> tuple[list[float], list[float], int]:
    """Seconds of the chains and of the reports, in turns, and the length of the path; the first round warms up."""
    place, now, say = settings(), dt.datetime.now(dt.UTC), Say()
    people = report_list(place)
    sample(place, people, now)
    register = Register(place.register_url)
    register.upgrade()
    with MailSink(place.var / "mail") as sink, Embedded(place, people, sink.port, _bundles(place.home)) as airflow:
        wanted, postbox = request(people, "", "", now), Postbox(sink, say)
        client = airflow.client()
        chains, reports = [], []
        for back in range(ROUNDS + 1):
            label = wanted.period.shift(-back).label
            one = request(people, wanted.entry.key, label, now)
            approve = Approvers(one, people, register, postbox, say)
            run = dag_run(airflow, register, one, say)
            watch = Watch(airflow, wanted.entry.key, run, say)
            if watch.until_end(approve.answer, lambda: None) != "success":
                raise SystemExit("\n".join(watch.errors()))
            reports.append(watch.machine_seconds())
            length = longest_path(client, wanted.entry.key, run)
            chains.append(_chain(airflow, client, length))
            say(f"{label}: report {reports[-1]:.1f} s, chain of {length}: {chains[-1]:.1f} s")
    return chains[1:], reports[1:], length


def longest_path(client: Client, dag: str, run: str) -> int:
    """The number of tasks that ran on the longest way through the DAG to its last step; skipped ones cost nothing."""
    ran = {task["task_id"] for task in client.tasks(dag, run) if task["state"] == "success"}
    tasks = client.get(f"/dags/{dag}/tasks")["tasks"]
    after = {task["task_id"]: ran & {*task["downstream_task_ids"]} for task in tasks if task["task_id"] in ran}

    @cache
    def depth(task: str) -> float:
        return 1.0 if task == "seal" else 1 + max((depth(name) for name in after[task]), default=float("-inf"))

    return int(max(depth(task) for task in after))


def _chain(airflow: Embedded, client: Client, length: int) -> float:
    dag = f"empty_chain_{length:02d}"
    run = f"bench__{dt.datetime.now(dt.UTC):%H%M%S.%f}"
    client.post(f"/dags/{dag}/dagRuns", {"dag_run_id": run, "logical_date": None})
    airflow.wait(lambda: _ended(client, dag, run), 300, dag)
    found = client.get(run_path(dag, run))
    start, end = (dt.datetime.fromisoformat(found[key]) for key in ("start_date", "end_date"))
    return (end - start).total_seconds()


def _ended(client: Client, dag: str, run: str) -> bool:
    return client.get(run_path(dag, run))["state"] in ("success", "failed")


def _bundles(home: Path) -> dict[str, str]:
    def bundle(name: str, path: Path) -> dict[str, Any]:
        return {"name": name, "classpath": BUNDLE, "kwargs": {"path": str(path)}}

    bundles = [bundle("dags-folder", home / "dags"), bundle("benchmark", HERE / "dags")]
    return {"AIRFLOW__DAG_PROCESSOR__DAG_BUNDLE_CONFIG_LIST": json.dumps(bundles)}


def _list(seconds: list[float]) -> str:
    return "  ".join(f"{value:6.1f} s" for value in seconds)
