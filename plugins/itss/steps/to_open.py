"""What a run is to open: by the list of today, unless the entry has ended or is not in it any more.

A report that was deleted from the list, or goes under another key now, brings to an end what it has opened, with the
entry of that time; it begins nothing new.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

from itss.archive.folder import RevisionFolder
from itss.errors import ConfigurationError, PeriodError, RevisionBusyError
from itss.register import Register
from itss.report_list.due import last_owed
from itss.report_list.loader import load_one
from itss.report_list.models import ReportList
from itss.settings import Settings
from itss.steps.job import Job, job_of, plan

_ENDED = frozenset({"sealed", "superseded", "unchanged"})


def plan_opening(place: Settings, register: Register, key: str, label: str, now: dt.datetime) -> Job:
    """The job of ``key`` and ``label``, not yet opened; what `plan` raises, and `PeriodError` where it is not owed."""
    try:
        planned = plan(place, key, label, now)
    except ConfigurationError:
        opened = None if key in load_one(place.report_list, key).keys else _as_opened(place, register, key, label)
        if opened is None:
            raise
        return opened
    note_renamed(register, planned.people)
    period, last = planned.period, last_owed(planned.entry)
    revisions = register.revisions(key, period.label)
    if period.first_day < planned.entry.period.first and not revisions:
        raise PeriodError(
            f"{key} is owed from {planned.entry.period.first} on: {period.label} is not.",
            f"Name {planned.entry.period.first_period().label} or a later period.",
        )
    if last is not None and period.first_day > last.first_day and not revisions:
        raise PeriodError(
            f"{key} is retired since {planned.entry.retired}: {period.label} is not owed.",
            f"Name {last.label} or an earlier period, or a later day in `retired`.",
        )
    return planned


def note_renamed(register: Register, people: ReportList) -> None:
    """Put on record which reports of the list had another key before: their history goes on under the new one."""
    former = {entry.was: entry.key for entry in people.reports if entry.was is not None}
    if former:
        recorded = register.keys_on_record()
        for old, new in former.items():
            if old in recorded:
                register.rename(old, new)


def refuse_open_elsewhere(register: Register, key: str, period: str) -> None:
    """One period has one open revision, also where that was opened while the report had another key."""
    last = register.latest(key, period)
    if last is not None and last.report != key and last.state not in (*_ENDED, "returned"):
        gone = f"python -m itss.register supersede {last.report} {last.period} {last.number} --reason '…'"
        raise RevisionBusyError(
            f"{last.ref} is {last.state}: it was opened before {last.report} became {key}.",
            f"Let run {last.run} of the DAG {last.report} end; if it is gone: {gone}.",
        )


def _as_opened(place: Settings, register: Register, key: str, label: str) -> Job | None:
    """The job of the period's newest revision, if that has not ended."""
    revisions = register.revisions(key, label)
    if not revisions or revisions[-1].state in _ENDED:
        return None
    document = register.entry(revisions[-1].ref) | {"revision": 0}
    return replace(job_of(place, document, RevisionFolder(Path())), revision=0)
