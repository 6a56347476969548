"""Telling people what they owe: each once of each thing, in one mail a day, with the receipt on record.

Planned before it is sent, so a run that broke off goes on, and a run that is repeated tells nobody again.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from itss.delivery.mail import DOMAIN, Mail
from itss.hand_in.notice_mails import notice_mail
from itss.hand_in.owed import Kind, Told, due_now
from itss.register import Notice, Register
from itss.report_list.models import ReportList
from itss.settings import Settings
from itss.text import Language

_UNSENT = ("planned", "deferred", "refused", "sending")


def tell(kind: Kind, people: ReportList, register: Register, settings: Settings, now: dt.datetime) -> list[str]:
    """Tell everybody who is to be told and was not; returns the addresses that were mailed now.

    `DeliveryError` names whoever could not be reached; the next run tries them again.
    """
    from itss.delivery.smtp import notify

    since = dt.datetime.fromisoformat(settings.schedule_from) if settings.schedule_from else None
    wanted = due_now(kind, people, register, now, since)
    register.plan_notices(_planned(kind, wanted, people, register.notices(), now))
    with TemporaryDirectory() as folder:
        mails = list(_mails(kind, wanted, people, register, settings, now, Path(folder)))
        return notify(register, mails, settings.smtp_connection, now)


def _planned(
    kind: Kind, wanted: Sequence[Told], people: ReportList, known: Sequence[Notice], now: dt.datetime
) -> Iterator[Notice]:
    """What nobody has planned yet; what one person is told today in one language travels in one mail."""
    have = {(one.kind, one.address, one.report, one.period, one.about) for one in known}
    for (to, language), group in _grouped(wanted).items():
        person = people.people[to]
        new = [one for one in group if (kind, person.email, *one.key) not in have]
        id_ = _message_id(kind, person.email, [" ".join(one.key) for one in new])
        for one in new:
            report, period, about = one.key
            yield Notice(report, period, kind, about, person.title.of(language), person.email, id_, now)


def _grouped(wanted: Sequence[Told]) -> dict[tuple[str, Language], list[Told]]:
    groups: dict[tuple[str, Language], list[Told]] = {}
    for one in wanted:
        groups.setdefault((one.to, one.entry.language), []).append(one)
    return groups


def _mails(
    kind: Kind,
    wanted: Sequence[Told],
    people: ReportList,
    register: Register,
    settings: Settings,
    now: dt.datetime,
    folder: Path,
) -> Iterator[Mail]:
    """The mails that are on record as not sent; what need not be told any more is waived."""
    hand_ins = register.hand_ins()
    by_id: dict[str, list[Notice]] = {}
    for notice in register.notices():
        if notice.kind == kind and notice.status in _UNSENT:
            by_id.setdefault(notice.message_id, []).append(notice)
    for number, (id_, notices) in enumerate(by_id.items()):
        keys = {(one.address, one.report, one.period, one.about) for one in notices}
        # two roles with one address are told once
        about = {one.key: one for one in wanted if (people.people[one.to].email, *one.key) in keys}
        if about:
            part = folder / str(number)
            part.mkdir()
            yield notice_mail(kind, list(about.values()), people, hand_ins, settings, now, id_, part)
        elif all(one.status != "sending" for one in notices):
            register.record_notice(id_, "waived", "not needed any more", now)


def _message_id(kind: str, address: str, about: Sequence[str]) -> str:
    who = hashlib.sha256("\n".join([address.lower(), *about]).encode()).hexdigest()[:32]
    return f"<{kind}.{who}@{DOMAIN}>"
