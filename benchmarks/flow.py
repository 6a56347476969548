"""How long the machine needs for a report, against an empty DAG of the very same shape in the same Airflow.

The empty DAG has the same task groups, edges and operators; its human tasks are answered by the same robot. Both run
one after the other, on the sample data, once in an Airflow without the preload and once with it; the time that
approvers take is left out.
"""

from __future__ import annotations

import datetime as dt
import statistics
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from itss.report_list.models import Entry as Report
from itss.standalone.approvers import Approvers
from itss.standalone.postbox import Mail
from itss.standalone.prepare import report_list, request, sample
from itss.standalone.progress import Watch
from itss.standalone.takeup import dag_run

from benchmarks.entry import Entry, rounded
from benchmarks.in_airflow import House, empty, own_place, started
from benchmarks.task_cpu import TaskCpu

GOAL = 1.8
ROUNDS = 3


@dataclass
class Measured:
    """Seconds of each round, and the CPU seconds by task of the last one."""

    report: list[float] = field(default_factory=list)
    empty: list[float] = field(default_factory=list)
    cpu: dict[str, dict[str, float]] = field(default_factory=dict)


class UnnotifiedApprovers(Approvers):
    """Answer the same questions by the same rules, but for the mail that nothing sends."""

    def _notice(self, _watch: Watch, _person: str) -> Mail | None:
        return None


def entries() -> list[Entry]:
    """The ratio with the preload, and for comparison without."""
    return [_entry(measure(preload=False), preload=False), _entry(measure(preload=True), preload=True)]


def measure(*, preload: bool) -> Measured:
    """Report and empty DAG in turns; a first round warms up."""
    with tempfile.TemporaryDirectory() as var:
        place, now, found = own_place(Path(var)), dt.datetime.now(dt.UTC), Measured()
        people = report_list(place)
        sample(place, people, now)
        wanted = request(people, "", "", now)
        with started(place, [wanted.entry], preload=preload) as house:
            for back in range(ROUNDS + 1):
                label = wanted.period.shift(-back).label
                _round(house, wanted.entry, label, found)
                house.say(f"{label}: report {found.report[-1]:.1f} s, empty {found.empty[-1]:.1f} s")
    del found.report[0], found.empty[0]
    _print(found, preload=preload)
    return found


def _round(house: House, report: Report, label: str, found: Measured) -> None:
    one = request(house.people, report.key, label, dt.datetime.now(dt.UTC))
    quiet = lambda _: None  # noqa: E731
    given = (one, house.people, house.register, house.postbox, quiet)
    run = dag_run(house.airflow, house.register, one, quiet)
    found.report.append(_followed(house, report.key, run, Approvers(*given), found))
    run = f"bench__{label}"
    house.airflow.client().post(f"/dags/{empty(report.key)}/dagRuns", {"dag_run_id": run, "logical_date": None})
    found.empty.append(_followed(house, empty(report.key), run, UnnotifiedApprovers(*given), found))


def _followed(house: House, dag: str, run: str, approvers: Approvers, found: Measured) -> float:
    watch = Watch(house.airflow, dag, run, lambda _: None)
    with TaskCpu() as cpu:
        if watch.until_end(approvers.answer, house.postbox.announce) != "success":
            raise SystemExit("\n".join(watch.errors()))
    names = {task["id"]: task["task_id"] for task in house.airflow.client().tasks(dag, run)}
    found.cpu["empty" if dag.startswith("empty_") else "report"] = cpu.by_task(names)
    return watch.machine_seconds()


def _entry(found: Measured, *, preload: bool) -> Entry:
    value, peer = statistics.median(found.report), statistics.median(found.empty)
    return Entry(
        f"machine time of the monthly customer report, {'with' if preload else 'without'} preload",
        rounded(value),
        "s",
        "empty DAG of its shape, answered by the same robot, in the same Airflow",
        rounded(peer),
        rounded(value / peer),
        f"<= {GOAL}" if preload else "for comparison",
        value <= GOAL * peer or not preload,
    )


def _print(found: Measured, *, preload: bool) -> None:
    ours, empties = found.cpu["report"], found.cpu["empty"]
    print(f"CPU seconds by task, {'with' if preload else 'without'} preload: report, empty", file=sys.stderr)
    for task in sorted(ours, key=lambda name: -ours[name]):
        print(f"  {task:24} {ours[task]:6.2f} {empties.get(task, 0.0):6.2f}", file=sys.stderr)
    print(f"  {'all':24} {sum(ours.values()):6.2f} {sum(empties.values()):6.2f}", file=sys.stderr)
    for name, seconds in (("report", found.report), ("empty", found.empty)):
        print(f"{name:7}" + "  ".join(f"{value:6.1f} s" for value in seconds), file=sys.stderr)
