"""The form of the review meeting: what the meeting has before it, and boxes that keep what was refused.

It is sent by script to Airflow's own address as the person who is signed in; what is wrong with it comes back in the
reader's language. Surprise: fields hold also what cannot be read, as it was typed, so that it can be corrected.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from itss.errors import ItssError
from itss.periods import clock_time
from itss.portal.asked import Open, open_questions
from itss.portal.page import language_of, page
from itss.portal.seen import Seen, log, see
from itss.portal.state import register
from itss.portal.viewer import Who
from itss.register.records import REVIEW
from itss.report_list.person import Person
from itss.reports import catalogue
from itss.steps import meeting_form
from itss.steps.reviewing import papers, refused_form
from itss.text import Language

if TYPE_CHECKING:
    from itss.reports.meeting_papers import MeetingPapers

router = APIRouter()
EMPTY_ROWS = 3


@dataclass(frozen=True)
class Row:
    """One line of items: ``owner`` is a key, or what was typed and is none; ``due_on`` a day, or what was typed."""

    title: str = ""
    owner: str = ""
    due_on: str = ""
    is_day: bool = True


@router.get("/reports/{report}/{period}/{number}/review")
def show(request: Request, who: Who, report: str, period: str, number: str) -> HTMLResponse:
    """The form while the minutes are asked for; before that, and after, what there is to say instead."""
    seen, language, now = see(who, report, period, number), language_of(request), dt.datetime.now(dt.UTC)
    asked = next((one for one in open_questions(seen, who, now) if one.form == REVIEW), None)
    is_mine = asked is not None and asked.is_mine and seen.job is not None
    zone = ZoneInfo(seen.entry.period.timezone)
    held, problems = _held(seen, language, now) if asked else ({}, [])
    delivered = seen.revision.delivered_at
    return page(
        request,
        who,
        "review",
        seen=seen,
        asked=asked,
        is_mine=is_mine,
        is_sent=register().answered(seen.ref, REVIEW) is not None,
        review=register().review(seen.ref) if seen.is_insider else None,
        raised=register().raised(seen.ref) if seen.is_insider else [],
        papers=_papers(seen, asked, language),
        held=held,
        problems=problems,
        present=held.get("attendees", "").split("\n"),
        rows=[*rows(held.get("items", ""), seen.people.people), *[Row()] * EMPTY_ROWS],
        is_day=_is_day,
        most=meeting_form.LONGEST_TEXT,
        longest=meeting_form.LONGEST_LINE,
        today=now.astimezone(zone).date(),
        delivered=delivered.astimezone(zone).date() if delivered else None,
        local=lambda at: f"{clock_time(at, str(zone))} ({zone})",
    )


def rows(items: str, people: Mapping[str, Person]) -> Iterator[Row]:
    """The lines of an earlier try as rows: ``what | owner | day``, read from the right end, as far as they go."""
    for line in filter(None, map(str.strip, items.split("\n"))):
        title, owner, due = ([part.strip() for part in line.replace("｜", "|").rsplit("|", 2)] + ["", ""])[:3]
        yield Row(title, meeting_form.person_of(owner, people) or owner, due, _is_day(due))


def _is_day(text: str) -> bool:
    try:
        return not text or bool(dt.date.fromisoformat(text))
    except ValueError:
        return False


def _held(seen: Seen, language: Language, now: dt.datetime) -> tuple[dict[str, str], list[str]]:
    if seen.job is None:
        return {}, []
    return refused_form(seen.job, register(), catalogue.load(language), now)


def _papers(seen: Seen, asked: Open | None, language: Language) -> MeetingPapers | None:
    """What the meeting has before it; nothing where it is not for them, or cannot be read any more."""
    if asked is None or seen.job is None or seen.statement is None or not seen.is_insider:
        return None
    try:
        return papers(seen.job, register(), language)
    except (ItssError, OSError, KeyError, TypeError, ValueError) as error:
        # an older release kept other files: what it says is in the report itself
        log.warning("portal: the papers of %s cannot be made: %s", seen.ref, error)
        return None
