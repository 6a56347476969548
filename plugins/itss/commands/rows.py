"""`python -m itss rows`: the rows behind one figure, for who wants to check it by hand.

Collects the sources as `preview` does, or reads those of a sealed version, measures only the one figure, and lists its
rows as CSV. What the figure is made of stands on stderr, so that the rows can be piped.
"""

from __future__ import annotations

import datetime as dt
import sys
import tempfile
from argparse import Namespace
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from itss.archive.folder import RevisionFolder
from itss.commands.preview import newest_hand_in, register_rows, use_sample_database
from itss.errors import ConfigurationError, ItssError
from itss.reports.csv_text import csv_text
from itss.settings import Settings, head_of_list, settings
from itss.steps import checking, collected, collecting
from itss.steps.job import JOB_FILE, Job, job_of, plan

if TYPE_CHECKING:
    from itss.measures.behind import Behind


def main(args: Namespace) -> int:
    """List the rows of ``args.measure``; 0 ok, 1 refused, with the reason, 2 wrongly called."""
    if bool(args.dimension) != bool(args.member):
        print("rows: --dimension and --member belong together.", file=sys.stderr)
        return 2
    place = settings()
    if args.list:
        place = replace(place, report_list=head_of_list(Path(args.list).resolve()))
    try:
        with tempfile.TemporaryDirectory() as folder:
            if args.version:
                job = _sealed(place, Path(args.version))
            else:
                job = replace(
                    plan(place, args.report, args.period or "", dt.datetime.now(dt.UTC)),
                    folder=RevisionFolder(Path(folder)),
                )
            process = _process(job, args.measure, args.process)
            if not args.version:
                _collect(job, place)
            found = figure_rows(job, process, args.measure, args.dimension or "", args.member or "")
    except ItssError as error:
        print(f"rows refused: {error}", file=sys.stderr)
        return 1
    print("\n".join(summary(found)), file=sys.stderr)
    if args.out:
        Path(args.out).write_text(csv_text(found.rows), encoding="utf-8", newline="")
    else:
        sys.stdout.write(csv_text(found.rows))
    return 0


def figure_rows(job: Job, process: str, measure: str, dimension: str, member: str) -> Behind:
    """The rows behind a figure of the data in the job's folder; raises what refused it."""
    from itss.measures.behind import behind

    rows = checking.measured_frames(job)
    facts, agreed = collected.source_facts(job), collected.all_exclusions(job)
    return behind(
        rows,
        job.processes[process],
        job.period,
        job.agreement,
        measure,
        dimension,
        member,
        facts,
        agreed,
    )


def _collect(job: Job, place: Settings) -> None:
    """All sources, since a measure may look at those of another process."""
    use_sample_database(place, {source.connection for source in job.entry.data_source.values()})
    for name in job.entry.data_source:
        rows = register_rows(place, name) if job.entry.collection_method == "register" else None
        newest = newest_hand_in(place, job.entry.key)
        collecting.collect_process(job, name, place, dt.datetime.now(dt.UTC), rows, newest)
    checking.check_rows(job)  # rows in quarantine are in no figure


def _sealed(place: Settings, folder: Path) -> Job:
    """The job of a version: report, period and agreement as they stood when it was opened."""
    version = RevisionFolder(folder.resolve())
    try:
        document = version.read_json(JOB_FILE)
    except (OSError, ValueError) as error:
        remedy = "Name a folder like <archive>/customer_monthly/2026-09/r01."
        raise ConfigurationError(f"{folder} holds no version: job.json cannot be read ({error}).", remedy) from error
    return job_of(place, document, version)


def summary(found: Behind) -> list[str]:
    """The figure, and how its rows add up to it."""
    outcome, rows = found.outcome, found.rows
    value = "not applicable" if outcome.value is None else f"{outcome.value:.6g} {found.measure.unit}"
    lines = [f"{found.measure.process}.{found.measure.id} = {value}, n = {outcome.n:,}"]
    if outcome.numerator is not None:
        below = "" if outcome.denominator is None else f" / {outcome.denominator:,.6g}"
        lines.append(f"  {outcome.numerator:,.6g}{below}")
    if found.raw is not None:
        before = "not applicable" if found.raw.value is None else f"{found.raw.value:.6g} {found.measure.unit}"
        lines.append(f"  before agreed exclusions: {before}, n = {found.raw.n:,}")
    lines.append(f"  {int(rows['in_numerator'].sum()):,} rows in the numerator")
    if rows["in_denominator"].any():
        lines.append(f"  {int(rows['in_denominator'].sum()):,} rows in the denominator")
    if rows["amount"].notna().any():
        lines.append(f"  {rows['amount'].sum():,.6g} in the column amount")
    reasons = Counter(reason for reason in rows["excluded"] if reason)
    lines += [f"  {count:,} rows left out: {reason}" for reason, count in sorted(reasons.items())]
    return lines


def _process(job: Job, measure: str, named: str | None) -> str:
    if named is not None:
        if named not in job.processes:
            known = ", ".join(job.processes)
            raise ConfigurationError(f"This report has no process '{named}'.", f"Name one of: {known}.")
        return named
    having = [name for name, process in job.processes.items() if any(one.id == measure for one in process.measures)]
    if len(having) != 1:
        whose = "of several processes" if having else "no measure of this report"
        remedy = f"Say which: --process {having[0]}." if having else "The measures stand in docs/reference/measures.md."
        raise ConfigurationError(f"'{measure}' is {whose} ({', '.join(having or job.processes)}).", remedy)
    return having[0]
