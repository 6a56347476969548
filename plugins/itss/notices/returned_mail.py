"""The rejection, by mail to the author, whose turn it is then, to the report manager, and to nobody else."""

from __future__ import annotations

from itss.delivery.mail import Mail, letter, one_line
from itss.errors import DecisionMissingError
from itss.notices.asked_mail import common_words, subject_of, summary_of, titled
from itss.periods import clock_time
from itss.register import Register
from itss.report_list.models import ReportList
from itss.report_list.person import Person
from itss.reports.sign_off import answered_by
from itss.settings import Settings
from itss.text import text
from itss.watch.questions import Question

_REWORK = text("退回，请修改", "Returned, please rework")


def returned_mail(
    question: Question, person: Person, people: ReportList, register: Register, place: Settings, message_id: str
) -> Mail:
    """The mail to the author, or to the report manager, about the rework of a rejected revision."""
    rejected, witness = register.rejected(question.ref), register.head()
    if rejected is None:
        raise DecisionMissingError(f"{question.ref} was rejected by nobody.", "Have a level answer first.")
    language, zone = question.entry.language, question.entry.period.timezone
    is_author = person.email.lower() == question.author.email.lower()
    subject = subject_of(question, _REWORK, summary_of(question.ref, register, place))
    if not is_author:
        subject = one_line(f"{'退回' if language == 'zh-CN' else 'Returned'} · {titled(question)}")
    words = common_words(question, person, place, register) | {
        "is_author": is_author,
        "level": rejected.title,
        "approver": answered_by(rejected, people, language),
        "at": f"{clock_time(rejected.at, zone)} ({zone})",
        "comment": rejected.comment.strip(),
        "witness": witness.text if witness else "",
    }
    return letter("returned", person, language, subject, f"returned.{language}.j2", words, message_id)
