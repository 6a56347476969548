"""Step 3 生成, its documents: what a report is built from, read back from the folder, and the report itself."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

import itss
from itss.processes import EXCLUSION_SHEET
from itss.steps.checking import quarantine
from itss.steps.collected import all_submissions, read_frame, sheet_of, submissions, write_frame
from itss.steps.following import kept
from itss.steps.frozen import Frozen, changed_since, template_of
from itss.steps.job import Job
from itss.steps.measuring import measured_rows

if TYPE_CHECKING:
    import pandas as pd

    from itss.reports.content import Report, ReportInputs, RevisionLine, Submission
    from itss.reports.inputs import Part

REVISIONS, PREVIOUS = "revisions.json", "previous.parquet"
PREVIOUS_FINDINGS, PREVIOUS_NONCONFORMITIES = "previous_findings.parquet", "previous_nonconformities.parquet"
PREVIOUS_FORM = "previous_form.json"
_SHEET = "exclusion_sheet"
COMMENT_FILE = "comment.json"
WORKBOOK, PAGE, PDF = "report.xlsx", "report.html", "report.pdf"


def keep_revisions(job: Job, revisions: Sequence[RevisionLine], before: Mapping[str, pd.DataFrame]) -> None:
    """Write down what the report says of its earlier revisions, so that the archive can be rendered again.

    ``before`` are the figures, findings and nonconformities of the revision before, by file name; what there is.
    """
    job.folder.write_json(REVISIONS, [asdict(line) | {"at": line.at.isoformat()} for line in revisions])
    for name in (PREVIOUS, PREVIOUS_FINDINGS, PREVIOUS_NONCONFORMITIES):
        job.folder.remove(name)
        if name in before:
            write_frame(job, name, before[name])


def keep_form(job: Job, before: Frozen | None, *, has_earlier: bool, sheet: str = "") -> None:
    """Write down what was copied for the revision before, if there is one: the archive is rendered again by it.

    ``sheet`` is the checksum of its handed-in exclusions, empty where there were none.
    """
    job.folder.remove(PREVIOUS_FORM)
    if has_earlier:
        document = before.document() | ({_SHEET: sheet} if sheet else {}) if before else None
        job.folder.write_json(PREVIOUS_FORM, document)


def _reformed(job: Job) -> tuple[tuple[Part, str], ...]:
    if not job.folder.has(PREVIOUS_FORM):
        return ()
    document = job.folder.read_json(PREVIOUS_FORM)
    found = tuple(changed_since(job, Frozen.read(document)))
    now, before = sheet_of(all_submissions(job)), (document or {}).get(_SHEET, "")
    # of a sheet that was taken back there is no name any more
    return found if now[0] == before else (*found, ("exclusions", now[1] or EXCLUSION_SHEET))


def _revisions(job: Job) -> list[RevisionLine]:
    from itss.reports.content import RevisionLine

    lines = job.folder.read_json(REVISIONS) if job.folder.has(REVISIONS) else []
    return [RevisionLine(**line | {"at": dt.datetime.fromisoformat(line["at"])}) for line in lines]


def inputs(job: Job, *, preview: bool) -> ReportInputs:
    """Everything a report is built from, read back from the folder."""
    from itss.checks.findings_frame import findings_from_frame
    from itss.reports.content import ReportInputs, Submission

    before = {
        name: read_frame(job, name)
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
        agreement_versions=job.agreement.versions,
        measured=measured_rows(job),
        findings=findings_from_frame(read_frame(job, "findings.parquet")),
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
        reformed=_reformed(job),
        comment=authors_comment(job),
        quarantine=quarantine(job),
        comments=job.rework.comments,
        improvements=kept(job),
        template=template_of(job),
    )


def authors_comment(job: Job) -> str:
    """What the author wrote for this revision; empty where they were not asked, or had nothing to say."""
    is_written = job.entry.comment and job.folder.has(COMMENT_FILE)
    return str(job.folder.read_json(COMMENT_FILE)["comment"]) if is_written else ""


def render_report(job: Job, given: ReportInputs, *, is_signed: bool = False) -> tuple[Report, dict[str, str]]:
    """Write the report in its forms; returns the document tree and the sha256 of each file.

    A PDF is made where the entry asks for one, but never of what ``is_signed``: that one is where it was signed, and
    counts as long as it is.
    """
    from itss.reports import content
    from itss.reports.drawing import length, page, pdf, workbook

    report = content.build(given)
    html = page.render(report)
    made = {
        WORKBOOK: job.folder.write(WORKBOOK, workbook.render(report)),
        PAGE: job.folder.write(PAGE, html.encode()),
    }
    if is_signed and job.folder.has(PDF):
        report = length.judged(report, pdf.pages_of(job.folder.read(PDF)))
    elif "pdf" in job.entry.distribution.formats and not is_signed:
        printed = pdf.render(html, report)
        made[PDF] = job.folder.write(PDF, printed.data)
        report = length.judged(report, printed.pages)
    return report, made


def keep_summary(job: Job, given: ReportInputs, report: Report) -> None:
    """Write down what the report says in a few lines."""
    from itss.reports.summary import SUMMARY_FILE, summary

    job.folder.write_json(SUMMARY_FILE, asdict(summary(given, report)))
