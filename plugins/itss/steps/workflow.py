"""The eight steps with the record: what the flow calls, one function a task.

Each takes and returns small JSON, may be killed and run again, and finds done what it did before.
"""

from __future__ import annotations

import datetime as dt
import json
import logging
from dataclasses import replace
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.exc import SQLAlchemyError

import itss
from itss.archive.retention import keep_until
from itss.archive.store import open_store, write
from itss.archive.version import MANIFEST, names
from itss.errors import ItssError, RegisterError
from itss.ref import Ref
from itss.register import Register
from itss.settings import settings
from itss.steps import collecting, following, produce
from itss.steps.job import Job, Rework, folder_of, job_of, plan
from itss.steps.opened import opened as _opened
from itss.steps.repeating import said_already
from itss.steps.reviewing import REVIEW_FILE, review_on_record

log = logging.getLogger(__name__)


def open_report(
    entry_key: str, period_label: str, run: str, now: dt.datetime, number: int | None = None, *, backfill: bool = False
) -> dict[str, Any]:
    """Step 1 登记: fix period and due date, write the entry as it stands into the register, open a revision.

    A ``backfill`` asks and mails nobody unless the entry says ``on_backfill: full``.
    """
    place = settings()
    planned = plan(place, entry_key, period_label, now)
    planned = replace(planned, archive_only=backfill and planned.entry.on_backfill == "archive")
    register = Register(place.register_url)
    register.upgrade()
    _refuse_forgotten(register, open_store(place.archive_url), entry_key, planned.period.label)
    revision = register.open_revision(
        report=entry_key,
        period=planned.period.label,
        due_at=planned.due_at,
        run=run,
        entry=planned.document(),
        agreement_version=planned.version.version if planned.version else "",
        code_version=itss.__version__,
        now=now,
        number=number,
    )
    job = replace(planned, revision=revision.number)
    if revision.reached != "open":  # what approvers were shown stays what is delivered
        job = job_of(place, register.entry(revision.ref) | {"revision": revision.number}, Path())
    if revision.number > 1:
        answered = register.reworked(job.ref._replace(number=revision.number - 1))
        job = replace(job, rework=Rework(**answered))
    job = replace(job, folder=folder_of(place, revision.ref))
    job.save()
    return {
        "report": entry_key,
        "period": job.period.label,
        "revision": job.revision,
        "due_at": job.due_at.isoformat(),
        "archive_only": job.archive_only,
    }


def _refuse_forgotten(register: Register, archive: Path, report: str, period: str) -> None:
    """An empty register in place of a lost one would have everybody sign, and get, a sealed report once more."""
    if register.revisions(report, period):
        return
    for manifest in (archive / report / period).glob(f"r*/{MANIFEST}"):
        raise RegisterError(
            f"{manifest.parent} is sealed, and the register has never heard of it.",
            "Check that ITSS_REGISTER_URL and ITSS_ARCHIVE_URL belong together; restore the register from its backup.",
        )


def collect(job: dict[str, Any], process: str) -> dict[str, Any]:
    """Step 2 收集: one process's rows."""
    opened, register = _opened(job)
    if opened.rework.keep_data:
        return collecting.keep_process(opened, process)
    rows = register.source_rows(process) if opened.entry.collection_method == "register" else None
    report = opened.entry.key
    return collecting.collect_process(
        opened,
        process,
        settings(),
        dt.datetime.now(dt.UTC),
        rows,
        lambda of, period: register.newest_hand_in((report, period, of)),
    )


def wait_for(job: dict[str, Any], process: str, now: dt.datetime) -> bool:
    """Step 2 收集: whether handed-in data is there, after taking up what lies in the inbox.

    `DataMissingError`, naming who owes it, once mandatory data is overdue.
    """
    from itss.hand_in.collecting import awaited
    from itss.hand_in.inbox import scan

    opened, register = _opened(job)
    place = opened.place(process)
    alone = opened.people.model_copy(update={"reports": (opened.entry,)})  # a job's list may be without its entries
    scan([place], alone, register, settings(), now)
    return awaited(place, register, now)


def check(job: dict[str, Any]) -> dict[str, int]:
    """Step 3 生成: the gate. Records submissions and findings, then raises `DataRefusedError` if one is critical."""
    opened, register = _opened(job)
    register.record_submissions(opened.ref, produce.submissions(opened))
    found = produce.check_rows(opened, register.past(opened.entry.key, opened.period))
    register.record_findings(opened.ref, found)
    for finding in found:
        log.warning(finding.line())
    produce.refuse_critical(opened, found)
    return {severity: sum(f.severity == severity for f in found) for severity in ("critical", "warning", "info")}


def measure(job: dict[str, Any]) -> dict[str, int]:
    """Step 3 生成: the figures, recorded by measure, dimension and member; and what was published otherwise."""
    opened, register = _opened(job)
    report = opened.entry.key
    for fixed in register.fix_baselines(report, opened.measures.values()):
        log.info("Baseline of %s.%s fixed from %s to %s", fixed.process, fixed.measure, fixed.first, fixed.last)
    (opened.folder / produce.COMMENT_FILE).unlink(missing_ok=True)  # a comment on other figures is none on these
    measured = produce.measure_rows(opened, register.published_history(report), register.baselines(report))
    register.record_figures(opened.ref, measured.figures)
    register.record_restatements(opened.ref, measured.restatements)
    following.keep(opened, register.improvements())
    return {
        "figures": len(measured.figures),
        "nonconformities": len(measured.nonconformities),
        "restatements": len(measured.restatements),
    }


