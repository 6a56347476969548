"""Who is told of what he owes: his part of the list, a reminder, an escalation, a refusal; each once.

What is due to be told follows from the list, the clock and the register alone, so a run that broke off goes on and a
run that is repeated tells nobody again. Surprise: what is more than a month overdue is told no more, so that a system
that comes back after a long time does not mail the past.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal

from itss.delivery.mail import DOMAIN, Attachment, Mail, attachment_name
from itss.delivery.templates import render
from itss.errors import PeriodError
from itss.hand_in.place import DROPPED, Place, agreed_version, due_words, places_of
from itss.hand_in.receiving import marked_copy
from itss.hand_in.register_workbook import NAME, register_workbook
from itss.hand_in.template import template
from itss.periods import Period, parse_period
from itss.processes import PROCESSES
from itss.register import HandIn, Notice, Register
from itss.report_list.due import data_due_at, recent_periods, reminder_at
from itss.report_list.models import TEMPLATE, Entry, ReportList
from itss.settings import Settings
from itss.text import Language, text

Kind = Literal["announce", "remind", "escalate", "refused"]
LEAD = dt.timedelta(days=7)
"""A period is announced so long before it ends; a shorter one when it begins."""
FORGOTTEN = dt.timedelta(days=31)
_SUBJECTS = {
    "announce": text("请按期提交服务报告数据", "Data for service reports"),
    "remind": text("提醒：服务报告数据尚未提交", "Reminder: data for service reports not handed in yet"),
    "escalate": text("逾期：服务报告数据未提交", "Overdue: data for service reports not handed in"),
    "refused": text("退回：提交的数据未通过检查", "Refused: the data that was handed in"),
}
_SHOWN = 20


@dataclass(frozen=True)
class Told:
    """That the person ``to`` is to be told something about ``entry`` and ``period``."""

    to: str
    entry: Entry
    period: Period
    refused: HandIn | None = None

    @property
    def key(self) -> tuple[str, str, str]:
        """Report, period, and what tells notices of one kind apart."""
        about = f"{self.refused.process} {self.refused.sha256[:16]}" if self.refused else ""
        return self.entry.key, self.period.label, about


def due_now(
    kind: Kind, people: ReportList, register: Register, now: dt.datetime, since: dt.datetime | None = None
) -> list[Told]:
    """Who is to be told, by now, of what; told already or not. What was due before ``since`` is the past."""
    hand_ins, notices = register.hand_ins(), register.notices()
    if kind == "refused":
        return list(_refusals(people, hand_ins, now))
    announced = {(one.address, one.report, one.period): one.at for one in notices if one.kind == "announce"}
    found: list[Told] = []
    for entry in people.reports:
        for period in recent_periods(entry.period, now):
            due = data_due_at(entry.period, period)
            if due < now - FORGOTTEN or (since is not None and due < since):
                continue
            told = [Told(key, entry, period) for key in _asked(kind, entry, people)]
            if kind == "announce":
                found += told if max(period.start, period.end - LEAD) <= now < due else []
            elif kind == "remind":
                ready = reminder_at(entry.period, period, entry.remind_working_days) <= now < due
                if ready and any(lacking(entry, people, period, hand_ins)):
                    found += [one for one in told if _was_told(one, people, announced, now)]
            elif due <= now and any(place.source.mandatory for place in lacking(entry, people, period, hand_ins)):
                found += told
    return found


def lacking(entry: Entry, people: ReportList, period: Period, hand_ins: Iterable[HandIn]) -> list[Place]:
    """What was not handed in for a period, or not accepted."""
    accepted = {(one.report, one.period, one.process) for one in hand_ins if one.status == "accepted"}
    return [place for place in places_of(entry, people, period) if place.key not in accepted]


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


def _refusals(people: ReportList, hand_ins: Sequence[HandIn], now: dt.datetime) -> Iterator[Told]:
    """Dropped files that were refused, unless something was accepted in their place since: nobody else saw why."""
    entries = {entry.key: entry for entry in people.reports}
    accepted = {(one.report, one.period, one.process): one.at for one in hand_ins if one.status == "accepted"}
    for one in hand_ins:
        entry = entries.get(one.report)
        if one.status != "refused" or one.who != DROPPED or one.at < now - FORGOTTEN or entry is None:
            continue
        if one.process not in entry.data_source or accepted.get((one.report, one.period, one.process), one.at) > one.at:
            continue
        try:
            period = parse_period(one.period, entry.period.kind, entry.period.timezone)
        except PeriodError:  # the entry has become one of other periods
            continue
        yield from (Told(key, entry, period, one) for key in entry.data_collector)


def _asked(kind: Kind, entry: Entry, people: ReportList) -> tuple[str, ...]:
    return (people.report_manager,) if kind == "escalate" else entry.data_collector


def _was_told(
    one: Told, people: ReportList, announced: dict[tuple[str, str, str], dt.datetime], now: dt.datetime
) -> bool:
    """Nobody is reminded on the day on which he is told."""
    at = announced.get((people.people[one.to].email, one.entry.key, one.period.label))
    return at is not None and at < now - dt.timedelta(hours=20)


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
        if notice.kind == kind and notice.status in ("planned", "deferred", "refused", "sending"):
            by_id.setdefault(notice.message_id, []).append(notice)
    for id_, notices in by_id.items():
        keys = {(one.address, one.report, one.period, one.about) for one in notices}
        about = [one for one in wanted if (people.people[one.to].email, *one.key) in keys]
        if not about:
            if all(one.status != "sending" for one in notices):
                register.record_notice(id_, "waived", "not needed any more", now)
            continue
        person, language = people.people[about[0].to], about[0].entry.language
        items = [_item(one, _places(kind, one, people, hand_ins), language, settings) for one in about]
        words = _common(kind, language, person.title.of(language), settings) | {"items": items}
        attached: tuple[Attachment, ...] = ()
        if kind != "escalate":
            part = folder / hashlib.sha256(id_.encode()).hexdigest()[:16]
            attached = tuple(_attachments(kind, about, people, hand_ins, settings, now, part))
        yield _mail(kind, person.title.of(language), person.email, language, words, id_, attached)


def _places(kind: Kind, one: Told, people: ReportList, hand_ins: Sequence[HandIn]) -> list[Place]:
    if one.refused is not None:
        return [Place(one.entry, people, one.period, one.refused.process)]
    if kind == "announce":
        return list(places_of(one.entry, people, one.period))
    return lacking(one.entry, people, one.period, hand_ins)


def _attachments(
    kind: Kind,
    about: Sequence[Told],
    people: ReportList,
    hand_ins: Sequence[HandIn],
    settings: Settings,
    now: dt.datetime,
    folder: Path,
) -> Iterator[Attachment]:
    """His part of the register, and a workbook for each process that he fills one in for."""
    folder.mkdir()
    if kind == "announce":
        path = folder / "register.xlsx"
        path.write_bytes(register_workbook(people, hand_ins, now, about[0].to))
        yield Attachment(NAME, path.name, path)
    for number, one in enumerate(about):
        if one.refused is not None:
            copy = marked_copy(settings, one.refused)
            yield Attachment(copy.name, f"{number}", copy)
            continue
        for place in _places(kind, one, people, hand_ins):
            if place.source.system != TEMPLATE:
                continue
            name = PROCESSES[place.process].name.of(one.entry.language)
            path = folder / f"{'_'.join(place.key)}.xlsx"
            path.write_bytes(template(place, agreed_version(settings, place)))
            title = f"{one.entry.title.of(one.entry.language)} {name}"
            yield Attachment(attachment_name(title, one.period.label, 1, ".xlsx"), path.name, path)


def _item(one: Told, places: Sequence[Place], language: Language, settings: Settings) -> dict[str, Any]:
    entry, period = one.entry, one.period
    errors: list[str] = []
    if one.refused is not None:
        errors = marked_copy(settings, one.refused).with_suffix(".txt").read_text(encoding="utf-8").splitlines()
    return {
        "file": one.refused.name if one.refused else "",
        "errors": errors[:_SHOWN],
        "more": max(len(errors) - _SHOWN, 0),
        "title": entry.title.of(language),
        "report": entry.key,
        "period": period.label,
        "due": due_words(entry, period),
        "handed_in": [
            (PROCESSES[place.process].name.of(language), "/".join(place.key), place.source.mandatory)
            for place in places
        ],
        "collected": [
            (PROCESSES[name].name.of(language), source.connection or source.file or source.system)
            for name, source in entry.data_source.items()
            if not source.hand_in
        ],
        "owing": [(one.title.of(language), one.email) for one in (places[0].collectors if places else ())],
    }


def _common(kind: str, language: Language, recipient: str, settings: Settings) -> dict[str, Any]:
    return {"kind": kind, "language": language, "recipient": recipient, "ui_url": settings.ui_url}


def _mail(
    kind: str,
    recipient: str,
    address: str,
    language: Language,
    words: dict[str, Any],
    id_: str,
    attachments: tuple[Attachment, ...],
) -> Mail:
    labels = ", ".join(dict.fromkeys(item["period"] for item in words["items"]))
    subject = f"{_SUBJECTS[kind].of(language)} {labels}"
    html = render(
        f"mail_data.{language}.j2", words | {"subject": subject, "attachments": [a.name for a in attachments]}
    )
    return Mail("data", recipient, address, language, subject, html, id_, attachments)


def _message_id(kind: str, address: str, about: Sequence[str]) -> str:
    who = hashlib.sha256("\n".join([address.lower(), *about]).encode()).hexdigest()[:32]
    return f"<{kind}.{who}@{DOMAIN}>"
