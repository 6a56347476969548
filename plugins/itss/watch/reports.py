"""Reports that are overdue, or nearly so, and have not reached their recipients – though nothing may have failed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence

from itss.periods import Period
from itss.register import Register
from itss.report_list.due import FORGOTTEN, owed, warning_at
from itss.report_list.models import Entry, ReportList
from itss.report_list.schedule import starts_at
from itss.watch.matter import Matter
from itss.watch.questions import Question
from itss.watch.standing import Standing, standing

_AHEAD = dt.timedelta(days=20)
"""Longer than a working day and the holidays around it."""


def report_matters(
    people: ReportList, register: Register, questions: Sequence[Question], now: dt.datetime, since: dt.datetime | None
) -> Iterator[Matter]:
    """A warning to author and report manager one working day before a report is due, and an alarm after it was."""
    start = max(now - FORGOTTEN, since or now - FORGOTTEN)
    for entry in people.reports:
        for period, due in owed(entry, start, now + _AHEAD):
            if now <= due and not _is_to_warn(entry, period, now):
                continue
            stands = standing(entry, period, people, register, questions)
            is_expected = now > due or stands is None or stands.is_begun or starts_at(entry, period) <= now
            if stands is not None and is_expected:
                yield _matter(entry, period, due, stands, people, is_late=now > due)


def _is_to_warn(entry: Entry, period: Period, now: dt.datetime) -> bool:
    warning = warning_at(entry.period, period)
    return warning is not None and warning <= now


def _matter(
    entry: Entry, period: Period, due: dt.datetime, stands: Standing, people: ReportList, *, is_late: bool
) -> Matter:
    return Matter(
        kind="report_late" if is_late else "report_due",
        report=entry.key,
        title=entry.title,
        period=period.label,
        about="",
        due_at=due,
        zone=entry.period.timezone,
        language=entry.language,
        what=stands.what,
        remedy=stands.remedy,
        page=stands.page,
        people=tuple(people.people[key] for key in dict.fromkeys((people.report_manager, entry.author))),
    )
