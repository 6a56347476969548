"""Which items to improve (待改善点) a report follows up, kept in ``improvements.json`` of its folder.

A report tells of the items that reviews of its earlier periods raised, an improvement report of everybody's, as they
stood when its period ended: open, overdue, or closed in it. So a run that is repeated later says the same.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from itss.register.records import Improvement
from itss.report_list.audience import is_of_customer
from itss.steps.job import Job

if TYPE_CHECKING:
    from itss.reports.content import ImprovementLine

IMPROVEMENTS = "improvements.json"


def followed(job: Job, items: Iterable[Improvement]) -> list[ImprovementLine]:
    """The lines of a report, from every item on record."""
    return [line for item in items if _concerns(job, item) and (line := _line(job, item))]


def keep(job: Job, items: Iterable[Improvement]) -> None:
    """Write them down, so that the archive can be rendered again."""
    lines = [asdict(line) for line in followed(job, items)]
    job.folder.write_json(IMPROVEMENTS, lines)


def kept(job: Job) -> Sequence[ImprovementLine]:
    """What was written down; nothing in the folder of a version that did not know of any."""
    from itss.reports.content import ImprovementLine

    lines = job.folder.read_json(IMPROVEMENTS) if job.folder.has(IMPROVEMENTS) else []
    return tuple(
        ImprovementLine(**line | {name: _day(line.get(name)) for name in ("due_on", "closed_on", "moved_to")})
        for line in lines
    )


def still_open(items: Iterable[Improvement], today: dt.date) -> list[ImprovementLine]:
    """Open items as they stand on ``today``: what a review meeting has before it."""
    from itss.reports.content import ImprovementLine

    return [
        ImprovementLine(
            key=one.key,
            report=one.report,
            title=one.title,
            owner=one.owner,
            due_on=one.due_on,
            state="overdue" if one.due_on < today else "open",
            moved_to=one.moves[-1][1] if one.moves else None,
        )
        for one in items
    ]


def _concerns(job: Job, item: Improvement) -> bool:
    if job.entry.kind == "improvement" and item.raised_on < job.period.next_day:
        return is_of_customer(item.report, job.entry, job.people)
    return item.report == job.entry.key and item.period < job.period.label


def _line(job: Job, item: Improvement) -> ImprovementLine | None:
    """What was closed before the period is past: the report of its time told it, an improvement report skips it."""
    from itss.reports.content import ImprovementLine

    closed_at = item.closed_at if item.closed_at and item.closed_at < job.period.end else None
    is_past = closed_at is not None and closed_at < job.period.start
    if is_past and job.entry.kind == "improvement":
        return None
    state = item.state if closed_at else "overdue" if item.due_on < job.period.next_day else "open"
    return ImprovementLine(
        key=item.key,
        report=item.report,
        title=item.title,
        owner=item.owner,
        due_on=item.due_on,
        state=state,
        closed_on=closed_at.astimezone(ZoneInfo(job.period.zone)).date() if closed_at else None,
        result=item.result if closed_at else "",
        moved_to=item.moved_to(job.period.end),
        is_past=is_past,
    )


def _day(text: str | None) -> dt.date | None:
    return dt.date.fromisoformat(text) if text else None
