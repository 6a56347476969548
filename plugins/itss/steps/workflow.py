"""The eight steps with the record: what the flow calls, one function a task.

Each takes and returns small JSON, may be killed and run again, and finds done what it did before.
"""

from __future__ import annotations

import datetime as dt
import json
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from sqlalchemy.exc import SQLAlchemyError

import itss
from itss.archive.folder import RevisionFolder
from itss.archive.retention import keep_until
from itss.archive.statement import STATEMENT
from itss.archive.store import open_store
from itss.archive.version import MANIFEST
from itss.errors import DeliveryError, ItssError, RegisterError
from itss.ref import Ref
from itss.register import Line, Register
from itss.report_list.due import labels_owed
from itss.settings import settings
from itss.steps import checking, collected, collecting, following, measuring, rendering
from itss.steps.drafting import draft_statement, refuse_unrecorded
from itss.steps.frozen import Frozen, keep, refuse_changed
from itss.steps.job import JOB_FILE, Job, folder_of, job_of, ref_of
from itss.steps.opened import document_of, rework_of, signed
from itss.steps.opened import opened as _opened
from itss.steps.own_definitions import refuse_unusable
from itss.steps.own_form import copies_for
from itss.steps.reviewing import REVIEW_FILE, review_on_record
from itss.steps.to_open import plan_opening

if TYPE_CHECKING:
    from itss.notices.causes import Failure

log = logging.getLogger(__name__)

LEDGER_FILE = "ledger.json"
"""The lines of the ledger about the version, so that it can be checked without the register."""
TOLD = ("rendered", "decision", "released", "delivery", "resent", "delivered", "reviewed", "minutes")
"""Lines about what is archived; a failure of the seal itself, which is tried again, is none."""


def open_report(
    entry_key: str,
    period_label: str,
    run: str,
    now: dt.datetime,
    number: int | None = None,
    *,
    backfill: bool = False,
    bundle: str = "",
    todays_form: bool = False,
) -> dict[str, Any]:
    """Step 1 登记: fix period and due date, write the entry as it stands into the register, open a revision.

    A ``backfill`` asks and mails nobody unless the entry says ``on_backfill: full``. A rerun of what went out keeps its
    form unless ``todays_form`` is asked for.
    """
    place = settings()
    register = Register(place.register_url)
    register.upgrade()
    planned = plan_opening(place, register, entry_key, period_label, now)
    planned = replace(planned, archive_only=backfill and planned.entry.on_backfill == "archive", bundle_version=bundle)
    _refuse_forgotten(register, open_store(place.archive_url), entry_key, planned.period.label)
    copies = copies_for(planned, place, register, run, todays_form=todays_form)
    refuse_unusable(place, register, planned.entry, planned.period, copies.files)
    planned = replace(planned, frozen=copies.frozen)
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
    ref = revision.ref
    known = {"report": ref.report, "period": ref.period, "revision": ref.number}
    job = job_of(place, document_of(register, known), folder_of(place, ref))
    job = replace(job, rework=rework_of(register, known))
    if job.frozen == copies.frozen:  # else it is one that somebody has in hand already, with its own copies
        keep(job.folder, copies.files)
    job.save()
    return brief_of(job)


def job_of_run(report: str, run: str) -> dict[str, Any]:
    """The revision that a run of a report works on, as the register knows it; `RegisterError` where it has none."""
    register = Register(settings().register_url)
    revision = register.of_run(report, run)
    if revision is None:
        raise RegisterError(f"Run {run} of {report} has opened no revision.", "Clear the run from its first task on.")
    known = {"report": revision.report, "period": revision.period, "revision": revision.number}
    return brief_of(job_of(settings(), document_of(register, known), folder_of(settings(), revision.ref)))


