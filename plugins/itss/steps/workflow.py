"""The steps up to the draft with the record: what the flow calls, one function a task.

Each takes and returns small JSON, may be killed and run again, and finds done what it did before.
"""

from __future__ import annotations

import datetime as dt
import logging
import time
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import itss
from itss.archive.statement import STATEMENT
from itss.archive.store import open_store
from itss.errors import RegisterError
from itss.monitoring.emitting import emit
from itss.monitoring.of_steps import samples_of_rows
from itss.ref import Ref
from itss.register import Register
from itss.report_list.due import data_due_at, labels_owed
from itss.settings import Settings, settings
from itss.steps import checking, collected, collecting, following, measuring, rendering
from itss.steps.after_restore import refuse_forgotten, refuse_unconfirmed
from itss.steps.drafting import draft_statement, refuse_unrecorded
from itss.steps.frozen import Frozen, keep, refuse_changed
from itss.steps.gone_runs import drafted_before, kept_of, let_go, nobody_to_ask
from itss.steps.job import Job, folder_now, folder_of, job_of
from itss.steps.opened import document_of, rework_of
from itss.steps.opened import opened as _opened
from itss.steps.own_definitions import refuse_unusable
from itss.steps.own_form import Copies, copies_for
from itss.steps.to_open import plan_opening, refuse_open_elsewhere
from itss.watch.gone_runs import AskRun

if TYPE_CHECKING:
    pass

log = logging.getLogger(__name__)


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
    ask_run: AskRun = nobody_to_ask,
) -> dict[str, Any]:
    """Step 1 登记: fix period and due date, write the entry as it stands into the register, open a revision.

    A ``backfill`` asks and mails nobody unless the entry says ``on_backfill: full``. A rerun of what went out keeps its
    form unless ``todays_form`` is asked for. A revision whose run is gone, as ``ask_run`` says, is taken over.
    """
    place = settings()
    register = Register(place.register_url)
    register.upgrade()
    planned = plan_opening(place, register, entry_key, period_label, now)
    refuse_unconfirmed(register, entry_key, planned.period)
    refuse_forgotten(register, open_store(place.archive_url), entry_key, planned.period.label)
    gone = let_go(register, planned, ask_run)
    refuse_open_elsewhere(register, entry_key, planned.period.label)
    planned = replace(planned, archive_only=backfill and planned.entry.on_backfill == "archive", bundle_version=bundle)
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
        gone=gone.run if gone else "",
        keeps=kept_of(register, gone, planned) if gone else "",
    )
    return _begun(place, register, revision.ref, copies)


def _begun(place: Settings, register: Register, ref: Ref, copies: Copies) -> dict[str, Any]:
    """The folder of an opened revision, with its job and the copies that are frozen with it."""
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
        "data_due_at": data_due_at(entry.period, job.period).isoformat(),
        "awaits": [process for process, source in entry.data_source.items() if source.hand_in],
        "asks": [form for form, is_asked in (("comment", entry.comment), ("review", entry.review)) if is_asked],
        "author": people.people[entry.author].user,
    }


def collect(job: dict[str, Any], process: str) -> dict[str, Any]:
    """Step 2 收集: one process's rows."""
    opened, register = _opened(job)
    if register.kept(opened.ref):
        how = "for today's: python -m itss.register fail, and trigger the report again"
        log.info("%s goes on with the data that were collected before its run was gone; %s", opened.ref, how)
        return dict(opened.folder.read_json(f"data/{process}.json"))
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
    if not submission["missing"]:
        size = partial(opened.folder.size, f"data/{process}.parquet")
        emit(samples_of_rows(process, submission["rows"], size))
    return submission


def check(job: dict[str, Any]) -> dict[str, int]:
    """Step 3 生成: the gate. Records submissions and findings, then raises `DataRefusedError` if one is critical."""
    opened, register = _opened(job)
    if register.kept(opened.ref):
        return checking.counted(register.findings(opened.ref))
    register.record_submissions(opened.ref, collected.all_submissions(opened))
    found = checking.check_rows(opened, register.past(opened.entry.key, opened.period))
    register.record_findings(opened.ref, found)
    for finding in found:
        log.warning(finding.line())
    counts = checking.counted(found)
    rows = sum(submission["rows"] for submission in collected.submissions(opened))
    log.info("%s rows of %d processes checked: %s", f"{rows:,}", len(opened.processes), _counted(counts))
    checking.refuse_critical(opened, found)
    return counts


def measure(job: dict[str, Any]) -> dict[str, int]:
    """Step 3 生成: the figures, recorded by measure, dimension and member; and what was published otherwise."""
    opened, register = _opened(job)
    if register.kept(opened.ref):
        log.info("%s goes on with the figures that were measured before its run was gone", opened.ref)
        return {"figures": len(register.figures(opened.ref))}
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
    if register.kept(opened.ref) == "statement":
        return drafted_before(register, opened.ref)
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
    name = "nonconformities.parquet"
    for folder in (folder_of(settings(), ref), folder_now(settings(), register.revision(ref))):
        if folder.has(name):
            frames[rendering.PREVIOUS_NONCONFORMITIES] = frame_of(folder.read(name), name)
            break
    return frames
