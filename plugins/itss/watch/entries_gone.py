"""Reports that are not made any more since their entry is gone from the list, or retired: rightly so, or by mistake.

What is owed is asked of the list, so an entry that is not there owes nothing, and a customer who is not in the
customers' file neither. Only the record remembers them. Surprise: after `itss.report_list.due.FORGOTTEN` they are
forgotten, like every report that is not there.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from itss.errors import PeriodError
from itss.periods import Period, at_time
from itss.ref import Ref
from itss.register import Register
from itss.report_list.due import FORGOTTEN, is_owed, last_owed, report_due_at
from itss.report_list.loader import Loaded
from itss.report_list.models import Entry, ReportList
from itss.text import Text, text
from itss.watch.list_and_record import opened_with
from itss.watch.matter import Kind, Matter


def gone_entries(
    loaded: Loaded, register: Register, now: dt.datetime, since: dt.datetime | None = None
) -> Iterator[Matter]:
    """An alarm for each report on record whose entry is gone, and a word once for each that is retired."""
    recorded, people = register.keys_on_record(), loaded.list
    known = loaded.keys | {entry.was for entry in people.reports}
    for key, label in sorted(recorded.items()) if not _unread(loaded) else ():
        if key not in known and (found := _last_known(register, key, label)) and _is_lately(*found, now, since):
            yield _missing(*found, label, people)
    for entry in people.reports:
        last = last_owed(entry)
        if entry.key in recorded and last is not None and entry.retired is not None:
            after = at_time(entry.retired + dt.timedelta(days=1), dt.time(), entry.period.timezone)
            if after <= now and _is_lately(entry, last.shift(1), now, since):
                yield _ended(entry, last, people)


def _unread(loaded: Loaded) -> bool:
    """Whether a file of the list gave no entry: what it has is not gone, and that it is broken is said already."""
    document = loaded.document
    if document is None:
        return True
    read = {one.own.document.path for one in document.entries} | {head.path for head in document.heads}
    return not {problem.file for problem in document.problems} <= read


def _last_known(register: Register, key: str, label: str) -> tuple[Entry, Period] | None:
    """The entry with which a report was opened last, and the first period that it owes since."""
    last = register.latest(key, label)
    opened = opened_with({} if last is None else register.entry(Ref(key, label, last.number)))
    if opened is None or any(ref.report == key for ref, _ in register.living(key)):
        return None  # of what is open they are notified anyway
    entry, _ = opened
    try:
        following = entry.period.parse(label).shift(1)
    except PeriodError:  # another release wrote it otherwise
        return None
    return (entry, following) if is_owed(entry, following) else None


def _is_lately(entry: Entry, period: Period, now: dt.datetime, since: dt.datetime | None) -> bool:
    due = report_due_at(entry.period, period)
    return due >= now - FORGOTTEN and (since is None or due >= since)


def _missing(entry: Entry, following: Period, label: str, people: ReportList) -> Matter:
    key = entry.key
    zh, en = ("（或其客户）", " (or the customer)") if "." in key else ("", "")
    return _matter(
        "entry_missing",
        entry,
        following,
        people,
        text(
            f"条目 {key} 已不在列表中，也没有终止；最近一期为 {label}，{following.label} 及以后不会生成",
            f"the entry {key} is not in the list any more, and was not retired; its newest period is {label}, and "
            f"{following.label} will not be made",
        ),
        text(
            f"请恢复该条目{zh}：报告已终止的写 retired: <日期>；已改名的，在新条目中写 was: {key}。",
            f"Restore the entry{en}, with retired: <day> if the report has ended; if it was renamed, write was: {key} "
            "in the new entry.",
        ),
    )


def _ended(entry: Entry, last: Period, people: ReportList) -> Matter:
    return _matter(
        "entry_ended",
        entry,
        last.shift(1),
        people,
        text(
            f"条目 {entry.key} 已于 {entry.retired} 终止：最后一期为 {last.label}，不再生成 {last.shift(1).label}",
            f"the entry {entry.key} is retired since {entry.retired}: its last period is {last.label}, and "
            f"{last.shift(1).label} will not be made",
        ),
        text("如不属实，请删除条目中的 retired。", "If that is wrong, delete retired from the entry."),
    )


def _matter(kind: Kind, entry: Entry, period: Period, people: ReportList, what: Text, remedy: Text) -> Matter:
    """To the report manager, and to the author if the list still has them."""
    return Matter(
        kind=kind,
        report=entry.key,
        title=entry.title,
        period=period.label,
        about=str(entry.retired or ""),
        due_at=report_due_at(entry.period, period),
        zone=entry.period.timezone,
        language=entry.language,
        what=what,
        remedy=remedy,
        people=tuple(
            people.people[key] for key in dict.fromkeys((people.report_manager, entry.author)) if key in people.people
        ),
    )
