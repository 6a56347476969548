"""The minutes of a review meeting, by mail to each attendee, owner of an item and the report manager."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from itss.delivery.mail import Attachment, Job, Mail, attachment_name, common_words, mail_of
from itss.register import Improvement, Review
from itss.report_list.person import Person
from itss.text import Language


def minutes_mail(job: Job, person: Person, review: Review, raised: Sequence[Improvement], *, name: str) -> Mail:
    """The minutes of the review meeting to one person, with their own items; ``name`` is that of the files."""
    people, language = job.people.people, job.entry.language
    items = [(item.title, people[item.owner].title.of(language), _due(item, language)) for item in raised]
    mine = [(item.title, _due(item, language)) for item in raised if people[item.owner].email == person.email]
    attachments = tuple(
        Attachment(
            attachment_name(name, job.period.label, job.revision, f".{form}"), file, partial(job.folder.read, file)
        )
        for form, file in (("html", "minutes.html"), ("xlsx", "minutes.xlsx"))
    )
    words = common_words(job, person) | {
        "held_on": review.held_on.isoformat(),
        "items": items,
        "mine": mine,
        "attachments": [one.name for one in attachments],
    }
    return mail_of("minutes", job, person, f"{name} {job.period.label}", words, attachments)


def _due(item: Improvement, language: Language) -> str:
    """The date agreed first, and the one that it was moved to where the minutes are mailed after that."""
    from itss.reports import catalogue

    first = item.due_on.isoformat()
    if not item.moves:
        return first
    return catalogue.load(language)("improvement.moved", first=first, day=item.moves[-1][1].isoformat())
