"""A backfill for the archive of three reports over two years, against empty DAGs of their shapes, backfilled alike.

``ITSS_BENCHMARK_MONTHS`` asks for fewer months than 24. Neither asks anybody; each run has a process for every task
that would have asked.
"""

from __future__ import annotations

import datetime as dt
import os
import re
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from itss.periods import Period
from itss.report_list.models import Entry as Report
from itss.sample import generate
from itss.settings import Settings
from itss.standalone.prepare import report_list, request
from itss.standalone.rest import RestError

from benchmarks.entry import Entry, rounded
from benchmarks.in_airflow import HERE, House, empty, own_place, started

MONTHS = int(os.environ.get("ITSS_BENCHMARK_MONTHS", "24"))
REPORTS, GOAL, PATIENCE_S = 3, 2.0, 7200


def entries() -> list[Entry]:
    """The one ratio."""
    with tempfile.TemporaryDirectory() as name:
        ours, peer = measure(Path(name))
    return [
        Entry(
            f"backfill of {MONTHS} months × {REPORTS} reports for the archive",
            rounded(ours),
            "s",
            "empty DAGs of their shapes, backfilled the same way",
            rounded(peer),
            rounded(ours / peer),
            f"<= {GOAL:g}",
            ours <= GOAL * peer,
        )
    ]


def measure(folder: Path) -> tuple[float, float]:
    """Seconds of our backfills and of the empty ones, one after the other."""
    now = dt.datetime.now(dt.UTC)
    newest = request(report_list(own_place(folder)), "", "", now).period
    first = newest.shift(1 - MONTHS)
    place = own_place(folder, _owed_since(folder / "include", first))
    reports = [entry for entry in report_list(place).reports if entry.period.kind == "month"][:REPORTS]
    if len(reports) < REPORTS:
        raise SystemExit(f"The list {place.report_list} has only {len(reports)} sound monthly reports.")
    _fill(place, reports, newest, now)
    with started(place, reports, preload=True, backfills=True) as house:
        _backfilled(house, [empty(reports[0].key)], first.shift(-1), 1)  # warms up
        ours = _backfilled(house, [one.key for one in reports], first, MONTHS)
        sealed = [house.register.revisions(one.key, first.shift(at).label) for one in reports for at in range(MONTHS)]
        if not all(found and found[-1].state == "sealed" for found in sealed):
            raise SystemExit(f"Not every report is in the archive: see {house.airflow.logs}.")
        peer = _backfilled(house, [empty(one.key) for one in reports], first, MONTHS)
    return ours, peer


def _owed_since(folder: Path, first: Period) -> Path:
    """A copy of the shipped list whose reports and agreements begin with the year before ``first``."""
    shutil.copytree(HERE.parent / "include", folder)
    listed, since = folder / "report_list.yaml", dt.date(first.first_day.year - 1, 1, 1)
    for path in (listed, *folder.glob("agreements/*.yaml")):
        words = path.read_text(encoding="utf-8")
        words = re.sub(r"\bfirst: .*", f"first: {since}", words)
        path.write_text(re.sub(r"\beffective_from: .*", f"effective_from: {since}", words, count=1), encoding="utf-8")
    return listed


def _fill(place: Settings, reports: Sequence[Report], newest: Period, now: dt.datetime) -> None:
    back = max(entry.history for entry in reports)
    generate(place.sample_database, newest.first_day, MONTHS + back, now)


def _backfilled(house: House, dags: Sequence[str], first: Period, months: int) -> float:
    """Seconds from the start of the first run to the end of the last one."""
    client = house.airflow.client()
    known = {dag: {run["dag_run_id"] for run in _runs(house, dag)} for dag in dags}
    for dag in dags:
        house.airflow.wait(lambda dag=dag: _is_known(house, dag), 120, f"the DAG {dag}")
        # the logical date of a run is the begin of the clock's interval, in the first days of the month
        until = first.shift(months - 1).start + dt.timedelta(days=20)
        span = {"from_date": first.start.isoformat(), "to_date": until.isoformat()}
        client.post("/backfills", {"dag_id": dag} | span)

    def new() -> list[dict[str, Any]]:
        return [run for dag in dags for run in _runs(house, dag) if run["dag_run_id"] not in known[dag]]

    def is_done() -> bool:
        found = new()
        return len(found) == months * len(dags) and all(run["end_date"] for run in found)

    house.airflow.wait(is_done, PATIENCE_S, f"the backfill of {', '.join(dags)}", every_s=2)
    found = new()
    if failed := [run["dag_run_id"] for run in found if run["state"] != "success"]:
        raise SystemExit(f"These runs failed: {', '.join(failed)}. See {house.airflow.logs}.")
    starts, ends = ([dt.datetime.fromisoformat(run[at]) for run in found] for at in ("start_date", "end_date"))
    seconds = (max(ends) - min(starts)).total_seconds()
    house.say(f"{len(found)} runs of {', '.join(dags)}: {seconds:.1f} s")
    return seconds


def _runs(house: House, dag: str) -> list[dict[str, Any]]:
    if not _is_known(house, dag):
        return []
    found: list[dict[str, Any]] = house.airflow.client().get(f"/dags/{dag}/dagRuns", limit=100, run_type="backfill")[
        "dag_runs"
    ]
    return found


def _is_known(house: House, dag: str) -> bool:
    try:
        house.airflow.client().get(f"/dags/{dag}")
    except RestError as error:
        if error.status == 404:
            return False
        raise
    return True
