"""Before step 2: the versions of other reports that this one is made after, as they were named when it was opened.

Waits for nothing itself. Which versions it was in the end is put on record; a later revision of one of them changes
nothing of that.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Mapping
from typing import Any

from itss.errors import VersionsMissingError
from itss.periods import clock_time
from itss.register import Register, Revision
from itss.report_list.after import Awaited
from itss.steps.job import Job
from itss.steps.opened import opened

log = logging.getLogger(__name__)


def missing_versions(job: Mapping[str, Any], now: dt.datetime) -> list[Awaited]:
    """Those that are not sealed yet; none once all are, which is then on record.

    `VersionsMissingError`, naming each and how far it has come, once this report is due.
    """
    revision, register = opened(job)
    if not revision.awaited or register.kept(revision.ref):
        return []
    sealed = register.newest_versions(revision.awaited)
    missing = [one for one in revision.awaited if one not in sealed]
    if not missing:
        register.record_awaited(revision.ref, list(sealed.values()))
        log.info("%s is made after %s", revision.ref, ", ".join(map(_named, sealed.values())))
    elif now >= revision.due_at:
        raise _overdue(revision, missing, register)
    return missing


def _overdue(job: Job, missing: list[Awaited], register: Register) -> VersionsMissingError:
    began = register.newest_versions(missing, is_sealed=False)
    said = "; ".join(
        f"{report} {period} ({f'{_number(began[report, period])} is {began[report, period].state}'})"
        if (report, period) in began
        else f"{report} {period} (no run has opened it)"
        for report, period in missing
    )
    due = clock_time(job.due_at, job.period.zone)
    return VersionsMissingError(
        f"{job.ref} is made after versions that were not sealed when it was due ({due} {job.period.zone}): {said}.",
        "Bring them to their end, then clear the task await_versions.",
    )


def _named(version: Revision) -> str:
    is_archive_only = version.released_at is None
    return f"{version.ref}{' (made for the archive alone)' if is_archive_only else ''}"


def _number(version: Revision) -> str:
    return f"r{version.number:02d}"
