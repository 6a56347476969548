"""One revision as a viewer sees it: what is on record about it, and the very files that are signed, or why not.

Owns who sees how much of it. *Insiders* (author, approvers, data collectors, report manager, auditors) see all of it at
any time, addresses excepted; *readers*, who only get the report, see a revision once it was released, and of it the
report itself: what may still be rejected is not theirs, nor that there is such a thing.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace

from fastapi import HTTPException
from pydantic import ValidationError

from itss.archive.statement import Statement
from itss.errors import ArchiveError, ContentChangedError, ItssError, RegisterError
from itss.portal.state import register, report_list
from itss.portal.viewer import Viewer, keys_of, refuse_others
from itss.ref import Ref
from itss.register import Revision
from itss.report_list.models import Entry, ReportList
from itss.steps.job import Job
from itss.steps.opened import on_record, opened
from itss.text import Text, text

log = logging.getLogger(__name__)

CHANGED = text(
    "现存的文件与所签内容不一致，因此不予显示，也不能签署。请通知服务报告经理；详情见 API 服务器日志。",
    "What lies there is not what was signed, so it is neither shown nor can it be signed. Notify the report manager; "
    "the log of the API server has the details.",
)
AWAY = text(
    "现在无法读取文件。请稍后重试；详情见 API 服务器日志。",
    "The files cannot be read now. Try again later; the log of the API server has the details.",
)


@dataclass(frozen=True)
class Seen:
    """``job`` gives out the signed files alone where there is a ``statement``, else those of the draft.

    Without a ``job`` nothing of it can be read, and ``problem`` says why; so it does where a draft is no signed one.
    """

    revision: Revision
    entry: Entry
    people: ReportList
    job: Job | None
    statement: Statement | None
    problem: Text | None
    is_insider: bool
    sees_addresses: bool

    @property
    def ref(self) -> Ref:
        """Its key."""
        return self.revision.ref

    @property
    def call(self) -> dict[str, object]:
        """What the steps call the revision by."""
        return {"report": self.ref.report, "period": self.ref.period, "revision": self.ref.number}


def see(who: Viewer, report: str, period: str, number: str) -> Seen:
    """The revision of an address; 404 where there is none, 403 where it is not theirs, or not yet."""
    revision = _revision(report, period, number)
    people = report_list()
    today = next((one for one in people.reports if revision.report in (one.key, one.was)), None)
    then = _opened_with(revision.ref)
    known = [*([then] if then else []), *([(today, people)] if today else [])]
    refuse_others(who, known, today.key if today else revision.report)  # nobody at all where nothing can be read
    entry, those = known[0]
    is_insider = any(who.may_see_drafts(*one) for one in known)
    if not is_insider and revision.released_at is None:
        raise HTTPException(403, f"{revision.ref} has not been released to its readers.")
    job, statement, problem = _files(revision)
    is_owner = any(keys_of(who.name, people) & {entry.author, people.report_manager} for entry, people in known)
    return Seen(revision, entry, those, job, statement, problem, is_insider, who.sees_all or is_owner)


def _revision(report: str, period: str, number: str) -> Revision:
    digits = number.removeprefix("r")
    unknown = HTTPException(404, "There is no such revision.")
    if not (digits.isascii() and digits.isdecimal() and len(digits) <= 6):
        raise unknown
    try:
        return register().revision(Ref(report, period, int(digits)))
    except RegisterError as error:
        raise unknown from error


def _opened_with(ref: Ref) -> tuple[Entry, ReportList] | None:
    """Entry and people as the revision was opened with; nothing where an older release wrote them otherwise."""
    document = register().entry(ref)
    try:
        return Entry.model_validate(document["entry"]), ReportList.model_validate(document["people"])
    except (KeyError, ValidationError):
        return None


def _files(revision: Revision) -> tuple[Job | None, Statement | None, Text | None]:
    call = {"report": revision.report, "period": revision.period, "revision": revision.number}
    try:
        if revision.statement_sha256 is None:
            return opened(call)[0], None, None
        job, _, statement = on_record(call)
    except (ItssError, ValidationError, KeyError, ValueError) as error:
        log.error("portal: %s is not shown: %s", revision.ref, error)
        return None, None, CHANGED
    except Exception as error:  # each object store has errors of its own
        log.exception("portal: %s cannot be read: %s", revision.ref, error)
        return None, None, AWAY
    return job, statement, None


def without_files(seen: Seen) -> Seen:
    """The same where its files turned out not to be those that are signed."""
    return replace(seen, job=None, statement=None, problem=CHANGED)


def read(seen: Seen, name: str) -> bytes:
    """A file of the revision; `ContentChangedError` where there is none that was signed."""
    if seen.job is None:
        raise ContentChangedError(f"{seen.ref} cannot be read.")
    try:
        return seen.job.folder.read(name)
    except (FileNotFoundError, ArchiveError) as error:
        raise ContentChangedError(f"{name} cannot be read.") from error
