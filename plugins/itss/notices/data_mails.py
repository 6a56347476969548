"""The mails to those who hand in data, and to the report manager: words, and the workbooks attached to them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from itss.delivery.mail import Attachment, Mail, attachment_name, letter
from itss.hand_in.owed import Kind, Owing, lacking
from itss.hand_in.place import Place, agreed_version, due_words, places_of
from itss.hand_in.receiving import marked_copy, told_faults
from itss.hand_in.register_workbook import NAME, register_workbook
from itss.hand_in.template import template
from itss.links import hand_in_path
from itss.own_measures import Own, name_of
from itss.register import HandIn
from itss.report_list.data_source import TEMPLATE
from itss.report_list.models import ReportList
from itss.settings import Settings
from itss.text import Language, text

_SUBJECTS = {
    "announce": text("请按期提交服务报告数据", "Data for service reports"),
    "remind": text("提醒：服务报告数据尚未提交", "Reminder: data for service reports not handed in yet"),
    "escalate": text("逾期：服务报告数据未提交", "Overdue: data for service reports not handed in"),
    "refused": text("退回：提交的数据未通过检查", "Refused: the data that was handed in"),
}
_SHOWN = 20


def notice_mail(
    kind: Kind,
    about: Sequence[Owing],
    people: ReportList,
    hand_ins: Sequence[HandIn],
    settings: Settings,
    now: dt.datetime,
    message_id: str,
    folder: Path,
) -> Mail:
    """One mail that notifies one person of ``about``; what is attached is written into ``folder``."""
    person, language = people.people[about[0].to], about[0].entry.language
    attached: tuple[Attachment, ...] = ()
    if kind != "escalate":
        attached = tuple(_named_apart(_attachments(kind, about, people, hand_ins, settings, now, folder)))
    items = [_item(one, _places(kind, one, people, hand_ins), language, settings, people.own) for one in about]
    labels = ", ".join(dict.fromkeys(one.period.label for one in about))
    subject = f"{_SUBJECTS[kind].of(language)} {labels}"
    words = {
        "kind": kind,
        "recipient": person.title.of(language),
        "ui_url": settings.ui_url,
        "items": items,
        "attachments": [one.name for one in attached],
    }
    return letter("data", person, language, subject, f"data.{language}.j2", words, message_id, attached)


def _places(kind: Kind, one: Owing, people: ReportList, hand_ins: Sequence[HandIn]) -> list[Place]:
    if one.refused is not None:
        return [Place(one.entry, people, one.period, one.refused.process)]
    if kind == "announce":
        return list(places_of(one.entry, people, one.period))
    return lacking(one.entry, people, one.period, hand_ins)


def _attachments(
    kind: Kind,
    about: Sequence[Owing],
    people: ReportList,
    hand_ins: Sequence[HandIn],
    settings: Settings,
    now: dt.datetime,
    folder: Path,
) -> Iterator[Attachment]:
    """Their part of the register, and a workbook for each process that they fill one in for."""
    if kind == "announce":
        path = folder / "register.xlsx"
        path.write_bytes(register_workbook(people, hand_ins, now, about[0].to))
        yield Attachment(NAME, path.name, path.read_bytes)
    for number, one in enumerate(about):
        if one.refused is not None:
            copy = marked_copy(settings, one.refused)
            yield Attachment(copy.name, f"{number}", copy.read_bytes)
            continue
        for place in _places(kind, one, people, hand_ins):
            if place.source.system != TEMPLATE:
                continue
            name = place.process_name.of(one.entry.language)
            path = folder / f"{'_'.join(place.key)}.xlsx"
            path.write_bytes(template(place, agreed_version(settings, place)))
            title = f"{one.entry.title.of(one.entry.language)} {name}"
            yield Attachment(attachment_name(title, one.period.label, 1, ".xlsx"), path.name, path.read_bytes)


def _named_apart(attachments: Iterator[Attachment]) -> Iterator[Attachment]:
    """Two files of one name, such as two refused ones, would be taken for one."""
    seen: dict[str, int] = {}
    for one in attachments:
        seen[one.name] = seen.get(one.name, 0) + 1
        yield one if seen[one.name] == 1 else replace(one, name=f"{seen[one.name]} {one.name}")


def _item(one: Owing, places: Sequence[Place], language: Language, settings: Settings, own: Own) -> dict[str, Any]:
    entry, period = one.entry, one.period
    errors: list[str] = []
    if one.refused is not None:
        errors = told_faults(settings, one.refused)
    return {
        "file": one.refused.name if one.refused else "",
        "errors": errors[:_SHOWN],
        "more": max(len(errors) - _SHOWN, 0),
        "title": entry.title.of(language),
        "report": entry.key,
        "period": period.label,
        "due": due_words(entry, period),
        "page": settings.ui_url + hand_in_path(entry.key, period.label),
        "handed_in": [
            (place.process_name.of(language), "/".join(place.key), place.source.mandatory) for place in places
        ],
        "collected": [
            (name_of(own, name).of(language), source.connection or source.file or source.system)
            for name, source in entry.data_source.items()
            if not source.hand_in
        ],
        "owing": [(one.title.of(language), one.email) for one in (places[0].collectors if places else ())],
    }