def brief_of(job: Job) -> dict[str, Any]:
    """What travels between the steps: which revision, and what its tasks decide by.

    A DAG may have tasks of the list of today, and of other open revisions: a task that is not of this one's entry does
    nothing, and who is asked is whom this entry names.
    """
    entry, people = job.entry, job.people
    return {
        "report": job.entry.key,
        "period": job.period.label,
        "revision": job.revision,
        "due_at": job.due_at.isoformat(),
        "archive_only": job.archive_only,
        "collects": list(entry.data_source),
        "awaits": [process for process, source in entry.data_source.items() if source.hand_in],
        "asks": [form for form, is_asked in (("comment", entry.comment), ("review", entry.review)) if is_asked],
        "author": people.people[entry.author].user,
    }


def _refuse_forgotten(register: Register, archive: Path, report: str, period: str) -> None:
    """An empty register in place of a lost one would have everybody sign, and get, a sealed report once more."""
    if register.latest(report, period) is not None:
        return
    for manifest in (archive / report / period).glob(f"r*/{MANIFEST}"):
        raise RegisterError(
            f"{manifest.parent} is sealed, and the register has never heard of it.",
            "Check that ITSS_REGISTER_URL and ITSS_ARCHIVE_URL belong together; restore the register from its backup.",
        )


def collect(job: dict[str, Any], process: str) -> dict[str, Any]:
    """Step 2 收集: one process's rows."""
    opened, register = _opened(job)
    began = time.monotonic()
    if opened.rework.keep_data:
        before = register.revision(opened.ref._replace(number=opened.revision - 1)).ref  # perhaps under a former key
        kept = collecting.keep_process(opened, process, folder_of(settings(), before))
        log.info("%s, kept from %s", collected.line(opened, kept, time.monotonic() - began), before)
        return kept
    report, rows = opened.entry.key, None
    if opened.entry.collection_method == "register":
        rows = register.source_rows(process, labels_owed(opened.people, opened.window_start, opened.period.end))
    submission = collecting.collect_process(
        opened,
        process,
        settings(),
        dt.datetime.now(dt.UTC),
        rows,
        lambda of, period: register.newest_hand_in((report, period, of)),
    )
    log.info(collected.line(opened, submission, time.monotonic() - began))
    return submission


def wait_for(job: dict[str, Any], process: str, now: dt.datetime) -> bool:
    """Step 2 收集: whether handed-in data is there, after taking up what is in the inbox.

    `DataMissingError`, naming who owes it, once mandatory data is overdue.
    """
    from itss.hand_in.collecting import awaited
    from itss.hand_in.inbox import scan
    from itss.notices.data_owed import notify_refusals

    opened, register = _opened(job)
    place = opened.place(process)
    if scan([place], register, settings(), now)["refused"]:
        alone = opened.people.model_copy(update={"reports": (opened.entry,)})  # a job's list may be without its entries
        notify_refusals(alone, register, settings(), now)
    return awaited(place, register, now)


def check(job: dict[str, Any]) -> dict[str, int]:
    """Step 3 生成: the gate. Records submissions and findings, then raises `DataRefusedError` if one is critical."""
    opened, register = _opened(job)
    register.record_submissions(opened.ref, collected.all_submissions(opened))
    found = checking.check_rows(opened, register.past(opened.entry.key, opened.period))
    register.record_findings(opened.ref, found)
    for finding in found:
        log.warning(finding.line())
    counts = {severity: sum(f.severity == severity for f in found) for severity in ("critical", "warning", "info")}
    rows = sum(submission["rows"] for submission in collected.submissions(opened))
    log.info("%s rows of %d processes checked: %s", f"{rows:,}", len(opened.processes), _counted(counts))
    checking.refuse_critical(opened, found)
    return counts


def measure(job: dict[str, Any]) -> dict[str, int]:
    """Step 3 生成: the figures, recorded by measure, dimension and member; and what was published otherwise."""
    opened, register = _opened(job)
    refuse_changed(opened)
    report = opened.entry.key
    for fixed in register.fix_baselines(report, opened.measures.values()):
        log.info("Baseline of %s.%s fixed from %s to %s", fixed.process, fixed.measure, fixed.first, fixed.last)
    opened.folder.remove(rendering.COMMENT_FILE)  # a comment on other figures is none on these
    first = opened.period.shift(1 - opened.entry.history).label
    measured = measuring.measure_rows(opened, register.published_history(report, first), register.baselines(report))
    register.record_figures(opened.ref, measured.figures)
    register.record_restatements(opened.ref, measured.restatements)
    followed = None if opened.entry.kind == "improvement" else report
    since = opened.period.shift(1 - opened.entry.history).start  # a past item may be the last that was done
    following.keep(opened, register.improvements(followed, open_at=since))
    counts = {
        "figures": len(measured.figures),
        "nonconformities": len(measured.nonconformities),
        "restatements": len(measured.restatements),
    }
    log.info("Measured: %s", _counted(counts))
    return counts


