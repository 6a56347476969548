"""The page of one revision: the very bytes that are signed, what has changed, and the buttons to answer with."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from itss.choices import COLLECT, KEEP
from itss.delivery.mail import SIGN_OFF_SHEET
from itss.errors import ContentChangedError, ItssError
from itss.own_measures import NOTHING_OWN, name_of
from itss.periods import clock_time
from itss.portal.asked import open_questions
from itss.portal.files import MINUTES, PDF, REPORT, WORKBOOK, may_get
from itss.portal.log import log_lines, without_paths
from itss.portal.page import language_of, page
from itss.portal.seen import Seen, log, read, see, without_files
from itss.portal.state import register
from itss.portal.viewer import Who
from itss.processes import EXCLUSION_SHEET, PROCESS_IDS
from itss.ref import Ref
from itss.reports import catalogue
from itss.steps.checking import CHECKS_PAGE
from itss.steps.opened import on_record
from itss.text import Language

if TYPE_CHECKING:
    from itss.reports.digest import Digest
    from itss.steps.job import Job

router = APIRouter()
SECTIONS = ("a", "b", "c", "d", "e", "f")
_NAMES = {
    "report": REPORT,
    "workbook": WORKBOOK,
    "pdf": PDF,
    "checks": CHECKS_PAGE,
    "sign_off": SIGN_OFF_SHEET,
    "minutes": MINUTES,
}
_PATH = "/reports/{report}/{period}/{number}"


@dataclass(frozen=True)
class Attachment:
    """A file of the statement."""

    name: str
    bytes: int
    sha256: str


@router.get(_PATH)
def show(request: Request, who: Who, report: str, period: str, number: str) -> HTMLResponse:
    """The page; what is signed is verified before it is shown, and nobody can answer where it is not the same."""
    seen, language, now = see(who, report, period, number), language_of(request), dt.datetime.now(dt.UTC)
    report_sha256 = _proven(seen)
    if seen.statement is not None and report_sha256 is None:
        seen = without_files(seen)
    words = catalogue.load(language, "portal")
    record, ref, zone = register(), seen.ref, ZoneInfo(seen.entry.period.timezone)
    names = {key: _process(key, seen, language) for key in seen.entry.data_source}
    names |= {level.name: level.title.of(language) for level in seen.entry.approval}
    receipts = record.deliveries(ref)
    asked = open_questions(seen, who, now) if seen.is_insider else []
    return page(
        request,
        who,
        "revision",
        seen=seen,
        report_sha256=report_sha256,
        asked=asked,
        digest=_digest(seen, language),
        figures_of=_by_process,
        findings=record.findings(ref) if seen.is_insider else [],
        submissions=record.submissions(ref) if seen.is_insider else [],
        decisions=record.all_decisions(ref) if seen.is_insider else [],
        receipts=receipts,
        statuses=Counter(one.status for one in receipts),
        revisions=[one for one in record.revisions(ref.report, ref.period) if seen.is_insider or one.released_at],
        lines=log_lines(record.events(ref), words, names, addresses=seen.sees_addresses) if seen.is_insider else [],
        files=_attachments(seen),
        may_get=lambda name: may_get(seen, name) and seen.job is not None and seen.job.folder.has(name),
        files_of=_NAMES,
        names=names,
        process=lambda key: _process(key, seen, language),
        local=lambda at: clock_time(at, str(zone)),
        zone=str(zone),
        now=now,
        sections=SECTIONS,
        choices=(COLLECT, KEEP),
        plain=without_paths,
    )


def _proven(seen: Seen) -> str | None:
    """The sha256 of the page whose bytes were just compared with the statement; ``None`` where there is none."""
    if seen.statement is None:
        return None
    try:
        for name in (WORKBOOK, PDF, CHECKS_PAGE):
            if name in seen.statement.files:
                read(seen, name)
        return hashlib.sha256(read(seen, REPORT)).hexdigest()
    except (ContentChangedError, OSError) as error:
        log.error("portal: %s is not shown: %s", seen.ref, error)
        return None


def _digest(seen: Seen, language: Language) -> Digest | None:
    """What is read beside the report; nothing where it has not been measured yet, or cannot be read any more."""
    if seen.job is None or not seen.is_insider:
        return None
    try:
        if seen.statement is not None:
            return _signed_digest(seen.ref, seen.statement.sha256, language)
        return _made(seen.job, language) if seen.job.folder.has("figures.parquet") else None
    except (ItssError, OSError, KeyError, TypeError, ValueError) as error:
        # an older release kept other files: what it says is in the report itself
        log.warning("portal: the digest of %s cannot be made: %s", seen.ref, error)
        return None


@lru_cache(maxsize=64)
def _signed_digest(ref: Ref, _sha256: str, language: Language) -> Digest:
    """Kept by the statement, for the same statement says the same for ever."""
    job, _, _ = on_record({"report": ref.report, "period": ref.period, "revision": ref.number})
    return _made(job, language)


def _made(job: Job, language: Language) -> Digest:
    from itss.reports.digest import digest
    from itss.steps.rendering import inputs

    return digest(inputs(job, preview=False), language)


def _by_process(digest: Digest, *, whole: bool) -> dict[str, list[Any]]:
    """The figures by process in words: of the whole, or of members."""
    found: dict[str, list[Any]] = {}
    for line in digest.figures:
        if whole != bool(line.dimension):
            found.setdefault(line.section, []).append(line)
    return found


def _process(key: str, seen: Seen, language: Language) -> str:
    try:
        own = NOTHING_OWN if key in (*PROCESS_IDS, EXCLUSION_SHEET) or seen.job is None else seen.job.own
    except (ItssError, OSError):  # its files are not what they were, which the page says where they are shown
        own = NOTHING_OWN
    return name_of(own, key).of(language)


def _attachments(seen: Seen) -> list[Attachment]:
    if seen.statement is None:
        return []
    known = seen.statement.carried["files"]
    return [Attachment(name, one["bytes"], one["sha256"]) for name, one in known.items() if may_get(seen, name)]
