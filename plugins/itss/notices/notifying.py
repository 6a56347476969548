"""Notifies people: each once of each thing, what is new for one of them in one mail, with the receipt on record.

Planned before it is sent, so a run that broke off goes on, and a run that is repeated notifies nobody again.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Protocol, TypeVar

from itss.delivery.mail import DOMAIN, Mail
from itss.notices.sending import send_planned
from itss.register import Notice, Register
from itss.report_list.models import Person
from itss.text import Language

UNSENT = ("planned", "deferred", "refused", "sending")


class Due(Protocol):
    """That a person is to be notified of one thing."""

    @property
    def person(self) -> Person:
        """Who is notified."""
        ...

    @property
    def language(self) -> Language:
        """In which language."""
        ...

    @property
    def key(self) -> tuple[str, str, str]:
        """Report, period, and what tells notices of one kind apart."""
        ...


@dataclass(frozen=True)
class Plain:
    """The same with nothing else to say."""

    person: Person
    language: Language
    key: tuple[str, str, str]


T = TypeVar("T", bound=Due)
Write = Callable[[list[T], str, Path], Mail]
"""Makes the mail that notifies one person of all these, with this message id; what it attaches goes into the folder."""


def notify(
    kind: str,
    wanted: Sequence[T],
    write: Write[T],
    register: Register,
    connection_id: str,
    now: dt.datetime,
    patience: dt.timedelta = dt.timedelta(0),
) -> list[str]:
    """Notify everybody of ``wanted`` who was not notified yet; returns the addresses that were mailed now.

    `DeliveryError` names whoever could not be reached; the next call tries them again, an address that the mail server
    refused only after ``patience``.
    """
    if wanted:
        known = register.notices(kind=kind, periods={one.key[1] for one in wanted})
        if new := list(planned(kind, wanted, known, now)):
            register.plan_notices(new)
    with TemporaryDirectory() as folder:
        mails = list(_mails(kind, wanted, write, register, now, Path(folder)))
        return send_planned(register, mails, connection_id, now, patience)


def planned(kind: str, wanted: Sequence[T], known: Sequence[Notice], now: dt.datetime) -> Iterator[Notice]:
    """What nobody has planned yet; what one person is notified of now in one language travels in one mail."""
    have = {(one.kind, one.address, one.report, one.period, one.about) for one in known}
    groups: dict[tuple[str, Language], list[T]] = {}
    for one in wanted:
        if (kind, one.person.email, *one.key) not in have:
            groups.setdefault((one.person.email, one.language), []).append(one)
    for (address, language), new in groups.items():
        id_ = _message_id(kind, address, [" ".join(one.key) for one in new])
        for one in new:
            report, period, about = one.key
            yield Notice(report, period, kind, about, one.person.title.of(language), address, id_, now)


def _mails(
    kind: str, wanted: Sequence[T], write: Write[T], register: Register, now: dt.datetime, folder: Path
) -> Iterator[Mail]:
    """The mails that are on record as not sent; what nobody need be notified of any more is waived."""
    by_id: dict[str, list[Notice]] = {}
    for notice in register.notices(kind=kind, statuses=UNSENT):
        by_id.setdefault(notice.message_id, []).append(notice)
    for number, (id_, notices) in enumerate(by_id.items()):
        keys = {(one.address, one.report, one.period, one.about) for one in notices}
        # two roles with one address are notified once
        about = {one.key: one for one in wanted if (one.person.email, *one.key) in keys}
        if about:
            part = folder / str(number)
            part.mkdir()
            yield write(list(about.values()), id_, part)
        elif all(one.status != "sending" for one in notices):
            register.record_notice(id_, "waived", "not needed any more", now)


def _message_id(kind: str, address: str, about: Sequence[str]) -> str:
    who = hashlib.sha256("\n".join([address.lower(), *about]).encode()).hexdigest()[:32]
    return f"<{kind}.{who}@{DOMAIN}>"
