"""The rejection, by mail to the author and the report manager and to nobody else."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from itss.delivery.mail import Job, Mail, common_words, mail_of
from itss.register import Decision
from itss.report_list.models import Person
from itss.reports.sign_off import answered_by
from itss.settings import settings


def returned_mail(job: Job, person: Person, rejected: Decision, witness: str = "") -> Mail:
    """The rejection, with the approver's comment and a ``witness`` line, to the author or the report manager."""
    language = job.entry.language
    local = rejected.at.astimezone(ZoneInfo(job.entry.period.timezone))
    words = common_words(job, person) | {
        "level": rejected.title,
        "approver": answered_by(rejected, job.people, language),
        "at": f"{local:%Y-%m-%d %H:%M} ({job.entry.period.timezone})",
        "comment": rejected.comment.strip(),
        "witness": witness,
        "ui_url": settings().ui_url,
    }
    title, period, number = words["title"], job.period.label, job.revision
    subject = f"退回：{title} {period} 第 {number} 版"
    if language == "en":
        subject = f"Returned: {title} {period}, revision {number}"
    return mail_of("returned", job, person, subject, words)
