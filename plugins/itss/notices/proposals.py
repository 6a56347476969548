"""Who is notified of a proposal: the report manager of a new one, the proposer of the answer; each once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from itss import links
from itss.delivery.mail import Mail, letter
from itss.notices import notifying
from itss.register import Proposal, Register
from itss.report_list.due import FORGOTTEN
from itss.report_list.models import ReportList
from itss.report_list.person import Person
from itss.settings import Settings
from itss.text import Language, Text, text

KIND = "proposal"
_OPEN = text("请处理建议", "A proposal waits for your decision")
_SAID = {
    "taken_up": text("您的建议已被采纳", "Your proposal was taken up"),
    "declined": text("您的建议未被采纳", "Your proposal was declined"),
}


@dataclass(frozen=True)
class About:
    """That ``person`` is to be notified of ``proposal`` as it stands."""

    person: Person
    proposal: Proposal
    report: Text
    language: Language = "zh-CN"
    """Nobody knows in which one they read: the mail has both."""

    @property
    def key(self) -> tuple[str, str, str]:
        """What tells notices of this kind apart."""
        return "proposals", self.proposal.key, self.proposal.state


def notify(
    people: ReportList, register: Register, place: Settings, now: dt.datetime, patience: dt.timedelta = dt.timedelta(0)
) -> list[str]:
    """Notify everybody who is to be and was not; the addresses mailed now.

    `DeliveryError` names who was not reached.
    """
    wanted = list(_wanted(people, register, now))
    return notifying.notify(KIND, wanted, partial(_mail, place), register, place.smtp_connection, now, patience)


def _wanted(people: ReportList, register: Register, now: dt.datetime) -> Iterator[About]:
    """Open ones, and those that were answered lately; whoever is not in the list sees it on the page alone."""
    titles = {entry.key: entry.title for entry in people.reports}
    for one in register.proposals():
        title = titles.get(one.report, text(one.report or "新的报告", one.report or "a new report"))
        if one.answered_at is None:
            yield About(people.people[people.report_manager], one, title)
        elif one.answered_at > now - FORGOTTEN:
            them = [person for person in people.people.values() if person.user == one.who]
            yield from (About(person, one, title) for person in them[:1])


def _mail(place: Settings, about: Sequence[About], message_id: str, _folder: Path) -> Mail:
    """All that is new for one person in one mail, in both languages."""
    person, states = about[0].person, {one.proposal.state for one in about}
    said = _SAID.get(next(iter(states)), _OPEN) if len(states) == 1 else text("建议", "Proposals")
    subject = f"{said.zh} / {said.en} ({', '.join(one.proposal.key for one in about)})"
    words = {
        "person": person.title,
        "items": [(one, _SAID.get(one.proposal.state, _OPEN)) for one in about],
        "address": place.ui_url + links.improvements_path(),
    }
    return letter("proposal", person, "zh-CN", subject, "proposal.j2", words, message_id)
