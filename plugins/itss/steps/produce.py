"""Step 3 生成 in a folder: check, measure, render what was collected. No register, no Airflow: what `preview` runs.

Every function may be run again: it reads what the step before wrote and replaces its own files.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

import itss
from itss.errors import ContentChangedError, DataRefusedError
from itss.periods import at_time, parse_period
from itss.reports.csv_text import csv_text
from itss.steps.following import kept
from itss.steps.job import Job

if TYPE_CHECKING:
    import pandas as pd

    from itss.checks.findings import Finding
    from itss.checks.verdicts import Past
    from itss.measures.baseline import Baseline
    from itss.measures.compute import Measured
    from itss.measures.coverage import Collected
    from itss.measures.scope import CannotTell
    from itss.reports.content import Report, ReportInputs, RevisionLine, Submission

FRAMES = (
    *("figures", "before", "history", "restatements", "trends", "nonconformities", "major_events", "coverage"),
    *("redefined", "proposals"),
)
LATER_FRAMES = frozenset({"coverage", "redefined", "proposals"})
"""Older versions were sealed without these."""
PUBLISHED, BASELINES = "published.parquet", "baselines.parquet"
REVISIONS, PREVIOUS = "revisions.json", "previous.parquet"
PREVIOUS_FINDINGS, PREVIOUS_NONCONFORMITIES = "previous_findings.parquet", "previous_nonconformities.parquet"
COMMENT_FILE = "comment.json"
QUARANTINE_FILE, CHECKS_PAGE = "quarantine.parquet", "checks.html"
PAST_FILE = "past.json"
"""What the register knew of earlier periods when the data were checked."""


def submissions(job: Job) -> list[dict[str, Any]]:
    """What was collected, in the order of the list."""
    return [job.folder.read_json(f"data/{process}.json") for process in job.processes]


def collected(job: Job) -> dict[str, Collected]:
    """When each process was collected, and what the list and the files handed in say of what it covers."""
    from itss.measures.coverage import Collected

    found = {}
    for submission in submissions(job):
        covers = job.entry.data_source[submission["process"]].covers
        since, until = (covers.since, covers.until) if covers else (None, None)
        is_whole = job.entry.collection_method == "register"  # which knows everything from its first day on
        found[submission["process"]] = Collected(
            at=dt.datetime.fromisoformat(submission["collected_at"]),
            since=_midnight(job, since),
            until=job.period.end if is_whole else _midnight(job, until and until + dt.timedelta(days=1)),
            empty=tuple(_span(job, label) for label in submission.get("empty", ())),
            missing=tuple(_span(job, label) for label in submission.get("absent", ())),
        )
    return found


def _midnight(job: Job, day: dt.date | None) -> dt.datetime | None:
    return None if day is None else at_time(day, dt.time(), job.period.zone)


def _span(job: Job, label: str) -> tuple[dt.datetime, dt.datetime]:
    period = parse_period(label, job.period.kind, job.period.zone)
    return period.start, period.end


def frames(job: Job) -> dict[str, pd.DataFrame]:
    """The collected rows by process; `ContentChangedError` when a file is not what was collected."""
    from itss.sources.snapshot import frame_of

    rows: dict[str, pd.DataFrame] = {}
    for submission in submissions(job):
        if submission["missing"]:
            continue
        name = f"data/{submission['process']}.parquet"
        data = job.folder.read(name)
        if hashlib.sha256(data).hexdigest() != submission["sha256"]:
            raise ContentChangedError(
                f"{job.folder}/{name} was changed after it was collected.", "Clear the run from 'collect' on."
            )
        rows[submission["process"]] = frame_of(data, name)
    return rows


def cannot_tell(job: Job) -> dict[str, CannotTell]:
    """By process, the values that its source says it can never yield."""
    # a version that was collected before sources said so has none
    return {
        one["process"]: {column: tuple(values) for column, values in one.get("cannot_tell", {}).items()}
        for one in submissions(job)
    }


def _frame(job: Job, name: str) -> pd.DataFrame:
    from itss.sources.snapshot import frame_of

    return frame_of(job.folder.read(name), name)


def _write_frame(job: Job, name: str, frame: pd.DataFrame) -> None:
    from itss.sources.snapshot import frame_bytes

    job.folder.write(name, frame_bytes(frame))


def check_rows(job: Job, past: Past | None = None) -> list[Finding]:
    """Run the expectations; writes findings, ``quarantine.parquet`` and ``checks.html``, and returns all findings.

    ``past`` is what the register knows of earlier periods; without it nothing is compared with them. It is kept beside
    the findings, so that the archive can be checked again.
    """
    from itss.checks.agreed import agreed_findings
    from itss.checks.findings_frame import findings_frame
    from itss.checks.in_force import in_force_findings
    from itss.checks.late import late_findings
    from itss.checks.run import check
    from itss.checks.tickets import ticket_findings
    from itss.checks.verdicts import About, Past
    from itss.reports import checks_page

    sources = {submission["process"]: submission["source"] for submission in submissions(job)}
    outside = {submission["process"]: submission.get("outside", {}) for submission in submissions(job)}
    times, untold = collected(job), cannot_tell(job)
    batches = [(job.processes[name], frame, sources[name]) for name, frame in frames(job).items()]
    known = past or Past()
    if past is not None:
        found_in = [[*key, sorted(labels)] for key, labels in sorted(past.found.items())]
        job.folder.write_json(PAST_FILE, {"rows": dict(past.rows), "backlog": dict(past.backlog), "found": found_in})
    about = {
        name: About(
            mandatory=source.mandatory,
            period=job.period,
            fresh_days=source.fresh_days,
            quarantine_share=source.quarantine_share,
            earliest=source.earliest,
            collected=times[name],
            history=job.entry.history,
            agreement=job.version,
            country=job.entry.period.holidays,
            is_declared=source.covers is not None,
            outside=outside[name],
            earlier_rows=known.rows.get(name, ()),
            published_backlog=known.backlog.get(name),
            cannot_tell=untold.get(name, {}),
        )
        for name, source in job.entry.data_source.items()
    }
    checked = check(batches, about)
    first = next(iter(job.processes))
    found = [
        *checked.findings,
        *in_force_findings(first, sources[first], job.version, job.period),
        *agreed_findings(batches, job.version, job.period),
        *ticket_findings(batches, job.version, job.period),
        *late_findings(batches, job.period),
    ]
    found = [replace(finding, since=known.since(finding, job.period)) for finding in found]
    _write_frame(job, QUARANTINE_FILE, checked.quarantine)
    table = findings_frame(found)
    _write_frame(job, "findings.parquet", table)
    job.folder.write("findings.csv", csv_text(table).encode())
    title = f"{job.entry.title.zh} · {job.entry.title.en}"
    revision = f"{job.period.label} {f'r{job.revision:02d}' if job.revision else '预览 preview'}"
    page = checks_page.render(title, revision, job.processes, checked.suites, found)
    job.folder.write(CHECKS_PAGE, page.encode())
    return found


def check_again(job: Job) -> list[Finding]:
    """`check_rows` with what was known of earlier periods when the data were checked first."""
    from itss.checks.verdicts import Past

    kept = job.folder.read_json(PAST_FILE)
    rows = {process: tuple(counts) for process, counts in kept["rows"].items()}
    found = {(process, rule): frozenset(labels) for process, rule, labels in kept["found"]}
    return check_rows(job, Past(rows, kept["backlog"], found))


def quarantine(job: Job) -> pd.DataFrame:
    """The rows that are in no figure (`QUARANTINE_COLUMNS`); none where an older version did not know of any."""
    import pandas as pd

    from itss.checks.verdicts import QUARANTINE_COLUMNS

    if not job.folder.has(QUARANTINE_FILE):
        return pd.DataFrame(columns=QUARANTINE_COLUMNS)
    return _frame(job, QUARANTINE_FILE)


def measured_frames(job: Job) -> dict[str, pd.DataFrame]:
    """The collected rows by process, without those in quarantine: what every figure is made of."""
    from itss.checks.quarantine import without

    return without(frames(job), quarantine(job))


def refuse_critical(job: Job, found: list[Finding]) -> None:
    """Raise `DataRefusedError` with a line per critical finding; do nothing when there is none."""
    critical = [finding for finding in found if finding.severity == "critical"]
    if critical:
        raise DataRefusedError(
            f"{len(critical)} critical finding(s), nothing is rendered:\n"
            + "\n".join(f.line() for f in critical)
            + f"\nAll checks: {checks_page_of(job)}\n",
            "Correct the source, then clear the failed task with its upstream 'collect'.",
        )


def checks_page_of(job: Job) -> str:
    """Where the page of all checks lies: its path in the workspace; in a preview its name."""
    report, period, number = job.ref
    return f"{report}/{period}/r{number:02d}/{CHECKS_PAGE}" if number else CHECKS_PAGE


def measure_rows(job: Job, published: pd.DataFrame | None = None, baselines: Sequence[Baseline] = ()) -> Measured:
    """Compute every figure; writes the tables of `Measured` and ``figures.csv``.

    What was published before and the frozen limits are kept beside them, so that the archive can be measured again.
    """
    import pandas as pd

    from itss.measures.base import FIGURE_COLUMNS
    from itss.measures.compute import measure_all

    measured = measure_all(
        measured_frames(job),
        job.processes,
        job.period,
        job.agreement,
        job.entry.dimensions,
        job.entry.history,
        published,
        baselines,
        collected(job),
        job.entry.period.holidays,
        cannot_tell(job),
    )
    if published is not None:
        _write_frame(job, PUBLISHED, published)
        _write_frame(job, BASELINES, pd.DataFrame([asdict(one) for one in baselines]))
    for name in FRAMES:
        _write_frame(job, f"{name}.parquet", getattr(measured, name))
    job.folder.write("figures.csv", csv_text(measured.figures[list(FIGURE_COLUMNS)]).encode())
    return measured


def measure_again(job: Job) -> Measured:
    """`measure_rows` with what stood beside the figures when they were computed first."""
    from itss.measures.baseline import Baseline

    if not job.folder.has(PUBLISHED):
        return measure_rows(job)
    kept = [
        Baseline(**{str(name): value for name, value in row.items()})
        for row in _frame(job, BASELINES).to_dict("records")
    ]
    return measure_rows(job, _frame(job, PUBLISHED), kept)


def measured_rows(job: Job) -> Measured:
    """What `measure_rows` wrote."""
    from itss.measures.compute import Measured
    from itss.measures.coverage import coverage_frame

    found = {name: _frame(job, file) for name in FRAMES if job.folder.has(file := f"{name}.parquet")}
    return Measured(**{"coverage": coverage_frame({}, job.period)} | found)


def keep_revisions(job: Job, revisions: Sequence[RevisionLine], before: Mapping[str, pd.DataFrame]) -> None:
    """Write down what the report says of its earlier revisions, so that the archive can be rendered again.

    ``before`` are the figures, findings and nonconformities of the revision before, by file name; what there is.
    """
    job.folder.write_json(REVISIONS, [asdict(line) | {"at": line.at.isoformat()} for line in revisions])
    for name in (PREVIOUS, PREVIOUS_FINDINGS, PREVIOUS_NONCONFORMITIES):
        job.folder.remove(name)
        if name in before:
            _write_frame(job, name, before[name])


def _revisions(job: Job) -> list[RevisionLine]:
    from itss.reports.content import RevisionLine

    lines = job.folder.read_json(REVISIONS) if job.folder.has(REVISIONS) else []
    return [RevisionLine(**line | {"at": dt.datetime.fromisoformat(line["at"])}) for line in lines]


def inputs(job: Job, *, preview: bool) -> ReportInputs:
    """Everything a report is built from, read back from the folder."""
    from itss.checks.findings_frame import findings_from_frame
    from itss.reports.content import ReportInputs, Submission

    before = {
        name: _frame(job, name)
        for name in (PREVIOUS, PREVIOUS_FINDINGS, PREVIOUS_NONCONFORMITIES)
        if job.folder.has(name)
    }
    handed_in: list[Submission] = [
        Submission(**(item | {"collected_at": dt.datetime.fromisoformat(item["collected_at"])}))
        for item in submissions(job)
    ]
    return ReportInputs(
        entry=job.entry,
        list=job.people,
        period=job.period,
        revision=job.revision,
        due_at=job.due_at,
        cutoff_at=max(item.collected_at for item in handed_in),
        agreement_title=job.agreement.title,
        agreement=job.version,
        measured=measured_rows(job),
        findings=findings_from_frame(_frame(job, "findings.parquet")),
        submissions=handed_in,
        revisions=_revisions(job),
        measures=job.measures,
        processes=job.processes,
        code_version=itss.__version__,
        preview=preview,
        archive_only=job.archive_only,
        previous=before.get(PREVIOUS),
        previous_findings=findings_from_frame(before[PREVIOUS_FINDINGS]) if PREVIOUS_FINDINGS in before else None,
        previous_nonconformities=before.get(PREVIOUS_NONCONFORMITIES),
        comment=authors_comment(job),
        quarantine=quarantine(job),
        comments=job.rework.comments,
        improvements=kept(job),
    )


def authors_comment(job: Job) -> str:
    """What the author wrote for this revision; empty where they were not asked, or had nothing to say."""
    is_written = job.entry.comment and job.folder.has(COMMENT_FILE)
    return str(job.folder.read_json(COMMENT_FILE)["comment"]) if is_written else ""


def render_report(job: Job, given: ReportInputs) -> tuple[Report, dict[str, str]]:
    """Write ``report.xlsx`` and ``report.html``; returns the document tree and the sha256 of each file."""
    from itss.reports import content, page, workbook

    report = content.build(given)
    return report, {
        "report.xlsx": job.folder.write("report.xlsx", workbook.render(report)),
        "report.html": job.folder.write("report.html", page.render(report).encode()),
    }
