"""Step 3 生成 in a folder: check, measure, render what was collected. No register, no Airflow: what `preview` runs.

Every function may be run again: it reads what the step before wrote and replaces its own files.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

import itss
from itss.archive.store import digest, write
from itss.errors import ContentChangedError, DataRefusedError
from itss.reports.csv_text import csv_text
from itss.steps.following import kept
from itss.steps.job import Job

if TYPE_CHECKING:
    import pandas as pd

    from itss.checks.findings import Finding
    from itss.checks.verdicts import Past
    from itss.measures.baseline import Baseline
    from itss.measures.compute import Measured
    from itss.reports.content import Report, ReportInputs, RevisionLine, Submission

FRAMES = ("figures", "before", "history", "restatements", "trends", "nonconformities", "major_events")
PUBLISHED, BASELINES = "published.parquet", "baselines.parquet"
REVISIONS, PREVIOUS = "revisions.json", "previous.parquet"
PREVIOUS_FINDINGS, PREVIOUS_NONCONFORMITIES = "previous_findings.parquet", "previous_nonconformities.parquet"
COMMENT_FILE = "comment.json"
QUARANTINE_FILE, CHECKS_PAGE = "quarantine.parquet", "checks.html"


def submissions(job: Job) -> list[dict[str, Any]]:
    """What was collected, in the order of the list."""
    return [json.loads((job.folder / "data" / f"{process}.json").read_bytes()) for process in job.processes]


def frames(job: Job) -> dict[str, pd.DataFrame]:
    """The collected rows by process; `ContentChangedError` when a file is not what was collected."""
    from itss.sources.snapshot import read_frame

    rows: dict[str, pd.DataFrame] = {}
    for submission in submissions(job):
        if submission["missing"]:
            continue
        path = job.folder / "data" / f"{submission['process']}.parquet"
        if hashlib.sha256(path.read_bytes()).hexdigest() != submission["sha256"]:
            raise ContentChangedError(f"{path} was changed after it was collected.", "Clear the run from 'collect' on.")
        rows[submission["process"]] = read_frame(path)
    return rows


def check_rows(job: Job, past: Past | None = None) -> list[Finding]:
    """Run the expectations; writes findings, ``quarantine.parquet`` and ``checks.html``, and returns all findings.

    ``past`` is what the register knows of earlier periods; without it nothing is compared with them.
    """
    from itss.checks.agreed import agreed_findings
    from itss.checks.findings_frame import findings_frame
    from itss.checks.in_force import in_force_findings
    from itss.checks.run import check
    from itss.checks.verdicts import About, Past
    from itss.reports import checks_page
    from itss.sources.snapshot import write_frame

    sources = {submission["process"]: submission["source"] for submission in submissions(job)}
    batches = [(job.processes[name], frame, sources[name]) for name, frame in frames(job).items()]
    known = past or Past()
    about = {
        name: About(
            mandatory=source.mandatory,
            period=job.period,
            fresh_days=source.fresh_days,
            quarantine_share=source.quarantine_share,
            earlier_rows=known.rows.get(name, ()),
            published_backlog=known.backlog.get(name),
        )
        for name, source in job.entry.data_source.items()
    }
    checked = check(batches, about)
    first = next(iter(job.processes))
    found = [
        *checked.findings,
        *in_force_findings(first, sources[first], job.version, job.period),
        *agreed_findings(batches, job.version, job.period),
    ]
    found = [replace(finding, since=known.since(finding, job.period)) for finding in found]
    write_frame(job.folder / QUARANTINE_FILE, checked.quarantine)
    table = findings_frame(found)
    write_frame(job.folder / "findings.parquet", table)
    write(job.folder / "findings.csv", csv_text(table).encode())
    title = f"{job.entry.title.zh} · {job.entry.title.en}"
    revision = f"{job.period.label} {f'r{job.revision:02d}' if job.revision else '预览 preview'}"
    page = checks_page.render(title, revision, job.processes, checked.suites, found)
    write(job.folder / CHECKS_PAGE, page.encode())
    return found


def quarantine(job: Job) -> pd.DataFrame:
    """The rows that are in no figure (`QUARANTINE_COLUMNS`); none where an older version did not know of any."""
    import pandas as pd

    from itss.checks.verdicts import QUARANTINE_COLUMNS
    from itss.sources.snapshot import read_frame

    path = job.folder / QUARANTINE_FILE
    return read_frame(path) if path.exists() else pd.DataFrame(columns=QUARANTINE_COLUMNS)


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
            "Mend the source, then clear the failed task with its upstream 'collect'.",
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
    from itss.sources.snapshot import write_frame

    measured = measure_all(
        measured_frames(job),
        job.processes,
        job.period,
        job.agreement,
        job.entry.dimensions,
        job.entry.history,
        published,
        baselines,
    )
    if published is not None:
        write_frame(job.folder / PUBLISHED, published)
        write_frame(job.folder / BASELINES, pd.DataFrame([asdict(one) for one in baselines]))
    for name in FRAMES:
        write_frame(job.folder / f"{name}.parquet", getattr(measured, name))
    write(job.folder / "figures.csv", csv_text(measured.figures[list(FIGURE_COLUMNS)]).encode())
    return measured


def measure_again(job: Job) -> Measured:
    """`measure_rows` with what stood beside the figures when they were computed first."""
    from itss.measures.baseline import Baseline
    from itss.sources.snapshot import read_frame

    if not (job.folder / PUBLISHED).exists():
        return measure_rows(job)
    kept = [
        Baseline(**{str(name): value for name, value in row.items()})
        for row in read_frame(job.folder / BASELINES).to_dict("records")
    ]
    return measure_rows(job, read_frame(job.folder / PUBLISHED), kept)


def measured_rows(job: Job) -> Measured:
    """What `measure_rows` wrote."""
    from itss.measures.compute import Measured
    from itss.sources.snapshot import read_frame

    return Measured(**{name: read_frame(job.folder / f"{name}.parquet") for name in FRAMES})


def keep_revisions(job: Job, revisions: Sequence[RevisionLine], before: Mapping[str, pd.DataFrame]) -> None:
    """Write down what the report says of its earlier revisions, so that the archive can be rendered again.

    ``before`` are the figures, findings and nonconformities of the revision before, by file name; what there is.
    """
    from itss.sources.snapshot import write_frame

    lines = [asdict(line) | {"at": line.at.isoformat()} for line in revisions]
    write(job.folder / REVISIONS, json.dumps(lines, ensure_ascii=False, indent=1).encode())
    for name in (PREVIOUS, PREVIOUS_FINDINGS, PREVIOUS_NONCONFORMITIES):
        (job.folder / name).unlink(missing_ok=True)
        if name in before:
            write_frame(job.folder / name, before[name])


def _revisions(job: Job) -> list[RevisionLine]:
    from itss.reports.content import RevisionLine

    path = job.folder / REVISIONS
    lines = json.loads(path.read_bytes()) if path.exists() else []
    return [RevisionLine(**line | {"at": dt.datetime.fromisoformat(line["at"])}) for line in lines]


def inputs(job: Job, *, preview: bool) -> ReportInputs:
    """Everything a report is built from, read back from the folder."""
    from itss.checks.findings_frame import findings_from_frame
    from itss.reports.content import ReportInputs, Submission
    from itss.sources.snapshot import read_frame

    before = {
        name: read_frame(job.folder / name)
        for name in (PREVIOUS, PREVIOUS_FINDINGS, PREVIOUS_NONCONFORMITIES)
        if (job.folder / name).exists()
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
        findings=findings_from_frame(read_frame(job.folder / "findings.parquet")),
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
    """What the author wrote for this revision; empty where he was not asked, or had nothing to say."""
    path = job.folder / COMMENT_FILE
    return str(json.loads(path.read_bytes())["comment"]) if job.entry.comment and path.exists() else ""


def render_report(job: Job, given: ReportInputs) -> tuple[Report, dict[str, str]]:
    """Write ``report.xlsx`` and ``report.html``; returns the document tree and the sha256 of each file."""
    from itss.reports import content, page, workbook

    report = content.build(given)
    files = {
        "report.xlsx": write(job.folder / "report.xlsx", workbook.render(report)),
        "report.html": write(job.folder / "report.html", page.render(report).encode()),
    }
    if job.entry.kind == "supplier":  # what the supplier handed in goes out with it, so it is approved with it
        files |= {f"handed_in/{file.parent.name}/{file.name}": digest(file) for file in job.handed_in}
    return report, files


def content_sha256(job: Job, given: ReportInputs) -> str:
    """Hash of what the report says, without when it was made: equal hashes mean nothing new to approve or send."""
    restated = given.measured.restatements
    said: Mapping[str, Any] = {
        # how long it is kept is nothing that it says
        "entry": {name: value for name, value in job.document()["entry"].items() if name != "retention_years"},
        "agreement": job.version and job.version.model_dump(mode="json", by_alias=True),
        "period": job.period.label,
        "figures": _csv(given.measured.figures).decode(),
        "trends": _csv(given.measured.trends).decode(),
        # once this period's own are published they are none any more; the figures tell them apart all the same
        "restatements": _csv(restated[restated["period"] != job.period.label]).decode(),
        "nonconformities": _csv(given.measured.nonconformities).decode(),
        "major_events": _csv(given.measured.major_events).decode(),
        "findings": [_said(finding) for finding in given.findings],
        "comment": given.comment,
        "comments": dict(given.comments),
        "missing": {item.process: item.missing for item in given.submissions if item.missing},
        # a report made for the archive alone is no reason not to issue it
        "archive_only": given.archive_only,
    }
    if len(given.quarantine):
        said = {**said, "quarantine": _csv(given.quarantine).decode()}
    if given.improvements:
        said = {**said, "improvements": [asdict(line) for line in given.improvements]}
    return hashlib.sha256(json.dumps(said, ensure_ascii=False, sort_keys=True, default=str).encode()).hexdigest()


def _said(finding: Finding) -> dict[str, Any]:
    said = asdict(finding) | {"why": finding.why.en, "remedy": finding.remedy.en}
    del said["since"]  # that it is old news is no other content
    return said


def _csv(frame: pd.DataFrame) -> bytes:
    return frame.to_csv(index=False, lineterminator="\n").encode()
