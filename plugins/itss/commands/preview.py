"""`python -m itss preview`: collect, check, measure and render into a folder, without Airflow, register or mail.

For those who write an entry or a query. The result is marked as a preview and approves nothing.
"""

from __future__ import annotations

import datetime as dt
import os
import sys
import time
from argparse import Namespace
from dataclasses import replace
from pathlib import Path

from itss.archive.folder import RevisionFolder
from itss.commands.preview_watch import attempt, watch
from itss.errors import ItssError, SourceError
from itss.register import HandIn, Register
from itss.reports.template.files import find
from itss.settings import Settings, head_of_list, settings
from itss.steps import checking, collecting, measuring, rendering
from itss.steps.frozen import freeze, template_folders
from itss.steps.job import plan

MADE = frozenset({"report.xlsx", "report.html", "report.pdf", "figures.csv", "findings.csv", checking.CHECKS_PAGE})
"""The files that a preview is made for, and names."""


def main(args: Namespace) -> int:
    """Run the preview of ``args.report``, ``args.period`` into ``args.out``; 0 ok, 1 refused, with the reason."""
    place = settings()
    if args.list:
        place = replace(place, report_list=head_of_list(Path(args.list).resolve()))
    try:
        preview(place, args.report, args.period or "", Path(args.out), is_watched=args.watch)
    except ItssError as error:
        print(f"preview refused: {error}", file=sys.stderr)
        return 1
    return 0


def preview(place: Settings, report: str, period: str, out: Path, *, is_watched: bool = False) -> None:
    """The four steps, each told with its seconds; raises what refused the report.

    ``is_watched``: goes on until Ctrl-C, and draws again at every save of a template; the other steps run once.
    """
    now = dt.datetime.now(dt.UTC)
    job = freeze(replace(plan(place, report, period, now), folder=RevisionFolder(out.resolve())), place)
    print(f"{job.entry.title.of('en')}, {job.period.label} ({job.period.zone})")
    with_step = Steps()
    use_sample_database(place, {source.connection for source in job.entry.data_source.values()})
    for process in job.entry.data_source:
        rows = register_rows(place, process) if job.entry.collection_method == "register" else None
        done = collecting.collect_process(job, process, place, now, rows, newest_hand_in(place, report))
        with_step(f"collect {process}", done["missing"] or f"{done['rows']:,} rows from {done['source']}")
    found = checking.check_rows(job)
    with_step("check", "no findings" if not found else "")
    for finding in found:
        print(f"    {finding.line()}")
    checking.refuse_critical(job, found)
    measured = measuring.measure_rows(job)
    with_step("measure", f"{len(measured.figures)} figures")
    given = rendering.inputs(job, preview=True)

    def draw() -> None:
        # of its own folder, not of the copy: whoever edits the template looks for the line there
        form = find(job.entry.template, job.entry.language, template_folders(job.base, place))
        rendering.render_report(job, replace(given, template=form))
        freeze(job, place)

    if is_watched:
        attempt(draw)
        watch(draw, template_folders(job.base, place))
        return
    draw()
    with_step("render")
    for name in job.folder.names():
        if name in MADE:
            print(job.folder.target(name))


class Steps:
    """Prints a line a step with its seconds."""

    def __init__(self) -> None:
        self._since = time.monotonic()

    def __call__(self, name: str, said: str = "") -> None:
        now = time.monotonic()
        print(f"  {name:<22} {now - self._since:5.1f} s  {said}", flush=True)
        self._since = now


def use_sample_database(place: Settings, connections: set[str | None]) -> None:
    """Give the demo connection ``itsm_sample`` its embedded database, made on first use."""
    if "itsm_sample" not in connections or "AIRFLOW_CONN_ITSM_SAMPLE" in os.environ:
        return
    from itss.sample import ensure

    ensure(place.sample_database)
    os.environ["AIRFLOW_CONN_ITSM_SAMPLE"] = f"sqlite:///{place.sample_database}"


def newest_hand_in(place: Settings, report: str) -> collecting.Newest:
    """Gives the accepted version of handed-in data; the register is asked only when a source needs it."""

    def newest(process: str, period: str) -> HandIn | None:
        register = Register(place.register_url)
        register.upgrade()
        return register.newest_hand_in((report, period, process))

    return newest


def register_rows(place: Settings, process: str) -> object:
    """The rows of a process that the register itself holds; `SourceError` when it cannot be read."""
    register = Register(place.register_url)
    try:
        register.upgrade()
        return register.source_rows(process)
    except ItssError as error:
        raise SourceError(f"The register cannot be read: {error}") from error
