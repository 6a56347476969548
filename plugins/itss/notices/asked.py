"""Notices to those whose turn it is: planned in the transaction that asks, sent right after it, repeated by the watch.

Sending never fails the question: whatever keeps a notice back is logged, and what is planned waits for the watch. Who
is named as a delegate, or gets another address, while a question waits is notified by the watch, too. A question that
was asked before there were such notices has none on record, and nobody is notified of it.
"""

from __future__ import annotations

import datetime as dt
import logging
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from itss.delivery.mail import DOMAIN, Mail
from itss.errors import DeliveryError
from itss.notices.asked_mail import asked_mail
from itss.notices.notifying import notify
from itss.notices.returned_mail import returned_mail
from itss.ref import Ref
from itss.register import Notice, Register
from itss.register.records import REWORK, Asked
from itss.report_list.due import FORGOTTEN
from itss.report_list.loader import load_people
from itss.report_list.models import ReportList
from itss.report_list.person import Person
from itss.settings import Settings, settings
from itss.text import Language
from itss.watch.questions import ASKED, RETURNED, Question, open_questions, question_of

log = logging.getLogger(__name__)

_TRIES = 2
"""So often is a notice sent whose end is not known: silence would be worse than a second one."""
_ENDED_AFTER = dt.timedelta(minutes=10)
"""A notice that was begun so long ago is not being sent any more."""


@dataclass(frozen=True)
class Turn:
    """That a person is to be notified of a question."""

    person: Person
    question: Question

    @property
    def language(self) -> Language:
        """In which language: the report's."""
        return self.question.entry.language

    @property
    def key(self) -> tuple[str, str, str]:
        """Report, period, and what tells notices of one kind apart."""
        return self.question.ref[0], self.question.ref[1], self.question.notice[1]


def plan(ref: Ref, level: str, people: ReportList, register: Register, now: dt.datetime) -> list[Notice]:
    """The notices of a question that is about to be asked, to be written down with it."""
    known = today(people)
    question = question_of(Asked(ref, level, now), known, register.entry(ref))
    if question is None:
        return []
    return [
        Notice(
            report=ref.report,
            period=ref.period,
            kind=question.notice[0],
            about=turn.key[2],
            recipient=turn.person.title.of(turn.language),
            address=turn.person.email,
            message_id=f"<{question.notice[0]}.{secrets.token_hex(16)}@{DOMAIN}>",
            at=now,
        )
        for turn in _turns(question, known, now)
    ]


def send(ref: Ref, level: str, people: ReportList, register: Register) -> None:
    """Send what was planned with a question, once it is asked; raises nothing."""
    place, now = settings(), dt.datetime.now(dt.UTC)
    try:
        known = today(people)
        open_ = [one for one in register.asked() if (one.ref, one.level) == (ref, level)]
        questions = [
            one for asked in open_ if (one := question_of(asked, known, register.entry(asked.ref))) is not None
        ]
        for one in questions:
            # a task that is tried again is the one that had begun it
            _take_up(register, now, one.notice[0], dt.timedelta(0), (*ref[:2], one.notice[1]))
            _notify(
                one.notice[0], list(_turns(one, known, now)), known, register, place, now, dt.timedelta(0), is_all=False
            )
    except DeliveryError as error:
        log.warning(
            "Not everybody could be notified that %s waits for '%s'; report_watch tries again: %s", ref, level, error
        )
    except Exception:  # whatever it is, the question stands
        log.exception("Nobody could be notified that %s waits for '%s'; report_watch tries again", ref, level)


def repeat(
    people: ReportList, register: Register, place: Settings, now: dt.datetime, patience: dt.timedelta
) -> list[str]:
    """Send what did not get out about questions that are open, and waive the rest; returns the addresses notified now.

    `DeliveryError` names whoever could not be reached.
    """
    questions = [one for one in open_questions(people, register) if one.asked_at > now - FORGOTTEN]
    notified: list[str] = []
    problems: list[str] = []
    for kind in (ASKED, RETURNED):
        wanted = [turn for one in questions if one.notice[0] == kind for turn in _turns(one, people, now)]
        _take_up(register, now, kind, _ENDED_AFTER)
        try:
            notified += _notify(kind, wanted, people, register, place, now, patience, is_all=True)
        except DeliveryError as error:
            problems.append(error.what)
    if problems:
        raise DeliveryError("\n".join(problems), "Correct the cause: the next run notifies whoever was not.")
    return notified


def today(people: ReportList) -> ReportList:
    """The list as it is now, with its delegates, chats and addresses; ``people`` where that cannot be read."""
    found = load_people(settings().report_list)
    return found if found.people else people


def _turns(question: Question, people: ReportList, now: dt.datetime) -> Iterator[Turn]:
    """Whose turn it is; of a rejection the report manager hears, too."""
    persons = {one.email.lower(): one for one in question.addressees(people, now)}
    if question.level == REWORK:
        manager = people.people[people.report_manager]
        persons.setdefault(manager.email.lower(), manager)
    yield from (Turn(person, question) for person in persons.values())


def _notify(
    kind: str,
    wanted: Sequence[Turn],
    people: ReportList,
    register: Register,
    place: Settings,
    now: dt.datetime,
    patience: dt.timedelta,
    *,
    is_all: bool,
) -> list[str]:
    """Those of ``wanted`` whose question was asked with notices."""
    periods = {one.key[1] for one in wanted}
    known = register.notices(kind=kind, periods=periods) if periods else []
    asked = {(one.report, one.period, one.about) for one in known}
    # begun by another process, or by one that was killed twice
    busy = {(one.address, one.report, one.period, one.about) for one in known if one.status == "sending"}
    left = [one for one in wanted if one.key in asked and (one.person.email, *one.key) not in busy]
    write = partial(_write, people, register, place)
    return notify(kind, left, write, register, place.smtp_connection, now, patience, is_all=is_all)


def _write(
    people: ReportList, register: Register, place: Settings, turns: Sequence[Turn], message_id: str, _folder: Path
) -> Mail:
    """The mail about one question: no two are planned under one message id."""
    turn = turns[0]
    if turn.question.level == REWORK:
        return returned_mail(turn.question, turn.person, people, register, place, message_id)
    return asked_mail(turn.question, turn.person, register, place, message_id)


def _take_up(
    register: Register, now: dt.datetime, kind: str, age: dt.timedelta, only: tuple[str, str, str] | None = None
) -> None:
    """What a killed process began to send at least so long ago is sent once more."""
    for one in register.notices(kind=kind, statuses=["sending"]):
        is_meant = only in (None, (one.report, one.period, one.about))
        if is_meant and one.attempts < _TRIES and one.at <= now - age:
            register.record_notice(one.message_id, "deferred", "how it ended is not known: sent once more", now)
