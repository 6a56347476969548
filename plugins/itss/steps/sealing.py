"""The last step with the record: what was signed and what came of it goes into the archive, once.

It may be killed and run again: the lines of the ledger that are archived end before its own.
"""

from __future__ import annotations

import datetime as dt
import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import asdict
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from itss.archive.retention import keep_until
from itss.archive.statement import STATEMENT, Statement
from itss.archive.store import open_store
from itss.errors import RegisterError
from itss.ref import Ref
from itss.register import Line, Register, Revision
from itss.register.ledger import bundle_versions
from itss.settings import bundle_version, settings
from itss.steps.after_restore import LEDGER_FILE
from itss.steps.job import JOB_FILE, Job, ref_of
from itss.steps.opened import signed
from itss.steps.reviewing import REVIEW_FILE, review_on_record

log = logging.getLogger(__name__)

TOLD = ("rendered", "decision", "released", "delivery", "resent", "delivered", "reviewed", "minutes")
"""Lines about what is archived; a failure of the seal itself, which is tried again, is none."""


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
    lines = _lines(register, opened.ref)
    bundles = bundle_versions(lines) | ({"sealed": bundle_version()} if bundle_version() else {})
    made: dict[str, Any] = {
        JOB_FILE: opened.document(),
        "decisions.json": [row.document() for row in register.all_decisions(opened.ref)],
        "receipts.json": [vars(row) for row in register.deliveries(opened.ref)],
        LEDGER_FILE: [asdict(line) for line in lines],
        **({REVIEW_FILE: review} if review else {}),
    }
    files: dict[str, Callable[[], bytes]] = {name: partial(folder.read, name) for name in folder.names()}
    files |= {name: partial(_json, document) for name, document in made.items()}
    files[STATEMENT] = statement.to_bytes
    last = register.last_sealed(report, period, before=number)
    facts = _facts(opened, revision, statement, now)
    facts |= {"bundle_versions": bundles} if bundles else {}
    facts |= {"reviewed": review is not None} if opened.entry.review and not opened.archive_only else {}
    sealed = seal_version(
        open_store(settings().archive_url),
        opened.ref,
        files=files,
        facts=facts,
        previous_sha256=last.manifest_sha256 if last else None,
    )
    register.seal(opened.ref, str(sealed.path), sealed.manifest_sha256, now)
    log.info("%s sealed: %d files, manifest %s", opened.ref, len(files), sealed.manifest_sha256[:12])
    return {"archive": str(sealed.path), "manifest_sha256": sealed.manifest_sha256}


def _facts(opened: Job, revision: Revision, statement: Statement, now: dt.datetime) -> dict[str, Any]:
    """What the manifest says of every version, whatever else came of it."""
    years = opened.entry.retention_years
    return {
        "statement_sha256": revision.statement_sha256,
        "said_sha256": revision.said_sha256,
        "run": revision.run,
        "due_at": opened.due_at.isoformat(),
        "archive_only": opened.archive_only,
        "retention_years": years,
        "keep_until": keep_until(now, ZoneInfo(opened.period.zone), years).isoformat(),
        "agreement_version": opened.version.version if opened.version else "",
        "code_version": statement.carried["made"]["code"],
        "measures": {f"{process}.{id_}": m.version for (process, id_), m in sorted(opened.measures.items())},
    }


def is_sealed(job: Mapping[str, Any]) -> bool:
    """Whether the version is in the archive already."""
    return Register(settings().register_url).revision(ref_of(job)).reached == "sealed"


def sealed_as(job: Mapping[str, Any]) -> dict[str, Any]:
    """What others are told of a sealed version: which it is, what proves it, and whether anybody has got it."""
    register = Register(settings().register_url)
    version = register.revision(ref_of(job))
    return {
        "report": version.report,
        "period": version.period,
        "revision": version.number,
        "manifest_sha256": version.manifest_sha256,
        "statement_sha256": version.statement_sha256,
        "archive_only": bool(job["archive_only"]),
        "sealed_at": version.sealed_at.isoformat() if version.sealed_at else "",
    }


def _lines(register: Register, ref: Ref) -> list[Line]:
    """The lines of the ledger up to the last about the version's content: the same when sealing is tried again."""
    lines = list(register.lines(ref.path))
    last = max(number for number, line in enumerate(lines, 1) if line.kind in TOLD)
    return lines[:last]


def _json(rows: Any) -> bytes:
    return json.dumps(rows, ensure_ascii=False, indent=1, default=str).encode()
