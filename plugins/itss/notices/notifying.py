"""Notifies people: each once of each thing, what is new for one of them in one message, with the receipt on record.

Planned before it is sent, so a run that broke off goes on, and a run that is repeated notifies nobody again. That a
chat failed is itself a notice to the report manager, once a day for each chat.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Protocol, TypeVar

from sqlalchemy.exc import SQLAlchemyError

from itss.delivery.mail import DOMAIN, Mail
from itss.errors import ItssError
from itss.notices.channel_mail import channel_mail
from itss.notices.sending import Sender
from itss.register import Notice, Register
from itss.register.notices import NOT_NEEDED, has_ended
from itss.report_list.loader import load_people
from itss.report_list.person import Person
from itss.settings import settings
from itss.text import Language
from itss.watch.matter import RETURNING

log = logging.getLogger(__name__)

UNSENT = ("planned", "deferred", "refused", "sending")
CHANNEL_FAILED = "channel_failed"
FLICKER = dt.timedelta(hours=1)
"""What is gone for less was never gone: of two that look, on two machines, one may not see what the other does."""
PATIENCE = dt.timedelta(hours=20)
"""An address that the mail server refused is tried again once a day."""


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
    *,
    is_all: bool = True,
) -> list[str]:
    """Notify everybody of ``wanted`` who was not notified yet; returns the addresses notified now.

    `DeliveryError` names whoever could not be reached; the next call tries them again, an address that the mail server
    refused only after ``patience``. Where ``wanted`` is all that anybody is to be notified of, of this ``kind``, what
    was planned and is none of it any more is waived; what may return is said again once it was over.
    """
    if kind in RETURNING and is_all:
        _note_ended(kind, wanted, register, now)
    if wanted:
        known = register.notices(kind=kind, periods={one.key[1] for one in wanted})
        if new := list(planned(kind, wanted, known, now)):
            register.plan_notices(new, again=kind in RETURNING)
    with TemporaryDirectory() as folder:
        mails = list(_mails(kind, wanted, write, register, now, Path(folder), is_all=is_all))
        return send(mails, register, connection_id, now, patience)


def _note_ended(kind: str, wanted: Sequence[Due], register: Register, now: dt.datetime) -> None:
    """Put on record which matters that people know of are over, and which are back so soon that they never were."""
    lasting = {one.key for one in wanted}
    arrived = register.notices(kind=kind, statuses=("accepted",))
    if gone := [one for one in arrived if (one.report, one.period, one.about) not in lasting]:
        register.mark_notices(gone, "over", now)
    ended = register.notices(kind=kind, statuses=("over",), periods={key[1] for key in lasting}) if lasting else []
    recent = [one for one in ended if one.at > now - FLICKER]
    if back := [one for one in recent if (one.report, one.period, one.about) in lasting]:
        register.mark_notices(back, "accepted", now)


def send(
    mails: Sequence[Mail], register: Register, connection_id: str, now: dt.datetime, patience: dt.timedelta
) -> list[str]:
    """Send planned notices, each once, and report the chats that failed; what `Sender.send_planned` returns, raises."""
    sender = Sender(register, connection_id, now)
    try:
        return sender.send_planned(mails, patience)
    finally:
        if sender.failed:
            report_channels(sender.failed, register, connection_id, now)


def report_channels(failed: Iterable[str], register: Register, connection_id: str, now: dt.datetime) -> None:
    """Notify the report manager by mail of the chats that ``failed``, and of those before that no mail got out about.

    Raises nothing: whoever was to be notified by chat has a mail, and the next run of the watch tries again.
    """
    try:
        people = load_people(settings().report_list)
        # by mail, whatever they read otherwise: it may be the chat that failed
        manager = people.people[people.report_manager].model_copy(update={"chat": None})
        keys = [("report_watch", f"{now:%Y-%m-%d}", chat) for chat in failed]
        keys += [(one.report, one.period, one.about) for one in register.notices(kind=CHANNEL_FAILED, statuses=UNSENT)]
        wanted = [Plain(manager, "zh-CN", key) for key in dict.fromkeys(keys)]
        notify(CHANNEL_FAILED, wanted, _about_channels, register, connection_id, now)
    except (ItssError, SQLAlchemyError, KeyError, OSError) as error:
        log.error("The report manager could not be notified of a chat that failed: %s", error)


def _about_channels(about: Sequence[Plain], message_id: str, _folder: Path) -> Mail:
    return channel_mail(about[0].person, [one.key[2] for one in about], message_id)


def planned(kind: str, wanted: Sequence[T], known: Sequence[Notice], now: dt.datetime) -> Iterator[Notice]:
    """What nobody has planned yet; what one person is notified of now in one language travels in one message."""
    ended = {_who(one) for one in known if kind in RETURNING and has_ended(one)}
    have = {_who(one) for one in known} - ended
    groups: dict[tuple[str, Language], list[T]] = {}
    for one in wanted:
        if (kind, one.person.email, *one.key) not in have:
            groups.setdefault((one.person.email, one.language), []).append(one)
    for (address, language), new in groups.items():
        again = [f"{now:%Y-%m-%dT%H:%M:%S}"] if any((kind, address, *one.key) in ended for one in new) else []
        id_ = _message_id(kind, address, [*(" ".join(one.key) for one in new), *again])
        for one in new:
            report, period, about = one.key
            yield Notice(report, period, kind, about, one.person.title.of(language), address, id_, now)


def _who(one: Notice) -> tuple[str, ...]:
    return one.kind, one.address, one.report, one.period, one.about


def _mails(
    kind: str,
    wanted: Sequence[T],
    write: Write[T],
    register: Register,
    now: dt.datetime,
    folder: Path,
    *,
    is_all: bool,
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
            chats = [one.person.chat for one in about.values() if one.person.chat]
            yield replace(write(list(about.values()), id_, part), chat=chats[0] if chats else "")
        elif is_all and all(one.status != "sending" for one in notices):
            register.record_notice(id_, "waived", NOT_NEEDED, now)


def _message_id(kind: str, address: str, about: Sequence[str]) -> str:
    who = hashlib.sha256("\n".join([address.lower(), *about]).encode()).hexdigest()[:32]
    return f"<{kind}.{who}@{DOMAIN}>"