def _counted(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count:,} {name}" for name, count in counts.items())


def render(job: dict[str, Any]) -> dict[str, Any]:
    """Step 3 生成: the draft and its statement. ``unchanged`` when the period's last sealed revision says the same."""
    from itss.reports.content import RevisionLine
    from itss.reports.drawing import brief as briefs

    opened, register = _opened(job)
    refuse_changed(opened)
    lines = [
        RevisionLine(number=r.number, state=r.state, at=r.opened_at, note=r.note)
        for r in register.revisions(opened.entry.key, opened.period.label)
        if r.number < opened.revision
    ]
    # how far this very one has come changes nothing of what is signed: a render that is repeated signs the same
    this = register.revision(opened.ref)
    lines.append(RevisionLine(number=this.number, state="open", at=this.opened_at, note=""))
    earlier = [line.number for line in lines if line.number < opened.revision]
    last = opened.ref._replace(number=max(earlier)) if earlier else None
    rendering.keep_revisions(opened, lines, _before(register, last) if last else {})
    form = Frozen.read(register.entry(last).get("frozen")) if last else None
    sheet, _ = collected.sheet_of(vars(one) for one in register.submissions(last)) if last else ("", "")
    rendering.keep_form(opened, form, has_earlier=last is not None, sheet=sheet)
    given = rendering.inputs(opened, preview=False)
    refuse_unrecorded(opened, register, given)
    report, made = rendering.render_report(opened, given)
    rendering.keep_summary(opened, given, report)
    opened.folder.write("brief.md", briefs.render(report, {}).encode())
    statement = draft_statement(opened, given, corrects=register.corrects(opened.ref))
    sha256 = opened.folder.write(STATEMENT, statement.to_bytes())
    unchanged = register.record_draft(opened.ref, said_sha256=statement.said_sha256, statement_sha256=sha256)
    forms = [f"{name} ({opened.folder.size(name) / 1e3:,.0f} kB)" for name in made]
    log.info("%s rendered: %s, statement %s", opened.ref, ", ".join(forms), sha256[:12])
    return {
        "unchanged": unchanged,
        "said_sha256": statement.said_sha256,
        "statement_sha256": sha256,
        "title": report.title,
    }


def _before(register: Register, ref: Ref) -> dict[str, Any]:
    """Figures, findings and nonconformities of an earlier revision, also of a rejected one, by name of their file."""
    from itss.checks.findings_frame import findings_frame
    from itss.sources.snapshot import frame_of

    frames = {
        rendering.PREVIOUS: register.figures(ref),
        rendering.PREVIOUS_FINDINGS: findings_frame(register.findings(ref)),
    }
    name, archived = "nonconformities.parquet", register.revision(ref).archive_path
    for folder in (folder_of(settings(), ref), *([RevisionFolder(open_store(archived))] if archived else [])):
        if folder.has(name):
            frames[rendering.PREVIOUS_NONCONFORMITIES] = frame_of(folder.read(name), name)
            break
    return frames


