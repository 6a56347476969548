"""Step 7 回顾: the review meeting's form, its minutes as documents, and who gets them.

The form is refused with everything that is wrong in it, and what was written is kept for the next try. Minutes are
said once: documents are bound to the record, each person is mailed once, and a rerun changes nothing.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from itss.errors import ContentChangedError, DecisionMissingError, RegisterError, ReviewRefusedError
from itss.ref import Ref
from itss.register import Improvement, Register, Review
from itss.register.records import REVIEW
from itss.report_list.person import Person
from itss.settings import settings
from itss.steps import following, meeting_form
from itss.steps.after_restore import refuse_unconfirmed
from itss.steps.answerers import delegation, judge_reviewer, offered
from itss.steps.authoring import instant
from itss.steps.job import Job
from itss.steps.opened import opened as _opened
from itss.steps.opened import signed

if TYPE_CHECKING:
    from itss.delivery.mail import Mail
    from itss.reports.catalogue import Catalogue
    from itss.reports.inputs import ReportInputs
    from itss.reports.meeting_papers import MeetingPapers
    from itss.text import Language

NOTICE = "minutes"
DOCUMENTS = ("minutes.html", "minutes.xlsx")
REVIEW_FILE = "review.json"
"""The minutes and their items as data, in the archive."""


def is_reviewed(job: dict[str, Any]) -> bool:
    """Whether the minutes are on record, so that nobody need be asked (again)."""
    opened, register = _opened(job)
    return register.review(opened.ref) is not None


def reviewers(job: dict[str, Any]) -> list[str]:
    """The Airflow users who are asked for the minutes: the reviewers as it was opened, and their delegates of today."""
    opened, _ = _opened(job)
    return offered(opened, opened.people.reviewer_keys(opened.entry))


def review_form(job: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """What the form shows, in Markdown, and what its fields hold already: what was refused last, if anything was."""
    from itss.reports import content, nonconformities
    from itss.reports.catalogue import load
    from itss.reports.cells import Cells
    from itss.reports.drawing import brief
    from itss.reports.writer import Writer

    opened, register, _ = signed(job)
    given = _meeting_inputs(opened, register)
    words = load(opened.entry.language)
    held, problems = register.refused_review(opened.ref)
    people = [f"{key} ({words.of(one.title)})" for key, one in opened.people.people.items()]
    gaps = nonconformities.gaps(Writer(given, Cells(words, opened.period.zone)))
    return brief.meeting(content.build(given), gaps, problems, people), _filled(held)


def papers(job: Job, register: Register, language: Language) -> MeetingPapers:
    """What the meeting has before it, in ``language``; from the files of a revision that is signed."""
    from itss.reports.meeting_papers import meeting_papers

    return meeting_papers(_meeting_inputs(job, register), language)


def refused_form(job: Job, register: Register, words: Catalogue, now: dt.datetime) -> tuple[dict[str, str], list[str]]:
    """What the form held that was refused last, and what is wrong with it in the language of ``words``."""
    given, problems = register.refused_review(job.ref)
    if not problems:
        return {}, []
    _, said = meeting_form.read(given, job.people.people, _days(job, register, now), words)
    return given, said or problems  # what was wrong on its day may be right by now


def hold_review(job: dict[str, Any], answer: dict[str, Any]) -> dict[str, int]:
    """Put the meeting on record; `ReviewRefusedError` with everything that is wrong in the form, which is kept.

    ``answer`` is the human task's payload. `DecisionMissingError` if somebody answered who was not asked.
    """
    opened, register = _opened(job)
    held = register.answered(opened.ref, REVIEW)
    answer = held.payload if held else answer
    who, at = str((answer.get("responded_by_user") or {}).get("id") or ""), instant(answer["responded_at"])
    on_behalf = held.on_behalf if held else judge_reviewer(opened, who, at)  # what is on record was judged then
    given = meeting_form.written(answer.get("params_input") or {})
    meeting, problems = read_form(opened, register, given, at)
    if meeting is None:
        register.refuse_review(opened.ref, who, given, problems)
        raise ReviewRefusedError(
            "The form of the review meeting was refused:\n" + "\n".join(problems) + "\n",
            "It is asked again, filled in as it was written.",
        )
    review = Review(
        meeting.held_on,
        meeting.attendees,
        meeting.gaps,
        meeting.trends,
        meeting.measures,
        who,
        at,
        on_behalf=on_behalf,
        delegation=held.delegation if held else delegation(opened, on_behalf, at),
    )
    register.record_review(opened.ref, review, meeting.items, opened.period.zone)
    return {"attendees": len(meeting.attendees), "items": len(meeting.items)}


def read_form(
    job: Job, register: Register, given: dict[str, str], at: dt.datetime
) -> tuple[meeting_form.Meeting | None, list[str]]:
    """The meeting that a form describes, sent at ``at``; or ``None``, with everything that is wrong in it."""
    from itss.reports.catalogue import load

    return meeting_form.read(given, job.people.people, _days(job, register, at), load(job.entry.language))


def send_minutes(job: dict[str, Any]) -> dict[str, Any]:
    """The minutes as documents, bound to the record, and mailed to each attendee, owner and the report manager once."""
    from itss.notices.minutes_mail import minutes_mail
    from itss.notices.notifying import Plain, notify
    from itss.reports.catalogue import load

    opened, register, statement = signed(job)
    refuse_unconfirmed(register, opened.ref.report, opened.period)
    review = register.review(opened.ref)
    if review is None:
        raise DecisionMissingError(
            f"There are no minutes of the review of {opened.entry.key} {opened.period.label}: its task was marked as "
            "done without an answer.",
            "Clear the task review_meeting and fill in its form. If no meeting is held, mark this task as done, too: "
            "the archive then says that the report was not reviewed.",
        )
    raised = register.raised(opened.ref)
    files = _documents(opened, review, raised, statement.sha256)
    register.record_minutes(opened.ref, files)
    words = load(opened.entry.language)
    name = words("minutes.attachment", title=words.of(opened.entry.title))
    bound = replace(opened, folder=opened.folder.bind(files))
    report, period, number = opened.ref
    key = (report, period, f"r{number:02d}")
    readers = [Plain(one, opened.entry.language, key) for one in _readers(opened, review, raised)]

    def write(about: Sequence[Plain], message_id: str, _folder: Path) -> Mail:
        return replace(minutes_mail(bound, about[0].person, review, raised, name=name), message_id=message_id)

    now = dt.datetime.now(dt.UTC)
    mailed = notify(NOTICE, readers, write, register, settings().smtp_connection, now, is_all=False)
    return {"told": mailed, "items": len(raised)}


def review_on_record(register: Register, ref: Ref) -> dict[str, Any] | None:
    """The review as it is archived: the minutes, and its items as they were raised; ``None`` where it was not held."""
    review = register.review(ref)
    if review is None:
        return None
    names = ("key", "title", "owner", "due_on")
    raised = [{name: getattr(item, name) for name in names} for item in register.raised(ref)]
    return review.document() | {"items": raised}


def _documents(job: Job, review: Review, raised: list[Improvement], statement_sha256: str) -> dict[str, str]:
    """The sha256 of each document; they are made again only where they are not those on record."""
    from itss.reports import minutes
    from itss.steps.rendering import inputs

    bound = job.folder.bind(review.files)
    with suppress(ContentChangedError):
        if review.files and all(bound.read(name) for name in DOCUMENTS):
            return dict(review.files)
    made = minutes.build(inputs(job, preview=False), review, raised, statement_sha256)
    written = {"minutes.html": minutes.render(made).encode(), "minutes.xlsx": minutes.render_workbook(made)}
    return {name: job.folder.write(name, data) for name, data in written.items()}


def _readers(job: Job, review: Review, raised: list[Improvement]) -> Iterator[Person]:
    """Each person once, however many roles share an address; guests have none."""
    people = job.people.people
    keys = [*review.attendees, *(item.owner for item in raised), job.people.report_manager]
    seen: set[str] = set()
    for key in keys:
        person = people.get(key)
        if person is not None and person.email.lower() not in seen:
            seen.add(person.email.lower())
            yield person


def _meeting_inputs(job: Job, register: Register) -> ReportInputs:
    """The report's own inputs, with the items to improve as they stand now."""
    from itss.steps.rendering import inputs

    today = dt.datetime.now(ZoneInfo(job.period.zone)).date()
    items = following.still_open(register.improvements(job.entry.key, is_open=True), today)
    return replace(inputs(job, preview=False), improvements=items)


def _days(job: Job, register: Register, at: dt.datetime) -> meeting_form.Between:
    delivered = register.revision(job.ref).delivered_at
    if delivered is None:
        raise RegisterError(f"{job.entry.key} {job.period.label} was not delivered.", "Deliver it first.")
    zone = ZoneInfo(job.period.zone)
    return meeting_form.Between(delivered.astimezone(zone).date(), at.astimezone(zone).date())


def _filled(held: dict[str, str]) -> dict[str, Any]:
    """What was written, as the fields take it: the attendees one by one, everything else as text."""
    return {name: text.split("\n") if name == "attendees" else text for name, text in held.items() if text}