def render(job: dict[str, Any]) -> dict[str, Any]:
    """Step 3 生成: the draft. ``unchanged`` when the last sealed revision of the period says the very same."""
    from itss.reports import brief as briefs
    from itss.reports.content import RevisionLine

    opened, register = _opened(job)
    lines = [
        RevisionLine(number=r.number, state=r.state, at=r.opened_at, note=r.note)
        for r in register.revisions(opened.entry.key, opened.period.label)
        if r.number <= opened.revision
    ]
    earlier = [line.number for line in lines if line.number < opened.revision]
    before = _before(register, opened.ref._replace(number=max(earlier))) if earlier else {}
    produce.keep_revisions(opened, lines, before)
    given = produce.inputs(opened, preview=False)
    sha256 = produce.content_sha256(opened, given)
    if not given.comment and not given.comments:
        sha256 = said_already(opened, register) or sha256
    report, files = produce.render_report(opened, given)
    write(opened.folder / "brief.md", briefs.render(report, {}).encode())
    unchanged = register.record_draft(opened.ref, sha256, files)
    return {"unchanged": unchanged, "content_sha256": sha256, "title": report.title}


def _before(register: Register, ref: Ref) -> dict[str, Any]:
    """Figures, findings and nonconformities of an earlier revision, also of a rejected one, by name of their file."""
    from itss.checks.findings_frame import findings_frame
    from itss.sources.snapshot import read_frame

    frames = {
        produce.PREVIOUS: register.figures(ref),
        produce.PREVIOUS_FINDINGS: findings_frame(register.findings(ref)),
    }
    archived = register.revision(ref).archive_path
    for folder in (folder_of(settings(), ref), *([open_store(archived)] if archived else [])):
        if (folder / "nonconformities.parquet").exists():
            frames[produce.PREVIOUS_NONCONFORMITIES] = read_frame(folder / "nonconformities.parquet")
            break
    return frames


def seal(job: dict[str, Any]) -> dict[str, str]:
    """Step 8 存档: everything above, with checksums, chained to the version before."""
    from itss.archive.seal import seal as seal_version

    opened, register = _opened(job)
    report, period, number = opened.ref
    for name, rows in (
        ("decisions", register.all_decisions(opened.ref)),
        ("receipts", register.deliveries(opened.ref)),
    ):
        write(opened.folder / f"{name}.json", _json([vars(row) for row in rows]))
    review = review_on_record(register, opened.ref)
    if review:
        write(opened.folder / REVIEW_FILE, _json(review))
    last = register.last_sealed(report, period, before=number)
    revision, now = register.revision(opened.ref), dt.datetime.now(dt.UTC)
    years = opened.entry.retention_years
    sealed = seal_version(
        open_store(settings().archive_url),
        opened.ref,
        files=_files(opened),
        facts={
            "content_sha256": revision.content_sha256,
            "run": revision.run,
            "due_at": opened.due_at.isoformat(),
            "archive_only": opened.archive_only,
            "retention_years": years,
            "keep_until": keep_until(now, ZoneInfo(opened.period.zone), years).isoformat(),
            "agreement_version": opened.version.version if opened.version else "",
            "code_version": itss.__version__,
            **({"reviewed": review is not None} if opened.entry.review and not opened.archive_only else {}),
            "measures": {f"{process}.{id_}": m.version for (process, id_), m in sorted(opened.measures.items())},
        },
        previous_sha256=last.manifest_sha256 if last else None,
        expected={**revision.files, **(review["files"] if review else {})},
    )
    register.seal(opened.ref, str(sealed.path), sealed.manifest_sha256, now)
    return {"archive": str(sealed.path), "manifest_sha256": sealed.manifest_sha256}


def fail(job: dict[str, Any] | None, entry_key: str, task: str, reason: str) -> None:
    """Record a failure and tell the report manager, each as far as it is still possible: silence would be the worst.

    Raises nothing of its own: the task is red in the UI either way.
    """
    from itss.delivery import mail
    from itss.delivery.smtp import send
    from itss.report_list.loader import load

    place = settings()
    people = load(place.report_list).list
    if job is not None:
        try:
            opened, register = _opened(job)
            people = opened.people
            register.fail(opened.ref, f"{task}: {reason}")
        except (ItssError, SQLAlchemyError, OSError) as error:
            log.error("The failure could not be recorded: %s", error)
    manager = people.people.get(people.report_manager)
    if manager is None:
        log.error("%s names no report manager who could be told.", place.report_list)
        return
    try:
        send(mail.failed_mail(entry_key, job, manager, task, reason), place.smtp_connection)
    except ItssError as error:
        log.error("The report manager could not be told: %s", error)


def _files(job: Job) -> dict[str, Any]:
    """Every file of the workspace folder, by its name relative to it."""
    return {name: job.folder / name for name in names(job.folder) if not name.rpartition("/")[2].startswith(".")}


def _json(rows: Any) -> bytes:
    return json.dumps(rows, ensure_ascii=False, indent=1, default=str).encode()