def seal(job: dict[str, Any]) -> dict[str, str]:
    """Step 8 存档: what was signed and what came of it, with checksums, chained to the version before.

    Nothing else of the workspace: a file that no line of the record names is not archived.
    """
    from itss.archive.seal import seal as seal_version

    opened, register, statement = signed(job)
    report, period, number = opened.ref
    review, revision = review_on_record(register, opened.ref), register.revision(opened.ref)
    later = {**register.released_files(opened.ref), **(review["files"] if review else {})}
    folder, now = opened.folder.bind(later), dt.datetime.now(dt.UTC)
    # before a file is written: somebody may have marked the tasks before this one as done
    if revision.reached not in (("rendered", "sealed") if opened.archive_only else ("delivered", "sealed")):
        raise RegisterError(f"{opened.ref} is {revision.reached}; it is not archived.", "Have it delivered first.")
    made: dict[str, Any] = {
        JOB_FILE: opened.document(),
        "decisions.json": [row.document() for row in register.all_decisions(opened.ref)],
        "receipts.json": [vars(row) for row in register.deliveries(opened.ref)],
        LEDGER_FILE: [asdict(line) for line in _lines(register, opened.ref)],
        **({REVIEW_FILE: review} if review else {}),
    }
    files: dict[str, Callable[[], bytes]] = {name: partial(folder.read, name) for name in folder.names()}
    files |= {name: partial(_json, document) for name, document in made.items()}
    files[STATEMENT] = statement.to_bytes
    last = register.last_sealed(report, period, before=number)
    years = opened.entry.retention_years
    sealed = seal_version(
        open_store(settings().archive_url),
        opened.ref,
        files=files,
        facts={
            "statement_sha256": revision.statement_sha256,
            "said_sha256": revision.said_sha256,
            "run": revision.run,
            "due_at": opened.due_at.isoformat(),
            "archive_only": opened.archive_only,
            "retention_years": years,
            "keep_until": keep_until(now, ZoneInfo(opened.period.zone), years).isoformat(),
            "agreement_version": opened.version.version if opened.version else "",
            "code_version": statement.carried["made"]["code"],
            **({"reviewed": review is not None} if opened.entry.review and not opened.archive_only else {}),
            "measures": {f"{process}.{id_}": m.version for (process, id_), m in sorted(opened.measures.items())},
        },
        previous_sha256=last.manifest_sha256 if last else None,
    )
    register.seal(opened.ref, str(sealed.path), sealed.manifest_sha256, now)
    log.info("%s sealed: %d files, manifest %s", opened.ref, len(files), sealed.manifest_sha256[:12])
    return {"archive": str(sealed.path), "manifest_sha256": sealed.manifest_sha256}


def fail(job: dict[str, Any] | None, failure: Failure, now: dt.datetime) -> None:
    """Record a failure and notify the report manager of its cause, each as far as it is still possible.

    Raises nothing of its own: the task is red in the UI either way.
    """
    from itss.notices.causes import source_of
    from itss.notices.failures import line_of, mail_unrecorded, notify_failure
    from itss.report_list.loader import load

    place, known = settings(), None
    people = load(place.report_list).list
    if job is not None:
        failure = replace(failure, ref=ref_of(job))
        try:
            Register(place.register_url).fail(ref_of(job), line_of(failure.task, failure.reason))
            known, _ = _opened(job)
        except (ItssError, SQLAlchemyError, OSError) as error:
            log.error("The failure could not be recorded: %s", error)
    if known is not None:
        people = people if people.report_manager in people.people else known.people
        failure = replace(failure, source="" if known.rework.keep_data else source_of(known.entry, failure.task))
    if people.report_manager not in people.people:
        log.error("%s names no report manager who could be notified.", place.report_list)
        return
    try:
        notify_failure(failure, people, place, now)
    except DeliveryError as error:
        log.error("The report manager could not be notified: %s", error)
    except (ItssError, SQLAlchemyError, OSError) as error:
        log.error("The notice could not be put on record, and is mailed without: %s", error)
        try:
            mail_unrecorded(failure, people, place, now)
        except DeliveryError as unsent:
            log.error("The report manager could not be notified: %s", unsent)


def _lines(register: Register, ref: Ref) -> list[Line]:
    """The lines of the ledger up to the last about the version's content: the same when sealing is tried again."""
    lines = list(register.lines(ref.path))
    last = max(number for number, line in enumerate(lines, 1) if line.kind in TOLD)
    return lines[:last]


def _json(rows: Any) -> bytes:
    return json.dumps(rows, ensure_ascii=False, indent=1, default=str).encode()
