"""One step of one report in a process of its own: ``python -m benchmarks.sizing_step STEP LIST REPORT PERIOD OUT``.

Prints as JSON what the step took, imports of the step itself included as in a task that was not preloaded, and the
peak memory of the whole process. The four steps are those of `itss preview`, on the same folder.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import re
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from itss.archive.folder import RevisionFolder
from itss.settings import settings
from itss.steps.frozen import freeze
from itss.steps.job import Job, plan

STEPS = ("collect", "check", "measure", "render")


def _collect(job: Job) -> Mapping[str, object]:
    from itss.steps import collecting

    now = dt.datetime.now(dt.UTC)
    done = collecting.collect_process(job, "incident", settings(), now, None, lambda *_: None)
    return {"rows": done["rows"]}


def _check(job: Job) -> Mapping[str, object]:
    from itss.steps import checking

    found = checking.check_rows(job)
    checking.refuse_critical(job, found)
    return {"findings": len(found)}


def _measure(job: Job) -> Mapping[str, object]:
    from itss.steps import measuring

    return {"figures": len(measuring.measure_rows(job).figures)}


def _render(job: Job) -> Mapping[str, object]:
    from itss.steps import rendering

    rendering.render_report(job, rendering.inputs(job, preview=True))
    files = {name: job.folder.target(name) for name in job.folder.names() if name.startswith("report.")}
    return {"bytes": sum(Path(str(path)).stat().st_size for path in files.values())}


_WORK: Mapping[str, Callable[[Job], Mapping[str, object]]] = {
    "collect": _collect,
    "check": _check,
    "measure": _measure,
    "render": _render,
}


def main(step: str, listed: str, report: str, period: str, out: str) -> None:
    """Carry the step out and say what it took."""
    os.environ["ITSS_REPORT_LIST"] = listed
    place = settings()
    job = replace(plan(place, report, period, dt.datetime.now(dt.UTC)), folder=RevisionFolder(Path(out).resolve()))
    job = freeze(job, place)
    begun, cpu = time.perf_counter(), time.process_time()
    said = _WORK[step](job)
    took = {"wall_s": time.perf_counter() - begun, "cpu_s": time.process_time() - cpu, "peak_mb": peak_mb()}
    print(json.dumps({**took, **said}))


def peak_mb() -> float:
    """Of this program; what getrusage says begins with what the process that started it had in memory."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text(encoding="ascii"))
    return int(found[1]) / 1024 if found else float("nan")


if __name__ == "__main__":
    main(*sys.argv[1:])
