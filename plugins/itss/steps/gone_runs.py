"""What becomes of a revision whose run Airflow has no more, such as after ``airflow db clean``: the next run has it.

What people have answered is settled first, as the task of that run would have done; then the failure is on record, and
the run that is opening goes on with what was signed, if that is whole and the entry the very same. Only a definite
answer of Airflow's counts: who cannot be asked has said nothing.
"""

from __future__ import annotations

import datetime as dt
import logging
from contextlib import suppress
from typing import Any

from itss.errors import ContentChangedError, ItssError, LedgerError
from itss.ref import Ref
from itss.register import Register, Revision
from itss.register.going_on import Kept
from itss.register.life import LIVING
from itss.register.records import COMMENT, REVIEW, REWORK
from itss.steps import answering, rendering
from itss.steps.drafting import refuse_unrecorded
from itss.steps.job import Job
from itss.steps.opened import opened, signed
from itss.watch.gone_runs import AskRun, RunState

log = logging.getLogger(__name__)


def nobody_to_ask(_dag: str, _run: str, _since: dt.datetime) -> RunState:
    """Without Airflow every run is believed to live."""
    return "alive"


def let_go(register: Register, planned: Job, ask_run: AskRun) -> Revision | None:
    """The newest revision of the planned period, if its run is gone: its answers are settled, and it has failed.

    One of a former key is closed as failed, so that the report goes on under its present one;
    `RegisterError` where that would get round a rejection.
    """
    latest = register.latest(planned.entry.key, planned.period.label)
    if latest is None or not _is_gone(register, latest, ask_run):
        return None
    _settle(register, latest)
    if latest.state == "returned":
        return None
    if register.failed_by(latest.ref) != "gone":
        register.fail(latest.ref, f"run {latest.run} is gone from Airflow", gone=latest.run)
    if register.revision(latest.ref).run != latest.run:  # another run was faster; whether that lives nobody has asked
        return None
    if latest.report != planned.entry.key:
        register.supersede(latest.ref, f"run {latest.run} is gone, and the report is called {planned.entry.key} now")
        return None
    log.warning("%s: run %s is gone from Airflow; this run takes the revision over", latest.ref, latest.run)
    return register.revision(latest.ref)


def kept_of(register: Register, gone: Revision, planned: Job) -> Kept:
    """How much of its draft the next run goes on with.

    What has reached somebody, and what somebody has rejected, stays as it is, whatever the list says now.
    """
    stays = register.is_out(gone.ref) or register.rejected(gone.ref) is not None
    if not stays and _said(register.entry(gone.ref)) != _said(planned.document()):
        return ""
    job = {"report": gone.report, "period": gone.period, "revision": gone.number}
    if gone.statement_sha256 is not None and gone.reached in LIVING[1:]:
        return "statement" if _is_whole(job) else ""
    return "figures" if register.is_measured(gone.ref) and _is_recorded(job) else ""


def drafted_before(register: Register, ref: Ref) -> dict[str, Any]:
    """The draft that people are asked about already; another one would have everybody asked again."""
    revision = register.revision(ref)
    sha256 = {"said_sha256": revision.said_sha256 or "", "statement_sha256": revision.statement_sha256 or ""}
    if revision.state == "failed":  # since then
        register.record_draft(ref, **sha256)
    log.info("%s goes on with the draft that was made before its run was gone", ref)
    return {"unchanged": False, **sha256, "title": ""}


def _is_gone(register: Register, latest: Revision, ask_run: AskRun) -> bool:
    """Of one that has failed, only where nobody can go on with its run, and no person wants it made again."""
    since = register.held_since(latest.ref)
    if latest.state in (*LIVING, "returned"):
        return ask_run(latest.report, latest.run, since) != "alive"
    by = register.failed_by(latest.ref)
    return by == "gone" or (by == "run" and ask_run(latest.report, latest.run, since) == "gone")


def _settle(register: Register, gone: Revision) -> None:
    """Do with each answer on record what its task was for; one that cannot be settled stays on record."""
    job = {"report": gone.report, "period": gone.period, "revision": gone.number}
    levels = [level["name"] for level in register.entry(gone.ref)["entry"]["approval"]]
    for question in (COMMENT, *levels, REWORK, REVIEW):
        if register.answered(gone.ref, question) is None:
            continue
        try:
            answering.settle(job, question)
        except LedgerError:
            raise
        except ItssError as error:
            log.warning("%s: the answer to %s could not be settled: %s", gone.ref, question, error)


def _said(document: dict[str, Any]) -> dict[str, Any]:
    """An opened entry without what another run says otherwise of the very same one."""
    return {name: said for name, said in document.items() if name not in ("revision", "rework", "bundle_version")}


def _is_whole(job: dict[str, Any]) -> bool:
    """Whether every file that was signed is as it was signed."""
    with suppress(ContentChangedError, OSError):
        known, _, statement = signed(job)
        for name in statement.files:
            known.folder.read(name)
        return True
    return False


def _is_recorded(job: dict[str, Any]) -> bool:
    """Whether data, findings and figures are those on record."""
    with suppress(ContentChangedError, OSError):
        known, register = opened(job)
        refuse_unrecorded(known, register, rendering.inputs(known, preview=False))
        return True
    return False
